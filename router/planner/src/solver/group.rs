//! One group of runtime types: the choice of the subgraphs to open.

use std::rc::Rc;

use rustc_hash::FxHashSet;
use schema_model::{SubgraphId, TypeId};

use super::attempt::{Attempt, home_of};
use super::{GroupSolution, Home, Solver, top_fields};
use crate::position::{Group, Want};

/// Up to this many candidates that are not forced every subset is tried.
const EXACT_CANDIDATES: usize = 8;

/// How many sets that can cost no less than the best one are tried for the sake of depth.
const MAX_TIES: usize = 8;

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
        if let Some(slots) = self.slots.clone() {
            return self.solve_within(case, &slots, None);
        }
        let alone = self.alone(case);
        if alone.as_ref().is_some_and(|found| found.cost.fetches == 0) {
            return alone;
        }
        if alone.is_some() && self.is_exhausted() {
            return alone;
        }
        let candidates = self.candidates(case);
        if self.is_exhausted() {
            let first = self.attempt(case, &self.by_coverage(case, &candidates));
            if first.is_some() {
                return first;
            }
        }
        let bounds = self.bounds(case, &candidates);
        let choice = Choice::new(candidates.len(), bounds.forced());
        let best = match choice {
            Some(choice) => self.try_subsets(case, &candidates, &bounds, &choice, alone),
            None => self.try_greedily(case, &candidates, alone),
        };
        let best = best.or_else(|| self.open_everything(case, None));
        if best.is_none() {
            self.explain(case, &candidates);
        }
        best
    }

    /// The group answered where it arrived, if that is possible.
    fn alone(&mut self, case: Case<'_, 'a>) -> Option<GroupSolution<'a>> {
        let ty = case.group.ty();
        let is_all_there = case.group.wants.iter().all(|want| {
            let mut homes = case.homes.iter();
            homes.any(|&home| self.access(want.field, ty, home, false).is_some())
        });
        is_all_there.then(|| self.attempt(case, &[])).flatten()
    }

    /// The candidates, those that answer most first.
    fn by_coverage(&self, case: Case<'_, 'a>, candidates: &[Opening]) -> Vec<Opening> {
        let answers = |opening: &Opening| {
            let wants = case.group.wants.iter().filter(|want| {
                let mut options = self.graph.field(want.field).options.iter();
                options.any(|o| o.subgraph == opening.subgraph && o.is_resolvable(&self.labels))
            });
            wants.count()
        };
        let mut ordered = candidates.to_vec();
        ordered.sort_by_key(|opening| std::cmp::Reverse(answers(opening)));
        ordered
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

    fn is_settled(&mut self, case: Case<'_, 'a>, want: &Want<'a>) -> bool {
        case.homes.iter().any(|&home| {
            let access = self.access(want.field, case.group.ty(), home, false);
            access.is_some_and(|access| {
                self.is_exhausted()
                    || want.child.is_none_or(|child| {
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

    /// Tries sets of openings, those that can cost least first, until none left can beat what was found.
    fn try_subsets(
        &mut self,
        case: Case<'_, 'a>,
        candidates: &[Opening],
        bounds: &Bounds,
        choice: &Choice,
        alone: Option<GroupSolution<'a>>,
    ) -> Option<GroupSolution<'a>> {
        let mut best = alone;
        let least_depth = u32::from(!case.homes.is_empty());
        let masks = choice.masks().filter(|mask| *mask != 0);
        let masks = masks.filter_map(|mask| Some((bounds.of(mask, candidates.len())?, mask)));
        let mut masks: Vec<(u64, u64)> = masks.collect();
        masks.sort_by_key(|(bound, mask)| (*bound, mask.count_ones(), *mask));
        let mut ties = 0;
        for (bound, mask) in masks {
            if let Some(best) = &best {
                let is_tie = best.cost.fetches == bound;
                if best.cost.fetches < bound
                    || is_tie && (best.cost.depth <= least_depth || ties == MAX_TIES)
                {
                    break;
                }
                ties += usize::from(is_tie);
            }
            let opened: Vec<Opening> = chosen(candidates, mask).collect();
            keep_better(&mut best, self.attempt(case, &opened));
        }
        best
    }

    /// The least that what is below every want can cost, by where it is had from.
    fn bounds(&mut self, case: Case<'_, 'a>, candidates: &[Opening]) -> Bounds {
        let mut bounds = Bounds::default();
        for want in &case.group.wants {
            let homes = case.homes.iter().filter_map(|&home| {
                let access = self.access(want.field, case.group.ty(), home, false)?;
                Some(self.least_below(want, access.child, case.level))
            });
            bounds.at_home.push(homes.min());
            let opened = candidates.iter().map(|&opening| {
                let home = home_of(opening);
                let access = self.access(want.field, case.group.ty(), home, true)?;
                Some(self.least_below(want, access.child, case.level + 1))
            });
            bounds.opened.push(opened.collect());
        }
        bounds
    }

    /// What is below a want costs at least this; nothing when it can only be had in parallel with others.
    fn least_below(&mut self, want: &Want<'a>, home: Home, level: u32) -> u64 {
        let below = want
            .child
            .and_then(|child| self.solve(child, &[home], level));
        below.map_or(0, |below| below.cost.fetches)
    }

    /// Opens what helps most, one subgraph at a time, then closes what turned out not to help.
    fn try_greedily(
        &mut self,
        case: Case<'_, 'a>,
        candidates: &[Opening],
        alone: Option<GroupSolution<'a>>,
    ) -> Option<GroupSolution<'a>> {
        let mut best = alone;
        let mut opened = self.by_coverage(case, candidates);
        let everything = self.attempt(case, &opened);
        let is_feasible = everything.is_some();
        keep_better(&mut best, everything);
        if !is_feasible {
            return best;
        }
        for candidate in opened.clone().into_iter().rev() {
            let without = opened.iter().copied().filter(|o| *o != candidate);
            let without: Vec<_> = without.collect();
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
        self.work += 1 + case.group.wants.len() / 8;
        let bases = if opened.is_empty() {
            1
        } else {
            case.homes.len().max(1)
        };
        (0..bases).find_map(|base| self.usable_base(case, base)?.run(opened))
    }

    /// An attempt whose calls ask about the rows of a home, unless those are an interface object's: they do not say
    /// which of them a concrete type's calls are about.
    pub(super) fn usable_base<'s, 'g>(
        &'s mut self,
        case: Case<'g, 'a>,
        base: usize,
    ) -> Option<Attempt<'s, 'g, 'a>> {
        let is_interface = base > 0 && case.homes[base].ty != case.group.ty() && {
            let home = case.homes[base];
            self.graph.is_interface_object(home.ty, home.subgraph)
        };
        (!is_interface).then(|| Attempt::new(self, case, base))
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

/// Lower bounds of costs, by want.
#[derive(Debug, Default)]
struct Bounds {
    at_home: Vec<Option<u64>>,
    /// By candidate.
    opened: Vec<Vec<Option<u64>>>,
}

impl Bounds {
    /// The candidates without which some want has no source at all.
    fn forced(&self) -> u64 {
        let mut forced = 0;
        for (at_home, opened) in self.at_home.iter().zip(&self.opened) {
            let mut sources = (0..opened.len()).filter(|index| opened[*index].is_some());
            if let (None, Some(only), None) = (at_home, sources.next(), sources.next()) {
                forced |= 1u64.checked_shl(only as u32).unwrap_or(0);
            }
        }
        forced
    }

    /// The bound of a set of candidates; `None` if it leaves a want unserved.
    fn of(&self, mask: u64, candidates: usize) -> Option<u64> {
        let is_open = |index: &usize| mask & 1 << index != 0;
        let open: Vec<usize> = (0..candidates).filter(is_open).collect();
        let mut bound = u64::from(mask.count_ones());
        for (at_home, opened) in self.at_home.iter().zip(&self.opened) {
            let opened = open.iter().filter_map(|index| opened[*index]);
            bound += opened.chain(*at_home).min()?;
        }
        Some(bound)
    }
}

/// Sets of candidates that contain all forced ones.
struct Choice {
    forced: u64,
    /// Bits of the others.
    free: Vec<u64>,
}

impl Choice {
    /// `None` when there are too many to try each.
    fn new(candidates: usize, forced: u64) -> Option<Self> {
        if candidates > 64 {
            return None;
        }
        let bits = (0..candidates).map(|index| 1u64 << index);
        let free: Vec<u64> = bits.filter(|bit| forced & bit == 0).collect();
        (free.len() <= EXACT_CANDIDATES).then_some(Self { forced, free })
    }

    fn masks(&self) -> impl Iterator<Item = u64> + '_ {
        (0..1u64 << self.free.len()).map(|chosen| {
            let bits = self.free.iter().enumerate();
            let bits = bits.filter(|(index, _)| chosen & 1 << index != 0);
            bits.fold(self.forced, |mask, (_, bit)| mask | bit)
        })
    }
}

fn chosen(candidates: &[Opening], mask: u64) -> impl Iterator<Item = Opening> + '_ {
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
