//! The differences between two schemas, element by element.

mod defaults;
mod directives;
mod enums;
mod fields;
mod inputs;
mod types;
mod wrapping;

use apollo_compiler::Node;
use apollo_compiler::Schema;
use apollo_compiler::ast::DirectiveList;

use crate::change::{Change, ChangeKind, Criticality};

/// The reason of `@deprecated` without one (GraphQL, section 3.13.3).
const NO_REASON: &str = "No longer supported";

/// Every difference between `old` and `new` that a client of the API can see, the worst first.
///
/// What is inside a type that was added or removed, or that is of another kind now, is not listed.
pub fn compare(old: &Schema, new: &Schema) -> Vec<Change> {
    let mut found = Found {
        old,
        new,
        changes: Vec::new(),
    };
    types::roots(old, new, &mut found);
    types::compare(old, new, &mut found);
    directives::compare(old, new, &mut found);
    let mut changes = found.changes;
    changes.sort();
    changes
}

/// The changes found so far, and the schemas they are between.
struct Found<'a> {
    old: &'a Schema,
    new: &'a Schema,
    changes: Vec<Change>,
}

impl Found<'_> {
    fn push(
        &mut self,
        criticality: Criticality,
        kind: ChangeKind,
        coordinate: &str,
        message: String,
    ) {
        self.changes.push(Change {
            criticality,
            coordinate: coordinate.to_owned(),
            kind,
            message,
        });
    }

    fn breaking(&mut self, kind: ChangeKind, coordinate: &str, message: String) {
        self.push(Criticality::Breaking, kind, coordinate, message);
    }

    fn dangerous(&mut self, kind: ChangeKind, coordinate: &str, message: String) {
        self.push(Criticality::Dangerous, kind, coordinate, message);
    }

    fn safe(&mut self, kind: ChangeKind, coordinate: &str, message: String) {
        self.push(Criticality::Safe, kind, coordinate, message);
    }

    fn description(
        &mut self,
        kind: ChangeKind,
        coordinate: &str,
        old: Option<&Node<str>>,
        new: Option<&Node<str>>,
    ) {
        let what = match (old, new) {
            (None, Some(_)) => "has a description now",
            (Some(_), None) => "has no description any more",
            (Some(old), Some(new)) if old != new => "has another description",
            _ => return,
        };
        self.safe(kind, coordinate, format!("{coordinate} {what}"));
    }

    fn deprecation(
        &mut self,
        kinds: &DeprecationKinds,
        coordinate: &str,
        old: &DirectiveList,
        new: &DirectiveList,
    ) {
        let (kind, message) = match (deprecation(old), deprecation(new)) {
            (None, Some(reason)) => (
                kinds.added,
                format!("{coordinate} is deprecated now: {reason}"),
            ),
            (Some(_), None) => (
                kinds.removed,
                format!("{coordinate} is no longer deprecated"),
            ),
            (Some(old), Some(new)) if old != new => (
                kinds.reason_changed,
                format!("{coordinate} is deprecated for another reason: {new}"),
            ),
            _ => return,
        };
        self.safe(kind, coordinate, message);
    }
}

/// What changes of a deprecation are called on one kind of element.
struct DeprecationKinds {
    added: ChangeKind,
    removed: ChangeKind,
    reason_changed: ChangeKind,
}

/// The reason, if the element is deprecated.
fn deprecation(directives: &DirectiveList) -> Option<&str> {
    let deprecated = directives.get("deprecated")?;
    let reason = deprecated.specified_argument_by_name("reason");
    Some(
        reason
            .and_then(|reason| reason.as_str())
            .unwrap_or(NO_REASON),
    )
}

/// What a removal says of something that had been announced.
fn announced(directives: &DirectiveList) -> &'static str {
    match deprecation(directives) {
        Some(_) => " (it was deprecated)",
        None => "",
    }
}
