//! Why a supergraph could not be read.

use apollo_compiler::validation::DiagnosticList;

/// Why a supergraph could not be read. The input is at fault in every case.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The SDL does not parse or is not a valid GraphQL schema; the text gives every diagnostic with
    /// line and column.
    #[error("the supergraph is not a valid GraphQL schema:\n{diagnostics}")]
    InvalidSchema {
        /// apollo-compiler's diagnostics, rendered.
        diagnostics: String,
    },
    /// Nothing says which subgraphs there are: this is not a supergraph but an ordinary schema.
    #[error(
        "no `join__Graph` enum: this is not a composed supergraph (compose subgraphs with `weft compose`)"
    )]
    NotASupergraph,
    /// More subgraphs than the model's ids can tell apart.
    #[error("{count} subgraphs are more than the limit of {limit}")]
    TooManySubgraphs {
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A join directive names a graph that `join__Graph` does not list.
    #[error("{coordinate}: `{graph}` is not a value of join__Graph")]
    UnknownGraph {
        /// Schema coordinate of the element that carries the directive.
        coordinate: String,
        /// The graph as written.
        graph: String,
    },
    /// A `key`, `requires` or `provides` argument is not a selection of its type.
    #[error("{coordinate}: the field set \"{field_set}\" is not valid: {reason}")]
    InvalidFieldSet {
        /// Schema coordinate of the element that carries the directive.
        coordinate: String,
        /// The field set as written.
        field_set: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A `type` argument of `@join__field` is not a type reference.
    #[error("{coordinate}: \"{written}\" is not a type reference")]
    InvalidTypeReference {
        /// Schema coordinate of the field.
        coordinate: String,
        /// The type as written.
        written: String,
    },
}

impl ModelError {
    pub(crate) fn invalid_schema(diagnostics: &DiagnosticList) -> Self {
        Self::InvalidSchema {
            diagnostics: diagnostics.to_string(),
        }
    }
}
