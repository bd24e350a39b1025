//! The schemas that can be compared: SDL of an API, a supergraph, or the answer to the introspection query.

mod introspection;

use apollo_compiler::ast::{Definition, DirectiveDefinition, DirectiveLocation, Document};
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{Node, Schema, name};
use schema_model::{ModelError, Supergraph};

/// Nesting of values, types and selections.
const MAX_DEPTH: usize = 200;
/// Tokens of a schema.
const MAX_TOKENS: usize = 8_000_000;
/// Directives of the GraphQL specification (section 3.13): every schema has them, written down or not.
pub(crate) const BUILT_IN_DIRECTIVES: [&str; 5] =
    ["skip", "include", "deprecated", "specifiedBy", "oneOf"];
/// The enum that only a supergraph has.
const JOIN_GRAPH: &str = "join__Graph";

/// Why a schema cannot be read. The input is at fault in every case.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It does not parse or is not a valid schema; the text gives every diagnostic with line and column.
    #[error("not a valid GraphQL schema:\n{diagnostics}")]
    Invalid {
        /// apollo-compiler's diagnostics, rendered.
        diagnostics: String,
    },
    /// It is a supergraph, but not a right one.
    #[error(transparent)]
    Supergraph(#[from] ModelError),
    /// It begins like JSON and is none.
    #[error("not JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// It is JSON, but not the answer to the introspection query.
    #[error("not an introspection result: {0}")]
    NotIntrospection(#[source] serde_json::Error),
    /// A name or a default value in the introspection result is not GraphQL.
    #[error("not an introspection result: {what} is not GraphQL")]
    NotGraphql {
        /// The part that is wrong, as it was written.
        what: String,
    },
}

impl ReadError {
    fn invalid(diagnostics: &DiagnosticList) -> Self {
        Self::Invalid {
            diagnostics: diagnostics.to_string(),
        }
    }
}

/// The API schema in `text`, which may be that schema's SDL, a supergraph, or an introspection result (JSON).
///
/// # Errors
/// It is none of them. `file` is what diagnostics call it.
pub fn read(text: &str, file: &str) -> Result<Valid<Schema>, ReadError> {
    let text = text.trim_start_matches('\u{feff}');
    // No schema document begins with a brace.
    if text.trim_start().starts_with('{') {
        return valid(introspection::document(text)?);
    }
    let mut parser = Parser::new()
        .recursion_limit(MAX_DEPTH)
        .token_limit(MAX_TOKENS);
    let document = parser.parse_ast(text, file);
    let document = document.map_err(|failed| ReadError::invalid(&failed.errors))?;
    if is_supergraph(&document) {
        let supergraph = Supergraph::parse_named(text, file)?;
        return Ok((**supergraph.api()).clone());
    }
    valid(document)
}

fn is_supergraph(document: &Document) -> bool {
    let mut definitions = document.definitions.iter();
    definitions.any(|definition| {
        matches!(definition, Definition::EnumTypeDefinition(graph) if graph.name == JOIN_GRAPH)
    })
}

/// The schema of `document`, where `@oneOf` need not be defined: the parser does not know it by itself.
fn valid(mut document: Document) -> Result<Valid<Schema>, ReadError> {
    let mut definitions = document.definitions.iter();
    let is_defined = definitions.any(|definition| {
        matches!(definition, Definition::DirectiveDefinition(one) if one.name == "oneOf")
    });
    if !is_defined {
        let one_of = DirectiveDefinition {
            description: None,
            name: name!("oneOf"),
            arguments: Vec::new(),
            repeatable: false,
            locations: vec![DirectiveLocation::InputObject],
        };
        let one_of = Definition::DirectiveDefinition(Node::new(one_of));
        document.definitions.push(one_of);
    }
    let schema = document.to_schema_validate();
    schema.map_err(|invalid| ReadError::invalid(&invalid.errors))
}
