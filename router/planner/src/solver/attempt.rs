//! One attempt at a group with a given set of opened subgraphs: how each is entered, and which source answers
//! which want.

use router_operation::{FieldTarget, SelectionSet, collect_fields};
use smallvec::{SmallVec, smallvec};

use super::access::Access;
use super::group::{Case, Opening};
use super::rivals::RivalsId;
use super::{Cost, GroupSolution, Home, ProvidesId, Solver};
use crate::position::Want;

/// A subgraph that the attempt opens, in the order in which they can be entered.
#[derive(Clone, Debug)]
pub(super) struct Reached<'a> {
    pub(super) opening: Opening,
    /// `None` at the root.
    pub(super) key: Option<&'a SelectionSet>,
    /// The wants that stand for the key's fields.
    pub(super) key_wants: Vec<usize>,
}

/// Where a want is had from.
#[derive(Clone, Debug, Default)]
pub(super) struct Assignment<'a> {
    /// Homes, then reached subgraphs, numbered through; empty until it is assigned.
    pub(super) sources: SmallVec<[usize; 1]>,
    /// What its sources require for it, and the wants that stand for that.
    pub(super) requires: SmallVec<[(usize, &'a SelectionSet); 1]>,
    pub(super) needs: Vec<usize>,
}

/// The state of an attempt.
pub(super) struct Attempt<'s, 'g, 'a> {
    pub(super) solver: &'s mut Solver<'a>,
    pub(super) case: Case<'g, 'a>,
    /// The home whose rows calls ask about.
    pub(super) base: usize,
    pub(super) wants: Vec<Want<'a>>,
    /// By want.
    pub(super) assignments: Vec<Assignment<'a>>,
    pub(super) reached: Vec<Reached<'a>>,
    /// A subgraph that is called even if nothing is wanted of it here.
    pub(super) forced: Option<Opening>,
    /// Whether wants that no call reads may come from homes that calls do not ask about.
    pub(super) is_free: bool,
}

/// A key that can be supplied, by which sources, at which cost.
struct Supply<'a> {
    cost: u64,
    /// `None` for a root type, which is entered without.
    key: Option<&'a SelectionSet>,
    suppliers: Vec<usize>,
}

impl<'s, 'g, 'a> Attempt<'s, 'g, 'a> {
    pub(super) fn new(solver: &'s mut Solver<'a>, case: Case<'g, 'a>, base: usize) -> Self {
        let wants = case.group.wants.clone();
        Self {
            solver,
            case,
            base,
            assignments: vec![Assignment::default(); wants.len()],
            wants,
            reached: Vec::new(),
            forced: None,
            is_free: true,
        }
    }

