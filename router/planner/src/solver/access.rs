//! Which subgraph answers which field, given the way an object was reached.

use rustc_hash::FxHashMap;
use schema_model::{FieldId, FieldSetSelection, SubgraphId, TypeId};

use super::Solver;
use super::rivals::RivalsId;
use crate::graph::FieldOption;

/// What a path provides below itself; the zeroth is nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
pub(crate) struct ProvidesId(u32);

/// A way of arriving at an object: in a subgraph, declared there as `ty`, by a path that provides something.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Home {
    pub(crate) subgraph: SubgraphId,
    pub(crate) ty: TypeId,
    pub(crate) provides: ProvidesId,
    /// Where the object might have come from as well.
    pub(crate) rivals: RivalsId,
}

/// The sets of provided selections met so far, each once.
#[derive(Debug)]
pub(crate) struct Provisions<'a> {
    arena: Vec<Vec<&'a [FieldSetSelection]>>,
    index: FxHashMap<Vec<usize>, ProvidesId>,
}

impl Default for Provisions<'_> {
    fn default() -> Self {
        Self {
            arena: vec![Vec::new()],
            index: FxHashMap::from_iter([(Vec::new(), ProvidesId(0))]),
        }
    }
}

impl<'a> Provisions<'a> {
    fn get(&self, id: ProvidesId) -> &[&'a [FieldSetSelection]] {
        &self.arena[id.0 as usize]
    }

    fn intern(&mut self, mut sets: Vec<&'a [FieldSetSelection]>) -> ProvidesId {
        sets.retain(|set| !set.is_empty());
        let key = sets.iter().map(|set| set.as_ptr().addr()).collect();
        let next = ProvidesId(u32::try_from(self.arena.len()).unwrap_or(u32::MAX));
        let id = *self.index.entry(key).or_insert(next);
        if id == next {
            self.arena.push(sets);
        }
        id
    }
}

/// What was found about fields before: by field, object type, arrival and whether by a call.
pub(super) type AccessIndex<'a> = FxHashMap<(FieldId, TypeId, Home, bool), Option<Access<'a>>>;

/// How a subgraph answers a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access<'a> {
    pub(super) option: &'a FieldOption,
    /// The way its value's object is arrived at.
    pub(super) child: Home,
}

impl<'a> Solver<'a> {
    /// How `home` answers a field of the object type `ty`, if it does. Fields with `@requires` or contextual arguments are
    /// answered only where a call about the object carries what they need (`by_call`).
    pub(super) fn access(
        &mut self,
        field: FieldId,
        ty: TypeId,
        home: Home,
        by_call: bool,
    ) -> Option<Access<'a>> {
        let key = (field, ty, home, by_call);
        if let Some(known) = self.accesses.get(&key) {
            return *known;
        }
        let access = self.find_access(field, ty, home, by_call);
        self.accesses.insert(key, access);
        access
    }

    fn find_access(
        &mut self,
        field: FieldId,
        ty: TypeId,
        home: Home,
        by_call: bool,
    ) -> Option<Access<'a>> {
        let graph = self.graph;
        let types = graph.possible_types(home.ty, home.subgraph);
        if home.ty != ty
            && !types.contains(&ty)
            && !graph.is_interface_object(home.ty, home.subgraph)
        {
            return None;
        }
        let mut options = graph.field(field).options.iter();
        let via = match graph.is_interface_object(home.ty, home.subgraph) {
            true => home.ty,
            false => ty,
        };
        let option = options.find(|o| o.subgraph == home.subgraph && o.via == via)?;
        if option.needs_call() && !by_call {
            return None;
        }
        let provided = self.provided(option, ty, home);
        if !option.is_resolvable(&self.labels) && provided.is_empty() {
            return None;
        }
        let mut below: Vec<_> = provided;
        let there = graph.supergraph.field(option.field);
        let own = there.in_subgraph(home.subgraph)?.provides.as_ref();
        below.extend(own.map(|set| set.selections.as_slice()));
        let child = Home {
            subgraph: home.subgraph,
            ty: option.ty.named(),
            provides: self.provisions.intern(below),
            rivals: self.rivals_below(field, ty, home, option),
        };
        Some(Access { option, child })
    }

    /// What is selected below a field by the path's `@provides`, and by the type's keys: their fields are known where the
    /// type is, overridden or not, unless they are external. Nothing if neither mentions the field.
    fn provided(
        &self,
        option: &FieldOption,
        ty: TypeId,
        home: Home,
    ) -> Vec<&'a [FieldSetSelection]> {
        let name = &self.graph.supergraph.field(option.field).name;
        let mut found = Vec::new();
        for set in self.provisions.get(home.provides) {
            self.mentions(set, name, ty, &mut found);
        }
        let supergraph = &self.graph.supergraph;
        let there = supergraph.field(option.field).in_subgraph(home.subgraph);
        if there.is_none_or(|there| there.is_external) {
            return found;
        }
        let at = supergraph.ty(option.via).in_subgraph(home.subgraph);
        for key in at.iter().flat_map(|at| &at.keys) {
            self.mentions(&key.fields.selections, name, ty, &mut found);
        }
        found
    }

    fn mentions(
        &self,
        set: &'a [FieldSetSelection],
        name: &str,
        ty: TypeId,
        found: &mut Vec<&'a [FieldSetSelection]>,
    ) {
        for selection in set {
            match selection {
                FieldSetSelection::Typename => {}
                FieldSetSelection::Field {
                    field, selections, ..
                } => {
                    if self.graph.supergraph.field(*field).name == name {
                        found.push(selections);
                    }
                }
                FieldSetSelection::Fragment { on, selections } => {
                    if *on == ty || self.graph.supergraph.is_possible(*on, ty) {
                        self.mentions(selections, name, ty, found);
                    }
                }
            }
        }
    }
}
