//! One group of runtime types: the choice of the subgraphs to open.

use std::rc::Rc;

use rustc_hash::FxHashSet;
use schema_model::{SubgraphId, TypeId};

use super::attempt::Attempt;
use super::{GroupSolution, Home, Solver, top_fields};
use crate::position::Group;

/// Up to this many candidates every subset is tried.
const EXACT_CANDIDATES: usize = 8;

/// A subgraph that may be opened, and the type by which it is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Opening {
    pub(super) subgraph: SubgraphId,
    pub(super) via: TypeId,
}

/// What stays the same in all attempts at a group.
#[derive(Clone, Copy)]
pub(super) struct Case<'g, 'a> {
    pub(super) group: &'g Rc<Group<'a>>,
    pub(super) homes: &'g [Home],
    /// How far field sets have led here.
    pub(super) depth: u32,
    pub(super) level: u32,
}

impl<'a> Solver<'a> {
    /// The least costly way found to answer a group that arrived at `homes` (none: at the root).
    pub(super) fn solve_group(
        &mut self,
        group: &Rc<Group<'a>>,
        homes: &[Home],
        depth: u32,
        level: u32,
    ) -> Option<GroupSolution<'a>> {
        let case = Case {
            group,
            homes,
            depth,
            level,
        };
        let alone = self.attempt(case, &[]);
        if alone.as_ref().is_some_and(|found| found.cost.fetches == 0) {
            return alone;
        }
        let candidates = self.candidates(case);
        let best = if candidates.len() <= EXACT_CANDIDATES && !self.is_exhausted() {
            self.try_subsets(case, &candidates, alone)
        } else {
            self.try_greedily(case, &candidates, alone)
        };
        if best.is_none() {
            self.explain(case, &candidates);
        }
        best
    }

    /// Subgraphs that answer something that is not settled at home for nothing.
    fn candidates(&mut self, case: Case<'_, 'a>) -> Vec<Opening> {
        let mut found = Vec::new();
        let mut seen = FxHashSet::default();
        let mut open: Vec<_> = Vec::new();
        for want in &case.group.wants {
            if !self.is_settled(case, want) {
                open.push(want.field);
            }
        }
        let graph = self.graph;
        while let Some(field) = open.pop() {
            if !seen.insert(field) {
                continue;
            }
            for option in &graph.field(field).options {
                let opening = Opening {
                    subgraph: option.subgraph,
                    via: option.via,
                };
                if self.can_enter(case, opening) && !found.contains(&opening) {
                    found.push(opening);
                }
                for required in option.requires.iter().flat_map(top_fields) {
                    let name = &graph.supergraph.field(required).name;
                    let own = graph.supergraph.field_named(case.group.ty(), name);
                    open.extend(own);
                }
            }
        }
        found.sort();
        found
    }

    fn is_settled(&mut self, case: Case<'_, 'a>, want: &crate::position::Want<'a>) -> bool {
        case.homes.iter().any(|&home| {
            let access = self.access(want.field, case.group.ty(), home, false);
            access.is_some_and(|access| {
                want.child.is_none_or(|child| {
                    let below = self.solve(child, &[access.child], case.level);
                    below.is_some_and(|below| below.cost.fetches == 0)
                })
            })
        })
    }

    fn can_enter(&self, case: Case<'_, 'a>, opening: Opening) -> bool {
        if case.homes.is_empty() {
            return true;
        }
        let mut entries = self.graph.ty(case.group.ty()).entries.iter();
        entries.any(|entry| entry.subgraph == opening.subgraph && entry.via == opening.via)
    }

    fn try_subsets(
        &mut self,
        case: Case<'_, 'a>,
        candidates: &[Opening],
        alone: Option<GroupSolution<'a>>,
    ) -> Option<GroupSolution<'a>> {
        let mut best = alone;
        let mut masks: Vec<u32> = (1..1u32 << candidates.len()).collect();
        masks.sort_by_key(|mask| mask.count_ones());
        let mut opened = Vec::with_capacity(candidates.len());
        for mask in masks {
            opened.clear();
            opened.extend(chosen(candidates, mask));
            let least = opened.iter();
            let least: u64 = least.map(|o| self.prices.least(o.subgraph)).sum();
            if best.as_ref().is_some_and(|b| least > b.cost.fetches) {
                continue;
            }
            keep_better(&mut best, self.attempt(case, &opened));
        }
        best
    }

    /// Opens what helps most, one subgraph at a time, then closes what turned out not to help.
    fn try_greedily(
        &mut self,
        case: Case<'_, 'a>,
        candidates: &[Opening],
        alone: Option<GroupSolution<'a>>,
    ) -> Option<GroupSolution<'a>> {
        let mut best = alone;
        let everything = self.attempt(case, candidates);
        let mut opened: Vec<Opening> = candidates.to_vec();
        let is_feasible = everything.is_some();
        keep_better(&mut best, everything);
        if !is_feasible {
            return best;
        }
        for candidate in candidates {
            let without: Vec<_> = opened.iter().copied().filter(|o| o != candidate).collect();
            let Some(found) = self.attempt(case, &without) else {
                continue;
            };
            if best.as_ref().is_none_or(|b| found.cost <= b.cost) {
                best = Some(found);
                opened = without;
            }
        }
        best
    }

    fn attempt(&mut self, case: Case<'_, 'a>, opened: &[Opening]) -> Option<GroupSolution<'a>> {
        self.work += 1;
        let bases = if opened.is_empty() {
            1
        } else {
            case.homes.len().max(1)
        };
        (0..bases).find_map(|base| {
            // Rows of an interface object do not say which of them a concrete type's calls are about.
            let is_interface = base > 0 && case.homes[base].ty != case.group.ty() && {
                let home = case.homes[base];
                self.graph.is_interface_object(home.ty, home.subgraph)
            };
            (!is_interface)
                .then(|| Attempt::new(self, case, base).run(opened))
                .flatten()
        })
    }

    /// Says which want no attempt could serve.
    fn explain(&mut self, case: Case<'_, 'a>, candidates: &[Opening]) {
        let graph = self.graph;
        for want in &case.group.wants {
            let mut here = case.homes.iter();
            if here.any(|&home| {
                self.access(want.field, case.group.ty(), home, false)
                    .is_some()
            }) {
                continue;
            }
            let options = &graph.field(want.field).options;
            let can_open = |subgraph| candidates.iter().any(|c| c.subgraph == subgraph);
            let name = |subgraph| graph.supergraph.subgraph(subgraph).name.clone();
            let from: Vec<_> = case.homes.iter().map(|home| name(home.subgraph)).collect();
            let at: Vec<_> = options.iter().map(|option| name(option.subgraph)).collect();
            let reason = if options.is_empty() {
                String::from("no subgraph resolves it")
            } else if options.iter().any(|option| can_open(option.subgraph)) {
                format!(
                    "{} has it, but no key or required field leads there from {}",
                    at.join(", "),
                    from.join(", ")
                )
            } else {
                format!(
                    "{} has it, but cannot be entered by a key from {}",
                    at.join(", "),
                    from.join(", ")
                )
            };
            self.blame(want.field, || reason);
            return;
        }
    }
}

fn chosen(candidates: &[Opening], mask: u32) -> impl Iterator<Item = Opening> + '_ {
    let bits = candidates.iter().enumerate();
    bits.filter(move |(bit, _)| mask & 1 << bit != 0)
        .map(|(_, opening)| *opening)
}

fn keep_better<'a>(best: &mut Option<GroupSolution<'a>>, found: Option<GroupSolution<'a>>) {
    if let Some(found) = found
        && best.as_ref().is_none_or(|best| found.cost < best.cost)
    {
        *best = Some(found);
    }
}
