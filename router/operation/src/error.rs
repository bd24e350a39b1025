//! What can be wrong with a client's operation.

/// A mistake in a client's request. Its text may be shown to the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OperationError {
    /// What kind of mistake it is.
    pub problem: Problem,
    /// What is wrong, for the client's developer.
    pub message: String,
    /// Where in the document, 1-based; may be empty.
    pub locations: Vec<Location>,
}

/// A place in a GraphQL document; lines and columns start at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// The kinds of mistakes in a client's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// The document is not GraphQL.
    Syntax,
    /// The document does not fit the schema (specification, section 5).
    Validation,
    /// `operationName` is missing where several operations are defined, or names none of them.
    UnknownOperation,
    /// A variable's value does not fit its type (specification, section 6.1.2).
    Variables,
    /// The document is larger, deeper or wider than allowed.
    Limit(LimitKind),
}

/// Which limit an operation exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// Lexical tokens of the document.
    Tokens,
    /// Nesting of selection sets, fragments expanded.
    Depth,
    /// Aliases, fragments expanded.
    Aliases,
    /// Root fields, fragments expanded.
    RootFields,
    /// All fields, fragments expanded.
    Fields,
    /// The answer to an introspection.
    Introspection,
}

impl OperationError {
    pub(crate) fn new(problem: Problem, message: String) -> Self {
        Self {
            problem,
            message,
            locations: Vec::new(),
        }
    }
}
