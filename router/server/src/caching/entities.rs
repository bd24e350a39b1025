//! The entity types of a graph, and what their entities are known by.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use schema_model::{FieldSetSelection, Supergraph, TypeId};

/// Entity types by name.
#[derive(Debug, Default)]
pub(crate) struct EntityTypes {
    types: HashMap<Box<str>, EntityType>,
    /// Of everything that names of tags depend on.
    digest: [u8; 32],
}

/// A type with a key.
#[derive(Debug, Default)]
pub(super) struct EntityType {
    /// The fields of its main key, in order; `None` if no key consists of leaves alone.
    ///
    /// Entries and changes are matched by this one: whatever is known by another key only counts as unknown.
    pub(super) key: Option<Vec<Box<str>>>,
    /// Types by whose names the same entities go elsewhere, with the same main key.
    pub(super) same: Vec<Box<str>>,
    /// The others of these.
    pub(super) related: Vec<Box<str>>,
    /// Fields that often change without the others: lists, connections and numbers.
    pub(super) apart: BTreeSet<Box<str>>,
}

impl EntityTypes {
    pub(crate) fn of(supergraph: &Supergraph) -> Self {
        let ids = || supergraph.type_ids().filter(|ty| has_key(supergraph, *ty));
        let keys: HashMap<TypeId, Option<Vec<Box<str>>>> =
            ids().map(|ty| (ty, main_key(supergraph, ty))).collect();
        let name = |ty: TypeId| -> Box<str> { supergraph.ty(ty).name.as_str().into() };
        let mut found: HashMap<Box<str>, EntityType> = HashMap::new();
        for ty in ids() {
            let definition = supergraph.ty(ty);
            // Of an interface also the others of its objects.
            let objects = definition.possible_types.iter();
            let others = objects
                .clone()
                .flat_map(|object| &supergraph.ty(*object).interfaces);
            let relatives = definition.interfaces.iter().chain(objects).chain(others);
            let mut relatives: Vec<TypeId> = relatives
                .copied()
                .filter(|other| *other != ty && keys.contains_key(other))
                .collect();
            relatives.sort_unstable();
            relatives.dedup();
            let (same, related): (Vec<TypeId>, Vec<TypeId>) = relatives
                .into_iter()
                .partition(|other| keys.get(other) == keys.get(&ty));
            let entity = EntityType {
                key: keys.get(&ty).cloned().flatten(),
                same: same.into_iter().map(name).collect(),
                related: related.into_iter().map(name).collect(),
                apart: apart(supergraph, ty),
            };
            found.insert(name(ty), entity);
        }
        let names = found.iter().map(|(name, ty)| {
            let EntityType { key, apart, .. } = ty;
            (name, key, apart)
        });
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        Self {
            digest: blake3::hash(format!("{names:?}").as_bytes()).into(),
            types: found,
        }
    }

    /// What entries with this digest are ended by has the same names.
    pub(super) fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// The fields of a type's main key.
    pub(crate) fn main_key(&self, ty: &str) -> Option<&[Box<str>]> {
        self.get(ty)?.key.as_deref()
    }

    pub(super) fn get(&self, ty: &str) -> Option<&EntityType> {
        self.types.get(ty)
    }
}

/// The fields that have tags of their own. Who tells of changes and who keeps entries must agree on them, whichever
/// versions of the graph they have: so they follow from a field's type, which does not become such another one.
fn apart(supergraph: &Supergraph, ty: TypeId) -> BTreeSet<Box<str>> {
    let fields = supergraph.ty(ty).fields.iter();
    let fields = fields.map(|field| supergraph.field(*field));
    let apart = fields.filter(|field| {
        let named = field.ty.named();
        let definition = supergraph.ty(named);
        match definition.is_composite() {
            true => field.ty.is_list() || !may_be_entity(supergraph, named),
            false => matches!(definition.name.as_str(), "Int" | "Float"),
        }
    });
    apart.map(|field| field.name.as_str().into()).collect()
}

fn may_be_entity(supergraph: &Supergraph, ty: TypeId) -> bool {
    let possible = supergraph.ty(ty).possible_types.iter();
    let mut values = possible.copied().chain([ty]);
    values.any(|ty| has_key(supergraph, ty))
}

fn has_key(supergraph: &Supergraph, ty: TypeId) -> bool {
    let mut in_subgraphs = supergraph.ty(ty).subgraphs.iter();
    in_subgraphs.any(|within| !within.keys.is_empty())
}

/// Of the keys that are leaves alone the one that most subgraphs have, the shortest of these, the first by name.
fn main_key(supergraph: &Supergraph, ty: TypeId) -> Option<Vec<Box<str>>> {
    let mut counts: BTreeMap<Vec<Box<str>>, usize> = BTreeMap::new();
    for within in &supergraph.ty(ty).subgraphs {
        for key in &within.keys {
            let fields = key
                .fields
                .selections
                .iter()
                .map(|selection| match selection {
                    FieldSetSelection::Field {
                        field, selections, ..
                    } if selections.is_empty() => {
                        Some(supergraph.field(*field).name.as_str().into())
                    }
                    _ => None,
                });
            if let Some(mut fields) = fields.collect::<Option<Vec<Box<str>>>>() {
                fields.sort();
                *counts.entry(fields).or_default() += 1;
            }
        }
    }
    let best = counts
        .into_iter()
        .min_by_key(|(fields, count)| (std::cmp::Reverse(*count), fields.len(), fields.clone()));
    best.map(|(fields, _)| fields)
}
