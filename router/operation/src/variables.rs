//! Coerced variables.

use apollo_compiler::executable::Operation;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Node};
use schema_model::Supergraph;

use crate::document::request_error;
use crate::error::{OperationError, Problem};

/// The values of an operation's variables: coerced to their types, defaults applied. A variable that was neither
/// given nor has a default is absent, which is not the same as null.
#[derive(Clone, Debug)]
pub struct Variables {
    coerced: Valid<JsonMap>,
    texts: Vec<(Name, String)>,
}

impl Variables {
    /// A variable's value as JSON text; `None` if it is absent.
    pub fn json(&self, name: &str) -> Option<&str> {
        let (_, text) = self.texts.iter().find(|(own, _)| own == name)?;
        Some(text)
    }

    /// All present variables with their JSON text, in order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &str)> {
        self.texts.iter().map(|(name, text)| (name, text.as_str()))
    }

    /// Whether a Boolean variable is true; absent or null counts as false.
    pub(crate) fn is_true(&self, name: &Name) -> bool {
        let value = self.coerced.get(name.as_str());
        value.and_then(JsonValue::as_bool).unwrap_or(false)
    }

    pub(crate) fn coerced(&self) -> &Valid<JsonMap> {
        &self.coerced
    }
}

pub(crate) fn coerce(
    supergraph: &Supergraph,
    document: &Valid<ExecutableDocument>,
    operation: &Node<Operation>,
    values: serde_json::Map<String, serde_json::Value>,
) -> Result<Variables, OperationError> {
    let values: JsonMap = values
        .into_iter()
        .map(|(name, value)| (name.into(), JsonValue::from(value)))
        .collect();
    let coerced = coerce_variable_values(supergraph.api(), operation, &values);
    let coerced = coerced.map_err(|e| request_error(&e, document, Problem::Variables))?;
    let declared = operation.variables.iter();
    let texts = declared.filter_map(|variable| {
        let value = coerced.get(variable.name.as_str())?;
        let text = serde_json::to_string(value).ok()?;
        Some((variable.name.clone(), text))
    });
    Ok(Variables {
        texts: texts.collect(),
        coerced,
    })
}
