//! Interface objects: an object of which a subgraph knows only an interface.
//!
//! Its interface fields need no more than that. Its runtime type, and what depends on it, is learned from a subgraph
//! that knows the interface's implementations, entered in the interface's name.

use std::rc::Rc;

use schema_model::TypeId;

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
        let mut homes = Homes::from_slice(&[home_of(opening)]);
        homes.extend(case.homes.iter().map(|home| Home {
            ty: case.group.ty(),
            ..*home
        }));
        let rest = self.solve(position, &homes, case.level + levels)?;
        found.cost = found.cost.beside(rest.cost.after(levels));
        found.ready = levels + rest.ready;
        found.resolved = Some(rest);
        Some(found)
    }
}
