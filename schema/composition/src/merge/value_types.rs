//! Types without `@key`: what one subgraph has of such a value, no other can add.

use std::collections::HashSet;

use apollo_compiler::Name;

use super::fields::{self, FieldSource};
use super::{Merger, TypeSource};
use crate::merged::Site;
use crate::subgraph::Kind;

/// An object type or interface that is an entity in no subgraph.
pub(super) struct ValueType<'a> {
    name: &'a Name,
    kind: Kind,
    /// Where it should have all its fields.
    places: Vec<Site>,
    graphs: HashSet<usize>,
}

impl<'a> ValueType<'a> {
    /// None if the type is an entity, or a root type, which every subgraph has a part of.
    pub(super) fn of(kind: Kind, sources: &[TypeSource<'a>]) -> Option<Self> {
        let first = sources.first()?;
        let is_entity = sources
            .iter()
            // An interface object has its key for the interface's sake.
            .filter(|source| kind == Kind::Object || source.ty.kind == Kind::Interface)
            .any(|source| !source.ty.keys.is_empty());
        if is_entity || first.ty.is_root() {
            return None;
        }
        let expected = sources.iter().filter(|source| is_expected(source));
        let places: Vec<Site> = expected.map(TypeSource::site).collect();
        Some(Self {
            name: &first.ty.name,
            kind,
            graphs: places.iter().map(|(graph, _)| *graph).collect(),
            places,
        })
    }

    /// Whether some subgraph should have the field and does not.
    fn lacks(&self, having: &[FieldSource<'_>]) -> bool {
        let expected = having.iter().filter(|one| self.graphs.contains(&one.graph));
        // An interface object has the field for all.
        let for_all = |one: &FieldSource<'_>| one.ty.is_interface_object() && !one.is_external();
        expected.count() < self.places.len() && !having.iter().any(for_all)
    }
}

impl<'a> Merger<'a> {
    pub(super) fn compare_presence(
        &mut self,
        ty: &ValueType<'a>,
        field: &Name,
        having: &[FieldSource<'a>],
    ) {
        if ty.lacks(having) {
            let coordinate = format_args!("{}.{field}", ty.name);
            let sites = fields::sites(having);
            self.hint_value_type_field(ty.kind, coordinate, &sites, &ty.places);
        }
    }
}

/// Neither are all fields `@external` there, nor is it an interface object with its own ones.
fn is_expected(source: &TypeSource<'_>) -> bool {
    let facts = &source.valid.facts;
    let mut fields = source.ty.fields.values();
    !source.ty.is_interface_object() && !fields.all(|field| facts.is_external(source.ty, field))
}
