//! Why a field cannot be answered, subgraph by subgraph.

use super::federated::{Federated, KeyGroup, LocalId, LocalKind};
use super::field_sets::{Selected, SetId};
use super::moves::Moves;
use super::names::{NameId, TypeId};
use super::paths::Taken;
use super::positions::PositionId;
use super::state::Stand;
use super::walk::DeadEnd;
use crate::merged::subgraph_names;

/// Reasons given for one dead end; there may be one per pair of subgraphs.
const SHOWN: usize = 8;

pub(super) struct Reasons<'m, 'f, 'a> {
    moves: &'m mut Moves<'f, 'a>,
    federated: &'f Federated<'a>,
    said: Vec<String>,
}

/// The reasons as lines of a list.
pub(super) fn reasons(moves: &mut Moves<'_, '_>, dead_end: &DeadEnd) -> String {
    let federated = moves.federated;
    let mut reasons = Reasons {
        moves,
        federated,
        said: Vec::new(),
    };
    match dead_end.taken {
        Taken::Field(ty, index) => reasons.of_field(dead_end, ty, index),
        Taken::On(object) => reasons.of_condition(dead_end, object),
        Taken::Root(_) => {}
    }
    let advice = reasons.advice(dead_end);
    let mut said = reasons.said;
    let more = said.len().saturating_sub(SHOWN);
    said.truncate(SHOWN);
    if more > 0 {
        said.push(format!("and {more} reasons more"));
    }
    let list: String = said.iter().map(|one| format!("\n  - {one}")).collect();
    format!("{list}\n  {advice}")
}

impl<'a> Reasons<'_, '_, 'a> {
    fn say(&mut self, reason: String) {
        if !self.said.contains(&reason) {
            self.said.push(reason);
        }
    }

