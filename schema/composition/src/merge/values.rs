//! Values compared by what they mean, not by how they are written.

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Value};

pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    one == other || normal_form(one) == normal_form(other)
}

/// Whether both are given and the same, or neither is given.
pub(super) fn is_same_default(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => is_same(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// Text that is the same for values that mean the same.
fn normal_form(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// The arguments of an application; of those that are not written, the default counts.
pub(super) fn arguments<'v>(
    application: &Directive,
    defaults: impl Iterator<Item = (&'v str, &'v Value)>,
) -> String {
    let written = application.arguments.iter();
    let mut all: Vec<(&str, &Value)> = written
        .map(|one| (one.name.as_str(), one.value.as_ref()))
        .collect();
    for (name, default) in defaults {
        if application.specified_argument_by_name(name).is_none() {
            all.push((name, default));
        }
    }
    let mut text = String::new();
    write_object(all, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::List(items) => {
            text.push('[');
            for item in items {
                write(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields = fields.map(|(name, value)| (name.as_str(), Node::as_ref(value)));
            write_object(fields.collect(), text);
        }
        // A number may be written with a fraction or without.
        Value::Float(number) => match number.try_to_f64() {
            Ok(number) => text.push_str(&number.to_string()),
            Err(_) => text.push_str(number.as_str()),
        },
        other => text.push_str(&other.serialize().no_indent().to_string()),
    }
}

/// The order of fields says nothing.
fn write_object(mut fields: Vec<(&str, &Value)>, text: &mut String) {
    fields.sort_by_key(|(name, _)| *name);
    text.push('{');
    for (name, value) in fields {
        text.push_str(name);
        text.push(':');
        write(value, text);
        text.push(',');
    }
    text.push('}');
}
