//! Numbers for names: those of fields, and those of types that have or stand for fields.

use apollo_compiler::Name;
use rustc_hash::FxHashMap;

/// Number of a field's name, whatever type it is on.
pub(super) type NameId = usize;
/// Number of an object type, interface or union of the supergraph; sorted by name.
pub(super) type TypeId = usize;

#[derive(Default)]
pub(super) struct Names<'a> {
    fields: Vec<&'a Name>,
    field_ids: FxHashMap<&'a Name, NameId>,
    types: Vec<&'a Name>,
    type_ids: FxHashMap<&'a Name, TypeId>,
}

impl<'a> Names<'a> {
    pub(super) fn new(types: Vec<&'a Name>) -> Self {
        let type_ids = types.iter().enumerate().map(|(id, name)| (*name, id));
        Self {
            type_ids: type_ids.collect(),
            types,
            ..Self::default()
        }
    }

    pub(super) fn field(&mut self, name: &'a Name) -> NameId {
        let next = self.fields.len();
        let id = *self.field_ids.entry(name).or_insert(next);
        if id == next {
            self.fields.push(name);
        }
        id
    }

    pub(super) fn ty(&self, name: &Name) -> Option<TypeId> {
        self.type_ids.get(name).copied()
    }

    pub(super) fn of_field(&self, id: NameId) -> &'a Name {
        self.fields[id]
    }

    pub(super) fn of_type(&self, id: TypeId) -> &'a Name {
        self.types[id]
    }
}
