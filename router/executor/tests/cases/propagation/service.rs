//! A subgraph over the data. By the request's hash, it lets nulls spread as the specification says, or leaves them
//! where they are; clients must not be able to tell.

use apollo_compiler::ast::{Definition, Document, Field, Selection};
use futures::FutureExt;
use futures::future::BoxFuture;
use router_executor::{Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};
use schema_model::{TypeId, TypeRef};
use serde_json::{Map, Value, json};

use super::super::monolith::hash;
use super::world::{Kind, Node, World};

pub(super) struct Service {
    pub(super) world: World,
    pub(super) name: String,
}

impl Subgraph for Service {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        async move {
            if self.world.faults.down == Some(&self.name) {
                return Err(SubgraphError::Timeout);
            }
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let run = Run {
                world: &self.world,
                spreads: hash((self.world.faults.seed, &self.name)).is_multiple_of(2),
                errors: Vec::new(),
                path: Vec::new(),
            };
            let answer = run.respond(body["query"].as_str().unwrap(), &body["variables"]);
            Ok(SubgraphResponse::json(answer.to_string()))
        }
        .boxed()
    }
}

/// A null that spreads.
struct Lost;

struct Run<'a> {
    world: &'a World,
    spreads: bool,
    errors: Vec<Value>,
    path: Vec<Value>,
}

/// An object, and what the representation said of it.
#[derive(Clone, Copy)]
struct Object<'a> {
    ty: TypeId,
    id: u64,
    given: Option<&'a Value>,
}

impl Run<'_> {
    fn respond(mut self, query: &str, variables: &Value) -> Value {
        let document = Document::parse(query, "query.graphql").unwrap();
        let Some(Definition::OperationDefinition(operation)) = document.definitions.first() else {
            panic!("an operation: {query}");
        };
        let selections: Vec<&Selection> = operation.selection_set.iter().collect();
        let root = self
            .world
            .supergraph
            .root(operation.operation_type)
            .unwrap();
        let data = match operation.selection_set.first() {
            Some(Selection::Field(field)) if field.name == "_entities" => {
                Ok(self.entities(&operation.selection_set, variables))
            }
            _ => {
                let root = Object {
                    ty: root,
                    id: 0,
                    given: None,
                };
                self.object(&selections, root)
            }
        };
        let mut response = json!({"data": data.map_or(Value::Null, Value::from)});
        if !self.errors.is_empty() {
            response["errors"] = self.errors.into();
        }
        response
    }

    fn entities(&mut self, calls: &[Selection], variables: &Value) -> Map<String, Value> {
        let mut data = Map::new();
        for call in calls {
            let Selection::Field(field) = call else {
                panic!("only entities");
            };
            let variable = field.arguments[0].value.as_variable().unwrap();
            let representations = variables[variable.as_str()].as_array().unwrap();
            let mut entities = Vec::new();
            for (index, given) in representations.iter().enumerate() {
                self.path = vec![field.response_name().as_str().into(), index.into()];
                let name = given["__typename"].as_str().unwrap();
                let object = Object {
                    ty: self.world.supergraph.type_named(name).unwrap(),
                    id: given["id"].as_str().unwrap().parse().unwrap(),
                    given: Some(given),
                };
                let selections: Vec<&Selection> = field.selection_set.iter().collect();
                let entity = self.object(&selections, object);
                entities.push(entity.map_or(Value::Null, Value::from));
            }
            data.insert(field.response_name().to_string(), entities.into());
        }
        data
    }

    /// The fields of an object by response key.
    fn collect<'f>(
        &self,
        selections: &[&'f Selection],
        ty: TypeId,
        fields: &mut Vec<(&'f str, Vec<&'f Field>)>,
    ) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let key = field.response_name().as_str();
                    match fields.iter_mut().find(|(own, _)| *own == key) {
                        Some((_, same)) => same.push(field),
                        None => fields.push((key, vec![field])),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let supergraph = &self.world.supergraph;
                    let applies = fragment.type_condition.as_ref().is_none_or(|name| {
                        supergraph.is_possible(supergraph.type_named(name).unwrap(), ty)
                    });
                    if applies {
                        let nested: Vec<&Selection> = fragment.selection_set.iter().collect();
                        self.collect(&nested, ty, fields);
                    }
                }
                Selection::FragmentSpread(_) => panic!("fragments are inlined"),
            }
        }
    }

    fn object(
        &mut self,
        selections: &[&Selection],
        object: Object<'_>,
    ) -> Result<Map<String, Value>, Lost> {
        let mut fields = Vec::new();
        self.collect(selections, object.ty, &mut fields);
        let supergraph = self.world.supergraph.clone();
        let mut out = Map::new();
        let mut is_lost = false;
        for (key, same) in fields {
            let name = &same[0].name;
            if name == "__typename" {
                out.insert(
                    key.to_owned(),
                    supergraph.ty(object.ty).name.as_str().into(),
                );
                continue;
            }
            let definition = supergraph.field_named(object.ty, name).unwrap();
            let age = object.given.map(|given| &given["age"]);
            let node = self.world.field(object.ty, object.id, name, age);
            let nested = same.iter().flat_map(|field| &field.selection_set);
            let nested: Vec<&Selection> = nested.collect();
            self.path.push(key.into());
            match self.value(&node, supergraph.field(definition).ty, &nested) {
                Ok(Some(value)) => drop(out.insert(key.to_owned(), value)),
                Ok(None) => {}
                Err(Lost) => is_lost = true,
            }
            self.path.pop();
        }
        if is_lost { Err(Lost) } else { Ok(out) }
    }

    /// `None`: the key is left out.
    fn value(
        &mut self,
        node: &Node,
        ty: TypeRef,
        selections: &[&Selection],
    ) -> Result<Option<Value>, Lost> {
        let value = match node {
            Node::Broken(Kind::Told) => {
                let path = self.path.clone();
                self.errors
                    .push(json!({"message": format!("broken {path:?}"), "path": path}));
                Err(Lost)
            }
            Node::Broken(Kind::Missing) => return Ok(None),
            Node::Broken(Kind::Wrong) => Ok(self.world.wrong(ty)),
            Node::Null | Node::Broken(Kind::Silent) => Ok(Value::Null),
            Node::Leaf(value) => Ok(value.clone()),
            Node::Object(ty, id) => {
                let object = Object {
                    ty: *ty,
                    id: *id,
                    given: None,
                };
                self.object(selections, object).map(Value::from)
            }
            Node::List(items) => self.list(items, ty, selections).map(Value::from),
        };
        match value {
            Err(Lost) if self.spreads && ty.is_non_null() => Err(Lost),
            value => Ok(Some(value.unwrap_or(Value::Null))),
        }
    }

    fn list(
        &mut self,
        items: &[Node],
        ty: TypeRef,
        selections: &[&Selection],
    ) -> Result<Vec<Value>, Lost> {
        let item_type = ty.item().unwrap();
        let mut values = Vec::new();
        let mut is_lost = false;
        for (index, item) in items.iter().enumerate() {
            self.path.push(index.into());
            match self.value(item, item_type, selections) {
                Ok(value) => values.push(value.unwrap_or(Value::Null)),
                Err(Lost) => is_lost = true,
            }
            self.path.pop();
        }
        if is_lost { Err(Lost) } else { Ok(values) }
    }
}
