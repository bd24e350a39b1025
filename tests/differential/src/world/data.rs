//! The data: every value follows from the object's type and id, the field and its arguments. Nothing is stored.

use std::collections::{HashMap, HashSet};

use apollo_compiler::ast::Selection;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema};
use serde_json::{Map, Value, json};

use super::context::ContextArgument;
use super::facts::{self, Coordinate, Facts, Leaf, Shape};
use super::subgraph::{SubgraphSchema, possible};
use crate::execute::arguments;
use crate::random::hash;

/// Ids that entities may have; all are tried to find one by its key.
const IDS: u64 = 64;

/// An object of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) ty: Name,
    pub(crate) id: u64,
}

/// What a field gives.
#[derive(Clone, Debug)]
pub(crate) enum Resolved {
    Null,
    /// The field fails.
    Failure,
    Leaf(Value),
    List(Vec<Resolved>),
    Object(Object),
}

/// The data of a world.
#[derive(Debug)]
pub(crate) struct Data {
    fields: HashMap<Coordinate, Facts>,
    /// Types of an interface with keys share ids: how many they are, and which of them it is.
    turns: HashMap<Name, (u64, u64)>,
    entities: HashSet<Name>,
    contexts: HashMap<Coordinate, Vec<ContextArgument>>,
    possible: HashMap<Name, Vec<Name>>,
    schema: Schema,
}

impl Data {
    pub(crate) fn new(schema: &Schema, subgraphs: &[SubgraphSchema]) -> Self {
        let mut entities = HashSet::new();
        let mut turns = HashMap::new();
        for subgraph in subgraphs {
            for (name, facts) in subgraph.types.iter().filter(|(_, f)| !f.keys.is_empty()) {
                let types = possible(schema, name);
                if matches!(schema.types.get(name), Some(ExtendedType::Interface(_))) {
                    let count = types.len() as u64;
                    let numbered = types.iter().cloned().zip((0..count).map(|i| (count, i)));
                    turns.extend(numbered);
                }
                let _ = facts;
                entities.extend(types);
            }
        }
        let composite = schema.types.keys();
        let possible = composite.map(|name| (name.clone(), possible(schema, name)));
        Self {
            fields: facts::gather(schema, subgraphs),
            turns,
            entities,
            contexts: subgraphs
                .iter()
                .flat_map(|own| own.contexts.clone())
                .collect(),
            possible: possible.collect(),
            schema: schema.clone(),
        }
    }

    /// Whether an object of type `ty` may be of type `expected`, seen from the whole world.
    pub(crate) fn is_possible(&self, expected: &str, ty: &Name) -> bool {
        self.possible
            .get(expected)
            .is_some_and(|types| types.contains(ty))
    }

    /// The object types of any type, seen from the whole world.
    pub(crate) fn possible(&self, name: &str) -> &[Name] {
        self.possible.get(name).map_or(&[], Vec::as_slice)
    }

    /// A field's value. `clock` counts the mutations so far; only fields that show it depend on it.
    pub(crate) fn resolve(
        &self,
        object: &Object,
        field: &Name,
        arguments: &Map<String, Value>,
        clock: u64,
    ) -> Resolved {
        let coordinate = (object.ty.clone(), field.clone());
        let Some(facts) = self.fields.get(&coordinate) else {
            panic!("nobody resolves {}.{field}", object.ty);
        };
        let arguments = self.telling(object, field, arguments);
        let shows_clock = field.starts_with("tick") || object.ty == "Mutation";
        let clock = if shows_clock { clock } else { 0 };
        let seed = hash((
            object.ty.as_str(),
            object.id,
            field.as_str(),
            arguments,
            clock,
        ));
        if facts.is_key {
            return self.key_value(facts, object, field);
        }
        if facts.may_fail && hash((seed, "failure")).is_multiple_of(29) {
            return Resolved::Failure;
        }
        self.value(facts, &facts.shape, seed)
    }

