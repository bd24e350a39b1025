//! Whether two default values stand for the same, however they are written.

use apollo_compiler::ast::{FloatValue, Type, Value};
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{Name, Node, Schema};

/// Values that are looked at while one default is filled in. Defaults of input fields may multiply without end.
const MAX_VALUES: usize = 10_000;
/// Nesting that is looked into.
const MAX_DEPTH: usize = 64;

/// Whether `old`, given for `old_type` in `old_schema`, is the value `new` is for `new_type` in `new_schema`.
pub(super) fn is_same(
    (old, old_type, old_schema): (&Value, &Type, &Schema),
    (new, new_type, new_schema): (&Value, &Type, &Schema),
) -> bool {
    let coerced = |value: &Value, ty: &Type, schema| {
        let mut coercion = Coercion {
            schema,
            left: MAX_VALUES,
            depth: 0,
        };
        coercion.value(value, ty)
    };
    // What is written alike and means another value because a field's default changed is told at that field.
    is_equal(old, new)
        || is_equal(
            &coerced(old, old_type, old_schema),
            &coerced(new, new_type, new_schema),
        )
}

/// Input coercion (GraphQL, sections 3.5, 3.10 and 3.11) as far as it makes the same of what is written differently.
struct Coercion<'a> {
    schema: &'a Schema,
    left: usize,
    depth: usize,
}

impl Coercion<'_> {
    fn value(&mut self, value: &Value, ty: &Type) -> Value {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || self.depth == MAX_DEPTH {
            return value.clone();
        }
        self.depth += 1;
        let coerced = self.inner(value, ty);
        self.depth -= 1;
        coerced
    }

    fn inner(&mut self, value: &Value, ty: &Type) -> Value {
        match (ty, value) {
            (_, Value::Null) => Value::Null,
            (Type::List(item) | Type::NonNullList(item), Value::List(values)) => {
                let values = values.iter().map(|one| Node::new(self.value(one, item)));
                Value::List(values.collect())
            }
            (Type::List(item) | Type::NonNullList(item), one) => {
                Value::List(vec![Node::new(self.value(one, item))])
            }
            (Type::Named(name) | Type::NonNullNamed(name), one) => self.named(one, name),
        }
    }

    fn named(&mut self, value: &Value, name: &Name) -> Value {
        match (self.schema.types.get(name), value) {
            (Some(ExtendedType::InputObject(ty)), Value::Object(fields)) => {
                self.object(fields, &ty.clone())
            }
            (_, Value::Int(number)) if name == "ID" => Value::String(number.as_str().to_owned()),
            (_, Value::Int(number)) if name == "Float" => match number.try_to_f64() {
                Ok(number) => Value::Float(FloatValue::from(number)),
                Err(_) => value.clone(),
            },
            (_, Value::Float(number)) if name == "Float" => match number.try_to_f64() {
                Ok(number) => Value::Float(FloatValue::from(number)),
                Err(_) => value.clone(),
            },
            _ => value.clone(),
        }
    }

    fn object(&mut self, given: &[(Name, Node<Value>)], ty: &InputObjectType) -> Value {
        let mut fields = Vec::new();
        for (name, field) in &ty.fields {
            let given = given.iter().find(|(known, _)| known == name);
            let value = given
                .map(|(_, value)| value)
                .or(field.default_value.as_ref());
            if let Some(value) = value {
                fields.push((name.clone(), Node::new(self.value(value, &field.ty))));
            }
        }
        Value::Object(fields)
    }
}

/// The order of an object's fields says nothing.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::List(one), Value::List(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let value = |name: &Name| {
                let mut fields = other.iter();
                fields
                    .find(|(known, _)| known == name)
                    .map(|(_, value)| value)
            };
            let mut fields = one.iter();
            one.len() == other.len()
                && fields.all(|(name, one)| value(name).is_some_and(|other| is_equal(one, other)))
        }
        _ => one == other,
    }
}
