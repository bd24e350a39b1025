//! From one state to the next: by a field, or by finding out which object it is.

use super::Walk;
use crate::satisfiability::federated::LocalKind;
use crate::satisfiability::names::{NameId, TypeId};
use crate::satisfiability::paths::Taken;
use crate::satisfiability::positions::PositionId;
use crate::satisfiability::state::{Assumed, Stand, State};
use crate::subgraph::Kind;

/// What becomes of a type condition at one position.
enum Cast {
    /// The object is never of that type, whatever else is tried.
    Never,
    /// Positions from which to go on; none if it cannot be told here.
    To(Vec<PositionId>),
}

impl Walk<'_, '_> {
    pub(super) fn visit_field(&mut self, state: &State, index: usize) {
        let Some(label) = self.federated.types[state.ty].fields[index].label else {
            self.take_field(state, index, &state.assumed);
            return;
        };
        for is_active in [true, false] {
            let at = state
                .assumed
                .binary_search_by_key(&label, |&(label, _)| label);
            let mut assumed = state.assumed.clone();
            match at {
                Ok(at) if assumed[at].1 != is_active => continue,
                Ok(_) => {}
                Err(at) => assumed.insert(at, (label, is_active)),
            }
            self.take_field(state, index, &assumed);
        }
    }

    fn take_field(&mut self, state: &State, index: usize, assumed: &Assumed) {
        let field = &self.federated.types[state.ty].fields[index];
        let taken = Taken::Field(state.ty, index);
        let mut tails: Vec<PositionId> = Vec::new();
        let mut is_taken = false;
        for stand in self.declaring(state, index) {
            if let Some(to) = self.take(state, stand, field.name, assumed) {
                is_taken = true;
                tails.extend(to);
                if field.target.is_none() {
                    return;
                }
            }
        }
        let Some(target) = field.target.filter(|_| is_taken) else {
            self.dead_end(state, taken, assumed);
            return;
        };
        tails.sort_unstable();
        tails.dedup();
        self.compare_runtime_types(state, index, &tails);
        if self.is_shared_mutation(state, &tails) {
            self.defer_mutation(state, taken, target, tails, assumed.clone());
        } else {
            self.enter(state, taken, target, &tails, assumed.clone());
        }
    }

    /// The state's positions where the field is declared, or provided.
    fn declaring(&mut self, state: &State, index: usize) -> Vec<Stand> {
        let field = &self.federated.types[state.ty].fields[index];
        self.moves.spend(field.sources.len());
        let stands = &state.stands;
        let plain = field.sources.iter().filter_map(|&local| {
            let at = stands.partition_point(|stand| stand.position() < local);
            stands
                .get(at)
                .copied()
                .filter(|stand| stand.position() == local)
        });
        let providing = stands.iter().rev().copied();
        let providing =
            providing.take_while(|stand| !self.moves.positions.is_plain(stand.position()));
        plain.chain(providing).collect()
    }

    /// Takes a field at one position: where it leads, if it is resolved there.
    fn take(
        &mut self,
        state: &State,
        stand: Stand,
        name: NameId,
        assumed: &Assumed,
    ) -> Option<Option<PositionId>> {
        let federated = self.federated;
        let position = stand.position();
        let step = self.moves.positions.step(federated, position, name)?;
        if let Some(condition) = step.label
            && assumed.binary_search(&condition).is_err()
        {
            return None;
        }
        let local = &federated.locals[self.moves.positions.local(position)];
        let contexts = &local.fields[&name].contexts;
        let has_way_back = stand.is_entered() || local.has_own_key;
        let is_set = |context| state.contexts.binary_search(context).is_ok();
        let is_filled = local.has_own_key && contexts.iter().all(is_set);
        if !contexts.is_empty() && !is_filled {
            return None;
        }
        if let Some(requires) = step.requires
            && !(has_way_back && self.moves.can_fetch(position, requires))
        {
            return None;
        }
        Some(step.to)
    }

    pub(super) fn visit_object(&mut self, state: &State, object: TypeId) {
        let mut positions: Vec<PositionId> = Vec::new();
        for &stand in state.stands.iter() {
            match self.cast(state.ty, stand.position(), object) {
                Cast::Never => return,
                Cast::To(cast) => positions.extend(cast),
            }
        }
        let taken = Taken::On(object);
        if positions.is_empty() {
            self.dead_end(state, taken, &state.assumed);
        } else {
            positions.sort_unstable();
            positions.dedup();
            self.enter(state, taken, object, &positions, state.assumed.clone());
        }
    }

    /// What every subgraph that resolves a field says of its type is true, so an object that one
    /// of them cannot return is never returned.
    fn cast(&mut self, from: TypeId, position: PositionId, object: TypeId) -> Cast {
        let federated = self.federated;
        let local = &federated.locals[self.moves.positions.local(position)];
        let mut cast = Vec::new();
        match local.kind {
            LocalKind::Object if local.ty == object => cast.push(position),
            LocalKind::Object if federated.types[from].merged.kind == Kind::Union => {
                return Cast::Never;
            }
            LocalKind::Object => {}
            LocalKind::Interface | LocalKind::Union => {
                if local.objects.binary_search(&object).is_err() {
                    return Cast::Never;
                }
                cast.extend(self.moves.positions.cast(federated, position, object));
            }
            LocalKind::InterfaceObject => {
                if self.tells_type(position) {
                    cast.push(position);
                }
            }
        }
        let reached = self.moves.reached(position).to_vec();
        for &other in &reached {
            match federated.locals[other].kind {
                LocalKind::Interface | LocalKind::Union => {
                    cast.extend(self.moves.positions.cast(federated, other, object));
                }
                LocalKind::InterfaceObject if self.tells_type(other) => cast.push(other),
                LocalKind::Object if federated.locals[other].ty == object => cast.push(other),
                _ => {}
            }
        }
        Cast::To(cast)
    }

    fn tells_type(&mut self, interface_object: PositionId) -> bool {
        let federated = self.federated;
        let mut reached = self.moves.reached(interface_object).iter();
        reached.any(|&other| federated.locals[other].kind != LocalKind::InterfaceObject)
    }
}
