//! Lists that are the same rows as one that was written: their text is there already.
//!
//! What is written of rows depends on nothing but them, unless an error is to be reported, which has a path.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{Stop, Writer};
use crate::compile::{RowsPath, WriteField};
use crate::table::Slot;
use crate::view::View;

/// Rows as an object's position writes them: the object, the first row and how many.
pub(super) type SharedList = (u32, u32, u32);

/// What was written of rows that stand for several places.
#[derive(Debug)]
pub(super) struct Repeats {
    /// Some rows stand for several places, and nothing is wrong with any answer.
    is_on: bool,
    written: FxHashMap<SharedList, Range<usize>>,
}

impl Repeats {
    pub(super) fn new(view: View<'_>) -> Self {
        let mut answers = view.answers.iter();
        let is_shared = view.answers.iter().any(|answer| answer.is_shared);
        Self {
            is_on: is_shared && answers.all(|answer| answer.faults.is_empty()),
            written: FxHashMap::default(),
        }
    }

    /// Forgets all, for text that is there no more.
    pub(super) fn clear(&mut self) {
        self.written.clear();
    }
}

impl<'a> Writer<'a> {
    /// The rows of a list, if they may stand for other places too.
    #[inline]
    pub(super) fn shared_list(
        &self,
        field: &WriteField,
        rows: &[RowsPath],
        object: u32,
        slots: &[Slot],
    ) -> Option<SharedList> {
        if !self.repeats.is_on {
            return None;
        }
        let ([rows], [Slot::List { first, len }]) = (rows, slots) else {
            return None;
        };
        let table = self.tables.get(rows.child_table as usize)?;
        let is_shared = table.is_shared && field.ty.list_depth() == 1;
        is_shared.then_some((object, *first, *len))
    }

    /// Writes a list that was written; whether it was.
    pub(super) fn again(&mut self, list: SharedList) -> Result<bool, Stop> {
        let Some(text) = self.repeats.written.get(&list) else {
            return Ok(false);
        };
        if self.out.len() + text.len() > self.limit {
            return Err(Stop::TooLarge);
        }
        self.out.extend_from_within(text.clone());
        Ok(true)
    }

    /// Remembers that a list was written from `start` on.
    pub(super) fn remember(&mut self, list: SharedList, start: usize) {
        if self.reports.are_none() {
            self.repeats.written.insert(list, start..self.out.len());
        }
    }
}
