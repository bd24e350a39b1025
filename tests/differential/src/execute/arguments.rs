//! CoerceArgumentValues (6.4.1) and input coercion (3.5 to 3.11).

use apollo_compiler::ast::{
    Argument, FieldDefinition, InputValueDefinition, Type, Value as Literal,
};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Node, Schema};
use serde_json::{Map, Value, json};

/// The arguments of a field, coerced; what is neither given nor has a default is absent.
pub(crate) fn coerce(
    schema: &Schema,
    definition: &FieldDefinition,
    given: &[Node<Argument>],
    variables: &Map<String, Value>,
) -> Map<String, Value> {
    let mut out = Map::new();
    for argument in &definition.arguments {
        let own = given.iter().find(|own| own.name == argument.name);
        let own = own.and_then(|own| literal(schema, &argument.ty, &own.value, variables));
        if let Some(value) = own.or_else(|| default(schema, argument)) {
            out.insert(argument.name.to_string(), value);
        }
    }
    out.sort_keys();
    out
}

fn default(schema: &Schema, argument: &InputValueDefinition) -> Option<Value> {
    let value = argument.default_value.as_ref()?;
    literal(schema, &argument.ty, value, &Map::new())
}

/// A literal's value; `None` for a variable that is absent.
fn literal(
    schema: &Schema,
    ty: &Type,
    value: &Literal,
    variables: &Map<String, Value>,
) -> Option<Value> {
    let item = match ty {
        Type::List(item) | Type::NonNullList(item) => Some(item),
        _ => None,
    };
    let value = match (value, item) {
        (Literal::Variable(name), _) => {
            let value = variables.get(name.as_str())?.clone();
            return Some(given(schema, ty, value));
        }
        (Literal::Null, _) => Value::Null,
        (Literal::List(items), Some(item)) => {
            let items = items.iter();
            let items = items.map(|own| literal(schema, item, own, variables));
            Value::Array(items.map(Option::unwrap_or_default).collect())
        }
        (single, Some(item)) => {
            let single = literal(schema, item, single, variables);
            Value::Array(vec![single.unwrap_or_default()])
        }
        (Literal::Object(fields), None) => return Some(object(schema, ty, fields, variables)),
        (Literal::Enum(name), None) => name.as_str().into(),
        (Literal::String(text), None) => text.as_str().into(),
        (Literal::Boolean(boolean), None) => (*boolean).into(),
        (Literal::Int(number), None) => match ty.inner_named_type().as_str() {
            "Float" => json!(number.as_str().parse::<f64>().unwrap_or_default()),
            "ID" => number.as_str().into(),
            _ => json!(number.as_str().parse::<i64>().unwrap_or_default()),
        },
        (Literal::Float(number), None) => json!(number.as_str().parse::<f64>().unwrap_or_default()),
        (Literal::List(items), None) => {
            // Of a custom scalar.
            let items = items.iter().map(|own| literal(schema, ty, own, variables));
            Value::Array(items.map(Option::unwrap_or_default).collect())
        }
    };
    Some(value)
}

fn object(
    schema: &Schema,
    ty: &Type,
    fields: &[(apollo_compiler::Name, Node<Literal>)],
    variables: &Map<String, Value>,
) -> Value {
    let mut out = Map::new();
    let named = ty.inner_named_type();
    if let Some(ExtendedType::InputObject(input)) = schema.types.get(named) {
        for (name, field) in &input.fields {
            let own = fields.iter().find(|(own, _)| own == name);
            let own = own.and_then(|(_, own)| literal(schema, &field.ty, own, variables));
            if let Some(value) = own.or_else(|| default(schema, field)) {
                out.insert(name.to_string(), value);
            }
        }
    } else {
        for (name, value) in fields {
            let value = literal(schema, ty, value, variables).unwrap_or_default();
            out.insert(name.to_string(), value);
        }
    }
    out.sort_keys();
    out.into()
}

/// A variable's value as its type makes it.
pub(crate) fn given(schema: &Schema, ty: &Type, value: Value) -> Value {
    let item = match ty {
        Type::List(item) | Type::NonNullList(item) => Some(item),
        _ => None,
    };
    match (value, item) {
        (Value::Null, _) => Value::Null,
        (Value::Array(items), Some(item)) => items
            .into_iter()
            .map(|own| given(schema, item, own))
            .collect(),
        (single, Some(item)) => vec![given(schema, item, single)].into(),
        (Value::Number(number), None) => match ty.inner_named_type().as_str() {
            "Float" => json!(number.as_f64()),
            "ID" => number.to_string().into(),
            _ => Value::Number(number),
        },
        (Value::Object(mut fields), None) => {
            let named = ty.inner_named_type();
            let Some(ExtendedType::InputObject(input)) = schema.types.get(named) else {
                fields.sort_keys();
                return fields.into();
            };
            let mut out = Map::new();
            for (name, field) in &input.fields {
                let own = fields.remove(name.as_str());
                let own = own.map(|own| given(schema, &field.ty, own));
                if let Some(value) = own.or_else(|| default(schema, field)) {
                    out.insert(name.to_string(), value);
                }
            }
            out.sort_keys();
            out.into()
        }
        (value, None) => value,
    }
}
