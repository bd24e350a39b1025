//! The body of a request.

use std::{cell::RefCell, fmt};

use async_graphql::{Name, Value, Variables, indexmap::IndexMap};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};

/// How many names are remembered while a body is read.
const REMEMBERED: usize = 16;

/// A GraphQL-over-HTTP request body.
#[derive(Deserialize)]
pub(crate) struct RequestBody {
    pub(crate) query: Option<String>,
    #[serde(rename = "operationName")]
    pub(crate) operation_name: Option<String>,
    #[serde(default, deserialize_with = "variables")]
    pub(crate) variables: Variables,
}

fn variables<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Variables, D::Error> {
    deserializer.deserialize_option(VariablesVisitor)
}

/// Variables, or null in their place.
struct VariablesVisitor;

impl<'de> Visitor<'de> for VariablesVisitor {
    type Value = Variables;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map")
    }

    fn visit_none<E>(self) -> Result<Variables, E> {
        Ok(Variables::default())
    }

    fn visit_unit<E>(self) -> Result<Variables, E> {
        Ok(Variables::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Variables, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Variables, A::Error> {
        let names = Names::default();
        let mut variables = Variables::default();
        while let Some(name) = map.next_key_seed(NameOf(&names))? {
            variables.insert(name, map.next_value_seed(ValueOf(&names))?);
        }
        Ok(variables)
    }
}

/// The names that came lately: representations have the same keys again and again.
#[derive(Default)]
struct Names(RefCell<Vec<Name>>);

impl Names {
    fn get(&self, text: &str) -> Name {
        let mut names = self.0.borrow_mut();
        if let Some(name) = names.iter().find(|name| name.as_str() == text) {
            return name.clone();
        }
        let name = Name::new(text);
        if names.len() < REMEMBERED {
            names.push(name.clone());
        }
        name
    }
}

/// The key of an object.
struct NameOf<'a>(&'a Names);

impl<'de> DeserializeSeed<'de> for NameOf<'_> {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameOf<'_> {
    type Value = Name;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<Name, E> {
        Ok(self.0.get(text))
    }
}

/// Any value.
struct ValueOf<'a>(&'a Names);

impl<'de> DeserializeSeed<'de> for ValueOf<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueOf<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any valid value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        let number = serde_json::Number::from_f64(value);
        Ok(number.map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(ValueOf(self.0))? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = IndexMap::new();
        while let Some(name) = map.next_key_seed(NameOf(self.0))? {
            object.insert(name, map.next_value_seed(ValueOf(self.0))?);
        }
        Ok(Value::Object(object))
    }
}
