//! GraphQL values as JSON: defaults of variables and of input fields. They are valid already.

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::schema::{ExtendedType, InputObjectType};

use super::mistake::Mistake;
use super::value::{Coercer, Members, not_one};

/// Defaults within defaults; a type whose default contains itself has no end.
const MOST_LEVELS: usize = 64;

type Written = Result<(), Mistake>;

/// `value`, valid for `ty`, with lists and defaults filled in.
pub(super) fn write(coercer: &mut Coercer<'_>, ty: &Type, value: &Value, levels: usize) -> Written {
    if levels > MOST_LEVELS {
        return Err(Mistake::new("its default is nested without end"));
    }
    let levels = levels + 1;
    match (ty, value) {
        (_, Value::Null) => coercer.push("null"),
        (Type::List(item) | Type::NonNullList(item), Value::List(values)) => {
            coercer.push("[")?;
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    coercer.push(",")?;
                }
                write(coercer, item, value, levels)?;
            }
            coercer.push("]")
        }
        (Type::List(item) | Type::NonNullList(item), single) => {
            coercer.push("[")?;
            write(coercer, item, single, levels)?;
            coercer.push("]")
        }
        (Type::Named(name) | Type::NonNullNamed(name), value) => {
            let schema = coercer.schema;
            match (schema.types.get(name), value) {
                (Some(ExtendedType::InputObject(input)), Value::Object(fields)) => {
                    write_object(coercer, input, fields, levels)
                }
                (_, Value::Int(number)) if name == "ID" => {
                    coercer.push(&format!("\"{}\"", number.as_str()))
                }
                (_, value) => write_plain(coercer, value, levels),
            }
        }
    }
}

fn write_object(
    coercer: &mut Coercer<'_>,
    input: &InputObjectType,
    fields: &[(apollo_compiler::Name, apollo_compiler::Node<Value>)],
    levels: usize,
) -> Written {
    coercer.push("{")?;
    let mut members = Members::new(input);
    for (name, value) in fields {
        let field = members.give(name)?;
        if members.given > 1 {
            coercer.push(",")?;
        }
        coercer.push_key(name)?;
        write(coercer, &field.ty, value, levels)?;
    }
    write_defaults(coercer, &members, levels)?;
    coercer.push("}")
}

/// The fields that are not given: those with a default; what has none and must not be null is missing.
pub(super) fn write_defaults(
    coercer: &mut Coercer<'_>,
    members: &Members<'_>,
    levels: usize,
) -> Written {
    let input = members.input;
    if input.directives.has("oneOf") && members.given != 1 {
        return Err(not_one(&input.name));
    }
    let mut is_first = members.given == 0;
    for (index, (name, field)) in input.fields.iter().enumerate() {
        match &field.default_value {
            _ if members.is_given(index) => {}
            Some(default) => {
                if !std::mem::replace(&mut is_first, false) {
                    coercer.push(",")?;
                }
                coercer.push_key(name)?;
                write(coercer, &field.ty, default, levels)?;
            }
            None if field.ty.is_non_null() => {
                let message = format!("`{name}` of type {} must be given", field.ty);
                return Err(Mistake::new(message));
            }
            None => {}
        }
    }
    Ok(())
}

/// A leaf, or the value of a custom scalar.
fn write_plain(coercer: &mut Coercer<'_>, value: &Value, levels: usize) -> Written {
    if levels > MOST_LEVELS {
        return Err(Mistake::new("its default is nested too deep"));
    }
    match value {
        Value::Null | Value::Variable(_) => coercer.push("null"),
        Value::Boolean(value) => coercer.push(if *value { "true" } else { "false" }),
        Value::Int(number) => coercer.push(number.as_str()),
        Value::Float(number) => coercer.push(number.as_str()),
        Value::Enum(name) => coercer.push(&format!("\"{name}\"")),
        Value::String(text) => {
            let text = serde_json::to_string(text);
            coercer.push(&text.map_err(|_| Mistake::new("a string cannot be written"))?)
        }
        Value::List(values) => {
            coercer.push("[")?;
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    coercer.push(",")?;
                }
                write_plain(coercer, value, levels + 1)?;
            }
            coercer.push("]")
        }
        Value::Object(fields) => {
            coercer.push("{")?;
            for (index, (name, value)) in fields.iter().enumerate() {
                if index > 0 {
                    coercer.push(",")?;
                }
                coercer.push_key(name)?;
                write_plain(coercer, value, levels + 1)?;
            }
            coercer.push("}")
        }
    }
}
