//! What positions need of contexts that are set around them.

use std::rc::Rc;

use router_operation::{FieldTarget, SelectionSet, collect_fields};
use schema_model::{FieldId, TypeId};

use super::{PositionId, Positions, SetContext, Want};
use crate::contexts::ContextId;

impl<'a> Positions<'a> {
    /// What is taken at a position or below from contexts that are set around it.
    fn needs(&mut self, id: PositionId) -> Rc<[ContextId]> {
        if let Some(known) = self.needs.get(&id) {
            return Rc::clone(known);
        }
        let sets = self.get(id).client.clone();
        let mut types: Vec<TypeId> = Vec::new();
        for set in &sets {
            let definition = self.graph.supergraph.ty(set.ty);
            types.push(set.ty);
            types.extend(&definition.possible_types);
        }
        types.sort_unstable();
        types.dedup();
        let mut found = Vec::new();
        for ty in types {
            self.needs_of_type(&sets, ty, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        let found: Rc<[ContextId]> = found.into();
        self.needs.insert(id, Rc::clone(&found));
        found
    }

    fn needs_of_type(&mut self, sets: &[&'a SelectionSet], ty: TypeId, found: &mut Vec<ContextId>) {
        let graph = self.graph;
        for field in collect_fields(&graph.supergraph, sets, ty) {
            let FieldTarget::Field(id) = field.target else {
                continue;
            };
            self.own_needs(id, found);
            if field.selection_sets.is_empty() {
                continue;
            }
            let child = self.intern(field.selection_sets, Vec::new(), 0);
            for &context in self.needs(child).iter() {
                match graph.contexts.taken(&graph.supergraph, context, ty) {
                    None => found.push(context),
                    Some(taken) => self.needs_of_taken(&taken.selection, ty, found),
                }
            }
        }
    }

    /// What is taken may itself have an argument that takes from further out.
    fn needs_of_taken(&self, selection: &SelectionSet, ty: TypeId, found: &mut Vec<ContextId>) {
        for field in collect_fields(&self.graph.supergraph, &[selection], ty) {
            if let FieldTarget::Field(id) = field.target {
                self.own_needs(id, found);
            }
        }
    }

    /// What a field's own arguments take.
    fn own_needs(&self, field: FieldId, found: &mut Vec<ContextId>) {
        let options = &self.graph.field(field).options;
        let uses = options.iter().flat_map(|option| &option.contexts);
        found.extend(uses.map(|one| one.context));
    }

    /// Notes which wants of objects of a type need contexts below, and whether the type itself sets them.
    pub(super) fn note_needs(&mut self, wants: &mut [Want<'a>], ty: TypeId) {
        let graph = self.graph;
        if graph.contexts.is_empty() {
            return;
        }
        for want in wants {
            let Some(child) = want.child else {
                continue;
            };
            want.needs = self.needs(child);
            let mut needs = want.needs.iter();
            want.is_dependent = needs.any(|&context| {
                let taken = graph.contexts.taken(&graph.supergraph, context, ty);
                taken.is_some()
            });
        }
    }

    /// Adds wants for what is taken, below objects of a type, from contexts that it sets.
    pub(super) fn set_contexts(
        &mut self,
        wants: &mut Vec<Want<'a>>,
        ty: TypeId,
        depth: u32,
    ) -> Vec<SetContext<'a>> {
        let graph = self.graph;
        let dependent = wants.iter().filter(|want| want.is_dependent);
        let mut needed: Vec<ContextId> = dependent.flat_map(|want| want.needs.to_vec()).collect();
        needed.sort_unstable();
        needed.dedup();
        let mut found = Vec::new();
        for context in needed {
            let Some(taken) = graph.contexts.taken(&graph.supergraph, context, ty) else {
                continue;
            };
            let demanded = self.demand(wants, &taken.selection, ty, depth);
            found.push(SetContext {
                context,
                taken,
                want: demanded.first().copied(),
            });
        }
        found
    }
}
