//! The client's operation, completed as the specification says (sections 6.4.3 and 6.4.4).

use router_operation::{Document, FieldTarget, Limits, SelectionSet, collect_fields};
use schema_model::{TypeId, TypeRef};
use serde_json::{Map, Value};

use super::world::{Kind, Node, World, owner};

/// What comes of it.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) data: Value,
    /// Where errors are, and where each leaves a null.
    pub(super) errors: Vec<(Vec<Value>, Vec<Value>)>,
}

/// A null that must not be.
struct Lost;

struct Completion<'a> {
    world: &'a World,
    path: Vec<Value>,
    errors: Vec<(Vec<Value>, Vec<Value>)>,
}

impl Model {
    pub(super) fn complete(world: &World, operation: &str) -> Self {
        let supergraph = &world.supergraph;
        let document = Document::parse(supergraph, operation, &Limits::default()).unwrap();
        let request = document.request(supergraph, None).unwrap();
        let conditions = request.unconditional().unwrap();
        let operation = request.normalize(supergraph, &conditions);
        let mut completion = Completion {
            world,
            path: Vec::new(),
            errors: Vec::new(),
        };
        let sets = [&operation.selection_set];
        let data = completion.object(&sets, operation.root, 0);
        if data.is_err() {
            completion.nulls_at(0, 0);
        }
        Self {
            data: data.map_or(Value::Null, Value::from),
            errors: completion.errors,
        }
    }
}

impl Completion<'_> {
    fn object(
        &mut self,
        sets: &[&SelectionSet],
        ty: TypeId,
        id: u64,
    ) -> Result<Map<String, Value>, Lost> {
        let supergraph = self.world.supergraph.clone();
        let type_name = &supergraph.ty(ty).name;
        let is_mutation = *type_name == "Mutation";
        let mut object = Map::new();
        let mut is_lost = false;
        for field in collect_fields(&supergraph, sets, ty) {
            let key = field.response_key.to_string();
            let FieldTarget::Field(field_id) = field.target else {
                object.insert(key, type_name.as_str().into());
                continue;
            };
            let definition = supergraph.field(field_id);
            let node = self.node(ty, id, &definition.name);
            self.path.push(key.clone().into());
            let value = self.value(&node, definition.ty, &field.selection_sets);
            self.path.pop();
            match value {
                Ok(value) => drop(object.insert(key, value)),
                Err(Lost) => is_lost = true,
            }
            // Later fields of a mutation are not carried out.
            if is_lost && is_mutation {
                break;
            }
        }
        if is_lost { Err(Lost) } else { Ok(object) }
    }

    fn node(&self, ty: TypeId, id: u64, field: &str) -> Node {
        let supergraph = &self.world.supergraph;
        let type_name = supergraph.ty(ty).name.as_str();
        let down = self.world.faults.down;
        if down.is_some() && owner(type_name, field) == down {
            return Node::Broken(Kind::Told);
        }
        if field != "rank" {
            return self.world.field(ty, id, field, None);
        }
        match self.node(ty, id, "age") {
            // Nothing follows from what is not known.
            Node::Broken(Kind::Told | Kind::Missing | Kind::Wrong) => Node::Broken(Kind::Told),
            Node::Leaf(age) => self.world.field(ty, id, field, Some(&age)),
            _ => self.world.field(ty, id, field, Some(&Value::Null)),
        }
    }

    fn value(&mut self, node: &Node, ty: TypeRef, sets: &[&SelectionSet]) -> Result<Value, Lost> {
        let before = self.errors.len();
        let value = match node {
            Node::Null => Ok(Value::Null),
            Node::Broken(Kind::Silent) if !ty.is_non_null() => Ok(Value::Null),
            Node::Broken(_) => self.error(),
            Node::Leaf(value) => Ok(value.clone()),
            Node::List(items) => {
                let item_type = ty.item().unwrap();
                let mut values = Vec::new();
                let mut is_lost = false;
                for (index, item) in items.iter().enumerate() {
                    self.path.push(index.into());
                    match self.value(item, item_type, sets) {
                        Ok(value) => values.push(value),
                        Err(Lost) => is_lost = true,
                    }
                    self.path.pop();
                }
                if is_lost {
                    Err(Lost)
                } else {
                    Ok(values.into())
                }
            }
            Node::Object(ty, _) if self.world.supergraph.ty(*ty).is_inaccessible => self.error(),
            Node::Object(ty, id) => self.object(sets, *ty, *id).map(Value::from),
        };
        match value {
            Err(Lost) if !ty.is_non_null() => {
                self.nulls_at(before, self.path.len());
                Ok(Value::Null)
            }
            value => value,
        }
    }

    fn error(&mut self) -> Result<Value, Lost> {
        self.errors.push((self.path.clone(), self.path.clone()));
        Err(Lost)
    }

    /// The errors since then, and all nulls they leave, are part of a null of so many segments.
    fn nulls_at(&mut self, since: usize, length: usize) {
        for (_, null) in &mut self.errors[since..] {
            null.truncate(length);
        }
    }
}
