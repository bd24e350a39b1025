//! What an answer means, by `serde_json` and the specification's sections 6.4.3 (values) and 6.4.4 (nulls).

use router_operation::{FieldTarget, SelectionSet, collect_fields};
use schema_model::{LeafKind, Supergraph, TypeId, TypeKind, TypeRef};
use serde_json::{Map, Number, Value};

use crate::graph::{ENTITIES, Target};

/// What the client must get.
pub(crate) struct Reference {
    pub(crate) data: Value,
    pub(crate) has_errors: bool,
}

/// A null that must not be.
struct Lost;

struct Coercion<'a> {
    supergraph: &'a Supergraph,
    has_errors: bool,
}

impl Reference {
    /// `None`: here the two may differ.
    pub(crate) fn read(target: &Target, body: &[u8]) -> Option<Self> {
        let answer = match serde_json::from_slice::<Value>(body) {
            Ok(answer) => answer,
            Err(error) if is_deliberate(&error.to_string(), body) => return None,
            Err(_) => Value::Null,
        };
        // How `serde_json` marks numbers.
        if body.windows(13).any(|window| window == b"serde_json::p") {
            return None;
        }
        let mut coercion = Coercion {
            supergraph: &target.supergraph,
            has_errors: false,
        };
        let data = answer.get("data").unwrap_or(&Value::Null);
        let data = match target.has_entities {
            true => coercion.entities(target, data),
            false => coercion.root(target, data),
        };
        let has_errors = match answer.get("errors") {
            None | Some(Value::Null) => false,
            Some(Value::Array(errors)) => !errors.is_empty(),
            Some(_) => true,
        };
        let is_answer = answer.is_object();
        Some(Self {
            data,
            has_errors: coercion.has_errors || (is_answer && has_errors),
        })
    }
}

fn is_deliberate(error: &str, body: &[u8]) -> bool {
    let mut escapes = body.windows(4);
    let is_half = |window: &[u8]| {
        window.starts_with(b"\\u") && matches!(window[2], b'd' | b'D') && window[3] > b'7'
    };
    error.starts_with("recursion limit") || escapes.any(is_half)
}

impl Coercion<'_> {
    fn root(&mut self, target: &Target, data: &Value) -> Value {
        let empty = Map::new();
        let object = match data {
            Value::Object(object) => object,
            _ => {
                self.has_errors = true;
                &empty
            }
        };
        let sets = [&target.operation.selection_set];
        let data = self.fields(&sets, target.operation.root, object);
        data.map_or(Value::Null, Value::from)
    }

    /// The holders, each with what is said of its entity. No field of them must not be null.
    fn entities(&mut self, target: &Target, data: &Value) -> Value {
        let count = ENTITIES.iter().flatten().max().map_or(0, |most| most + 1);
        let entities = data.get("_entities").and_then(Value::as_array);
        let entities = entities.filter(|entities| entities.len() == count);
        self.has_errors = entities.is_none();
        let item = self.supergraph.type_named("Item").expect("it is there");
        let sets = [&target.operation.selection_set];
        let root = collect_fields(self.supergraph, &sets, target.operation.root);
        let sets = &root[0].selection_sets;
        let nulls: Vec<_> = collect_fields(self.supergraph, sets, item)
            .iter()
            .map(|field| (field.response_key.to_string(), Value::Null))
            .collect();
        let holders = ENTITIES.map(|entity| {
            let Some(entity) = entity else {
                return Value::Null;
            };
            match entities.map(|entities| &entities[entity]) {
                Some(Value::Object(object)) => {
                    let object = self.fields(sets, item, object);
                    object.map_or(Value::Null, Value::from)
                }
                other => {
                    self.has_errors |= other.is_some_and(|value| !value.is_null());
                    nulls.iter().cloned().collect()
                }
            }
        });
        serde_json::json!({ "holders": holders })
    }

    fn fields(
        &mut self,
        sets: &[&SelectionSet],
        ty: TypeId,
        object: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Lost> {
        let mut out = Map::new();
        for field in collect_fields(self.supergraph, sets, ty) {
            let key = field.response_key.to_string();
            let FieldTarget::Field(id) = field.target else {
                out.insert(key, self.supergraph.ty(ty).name.as_str().into());
                continue;
            };
            let ty = self.supergraph.field(id).ty;
            let value = match object.get(&key) {
                Some(value) => value,
                None => {
                    self.has_errors = true;
                    &Value::Null
                }
            };
            let value = self.value(&field.selection_sets, ty, value)?;
            out.insert(key, value);
        }
        Ok(out)
    }

    fn value(&mut self, sets: &[&SelectionSet], ty: TypeRef, value: &Value) -> Result<Value, Lost> {
        let coerced = self.any(sets, ty, value);
        if ty.is_non_null() && coerced.is_null() {
            self.has_errors = true;
            return Err(Lost);
        }
        Ok(coerced)
    }

    /// The value if it fits, else null.
    fn any(&mut self, sets: &[&SelectionSet], ty: TypeRef, value: &Value) -> Value {
        if value.is_null() {
            return Value::Null;
        }
        if let Some(item) = ty.item() {
            let Value::Array(items) = value else {
                return self.unfit();
            };
            let items = items.iter().map(|value| self.value(sets, item, value));
            let items: Result<Vec<Value>, Lost> = items.collect();
            return items.map_or(Value::Null, Value::from);
        }
        let definition = self.supergraph.ty(ty.named());
        if definition.is_composite() {
            let Value::Object(object) = value else {
                return self.unfit();
            };
            let Some(ty) = self.runtime(ty.named(), object) else {
                return self.unfit();
            };
            let object = self.fields(sets, ty, object);
            return object.map_or(Value::Null, Value::from);
        }
        let fits = match (definition.kind, value) {
            (TypeKind::Enum, Value::String(text)) => definition
                .enum_values
                .iter()
                .any(|value| value.as_str() == text),
            (TypeKind::Enum, _) => false,
            (TypeKind::Scalar(LeafKind::Int), Value::Number(number)) => {
                is_integer(number) && number.to_string().parse::<i32>().is_ok()
            }
            (TypeKind::Scalar(LeafKind::Float), Value::Number(number)) => {
                number.to_string().parse().is_ok_and(f64::is_finite)
            }
            (TypeKind::Scalar(LeafKind::Id), Value::Number(number)) => is_integer(number),
            (TypeKind::Scalar(LeafKind::String | LeafKind::Id), value) => value.is_string(),
            (TypeKind::Scalar(LeafKind::Boolean), value) => value.is_boolean(),
            (TypeKind::Scalar(LeafKind::Int | LeafKind::Float), _) => false,
            _ => true,
        };
        if fits { value.clone() } else { self.unfit() }
    }

    fn unfit(&mut self) -> Value {
        self.has_errors = true;
        Value::Null
    }

    fn runtime(&self, ty: TypeId, object: &Map<String, Value>) -> Option<TypeId> {
        if !self.supergraph.ty(ty).is_abstract() {
            return Some(ty);
        }
        let name = object.get("__typename")?.as_str()?;
        let runtime = self.supergraph.type_named(name)?;
        let is_possible =
            !self.supergraph.ty(runtime).is_abstract() && self.supergraph.is_possible(ty, runtime);
        let is_visible = !self.supergraph.ty(runtime).is_inaccessible;
        (is_possible && is_visible).then_some(runtime)
    }
}

fn is_integer(number: &Number) -> bool {
    let text = number.to_string();
    let digits = text.strip_prefix('-').unwrap_or(&text);
    digits.bytes().all(|byte| byte.is_ascii_digit())
}