    /// The arguments that clients can give, as text: what only some subgraphs know says nothing.
    fn telling(&self, object: &Object, field: &Name, arguments: &Map<String, Value>) -> String {
        let mut arguments = arguments.clone();
        if let Ok(definition) = self.schema.type_field(&object.ty, field) {
            let contexts = self.context_arguments(object, field);
            arguments.retain(|name, value| {
                if contexts.iter().any(|own| own.name == name.as_str()) {
                    return !value.is_null();
                }
                let argument = definition.argument_by_name(name);
                argument.is_some_and(|own| !own.directives.has("inaccessible"))
            });
        }
        Value::Object(arguments).to_string()
    }

    pub(crate) fn context_arguments(&self, object: &Object, field: &Name) -> &[ContextArgument] {
        let coordinate = (object.ty.clone(), field.clone());
        self.contexts.get(&coordinate).map_or(&[], Vec::as_slice)
    }

    /// What a context argument is given by the objects around, the nearest last.
    pub(crate) fn given_by_context(&self, argument: &ContextArgument, around: &[Object]) -> Value {
        let mut around = around.iter().rev();
        let Some(object) = around.find(|own| argument.types.contains(&own.ty)) else {
            return Value::Null;
        };
        let mut value = self.evaluate(object, &argument.selection);
        // As deep as the selection, and no deeper: a leaf may itself be an object.
        for _ in 0..depth(&argument.selection) {
            let fields = value.as_object_mut();
            let taken = fields.and_then(|fields| fields.values_mut().next());
            value = taken.map(Value::take).unwrap_or_default();
        }
        value
    }

    /// What tells entities apart: the id in another form.
    fn key_value(&self, facts: &Facts, object: &Object, field: &Name) -> Resolved {
        let id = object.id;
        match &facts.leaf {
            Leaf::Int => Resolved::Leaf((id + 100 + field.len() as u64).into()),
            Leaf::Object(types) if !types.is_empty() => {
                let index = usize::try_from(id).unwrap_or(0) % types.len();
                let ty = types[index].clone();
                Resolved::Object(Object { ty, id })
            }
            Leaf::Enum(values) => Resolved::Leaf(values[0].as_str().into()),
            Leaf::Boolean => Resolved::Leaf(true.into()),
            _ => Resolved::Leaf(format!("{field}-{id}").into()),
        }
    }

    fn value(&self, facts: &Facts, shape: &Shape, seed: u64) -> Resolved {
        let is_null = match shape.non_null {
            true => facts.may_fail && hash((seed, "bad null")).is_multiple_of(37),
            false => hash((seed, "null")).is_multiple_of(8),
        };
        if is_null {
            return Resolved::Null;
        }
        if let Some(item) = &shape.item {
            let items = (0..hash((seed, "length")) % 4).map(|i| hash((seed, i)));
            return Resolved::List(items.map(|seed| self.value(facts, item, seed)).collect());
        }
        let seed = hash((seed, "leaf"));
        let leaf = match &facts.leaf {
            Leaf::Int => json!(seed % 100_000),
            Leaf::Float => json!((seed % 1000) as f64 / 8.0),
            Leaf::String => json!(format!("s\"{}é", seed % 100_000)),
            Leaf::Boolean => json!(seed.is_multiple_of(2)),
            Leaf::Id => json!((seed % 100_000).to_string()),
            Leaf::Custom => json!({"any": [seed % 1000, null, {"b": 1, "a": 2.5}]}),
            Leaf::Enum(values) if values.is_empty() => return Resolved::Null,
            Leaf::Enum(values) => json!(at(values, seed).as_str()),
            Leaf::Object(types) if types.is_empty() => return Resolved::Null,
            Leaf::Object(types) => return Resolved::Object(self.object(at(types, seed), seed)),
        };
        Resolved::Leaf(leaf)
    }

    /// Some object of a type.
    fn object(&self, ty: &Name, seed: u64) -> Object {
        let number = hash((seed, "id")) % 5;
        let id = match self.turns.get(ty) {
            _ if ty == "Query" || ty == "Mutation" => 0,
            Some((count, turn)) => number.min(3) * count + turn,
            None if self.entities.contains(ty) => number + 1,
            None => seed % 50,
        };
        Object { ty: ty.clone(), id }
    }

