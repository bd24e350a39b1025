//! What the subgraphs together say about a field's values: as narrow as the narrowest of them.

use std::collections::{HashMap, HashSet};

use apollo_compiler::ast::{Selection, Type};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema};

use super::subgraph::{SubgraphSchema, possible};

/// A field of an object type.
pub(crate) type Coordinate = (Name, Name);

/// What values a field may have.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) shape: Shape,
    pub(crate) leaf: Leaf,
    /// The value tells entities apart.
    pub(crate) is_key: bool,
    /// The field may fail, and null may stand where it must not.
    pub(crate) may_fail: bool,
}

/// Lists and where null may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) non_null: bool,
    pub(crate) item: Option<Box<Shape>>,
}

/// What is inside all lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    Int,
    Float,
    String,
    Boolean,
    Id,
    Custom,
    Enum(Vec<Name>),
    /// The types that every subgraph with the field knows to be possible.
    Object(Vec<Name>),
}

/// Everything about every field that some subgraph resolves.
pub(crate) fn gather(schema: &Schema, subgraphs: &[SubgraphSchema]) -> HashMap<Coordinate, Facts> {
    let mut found: HashMap<Coordinate, Facts> = HashMap::new();
    let mut steady = HashSet::new();
    for subgraph in subgraphs {
        for (ty, type_facts) in &subgraph.types {
            let Some(ExtendedType::Object(object)) = subgraph.schema.types.get(ty) else {
                continue;
            };
            let owners = owners(schema, subgraph, ty);
            for (name, facts) in &type_facts.fields {
                if facts.external || facts.overridden || facts.overridden_by_label.is_some() {
                    // What others refer to does not fail.
                    steady.extend(owners.iter().map(|o| (o.clone(), name.clone())));
                }
                if facts.external && !type_facts.has_key_field(name) {
                    continue;
                }
                let own = of_type(schema, subgraph, &object.fields[name].ty);
                for owner in &owners {
                    let coordinate = (owner.clone(), name.clone());
                    let known = found.remove(&coordinate);
                    let facts = known.map_or_else(|| own.clone(), |known| both(known, &own));
                    found.insert(coordinate, facts);
                }
            }
        }
    }
    mark_sets(schema, subgraphs, &mut found);
    tighten(nested_targets(schema, subgraphs), &mut found);
    for coordinate in steady {
        if let Some(facts) = found.get_mut(&coordinate) {
            facts.may_fail = false;
        }
    }
    found
}

/// The supergraph's object types that a subgraph's object type stands for.
fn owners(schema: &Schema, subgraph: &SubgraphSchema, ty: &str) -> Vec<Name> {
    let canonical = subgraph.canonical(ty);
    if subgraph
        .types
        .get(ty)
        .is_some_and(|t| t.is_interface_object)
    {
        return possible(schema, ty);
    }
    Name::new(canonical).into_iter().collect()
}

fn of_type(schema: &Schema, subgraph: &SubgraphSchema, ty: &Type) -> Facts {
    let named = ty.inner_named_type();
    let leaf = match (named.as_str(), &subgraph.schema.types.get(named)) {
        ("Int", _) => Leaf::Int,
        ("Float", _) => Leaf::Float,
        ("String", _) => Leaf::String,
        ("Boolean", _) => Leaf::Boolean,
        ("ID", _) => Leaf::Id,
        (_, Some(ExtendedType::Scalar(_))) => Leaf::Custom,
        (_, Some(ExtendedType::Enum(own))) => {
            let known = match schema.types.get(named) {
                Some(ExtendedType::Enum(all)) => Some(all),
                _ => None,
            };
            let hidden = |value: &Name| {
                let value = known.and_then(|all| all.values.get(value));
                value.is_some_and(|v| v.directives.has("inaccessible"))
            };
            Leaf::Enum(own.values.keys().filter(|v| !hidden(v)).cloned().collect())
        }
        _ => {
            let here = subgraph.possible(named);
            let all = here.iter().flat_map(|ty| owners(schema, subgraph, ty));
            let mut all: Vec<Name> = all.collect();
            all.sort();
            all.dedup();
            Leaf::Object(all)
        }
    };
    Facts {
        shape: shape(ty),
        leaf,
        is_key: false,
        may_fail: true,
    }
}

fn shape(ty: &Type) -> Shape {
    let (non_null, item) = match ty {
        Type::Named(_) => (false, None),
        Type::NonNullNamed(_) => (true, None),
        Type::List(item) => (false, Some(Box::new(shape(item)))),
        Type::NonNullList(item) => (true, Some(Box::new(shape(item)))),
    };
    Shape { non_null, item }
}

/// What two subgraphs both allow.
fn both(one: Facts, other: &Facts) -> Facts {
    let same = one.shape == other.shape;
    let leaf = match (one.leaf, &other.leaf) {
        (Leaf::Enum(own), Leaf::Enum(others)) => Leaf::Enum(common(own, others)),
        (Leaf::Object(own), Leaf::Object(others)) => Leaf::Object(common(own, others)),
        (own, _) => own,
    };
    Facts {
        shape: narrower(one.shape, &other.shape),
        leaf,
        is_key: false,
        may_fail: one.may_fail && other.may_fail && same,
    }
}

