//! Tags that users give: `@cacheTag(format:)`, and `extensions` of answers in the form that Apollo's router reads.

use std::collections::HashMap;

use apollo_compiler::ast;
use serde_json::{Value, value::RawValue};

use super::units::RootField;

/// The tags of a root field's formats, as far as all that they name is there.
pub(super) fn of_root<'f>(
    field: &'f RootField,
    variables: &'f str,
) -> impl Iterator<Item = String> + use<'f> {
    let arguments = Arguments::of(
        field,
        if field.formats.is_empty() {
            ""
        } else {
            variables
        },
    );
    let formats = field.formats.iter();
    formats.filter_map(move |format| arguments.expand(format))
}

/// The values of a root field's arguments.
pub(super) struct Arguments<'f> {
    field: &'f RootField,
    variables: HashMap<String, Value>,
}

impl<'f> Arguments<'f> {
    /// With the client's variables as a JSON object.
    pub(super) fn of(field: &'f RootField, variables: &str) -> Self {
        Self {
            field,
            variables: serde_json::from_str(variables).unwrap_or_default(),
        }
    }

    /// A format with the values for which it has placeholders; nothing if one of them is not there, null, or no scalar.
    pub(super) fn expand(&self, format: &str) -> Option<String> {
        expand(format, |path| text(&self.value(path)?))
    }

    fn value(&self, path: &str) -> Option<Value> {
        let mut steps = path.strip_prefix("$args.")?.split('.');
        let first = steps.next()?;
        let mut arguments = self.field.arguments.iter();
        let (_, value) = arguments.find(|(known, _)| **known == *first)?;
        let value = literal_value(value, &self.variables)?;
        steps.try_fold(value, |mut value, step| Some(value.get_mut(step)?.take()))
    }
}

/// The tag of a format of an entity type, with the representation's fields.
pub(super) fn of_entity(format: &str, representation: &Value) -> Option<String> {
    expand(format, |path| {
        let name = path.strip_prefix("$key.")?;
        let mut value = representation;
        for step in name.split('.') {
            value = value.get(step)?;
        }
        text(value)
    })
}

/// `extensions.apolloCacheTags`.
pub(super) fn of_response(extensions: Option<&RawValue>) -> Vec<String> {
    #[derive(serde::Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Extensions {
        apollo_cache_tags: Vec<String>,
    }
    let extensions = extensions.and_then(|raw| serde_json::from_str(raw.get()).ok());
    let Extensions { apollo_cache_tags } = extensions.unwrap_or_default();
    apollo_cache_tags
}

/// `extensions.apolloEntityCacheTags`: for each entity of the list those of its own.
pub(super) fn of_entities(extensions: Option<&RawValue>) -> Vec<Vec<String>> {
    #[derive(serde::Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Extensions {
        apollo_entity_cache_tags: Vec<Vec<String>>,
    }
    let extensions = extensions.and_then(|raw| serde_json::from_str(raw.get()).ok());
    let Extensions {
        apollo_entity_cache_tags,
    } = extensions.unwrap_or_default();
    apollo_entity_cache_tags
}

/// A format with `{…}` replaced by what `value` gives for it; nothing if one of them has no value.
fn expand(format: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('{') {
        let (path, after) = after.split_once('}')?;
        out.push_str(before);
        out.push_str(&value(path.trim())?);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// What stands in a format's braces; `None` if one is not closed.
pub(super) fn placeholders(format: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = format;
    while let Some((_, after)) = rest.split_once('{') {
        let (path, after) = after.split_once('}')?;
        found.push(path.trim());
        rest = after;
    }
    Some(found)
}

/// A value that has no variables in it as JSON.
pub(super) fn constant(value: &ast::Value) -> Option<Value> {
    literal_value(value, &HashMap::new())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn literal_value(value: &ast::Value, variables: &HashMap<String, Value>) -> Option<Value> {
    Some(match value {
        ast::Value::Null => Value::Null,
        ast::Value::Enum(name) => Value::String(name.to_string()),
        ast::Value::Variable(name) => variables.get(name.as_str())?.clone(),
        ast::Value::String(text) => Value::String(text.clone()),
        ast::Value::Boolean(value) => Value::Bool(*value),
        ast::Value::Int(number) => serde_json::from_str(number.as_str()).ok()?,
        ast::Value::Float(number) => serde_json::from_str(number.as_str()).ok()?,
        ast::Value::List(items) => {
            let items = items.iter().map(|item| literal_value(item, variables));
            Value::Array(items.collect::<Option<_>>()?)
        }
        ast::Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| Some((name.to_string(), literal_value(value, variables)?)));
            Value::Object(fields.collect::<Option<_>>()?)
        }
    })
}
