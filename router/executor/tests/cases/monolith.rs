//! A small executor over invented data, for whole operations as well as for what the router asks subgraphs: every
//! value follows from the object's type and id and the field's name. What the router puts together must be what the
//! same data gives in one piece.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use apollo_compiler::ast::{Definition, Document, Field, Selection};
use futures::FutureExt;
use futures::future::BoxFuture;
use router_executor::{Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};
use schema_model::{LeafKind, Supergraph, TypeId, TypeKind, TypeRef};
use serde_json::{Map, Value, json};

/// What goes wrong, by chance.
#[derive(Clone, Copy)]
pub(crate) struct Chaos {
    pub(crate) seed: u64,
    /// One value out of so many is wrong; 0 for none.
    pub(crate) one_in: u64,
}

pub(crate) fn hash(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// One run over a document.
pub(crate) struct Run<'a> {
    pub(crate) supergraph: &'a Supergraph,
    chaos: Chaos,
    errors: Vec<Value>,
    path: Vec<Value>,
}

/// An object: its type, id, and what the representation said besides.
struct Object<'a> {
    ty: TypeId,
    id: u64,
    given: Option<&'a Value>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(supergraph: &'a Supergraph, chaos: Chaos) -> Self {
        Self {
            supergraph,
            chaos,
            errors: Vec::new(),
            path: Vec::new(),
        }
    }

    /// The whole response to a request.
    pub(crate) fn respond(mut self, query: &str, variables: &Value) -> Value {
        let document = Document::parse(query, "query.graphql").unwrap();
        let Some(Definition::OperationDefinition(operation)) = document.definitions.first() else {
            panic!("an operation: {query}");
        };
        let mut data = Map::new();
        let root = self.supergraph.root(operation.operation_type).unwrap();
        for selection in &operation.selection_set {
            if let Selection::Field(field) = selection
                && field.name == "_entities"
            {
                let entities = self.entities(field, variables);
                data.insert(field.response_name().to_string(), entities);
                continue;
            }
            let object = Object {
                ty: root,
                id: 0,
                given: None,
            };
            self.fields(std::slice::from_ref(selection), &object, &mut data);
        }
        let mut response = json!({ "data": data });
        if self.strikes("data") {
            response["data"] = Value::Null;
            self.errors.push(json!({"message": "no data"}));
        }
        if !self.errors.is_empty() {
            response["errors"] = self.errors.into();
        }
        response
    }

    fn strikes(&self, what: &str) -> bool {
        let chaos = self.chaos;
        chaos.one_in > 0
            && hash((chaos.seed, what, format!("{:?}", self.path))).is_multiple_of(chaos.one_in)
    }

    fn entities(&mut self, field: &Field, variables: &Value) -> Value {
        let variable = field.arguments[0].value.as_variable().unwrap();
        let representations = variables[variable.as_str()].as_array().unwrap();
        let mut entities = Vec::new();
        for (index, representation) in representations.iter().enumerate() {
            self.path = vec![field.response_name().as_str().into(), index.into()];
            if self.strikes("entity") {
                entities.push(Value::Null);
                // Without an error, it is just not there.
                match hash((self.chaos.seed, "kind", index)) % 3 {
                    0 => self.fail(true),
                    1 => self.fail(false),
                    _ => {}
                }
                continue;
            }
            let name = representation["__typename"].as_str().unwrap();
            let object = Object {
                ty: self.supergraph.type_named(name).unwrap(),
                id: representation["id"].as_str().unwrap().parse().unwrap(),
                given: Some(representation),
            };
            let mut entity = Map::new();
            self.fields(&field.selection_set, &object, &mut entity);
            entities.push(entity.into());
        }
        self.path.clear();
        if self.strikes("length") {
            entities.pop();
        }
        entities.into()
    }

    /// An error, with or without a path.
    fn fail(&mut self, has_path: bool) {
        let mut error = json!({"message": "struck", "extensions": {"code": "STRUCK"}});
        if has_path {
            error["path"] = self.path.clone().into();
        }
        self.errors.push(error);
    }

    fn fields(
        &mut self,
        selections: &[Selection],
        object: &Object<'_>,
        out: &mut Map<String, Value>,
    ) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let key = field.response_name().to_string();
                    self.path.push(key.clone().into());
                    let value = self.field(field, object);
                    self.path.pop();
                    if let Some(value) = value {
                        merge(out, key, value);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let applies = fragment.type_condition.as_ref().is_none_or(|name| {
                        let ty = self.supergraph.type_named(name).unwrap();
                        self.supergraph.is_possible(ty, object.ty)
                    });
                    if applies {
                        self.fields(&fragment.selection_set, object, out);
                    }
                }
                Selection::FragmentSpread(_) => panic!("fragments are inlined"),
            }
        }
    }

    fn field(&mut self, field: &Field, object: &Object<'_>) -> Option<Value> {
        let type_name = &self.supergraph.ty(object.ty).name;
        if field.name == "__typename" {
            return Some(type_name.as_str().into());
        }
        if self.strikes("field") {
            match hash((self.chaos.seed, "kind", format!("{:?}", self.path))) % 5 {
                0 => self.fail(true),
                1 => self.fail(false),
                2 => return None,
                3 => return Some(self.wrong(field, object)),
                _ => {}
            }
            return Some(Value::Null);
        }
        let definition = self.supergraph.field_named(object.ty, &field.name).unwrap();
        let definition = self.supergraph.field(definition);
        if field.name == "id" {
            return Some(object.id.to_string().into());
        }
        if field.name == "rank" {
            let age = match object.given {
                Some(given) => given["age"].clone(),
                None => self.leaf_of("User", object.id, "age"),
            };
            return Some((hash(age.to_string()) % 1000).into());
        }
        let mut seed = hash((type_name.as_str(), object.id, field.name.as_str()));
        if object.id == 0 {
            // Much would be lost with a root field.
            seed = (0..)
                .map(|i| hash((seed, i)))
                .find(|&s| !is_null(definition.ty, s) && s % 4 > 1)?;
        }
        Some(self.value(definition.ty, seed, field))
    }

    /// What no value of the field's type looks like.
    fn wrong(&self, field: &Field, object: &Object<'_>) -> Value {
        let definition = self.supergraph.field_named(object.ty, &field.name).unwrap();
        let ty = self.supergraph.field(definition).ty;
        match self.supergraph.ty(ty.named()).kind {
            _ if ty.is_list() => json!("wrong"),
            TypeKind::Scalar(LeafKind::Custom) => Value::Null,
            _ => json!([["wrong"]]),
        }
    }

    fn leaf_of(&self, ty: &str, id: u64, field: &str) -> Value {
        let seed = hash((ty, id, field));
        let ty = self.supergraph.type_named(ty).unwrap();
        let definition = self.supergraph.field_named(ty, field).unwrap();
        let ty = self.supergraph.field(definition).ty;
        if is_null(ty, seed) {
            return Value::Null;
        }
        self.leaf(ty.named(), seed)
    }

    fn value(&mut self, ty: TypeRef, seed: u64, field: &Field) -> Value {
        if is_null(ty, seed) {
            return Value::Null;
        }
        if let Some(item) = ty.item() {
            let count = seed % 4;
            let mut items = Vec::new();
            for index in 0..count {
                self.path.push(index.into());
                items.push(self.value(item, hash((seed, index)), field));
                self.path.pop();
            }
            return items.into();
        }
        let definition = self.supergraph.ty(ty.named());
        if !definition.is_composite() {
            return self.leaf(ty.named(), seed);
        }
        let visible = definition.possible_types.iter();
        let visible: Vec<_> = visible
            .filter(|ty| !self.supergraph.ty(**ty).is_inaccessible)
            .collect();
        let object = Object {
            ty: *visible[usize::try_from(seed % 97).unwrap() % visible.len()],
            id: seed % 7 + 1,
            given: None,
        };
        let mut out = Map::new();
        self.fields(&field.selection_set, &object, &mut out);
        out.into()
    }

    fn leaf(&self, ty: TypeId, seed: u64) -> Value {
        let definition = self.supergraph.ty(ty);
        match definition.kind {
            TypeKind::Enum => definition.enum_values[0].as_str().into(),
            TypeKind::Scalar(LeafKind::Int) => (seed % 1000).into(),
            TypeKind::Scalar(LeafKind::Float) => json!(0.5),
            TypeKind::Scalar(LeafKind::Boolean) => seed.is_multiple_of(2).into(),
            TypeKind::Scalar(LeafKind::Custom) => json!({"any": [seed % 10, null]}),
            _ => format!("é\"{}", seed % 1000).into(),
        }
    }
}