fn common(own: Vec<Name>, others: &[Name]) -> Vec<Name> {
    own.into_iter()
        .filter(|name| others.contains(name))
        .collect()
}

fn narrower(one: Shape, other: &Shape) -> Shape {
    let item = match (one.item, &other.item) {
        (Some(own), Some(other)) => Some(Box::new(narrower(*own, other))),
        (own, _) => own,
    };
    Shape {
        non_null: one.non_null || other.non_null,
        item,
    }
}

/// Types of objects inside of what is required: a null that spreads there, because of something else that is selected
/// of them, would change what is required.
fn nested_targets(schema: &Schema, subgraphs: &[SubgraphSchema]) -> Vec<Name> {
    let mut targets = Vec::new();
    for subgraph in subgraphs {
        for (ty, type_facts) in &subgraph.types {
            for facts in type_facts.fields.values() {
                if let Some(set) = &facts.requires {
                    targets_of(schema, ty, set, &mut targets);
                }
            }
        }
    }
    targets
}

fn targets_of(schema: &Schema, ty: &str, set: &[Selection], targets: &mut Vec<Name>) {
    for selection in set {
        match selection {
            Selection::Field(field) if !field.selection_set.is_empty() => {
                if let Ok(definition) = schema.type_field(ty, &field.name) {
                    let target = definition.ty.inner_named_type();
                    targets.extend(possible(schema, target));
                    targets_of(schema, target, &field.selection_set, targets);
                }
            }
            Selection::InlineFragment(fragment) => {
                let ty = fragment
                    .type_condition
                    .as_ref()
                    .map_or(ty, |name| name.as_str());
                targets_of(schema, ty, &fragment.selection_set, targets);
            }
            _ => {}
        }
    }
}

/// No null spreads to objects of these types.
fn tighten(mut types: Vec<Name>, found: &mut HashMap<Coordinate, Facts>) {
    let mut seen = HashSet::new();
    while let Some(ty) = types.pop() {
        if !seen.insert(ty.clone()) {
            continue;
        }
        for ((owner, _), facts) in found.iter_mut() {
            if *owner != ty || !facts.shape.non_null {
                continue;
            }
            facts.may_fail = false;
            if let (true, Leaf::Object(targets)) = (facts.shape.spreads(), &facts.leaf) {
                types.extend(targets.iter().cloned());
            }
        }
    }
}

impl Shape {
    /// Whether a null inside comes out.
    fn spreads(&self) -> bool {
        self.non_null && self.item.as_ref().is_none_or(|item| item.spreads())
    }
}

/// What keys name is injective; what any field set names does not fail.
fn mark_sets(
    schema: &Schema,
    subgraphs: &[SubgraphSchema],
    found: &mut HashMap<Coordinate, Facts>,
) {
    for subgraph in subgraphs {
        for (ty, type_facts) in &subgraph.types {
            let owners = match subgraph.schema.types.get(ty) {
                Some(ExtendedType::Interface(_)) => possible(schema, ty),
                _ => owners(schema, subgraph, ty),
            };
            for ((owner, _), arguments) in &subgraph.contexts {
                for argument in arguments.iter().filter(|_| owner == ty) {
                    mark(schema, found, &argument.types, &argument.selection, false);
                }
            }
            for key in &type_facts.keys {
                mark(schema, found, &owners, &key.fields, true);
            }
            for (name, facts) in &type_facts.fields {
                if let Some(set) = &facts.requires {
                    mark(schema, found, &owners, set, false);
                }
                if let Some(set) = &facts.provides {
                    let ty = schema.type_field(subgraph.canonical(ty), name);
                    let target = ty.map(|field| field.ty.inner_named_type());
                    let targets = target.map_or(Vec::new(), |t| possible(schema, t));
                    mark(schema, found, &targets, set, false);
                }
            }
        }
    }
}

fn mark(
    schema: &Schema,
    found: &mut HashMap<Coordinate, Facts>,
    owners: &[Name],
    set: &[Selection],
    is_key: bool,
) {
    for selection in set {
        match selection {
            Selection::Field(field) => {
                for owner in owners {
                    let coordinate = (owner.clone(), field.name.clone());
                    if let Some(facts) = found.get_mut(&coordinate) {
                        facts.is_key |= is_key;
                        facts.may_fail = false;
                    }
                    let Ok(definition) = schema.type_field(owner, &field.name) else {
                        continue;
                    };
                    let targets = possible(schema, definition.ty.inner_named_type());
                    mark(schema, found, &targets, &field.selection_set, is_key);
                }
            }
            Selection::InlineFragment(fragment) => {
                let narrowed: Vec<Name> = match &fragment.type_condition {
                    Some(condition) => {
                        let possible = possible(schema, condition);
                        owners
                            .iter()
                            .filter(|o| possible.contains(o))
                            .cloned()
                            .collect()
                    }
                    None => owners.to_vec(),
                };
                mark(schema, found, &narrowed, &fragment.selection_set, is_key);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}
