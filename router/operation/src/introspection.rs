//! `__schema` and `__type`, answered from the API schema (section 4).
//!
//! What is wanted is worked out once, fragments and conditions resolved; then the schema is written along it. The
//! answer is bounded by the schema's size, whatever aliases ask for.

mod size;
mod wanted;
mod write;

use apollo_compiler::executable::Operation;
use apollo_compiler::introspection::check_max_depth;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Node};
use schema_model::Supergraph;

use self::wanted::{Wanted, Wishes};
use self::write::Writer;
use crate::conditions;
use crate::document::request_error;
use crate::error::{LimitKind, OperationError, Problem};
use crate::variables::Variables;

/// (response key, JSON value) of every introspection field at the operation's root.
pub(crate) fn answer(
    supergraph: &Supergraph,
    document: &Valid<ExecutableDocument>,
    operation: &Node<Operation>,
    variables: &Variables,
) -> Result<Vec<(Name, String)>, OperationError> {
    let too_deep = Problem::Limit(LimitKind::Depth);
    check_max_depth(document, operation)
        .map_err(|error| request_error(&error, document, too_deep))?;
    let conditions = conditions::of(document, operation, variables);
    let wishes = Wishes {
        document,
        conditions: &conditions,
        variables,
    };
    let mut writer = Writer::new(supergraph.api());
    let roots = wishes.of(&[&operation.selection_set]);
    let roots = roots.into_iter().filter(Wanted::is_introspection);
    roots
        .map(|root| match writer.root(&root) {
            Ok(json) => Ok((root.key.clone(), json)),
            Err(write::TooLarge { limit }) => {
                let message = format!("the introspection's answer has more than {limit} bytes");
                let problem = Problem::Limit(LimitKind::Introspection);
                Err(OperationError::new(problem, message))
            }
        })
        .collect()
}
