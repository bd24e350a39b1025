//! Checks a tree's keys and choices against the configuration's own JSON Schema.
//!
//! Serde stops at the first unknown key and knows no near ones; the schema is generated from the
//! same types, so walking it finds every unknown key at once and can name what was meant.

use serde_json::Value;

use super::{
    diagnostic::{Diagnostic, nearest},
    yaml::{Node, NodeValue},
};

/// A JSON Schema with its definitions.
pub(super) struct Keys<'a> {
    root: &'a Value,
}

impl<'a> Keys<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root }
    }

    /// Takes unknown keys and impossible choices out of `node`, one diagnostic for each.
    pub(super) fn check(&self, node: &mut Node) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        self.walk(self.root, node, &mut Vec::new(), &mut found);
        found
    }

    /// The schema at `path`, or the segment that is unknown and its nearest known one.
    pub(super) fn find(&self, path: &[String]) -> Result<&'a Value, (usize, Option<String>)> {
        let mut schema = self.resolve(self.root);
        for (index, name) in path.iter().enumerate() {
            schema = match self.child(schema, name) {
                Child::Known(child) => self.resolve(child),
                Child::Unknown => return Err((index, nearest(name, self.names(schema)))),
                Child::Anything => return Ok(schema),
            };
        }
        Ok(schema)
    }

    fn walk(
        &self,
        schema: &'a Value,
        node: &mut Node,
        path: &mut Vec<String>,
        found: &mut Vec<Diagnostic>,
    ) {
        let schema = self.resolve(schema);
        match &mut node.value {
            NodeValue::Scalar(Value::String(text)) => {
                if let Some(diagnostic) = choice(schema, text).map(|(message, near)| {
                    Diagnostic::at(node.place.clone(), path, message).suggest(near)
                }) {
                    found.push(diagnostic);
                    node.value = NodeValue::Scalar(Value::Null);
                }
            }
            NodeValue::Scalar(_) => {}
            NodeValue::List(items) => {
                let Some(schema) = schema.get("items") else {
                    return;
                };
                for (index, item) in items.iter_mut().enumerate() {
                    path.push(index.to_string());
                    self.walk(schema, item, path, found);
                    path.pop();
                }
            }
            NodeValue::Map(entries) => entries.retain_mut(|(key, child)| {
                path.push(key.name.clone());
                let keep = match self.child(schema, &key.name) {
                    Child::Known(schema) => {
                        let before = found.len();
                        self.walk(schema, child, path, found);
                        // A refused choice falls back to its default so that the rest is still read.
                        found.len() == before || !matches!(child.value, NodeValue::Scalar(_))
                    }
                    Child::Anything => true,
                    Child::Unknown => {
                        let near = nearest(&key.name, self.names(schema)).map(|near| {
                            let parent = path.get(..path.len() - 1).unwrap_or_default();
                            parent
                                .iter()
                                .chain([&near])
                                .cloned()
                                .collect::<Vec<_>>()
                                .join(".")
                        });
                        let message = match &near {
                            Some(_) => "unknown key".to_owned(),
                            None => format!(
                                "unknown key; known here: {}",
                                self.names(schema).collect::<Vec<_>>().join(", ")
                            ),
                        };
                        found.push(Diagnostic::at(key.place.clone(), path, message).suggest(near));
                        false
                    }
                };
                path.pop();
                keep
            }),
        }
    }

    fn child(&self, schema: &'a Value, name: &str) -> Child<'a> {
        if let Some(child) = schema
            .get("properties")
            .and_then(|properties| properties.get(name))
        {
            return Child::Known(child);
        }
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => Child::Unknown,
            Some(child @ Value::Object(_)) => Child::Known(child),
            _ => Child::Anything,
        }
    }

    fn names(&self, schema: &'a Value) -> impl Iterator<Item = &'a str> + use<'a> {
        let properties = schema.get("properties").and_then(Value::as_object);
        properties
            .into_iter()
            .flat_map(|properties| properties.keys().map(String::as_str))
    }

    /// Follows `$ref` and the non-null side of an optional value.
    fn resolve(&self, mut schema: &'a Value) -> &'a Value {
        loop {
            if let Some(name) = schema
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|r| r.strip_prefix("#/$defs/"))
            {
                match self
                    .root
                    .get("$defs")
                    .and_then(|definitions| definitions.get(name))
                {
                    Some(definition) => schema = definition,
                    None => return schema,
                }
            } else if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
                let is_null =
                    |option: &&Value| option.get("type").and_then(Value::as_str) == Some("null");
                match options.iter().find(|option| !is_null(option)) {
                    Some(option) => schema = option,
                    None => return schema,
                }
            } else {
                return schema;
            }
        }
    }
}

enum Child<'a> {
    Known(&'a Value),
    Unknown,
    Anything,
}

/// The complaint when `schema` lists choices and `text` is none of them.
fn choice(schema: &Value, text: &str) -> Option<(String, Option<String>)> {
    let listed = schema.get("enum").and_then(Value::as_array);
    let described = schema.get("oneOf").and_then(Value::as_array);
    let choices: Vec<&str> = match (listed, described) {
        (Some(values), _) => values.iter().filter_map(Value::as_str).collect(),
        (None, Some(options)) => options
            .iter()
            .flat_map(|option| {
                let several = option
                    .get("enum")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten();
                option.get("const").into_iter().chain(several)
            })
            .filter_map(Value::as_str)
            .collect(),
        (None, None) => return None,
    };
    if choices.is_empty() || choices.contains(&text) {
        return None;
    }
    let message = format!("`{text}` is none of {}", choices.join(", "));
    Some((message, nearest(text, choices.into_iter())))
}
