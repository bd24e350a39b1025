//! Entities that are not there, without any error.
//!
//! A field that must not be null makes the entity's own position null, and where null may stand there, nothing is
//! wrong: the entity is just not there. Only a null that has to spread further is an error.

use schema_model::TypeRef;

use super::messages::subject;
use super::nulls::NULL_FOR_NON_NULL;
use super::{Origin, Stop, Writer};
use crate::compile::{RowPath, RowsPath};
use crate::report::Frame;
use crate::table::{Cause, Row};

/// What is missing where a value must not be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotThere {
    /// Who has no such entity.
    fetch: u32,
    /// The row of the object being written that went with an entity around it; `None`: the object is the entity.
    inherited: Option<u32>,
}

impl NotThere {
    fn new(fetch: u32, path: &RowPath, context: &[Row]) -> Self {
        let start = context.get(path.start as usize);
        let is_inherited = start.is_some_and(|row| row.get() == Err(Cause::NOT_THERE));
        Self {
            fetch,
            inherited: is_inherited.then_some(path.start),
        }
    }
}

/// A value of the object in `context` was to come from a row that is not there.
pub(super) fn not_there(path: &RowPath, context: &[Row]) -> Stop {
    Stop::NotThere(NotThere::new(path.position.fetch, path, context))
}

impl<'a> Writer<'a> {
    /// The object at `origin` lacks what it must have: null if that may stand here, else the null spreads.
    pub(super) fn without_entity(
        &mut self,
        missing: NotThere,
        rows: &[RowsPath],
        ty: TypeRef,
        origin: Origin<'a, '_>,
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        if !ty.is_non_null() {
            return self.null_or_stop(ty);
        }
        // A part of an entity further out, whose position is still to come.
        if let Some(lost) = missing.inherited.and_then(|row| rows.get(row as usize)) {
            let outer = NotThere::new(missing.fetch, &lost.path.row, origin.context);
            return Err(Stop::NotThere(outer));
        }
        let service = &self.plan.fetches[missing.fetch as usize].service;
        let message = || format!("{} must not be null", subject(origin));
        self.reports
            .own(NULL_FOR_NON_NULL, message, Some(service), frame);
        Err(Stop::Null)
    }
}