fn is_null(ty: TypeRef, seed: u64) -> bool {
    !ty.is_non_null() && hash(seed).is_multiple_of(9)
}

fn merge(out: &mut Map<String, Value>, key: String, value: Value) {
    match (out.get_mut(&key), value) {
        (Some(Value::Object(own)), Value::Object(more)) => {
            for (key, value) in more {
                merge(own, key, value);
            }
        }
        (Some(Value::Array(own)), Value::Array(more)) => {
            for (own, more) in own.iter_mut().zip(more) {
                if let (Value::Object(own), Value::Object(more)) = (own, more) {
                    for (key, value) in more {
                        merge(own, key, value);
                    }
                }
            }
        }
        (Some(_), _) => {}
        (None, value) => drop(out.insert(key, value)),
    }
}

/// A subgraph over the invented data.
pub(crate) struct Invented {
    pub(crate) supergraph: Arc<Supergraph>,
    pub(crate) chaos: Chaos,
    pub(crate) name: String,
}

impl Subgraph for Invented {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        async move {
            let mut chaos = self.chaos;
            let body = String::from_utf8(request.body.to_vec()).unwrap();
            chaos.seed = hash((chaos.seed, &self.name, &body));
            if chaos.one_in > 0 {
                match chaos.seed % (chaos.one_in * 2) {
                    0 => return Err(SubgraphError::Timeout),
                    1 => return Ok(SubgraphResponse::json("<html>")),
                    _ => {}
                }
            }
            let body: Value = serde_json::from_str(&body).unwrap();
            let run = Run::new(&self.supergraph, chaos);
            let response = run.respond(body["query"].as_str().unwrap(), &body["variables"]);
            Ok(SubgraphResponse::json(response.to_string()))
        }
        .boxed()
    }
}
