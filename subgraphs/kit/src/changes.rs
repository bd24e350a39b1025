//! What a mutation changed, for the caches of routers: `extensions.cacheInvalidation`.
//!
//! Each field of `Mutation` says once what it changed, be it nothing, with [`Scope::changed`](crate::scope::Scope::changed). If
//! every field of an operation has, and nothing failed, the answer says that this is all; a router then ends what it
//! keeps about that and nothing else. A field that says nothing, or that fails, leaves the router to what it sees in the
//! result, which is more.

use std::sync::{Mutex, PoisonError};

use async_graphql::{Response, Value};
use serde::Serialize;

/// Something that changed, in what this service answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    #[serde(rename = "type")]
    ty: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<EntityKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fields: &'static [&'static str],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    own: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
struct EntityKey {
    id: String,
}

impl Change {
    /// Fields of an entity have other values, its lists of others among them. Without names it may be any of them. With
    /// names of lists, connections and numbers alone, answers that show others stay.
    pub fn fields(ty: &'static str, id: impl ToString, fields: &'static [&'static str]) -> Self {
        Self {
            ty,
            key: Some(EntityKey { id: id.to_string() }),
            only: Some("fields"),
            fields,
            own: true,
        }
    }

    /// An entity is not there any more. Lists that had it end with it; others, and counts, are to be named.
    pub fn gone(ty: &'static str, id: impl ToString) -> Self {
        Self {
            ty,
            key: Some(EntityKey { id: id.to_string() }),
            only: Some("entity"),
            fields: &[],
            own: false,
        }
    }

    /// Lists of entities of a type have other members or another order; or there is an entity where there was none.
    /// Lists that are a field of an entity of which the fields are said to have changed need not be named.
    #[must_use]
    pub fn lists(ty: &'static str) -> Self {
        Self {
            ty,
            key: None,
            only: Some("lists"),
            fields: &[],
            own: false,
        }
    }

    /// Anything may have changed about entities of a type.
    #[must_use]
    pub fn every(ty: &'static str) -> Self {
        Self {
            ty,
            key: None,
            only: None,
            fields: &[],
            own: true,
        }
    }
}

/// What the mutations of one request have said.
#[derive(Debug, Default)]
pub(crate) struct Changes(Mutex<Said>);

#[derive(Debug, Default)]
struct Said {
    /// How many fields have said what they changed.
    fields: usize,
    changes: Vec<Change>,
}

impl Changes {
    pub(crate) fn say(&self, changes: impl IntoIterator<Item = Change>) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.fields += 1;
        for change in changes {
            if !said.changes.contains(&change) {
                said.changes.push(change);
            }
        }
    }

    /// Puts what was said into the answer of a mutation with so many fields.
    pub(crate) fn tell(&self, fields: usize, response: &mut Response) {
        #[derive(Serialize)]
        struct Statement<'s> {
            complete: bool,
            targets: &'s [Change],
        }
        let said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.fields == 0 {
            return;
        }
        let statement = Statement {
            complete: response.errors.is_empty() && said.fields == fields,
            targets: &said.changes,
        };
        let value = serde_json::to_value(statement).map(Value::from_json);
        if let Ok(Ok(value)) = value {
            let extensions = &mut response.extensions;
            extensions.insert("cacheInvalidation".to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests;
