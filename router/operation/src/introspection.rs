//! `__schema` and `__type`, answered from the API schema by apollo-compiler.

use apollo_compiler::executable::Operation;
use apollo_compiler::introspection::{check_max_depth, partial_execute};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Node};
use schema_model::Supergraph;

use crate::document::request_error;
use crate::error::{LimitKind, OperationError, Problem};
use crate::variables::Variables;

/// (response key, JSON value) of every introspection field of the operation.
pub(crate) fn answer(
    supergraph: &Supergraph,
    document: &Valid<ExecutableDocument>,
    operation: &Node<Operation>,
    variables: &Variables,
) -> Result<Vec<(Name, String)>, OperationError> {
    let too_deep = Problem::Limit(LimitKind::Depth);
    check_max_depth(document, operation)
        .map_err(|error| request_error(&error, document, too_deep))?;
    let api = supergraph.api();
    let implementers = api.implementers_map();
    let answered = partial_execute(api, &implementers, document, operation, variables.coerced());
    let answered = answered.map_err(|e| request_error(&e, document, Problem::Validation))?;
    let data = answered.data.unwrap_or_default();
    let fields = data.into_iter().filter_map(|(key, value)| {
        let key = Name::new(key.as_str()).ok()?;
        Some((key, serde_json::to_string(&value).ok()?))
    });
    Ok(fields.collect())
}