    /// As `run`, and the last call is to `opening`, whether or not anything is wanted of it.
    pub(super) fn run_towards(mut self, opening: Opening) -> Option<GroupSolution<'a>> {
        self.forced = Some(opening);
        self.run(&[opening])
    }

    pub(super) fn run(mut self, opened: &[Opening]) -> Option<GroupSolution<'a>> {
        self.reach(opened)?;
        self.assign_keys()?;
        self.assign_wants()?;
        if !self.demands_share_the_base() {
            return None;
        }
        self.schedule()
    }

    /// Finds a way into every opened subgraph, over further ones where needed.
    fn reach(&mut self, opened: &[Opening]) -> Option<()> {
        if self.case.homes.is_empty() {
            let roots = opened.iter().map(|&opening| reached(opening, None));
            self.reached.extend(roots);
            return Some(());
        }
        let mut left: Vec<Opening> = opened.to_vec();
        while !left.is_empty() {
            let mut before = std::mem::take(&mut self.reached);
            let mut found = Vec::new();
            left.retain(|&opening| match self.supply(opening, &before) {
                Some(supply) => {
                    found.push(reached(opening, supply.key));
                    false
                }
                None => true,
            });
            let is_stuck = found.is_empty();
            before.extend(found);
            self.reached = before;
            if is_stuck {
                let hops = self.hops_to(*left.first()?)?;
                left.retain(|opening| !hops.iter().any(|hop| hop.opening == *opening));
                self.reached.extend(hops);
            }
        }
        Some(())
    }

    /// The cheapest key of `opening` that the base and `reached` can supply.
    fn supply(&mut self, opening: Opening, reached: &[Reached<'a>]) -> Option<Supply<'a>> {
        let ty = self.case.group.ty();
        let graph = self.solver.graph;
        let known = graph.ty(ty);
        let mut entries = known.entries.iter().chain(&known.resolvers);
        let entry = entries.find(|e| e.subgraph == opening.subgraph && e.via == opening.via)?;
        if entry.keys.is_empty() {
            return Some(Supply {
                cost: 0,
                key: None,
                suppliers: Vec::new(),
            });
        }
        let mut best: Option<Supply<'a>> = None;
        for key in &entry.keys {
            if let Some(supply) = self.supply_key(key, reached)
                && best.as_ref().is_none_or(|best| supply.cost < best.cost)
            {
                best = Some(supply);
            }
        }
        best
    }

    fn supply_key(&mut self, key: &'a SelectionSet, reached: &[Reached<'a>]) -> Option<Supply<'a>> {
        let ty = self.case.group.ty();
        let homes = self.case.homes.len();
        let mut supply = Supply {
            cost: 0,
            key: Some(key),
            suppliers: Vec::new(),
        };
        for field in collect_fields(&self.solver.graph.supergraph, &[key], ty) {
            let FieldTarget::Field(id) = field.target else {
                continue;
            };
            let child = (!field.selection_sets.is_empty()).then(|| {
                let sets = field.selection_sets.clone();
                let depth = self.case.depth + 1;
                self.solver.positions.intern(Vec::new(), sets, depth)
            });
            let base = (self.base, self.case.homes[self.base]);
            let calls = reached.iter().enumerate();
            let calls = calls.map(|(index, r)| (homes + index, home_of(r.opening)));
            let mut best: Option<(u64, usize)> = None;
            for (source, home) in std::iter::once(base).chain(calls) {
                let Some(access) = self.solver.access(id, ty, home, false) else {
                    continue;
                };
                let cost = match child {
                    None => 0,
                    Some(child) => {
                        let below = self.solver.solve(child, &[access.child], self.case.level);
                        match below {
                            Some(below) => below.cost.fetches,
                            None => continue,
                        }
                    }
                };
                if best.is_none_or(|(least, _)| cost < least) {
                    best = Some((cost, source));
                }
            }
            let (cost, source) = best?;
            supply.cost += cost;
            supply.suppliers.push(source);
        }
        Some(supply)
    }

    /// The subgraphs to pass through on the shortest way to `target`, in order.
    fn hops_to(&mut self, target: Opening) -> Option<Vec<Reached<'a>>> {
        let ty = self.case.group.ty();
        let entries = self.solver.graph.ty(ty).entries.iter();
        let entries = entries.map(|entry| Opening {
            subgraph: entry.subgraph,
            via: entry.via,
        });
        let openings: Vec<Opening> = entries.chain([target]).collect();
        let homes = self.case.homes.len();
        let start = self.reached.len();
        let mut trail = self.reached.clone();
        let mut suppliers: Vec<Vec<usize>> = vec![Vec::new(); start];
        loop {
            let before = trail.clone();
            for &opening in &openings {
                if trail.iter().any(|reached| reached.opening == opening) {
                    continue;
                }
                if let Some(supply) = self.supply(opening, &before) {
                    trail.push(reached(opening, supply.key));
                    suppliers.push(supply.suppliers);
                }
            }
            if trail.len() == before.len() {
                return None;
            }
            if let Some(at) = trail.iter().position(|r| r.opening == target) {
                let mut needed = vec![false; trail.len()];
                needed[at] = true;
                for index in (start..=at).rev() {
                    if needed[index] {
                        for &source in &suppliers[index] {
                            if source >= homes {
                                needed[source - homes] = true;
                            }
                        }
                    }
                }
                let hops = trail.into_iter().zip(needed).skip(start);
                let hops = hops.filter(|(_, is_needed)| *is_needed);
                return Some(hops.map(|(reached, _)| reached).collect());
            }
        }
    }

    /// Assigns the fields of keys, each to a source that is there before the subgraph that the key opens.
    fn assign_keys(&mut self) -> Option<()> {
        for index in 0..self.reached.len() {
            let Some(key) = self.reached[index].key else {
                continue;
            };
            let wants = self.demand(key);
            for &want in &wants {
                if self.assignments[want].sources.is_empty() {
                    self.assign(want, index, false)?;
                }
            }
            self.reached[index].key_wants = wants;
        }
        Some(())
    }

    /// Assigns everything else, with what it requires.
    fn assign_wants(&mut self) -> Option<()> {
        let mut next = 0;
        while next < self.wants.len() {
            if self.assignments[next].sources.is_empty() {
                self.assign(next, self.reached.len(), true)?;
                for (_, requires) in self.assignments[next].requires.clone() {
                    let needs = self.demand(requires);
                    self.assignments[next].needs.extend(needs);
                }
            }
            next += 1;
        }
        Some(())
    }

    pub(super) fn demand(&mut self, set: &'a SelectionSet) -> Vec<usize> {
        let (ty, depth) = (self.case.group.ty(), self.case.depth);
        let positions = &mut self.solver.positions;
        let found = positions.demand(&mut self.wants, set, ty, depth);
        self.assignments
            .resize_with(self.wants.len(), Assignment::default);
        for &want in &found {
            self.wants[want].is_read_here = true;
        }
        found
    }

    /// Chooses the source of a want among the homes and the first `reached` opened subgraphs.
    fn assign(&mut self, index: usize, reached: usize, may_require: bool) -> Option<()> {
        let want = self.wants[index].clone();
        let accesses = self.accesses(&want, reached, may_require);
        let mut best: Option<((u64, bool, u32, u32), usize)> = None;
        for (at, (source, access)) in accesses.iter().enumerate() {
            let later = u32::from(*source >= self.case.homes.len());
            let Some(cost) = self.cost_below(&want, &[access.child], later) else {
                continue;
            };
            let requires = access.option.needs_call();
            let rank = (cost.fetches, requires, later + cost.depth, cost.fields);
            if best.is_none_or(|(least, _)| rank < least) {
                best = Some((rank, at));
            }
            if self.solver.is_exhausted() {
                break;
            }
        }
        let assigned = &mut self.assignments[index];
        if let Some((_, at)) = best {
            let (source, access) = accesses[at];
            assigned.sources = smallvec![source];
            let requires = access.option.requires.as_ref();
            assigned.requires = requires.map(|set| (source, set)).into_iter().collect();
            return Some(());
        }
        let plain = accesses.into_iter().filter(|(_, a)| !a.option.needs_call());
        let sources = self.in_parallel(&want, plain.collect())?;
        self.assignments[index].sources = sources;
        Some(())
    }

    pub(super) fn accesses(
        &mut self,
        want: &Want<'a>,
        reached: usize,
        may_require: bool,
    ) -> Vec<(usize, Access<'a>)> {
        let ty = self.case.group.ty();
        let homes = self.case.homes.len();
        let mut found = Vec::new();
        for (source, &home) in self.case.homes.iter().enumerate() {
            if source != self.base && (!self.is_free || self.is_bound(want)) {
                continue;
            }
            let access = self.solver.access(want.field, ty, home, false);
            found.extend(access.map(|access| (source, access)));
        }
        for index in 0..reached {
            let home = home_of(self.reached[index].opening);
            let access = self.solver.access(want.field, ty, home, may_require);
            found.extend(access.map(|access| (homes + index, access)));
        }
        found
    }

    pub(super) fn cost_below(
        &mut self,
        want: &Want<'a>,
        homes: &[Home],
        later: u32,
    ) -> Option<Cost> {
        match want.child {
            None => Some(Cost::default()),
            Some(child) => {
                let below = self.solver.solve(child, homes, self.case.level + later)?;
                Some(below.cost)
            }
        }
    }

    /// Whether a want must be had from the base's rows or from calls about them.
    pub(super) fn is_bound(&self, want: &Want<'a>) -> bool {
        let mut wants = self.case.group.wants.iter();
        want.is_read_here
            || want.is_dependent
            || want.is_demanded && wants.any(|other| other.is_dependent)
    }

    /// Sources that only together give all that is wanted below (value types known in part by several
    /// subgraphs), without those that add nothing.
    pub(super) fn in_parallel(
        &mut self,
        want: &Want<'a>,
        mut kept: Vec<(usize, Access<'a>)>,
    ) -> Option<SmallVec<[usize; 1]>> {
        if kept.len() < 2 {
            return None;
        }
        let homes = |kept: &[(usize, Access<'a>)]| -> Vec<Home> {
            kept.iter().map(|(_, access)| access.child).collect()
        };
        self.cost_below(want, &homes(&kept), 0)?;
        let mut index = kept.len();
        while index > 0 && kept.len() > 1 {
            index -= 1;
            let mut fewer = kept.clone();
            fewer.remove(index);
            if self.cost_below(want, &homes(&fewer), 0).is_some() {
                kept = fewer;
            }
        }
        Some(kept.iter().map(|(source, _)| *source).collect())
    }

    /// Representations read from the base's rows and from calls about them, never from another home; what is below
    /// them takes from contexts that are read there.
    fn demands_share_the_base(&self) -> bool {
        let homes = self.case.homes.len();
        let mut wants = self.wants.iter().zip(&self.assignments);
        let is_at_base = |source: &usize| *source == self.base || *source >= homes;
        wants
            .all(|(want, assigned)| !self.is_bound(want) || assigned.sources.iter().all(is_at_base))
    }
}

pub(super) fn reached<'a>(opening: Opening, key: Option<&'a SelectionSet>) -> Reached<'a> {
    Reached {
        opening,
        key,
        key_wants: Vec::new(),
    }
}

/// How objects are arrived at by a call.
pub(super) fn home_of(opening: Opening) -> Home {
    Home {
        subgraph: opening.subgraph,
        ty: opening.via,
        provides: ProvidesId::default(),
        rivals: RivalsId::default(),
    }
}