    fn exists(&self, object: &Object) -> bool {
        let turn = self.turns.get(&object.ty);
        turn.is_none_or(|(count, turn)| object.id % count == *turn)
    }

    /// The entity that is of one of these types and agrees with a representation in one of the key's fields.
    pub(crate) fn find(
        &self,
        types: &[Name],
        key: &[Selection],
        representation: &Value,
    ) -> Option<Object> {
        for ty in types {
            for id in 0..IDS {
                let object = Object { ty: ty.clone(), id };
                let fits =
                    self.exists(&object) && contains(representation, &self.evaluate(&object, key));
                if fits {
                    return Some(object);
                }
            }
        }
        None
    }

    /// The values a field set selects.
    pub(crate) fn evaluate(&self, object: &Object, set: &[Selection]) -> Value {
        let mut out = Map::new();
        self.evaluate_into(object, set, &mut out);
        Value::Object(out)
    }

    fn evaluate_into(&self, object: &Object, set: &[Selection], out: &mut Map<String, Value>) {
        for selection in set {
            match selection {
                Selection::Field(field) if field.name == "__typename" => {
                    out.insert("__typename".to_owned(), object.ty.as_str().into());
                }
                Selection::Field(field) => {
                    let definition = self.schema.type_field(&object.ty, &field.name);
                    let Ok(definition) = definition else {
                        continue;
                    };
                    let none = Map::new();
                    let arguments =
                        arguments::coerce(&self.schema, definition, &field.arguments, &none);
                    let value = self.resolve(object, &field.name, &arguments, 0);
                    let value = self.expand(value, &field.selection_set);
                    merge(out, field.name.as_str(), value);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.type_condition.as_ref();
                    if condition.is_none_or(|name| self.is_possible(name, &object.ty)) {
                        self.evaluate_into(object, &fragment.selection_set, out);
                    }
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn expand(&self, value: Resolved, set: &[Selection]) -> Value {
        match value {
            Resolved::Null | Resolved::Failure => Value::Null,
            Resolved::Leaf(leaf) => leaf,
            Resolved::List(items) => items
                .into_iter()
                .map(|item| self.expand(item, set))
                .collect(),
            Resolved::Object(object) => self.evaluate(&object, set),
        }
    }
}

fn at(items: &[Name], seed: u64) -> &Name {
    &items[usize::try_from(seed % 1009).unwrap_or(0) % items.len()]
}

/// Selections of one field in several fragments add up.
fn merge(out: &mut Map<String, Value>, key: &str, value: Value) {
    match (out.get_mut(key), value) {
        (Some(known), more) => merge_values(known, more),
        (None, value) => drop(out.insert(key.to_owned(), value)),
    }
}

fn merge_values(known: &mut Value, more: Value) {
    match (known, more) {
        (Value::Object(known), Value::Object(more)) => {
            for (key, value) in more {
                merge(known, &key, value);
            }
        }
        (Value::Array(known), Value::Array(more)) => {
            known
                .iter_mut()
                .zip(more)
                .for_each(|(own, more)| merge_values(own, more));
        }
        _ => {}
    }
}

/// Whether everything in `expected` is in `given`.
pub(crate) fn contains(given: &Value, expected: &Value) -> bool {
    match (given, expected) {
        (Value::Object(given), Value::Object(expected)) => expected
            .iter()
            .all(|(key, value)| given.get(key).is_some_and(|own| contains(own, value))),
        (Value::Array(given), Value::Array(expected)) => {
            given.len() == expected.len()
                && given
                    .iter()
                    .zip(expected)
                    .all(|(own, other)| contains(own, other))
        }
        (given, expected) => given == expected,
    }
}

/// How many fields lie within each other in a selection of one field.
fn depth(set: &[Selection]) -> usize {
    let depths = set.iter().map(|selection| match selection {
        Selection::Field(field) => 1 + depth(&field.selection_set),
        Selection::InlineFragment(fragment) => depth(&fragment.selection_set),
        Selection::FragmentSpread(_) => 0,
    });
    depths.max().unwrap_or(0)
}
