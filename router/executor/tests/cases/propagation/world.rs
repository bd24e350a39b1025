//! Data that follows from type, id and field, and what is wrong with it.

use std::sync::Arc;

use schema_model::{LeafKind, Supergraph, TypeId, TypeKind, TypeRef};
use serde_json::{Value, json};

use super::super::monolith::hash;

/// What is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Faults {
    pub(super) seed: u64,
    /// One value out of so many is broken; 0 for none.
    pub(super) one_in: u64,
    /// This subgraph does not answer.
    pub(super) down: Option<&'static str>,
}

/// All there is.
#[derive(Clone)]
pub(super) struct World {
    pub(super) supergraph: Arc<Supergraph>,
    pub(super) faults: Faults,
}

/// What a field or an item of a list holds.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Broken(Kind),
    Null,
    Leaf(Value),
    Object(TypeId, u64),
    List(Vec<Node>),
}

/// In what way a value is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The subgraph has an error for it.
    Told,
    /// It is null, and nobody says why; an error only where null must not stand.
    Silent,
    /// It is not answered.
    Missing,
    /// It is no value of the type.
    Wrong,
}

impl World {
    /// A field of an object; `age` is what `rank` follows from.
    pub(super) fn field(&self, ty: TypeId, id: u64, name: &str, age: Option<&Value>) -> Node {
        let definition = self.supergraph.field_named(ty, name).unwrap();
        let type_ref = self.supergraph.field(definition).ty;
        let type_name = self.supergraph.ty(ty).name.as_str();
        let seed = hash((type_name, id, name, self.faults.seed));
        // Keys are right, and objects that two subgraphs describe are there for both.
        let is_safe = matches!(name, "id" | "info" | "infos");
        if !is_safe && self.is_struck(seed) {
            return Node::Broken(self.kind(seed, true));
        }
        match (name, age) {
            ("id", _) => Node::Leaf(id.to_string().into()),
            ("rank", Some(age)) => Node::Leaf((hash(age.to_string()) % 1000).into()),
            _ => self.value(type_ref, seed, !is_safe),
        }
    }

    fn is_struck(&self, seed: u64) -> bool {
        let one_in = self.faults.one_in;
        one_in > 0 && hash((seed, "struck")).is_multiple_of(one_in)
    }

    fn kind(&self, seed: u64, is_field: bool) -> Kind {
        match hash((seed, "kind")) % 7 {
            0 | 1 => Kind::Silent,
            2 if is_field => Kind::Missing,
            2 | 3 => Kind::Wrong,
            _ => Kind::Told,
        }
    }

    fn value(&self, ty: TypeRef, seed: u64, may_break: bool) -> Node {
        if !ty.is_non_null() && hash((seed, "null")).is_multiple_of(10) && may_break {
            return Node::Null;
        }
        if let Some(item) = ty.item() {
            let items = (0..hash((seed, "length")) % 4).map(|index| {
                let seed = hash((seed, index));
                if may_break && self.is_struck(seed) {
                    return Node::Broken(self.kind(seed, false));
                }
                self.value(item, seed, may_break)
            });
            return Node::List(items.collect());
        }
        let definition = self.supergraph.ty(ty.named());
        if definition.is_composite() {
            let types = &definition.possible_types;
            let ty = types[usize::try_from(hash((seed, "type")) % 97).unwrap() % types.len()];
            return Node::Object(ty, hash((seed, "id")) % 9 + 1);
        }
        Node::Leaf(match definition.kind {
            TypeKind::Scalar(LeafKind::Int) => (seed % 1000).into(),
            TypeKind::Scalar(LeafKind::Float) => json!(0.5),
            TypeKind::Scalar(LeafKind::Boolean) => true.into(),
            TypeKind::Scalar(LeafKind::Custom) => json!({"any": [seed % 10, null]}),
            TypeKind::Enum => "USER".into(),
            _ => format!("é\"{}", seed % 1000).into(),
        })
    }

    /// What no value of a type looks like.
    pub(super) fn wrong(&self, ty: TypeRef) -> Value {
        match ty.is_list() {
            true => json!("wrong"),
            false => json!([["wrong"]]),
        }
    }
}

/// The subgraph that answers a field of an object.
pub(super) fn owner(ty: &str, field: &str) -> Option<&'static str> {
    match (ty, field) {
        (_, "id") => None,
        ("User", "visits" | "rank") | ("Post", "likes") => Some("stats"),
        ("User", "posts" | "strictPosts") | ("Post" | "Note", _) => Some("posts"),
        ("Query" | "Mutation", "things" | "post" | "publish" | "reprint") => Some("posts"),
        _ => Some("users"),
    }
}
