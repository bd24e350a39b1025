//! One want: its selection at every source, and what is below.

use std::rc::Rc;
use std::sync::Arc;

use apollo_compiler::Name;
use schema_model::TypeId;

use super::{Builder, BuiltPosition, BuiltWant, Place, ReuseKey, row};
use crate::error::PlanError;
use crate::graph::FieldOption;
use crate::plan::{SlotId, SlotRef};
use crate::position::{Group, PositionId, Want};
use crate::selection::{EntryId, NodeId, SelectionEntry, SelectionNode, StepId};
use crate::solver::{Solution, SolvedWant};

impl<'a> Builder<'_, 'a> {
    /// Selects a want at its sources and carries out what is below.
    pub(super) fn want(
        &mut self,
        group: &Group<'a>,
        solved: &SolvedWant<'a>,
        places: &[Place],
        path: &[Arc<str>],
    ) -> Result<BuiltWant<'a>, PlanError> {
        let want = &solved.want;
        let places: Vec<&Place> = solved.sources.iter().map(|s| &places[*s]).collect();
        let mut built = BuiltWant {
            field: want.field,
            arguments: want.arguments,
            slots: Vec::with_capacity(places.len()),
            child: None,
            is_dependent: want.is_dependent,
        };
        let (Some(child), Some(below)) = (want.child, &solved.child) else {
            for place in places {
                let leaf = self.entry(group, want, place);
                let entry = self.selections.add_leaf(place.node, leaf);
                built.slots.push(slot(place, entry));
            }
            return Ok(built);
        };
        let reuse = self.reuse_key(want, below, &places);
        if let Some((entry, known)) = reuse.and_then(|key| self.reuse.get(&key).cloned()) {
            self.select_for(entry, group, places[0]);
            built.slots.push(slot(places[0], entry));
            built.child = Some(known);
            return Ok(built);
        }
        let mut homes = Vec::with_capacity(places.len());
        for (index, place) in places.iter().enumerate() {
            let (entry, node) = self.composite(group, want, place)?;
            built.slots.push(slot(place, entry));
            homes.push(Place {
                node,
                row: row(u32::try_from(index).unwrap_or(u32::MAX), Vec::new()),
                via: None,
                contexts: self.contexts_below(&want.needs, place, entry),
            });
        }
        let position = Rc::new(self.below(want, child, below, &homes, path)?);
        if let Some(key) = reuse {
            let entry = EntryId(built.slots[0].slot.0);
            self.reuse.insert(key, (entry, Rc::clone(&position)));
        }
        built.child = Some(position);
        Ok(built)
    }

    /// Carries out the position below a want.
    fn below(
        &mut self,
        want: &Want<'a>,
        child: PositionId,
        solution: &Solution<'a>,
        homes: &[Place],
        path: &[Arc<str>],
    ) -> Result<BuiltPosition<'a>, PlanError> {
        let definition = self.graph.supergraph.field(want.field);
        let key = want.response_key.unwrap_or(&definition.name);
        let mut path = path.to_vec();
        path.push(Arc::from(key.as_str()));
        path.extend((0..definition.ty.list_depth()).map(|_| Arc::from("@")));
        self.position(child, definition.ty.named(), solution, homes, &path)
    }

    /// Selects a composite field for another group too.
    fn select_for(&mut self, entry: EntryId, group: &Group<'a>, place: &Place) {
        let types = self.types_at(group, place);
        let selected = &mut self.selections.entries[entry.index()].types;
        selected.extend(types);
        selected.sort();
        selected.dedup();
    }

    /// Under which key a composite field may be used again by another group of the same position.
    fn reuse_key(
        &self,
        want: &Want<'a>,
        below: &Rc<Solution<'a>>,
        places: &[&Place],
    ) -> Option<ReuseKey> {
        let [place] = places else {
            return None;
        };
        // What is below depends on what is taken from the group's objects, which the key does not say.
        if want.is_dependent {
            return None;
        }
        let key = want
            .response_key
            .map_or(0, |key| std::ptr::from_ref(key).addr());
        let class = self.graph.field(want.field).class;
        Some((place.node, class, key, Rc::as_ptr(below).addr()))
    }

    fn composite(
        &mut self,
        group: &Group<'a>,
        want: &Want<'a>,
        place: &Place,
    ) -> Result<(EntryId, NodeId), PlanError> {
        let mut entry = self.entry(group, want, place);
        let (step, subgraph) = {
            let node = self.selections.node(place.node);
            (node.step, node.subgraph)
        };
        let ty = entry.ty.named();
        let node = self.add_node(SelectionNode {
            step,
            subgraph,
            ty: Some(ty),
            types: self.graph.possible_types(ty, subgraph).to_vec(),
            names_type: false,
            entries: Vec::new(),
        })?;
        entry.child = Some(node);
        Ok((self.selections.add_entry(place.node, entry), node))
    }

    fn entry(&self, group: &Group<'a>, want: &Want<'a>, place: &Place) -> SelectionEntry<'a> {
        let definition = self.graph.supergraph.field(want.field);
        let SelectionNode { step, subgraph, .. } = *self.selections.node(place.node);
        let mut options = self.graph.field(want.field).options.iter();
        let via = place.via.unwrap_or(definition.parent);
        let option = options.find(|option| option.subgraph == subgraph && option.via == via);
        SelectionEntry {
            response_key: want.response_key,
            name: &definition.name,
            arguments: want.arguments,
            contexts: option.map_or_else(Vec::new, |option| self.context_arguments(step, option)),
            types: self.types_at(group, place),
            ty: option.map_or(definition.ty, |option| option.ty),
            child: None,
            is_unread: false,
        }
    }

    /// The contextual arguments of a field, by the contexts of the step that asks for it.
    fn context_arguments(&self, step: StepId, option: &'a FieldOption) -> Vec<(&'a Name, u32)> {
        let known = &self.steps[step.index()].contexts;
        let uses = option.contexts.iter().filter_map(|one| {
            let mut numbered = (0..).zip(known);
            let found = numbered.find(|(_, known)| {
                known.context == one.context && known.ty.as_ref() == Some(&one.ty)
            });
            Some((&one.argument, found?.0))
        });
        uses.collect()
    }

    /// The types under which a group's fields are selected at a place.
    fn types_at(&self, group: &Group<'a>, place: &Place) -> Vec<TypeId> {
        match place.via {
            Some(via) => vec![via],
            None => group.types.clone(),
        }
    }
}

fn slot(place: &Place, entry: EntryId) -> SlotRef {
    SlotRef {
        start: place.row.clone(),
        slot: SlotId(entry.0),
    }
}
