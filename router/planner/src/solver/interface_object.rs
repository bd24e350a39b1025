//! Interface objects: an object of which a subgraph knows only an interface.
//!
//! Its interface fields need no more than that. Its runtime type, and what depends on it, is learned from a subgraph
//! that knows the interface's implementations, entered in the interface's name.

use std::rc::Rc;

use apollo_compiler::Name;
use router_operation::{FieldTarget, collect_fields};
use schema_model::{FieldId, TypeId};

use super::attempt::{Attempt, home_of};
use super::group::{Case, Opening};
use super::{GroupSolution, Home, Homes, Solution, Solver};
use crate::position::{Group, PositionId};

impl<'a> Solver<'a> {
    /// Solves a position at which `homes` know only `interface`.
    pub(super) fn solve_interface_object(
        &mut self,
        position: PositionId,
        interface: TypeId,
        homes: &[Home],
        level: u32,
    ) -> Option<Solution<'a>> {
        if !self.positions.needs_runtime_type(position, interface) {
            let plain = self.solve_types(position, &[interface], homes, level);
            if plain.is_some() {
                return plain;
            }
        }
        let group = Rc::new(Group {
            types: vec![interface],
            wants: Vec::new(),
            fields: Vec::new(),
            contexts: Vec::new(),
        });
        let case = Case {
            group: &group,
            homes,
            depth: self.positions.get(position).internal_depth,
            level,
        };
        let graph = self.graph;
        let mut best: Option<GroupSolution<'a>> = None;
        for resolver in &graph.ty(interface).resolvers {
            let opening = Opening {
                subgraph: resolver.subgraph,
                via: interface,
            };
            if let Some(found) = self.resolve(position, case, opening)
                && best.as_ref().is_none_or(|best| found.cost < best.cost)
            {
                best = Some(found);
            }
        }
        best.map(|group| Solution {
            cost: group.cost,
            ready: group.ready,
            groups: vec![group],
        })
    }

    /// Learns the runtime type from one subgraph and goes on from there.
    fn resolve(
        &mut self,
        position: PositionId,
        case: Case<'_, 'a>,
        opening: Opening,
    ) -> Option<GroupSolution<'a>> {
        let mut found = match self.slots.clone() {
            Some(slots) => self.solve_within(case, &slots, Some(opening))?,
            None => {
                let found = Attempt::new(self, case, 0).run_towards(opening);
                found.or_else(|| self.open_everything(case, Some(opening)))?
            }
        };
        let levels = found.calls.last()?.level;
        let rest = self.go_on(position, case, opening, levels, &mut found)?;
        found.cost = found.cost.beside(rest.cost.after(levels));
        found.ready = levels + rest.ready;
        found.resolved = Some(rest);
        Some(found)
    }
    /// How the position goes on once the runtime type is known.
    fn go_on(
        &mut self,
        position: PositionId,
        case: Case<'_, 'a>,
        opening: Opening,
        levels: u32,
        found: &mut GroupSolution<'a>,
    ) -> Option<Rc<Solution<'a>>> {
        let mut homes = Homes::from_slice(&[home_of(opening)]);
        if self.asks_too_early(position, case) {
            found.leaves_homes = true;
            let rest = self.solve(position, &homes, case.level + levels);
            // Better a field too early than none, if nothing leads back.
            if rest.is_some() || self.slots.is_some() {
                return rest;
            }
            found.leaves_homes = false;
        }
        homes.extend(case.homes.iter().map(|home| Home {
            ty: case.group.ty(),
            ..*home
        }));
        self.solve(position, &homes, case.level + levels)
    }

    /// Whether a field that is wanted of some runtime types only would be asked for before the type is known, although it
    /// must not be null: where it is not wanted, its failure would take the object along.
    fn asks_too_early(&self, position: PositionId, case: Case<'_, 'a>) -> bool {
        let supergraph = &self.graph.supergraph;
        let interface = case.group.ty();
        let client = &self.positions.get(position).client;
        let of_all = collect_fields(supergraph, client, interface);
        let is_of_all = |key: &Name| of_all.iter().any(|field| field.response_key == key);
        let is_strict = |field: FieldId| {
            let name = &supergraph.field(field).name;
            let own = supergraph.field_named(interface, name);
            let mut options = own.iter().flat_map(|own| &self.graph.field(*own).options);
            options.any(|option| {
                let mut homes = case.homes.iter();
                option.ty.is_non_null() && homes.any(|home| home.subgraph == option.subgraph)
            })
        };
        supergraph.ty(interface).possible_types.iter().any(|ty| {
            let fields = collect_fields(supergraph, client, *ty);
            fields.iter().any(|field| match field.target {
                FieldTarget::Field(id) => !is_of_all(field.response_key) && is_strict(id),
                _ => false,
            })
        })
    }
}