    fn subgraph(&self, local: LocalId) -> &'a str {
        self.federated.subgraph(self.federated.locals[local].graph)
    }

    fn coordinate(&self, local: LocalId, name: NameId) -> String {
        let ty = self.federated.locals[local].ty;
        let names = &self.federated.names;
        format!("{}.{}", names.of_type(ty), names.of_field(name))
    }

    fn of_field(&mut self, dead_end: &DeadEnd, ty: TypeId, index: usize) {
        let federated = self.federated;
        let field = &federated.types[ty].fields[index];
        let stands = &dead_end.state.stands;
        let local_of =
            |moves: &Moves<'_, '_>, stand: &Stand| moves.positions.local(stand.position());
        let mut without: Vec<usize> = Vec::new();
        for stand in stands.iter() {
            let local = local_of(self.moves, stand);
            if federated.locals[local].fields.contains_key(&field.name) {
                let reason = self.unresolved(local, field.name, Some(*stand));
                self.say(reason);
            } else {
                without.push(federated.locals[local].graph);
            }
        }
        without.sort_unstable();
        without.dedup();
        if !without.is_empty() {
            let names = subgraph_names(&federated.merged.graphs, without.iter().copied());
            let ty = federated.names.of_type(ty);
            self.say(format!(
                "{ty}.{} is not in {names}, where the {ty} is found",
                field.text
            ));
        }
        for &source in &field.sources {
            let declared = &federated.locals[source].fields[&field.name];
            let is_held = stands
                .iter()
                .any(|stand| local_of(self.moves, stand) == source);
            if !is_held && declared.is_resolved() {
                self.unentered(ty, source, stands);
            } else if !is_held {
                let reason = self.unresolved(source, field.name, None);
                self.say(reason);
            }
        }
    }

    /// Why a subgraph does not resolve a field that it declares.
    fn unresolved(&mut self, local: LocalId, name: NameId, stand: Option<Stand>) -> String {
        let federated = self.federated;
        let coordinate = self.coordinate(local, name);
        let subgraph = self.subgraph(local);
        let field = &federated.locals[local].fields[&name];
        if field.is_external {
            return format!("{coordinate} is @external in {subgraph:?}");
        }
        if field.is_overridden {
            return format!("{coordinate} of {subgraph:?} is overridden by another subgraph");
        }
        if let (Some(requires), Some(stand)) = (field.requires, stand) {
            if !stand.is_entered() && !federated.locals[local].has_own_key {
                let ty = federated.names.of_type(federated.locals[local].ty);
                return format!(
                    "{coordinate} of {subgraph:?} has @requires, but no @key of {ty} is resolved there to come back to {subgraph:?} by"
                );
            }
            if let Some(missing) = self.missing(stand.position(), requires) {
                let set = federated.field_sets.text(requires, &federated.names);
                return format!(
                    "the @requires(fields: {set:?}) of {coordinate} in {subgraph:?} cannot be fetched: {missing}"
                );
            }
        }
        if !field.contexts.is_empty() {
            return format!(
                "{coordinate} of {subgraph:?} has an argument from a context that is not set on this way, or what it takes cannot be fetched there"
            );
        }
        match field.label {
            Some((label, by)) => format!(
                "{subgraph:?} resolves {coordinate} only while the label {:?} is {}",
                federated.labels[label],
                if by { "active" } else { "not active" }
            ),
            None => format!("{subgraph:?} does not resolve {coordinate} for every object"),
        }
    }

    /// What of a field set cannot be fetched from a position.
    fn missing(&mut self, position: PositionId, set: SetId) -> Option<String> {
        let federated = self.federated;
        let local = self.moves.positions.local(position);
        match self.moves.lacks(position, set)? {
            Selected::Typename => Some("the object's type is not known".to_owned()),
            Selected::On { ty, .. } => {
                let ty = federated.names.of_type(ty);
                Some(format!("... on {ty} does not lead on"))
            }
            Selected::Field { name, below } => {
                let step = self.moves.positions.step(federated, position, name);
                let inner = step.and_then(|step| step.to).zip(below);
                let deeper = inner.and_then(|(tail, below)| self.missing(tail, below));
                if deeper.is_some() {
                    return deeper;
                }
                if federated.locals[local].fields.contains_key(&name) {
                    return Some(self.unresolved(local, name, Some(Stand::new(position, false))));
                }
                let coordinate = self.coordinate(local, name);
                Some(format!("{coordinate} is not in {:?}", self.subgraph(local)))
            }
        }
    }

    /// Why a definition is not reached by key.
    fn unentered(&mut self, ty: TypeId, target: LocalId, stands: &[Stand]) {
        let federated = self.federated;
        let to = &federated.locals[target];
        let (name, subgraph) = (federated.names.of_type(to.ty), self.subgraph(target));
        let keys = &to.definition.keys;
        if keys.iter().all(|key| !key.resolvable) {
            let why = if keys.is_empty() {
                format!("{name} has no @key there")
            } else {
                format!("every @key of {name} there is `resolvable: false`")
            };
            self.say(format!("{subgraph:?} cannot be entered: {why}"));
            return;
        }
        for stand in stands {
            let position = stand.position();
            let local = self.moves.positions.local(position);
            if federated.locals[local].graph == to.graph {
                continue;
            }
            let here = federated.locals[local].ty;
            let groups = federated.types[here].keys.iter();
            let groups: Vec<&KeyGroup> =
                groups.filter(|one| one.targets.contains(&target)).collect();
            if groups.is_empty() {
                let here = federated.names.of_type(here);
                let from = self.subgraph(local);
                self.say(format!(
                    "{subgraph:?} cannot be entered from {from:?}, which has {here} as an @interfaceObject: {here} has no @key in {subgraph:?}"
                ));
            }
            for group in groups {
                self.unusable_key(position, group, ty, target);
            }
        }
    }

    fn unusable_key(&mut self, from: PositionId, group: &KeyGroup, ty: TypeId, target: LocalId) {
        let federated = self.federated;
        let local = self.moves.positions.local(from);
        let is_declared = !group.is_interface_object || federated.declares(local, group.key);
        let missing = if is_declared {
            self.missing(from, group.key)
        } else {
            let ty = federated.names.of_type(ty);
            Some(format!("{ty} does not declare all of it there"))
        };
        let Some(missing) = missing else { return };
        let name = federated.names.of_type(federated.locals[target].ty);
        let key = federated.field_sets.text(group.key, &federated.names);
        let (here, there) = (self.subgraph(local), self.subgraph(target));
        self.say(format!(
            "cannot move from {here:?} to {there:?} by @key(fields: {key:?}) of {name}: {missing}"
        ));
    }

    /// What to change.
    fn advice(&self, dead_end: &DeadEnd) -> String {
        let federated = self.federated;
        let graphs = &federated.merged.graphs;
        let graph = |&local: &LocalId| federated.locals[local].graph;
        let stands = dead_end.state.stands.iter();
        let held = stands.map(|stand| self.moves.positions.local(stand.position()));
        let mut held: Vec<usize> = held.map(|local| graph(&local)).collect();
        held.sort_unstable();
        held.dedup();
        let from = subgraph_names(graphs, held.iter().copied());
        match dead_end.taken {
            Taken::Field(ty, index) => {
                let ty = &federated.types[ty];
                let field = &ty.fields[index];
                let sources = field.sources.iter().map(graph);
                let mut sources: Vec<usize> = sources.filter(|one| !held.contains(one)).collect();
                sources.dedup();
                let resolve = format!("resolve {}.{} in {from}", ty.name, field.text);
                if sources.is_empty() {
                    return format!("{resolve}, or make what it needs available there");
                }
                let to = subgraph_names(graphs, sources.into_iter());
                format!(
                    "{resolve} too (and make it @shareable), or let a @key of {} lead from there to {to}",
                    ty.name
                )
            }
            Taken::On(ty) | Taken::Root(ty) => {
                let ty = federated.types[ty].name;
                format!(
                    "let a @key lead from {from} to a subgraph that defines {ty} and its interface"
                )
            }
        }
    }

    fn of_condition(&mut self, dead_end: &DeadEnd, object: TypeId) {
        let federated = self.federated;
        for stand in dead_end.state.stands.iter() {
            let local = self.moves.positions.local(stand.position());
            let (name, subgraph) = (
                federated.names.of_type(federated.locals[local].ty),
                self.subgraph(local),
            );
            if federated.locals[local].kind == LocalKind::InterfaceObject {
                self.say(format!(
                    "{subgraph:?} has {name} as an @interfaceObject, and from there no subgraph can be reached that knows which type it is"
                ));
                let interface = &federated.types[federated.locals[local].ty];
                for &other in &interface.locals {
                    if federated.locals[other].kind == LocalKind::Interface {
                        self.unentered(object, other, &[*stand]);
                    }
                }
            } else {
                let object = federated.names.of_type(object);
                self.say(format!(
                    "{subgraph:?} returns {name}, which is not {object}"
                ));
            }
        }
    }
}
