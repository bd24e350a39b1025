//! Field sets: the selections in `@key`, `@requires` and `@provides`.

use std::fmt;

use apollo_compiler::Node;
use apollo_compiler::ast;

use crate::id::{FieldId, TypeId};

/// A selection written in a directive's argument, resolved against the supergraph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// The selections in the order they were written.
    pub selections: Vec<FieldSetSelection>,
    /// The text as composed (without outer braces).
    pub source: String,
}

/// One selection of a field set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldSetSelection {
    /// `__typename`.
    Typename,
    /// A field, with the selection below it (empty for leaves).
    Field {
        /// The field, on the type that surrounds it.
        field: FieldId,
        /// Arguments as written (`@requires` may have them); constants only.
        arguments: Vec<Node<ast::Argument>>,
        /// What is selected below.
        selections: Vec<FieldSetSelection>,
    },
    /// `... on T { … }`.
    Fragment {
        /// The type condition.
        on: TypeId,
        /// What is selected for it.
        selections: Vec<FieldSetSelection>,
    },
}

impl fmt::Display for FieldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}
