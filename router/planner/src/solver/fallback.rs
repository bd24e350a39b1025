//! What is tried when no attempt with chosen subgraphs succeeds: every subgraph that can be entered is, and everything
//! is had as soon as it can be. Finds an answer whenever there is one; what it turns out not to need is left out.

use router_operation::SelectionSet;
use smallvec::smallvec;

use super::attempt::{Assignment, Attempt, Reached, reached};
use super::group::{Case, Opening};
use super::{GroupSolution, Solver};

impl<'a> Solver<'a> {
    /// The first answer found for a group by entering everything, the last call to `forced` if there is such a one.
    pub(super) fn open_everything(
        &mut self,
        case: Case<'_, 'a>,
        forced: Option<Opening>,
    ) -> Option<GroupSolution<'a>> {
        self.work += 1 + case.group.wants.len() / 8;
        (0..case.homes.len().max(1)).find_map(|base| {
            let mut attempt = self.usable_base(case, base)?;
            attempt.forced = forced;
            attempt.run_to_the_end()
        })
    }
}

impl<'a> Attempt<'_, '_, 'a> {
    fn run_to_the_end(mut self) -> Option<GroupSolution<'a>> {
        self.is_free = false;
        let openings = self.openings();
        let own = self.case.group.wants.len();
        loop {
            let before = (self.assigned(), self.reached.len(), self.wants.len());
            let mut next = 0;
            while next < self.wants.len() {
                self.obtain(next);
                next += 1;
            }
            for &opening in &openings {
                self.enter(opening);
            }
            if before == (self.assigned(), self.reached.len(), self.wants.len()) {
                break;
            }
        }
        // What calls read comes from the base alone; what they do not may come from anywhere.
        self.is_free = true;
        for want in 0..own {
            self.obtain(want);
        }
        let is_answered = (0..own).all(|want| !self.assignments[want].sources.is_empty());
        let is_entered = self.forced.is_none_or(|opening| self.is_reached(opening));
        if !is_answered || !is_entered {
            return None;
        }
        self.leave_out_unused();
        self.schedule()
    }

    /// The ways into all other subgraphs.
    fn openings(&self) -> Vec<Opening> {
        let graph = self.solver.graph;
        if self.case.homes.is_empty() {
            let wants = self.case.group.wants.iter();
            let options = wants.flat_map(|want| &graph.field(want.field).options);
            let mut openings: Vec<Opening> = options
                .map(|option| Opening {
                    subgraph: option.subgraph,
                    via: option.via,
                })
                .collect();
            openings.sort();
            openings.dedup();
            return openings;
        }
        let entries = graph.ty(self.case.group.ty()).entries.iter();
        let openings = entries.map(|entry| Opening {
            subgraph: entry.subgraph,
            via: entry.via,
        });
        openings.chain(self.forced).collect()
    }

    fn assigned(&self) -> usize {
        let assignments = self.assignments.iter();
        assignments.filter(|one| !one.sources.is_empty()).count()
    }

    fn is_reached(&self, opening: Opening) -> bool {
        self.reached.iter().any(|one| one.opening == opening)
    }

    /// Has a want from what is there, if something there gives it and what is required for it was had before.
    fn obtain(&mut self, index: usize) {
        if !self.assignments[index].sources.is_empty() {
            return;
        }
        let want = self.wants[index].clone();
        let mut accesses = self.accesses(&want, self.reached.len(), true);
        accesses.sort_by_key(|(_, access)| access.option.needs_call());
        let mut possible = Vec::new();
        for (source, access) in accesses {
            let requires = access.option.requires.as_ref();
            let Some(needs) = self.had(requires) else {
                continue;
            };
            if self.cost_below(&want, &[access.child], 0).is_some() {
                self.assignments[index] = Assignment {
                    sources: smallvec![source],
                    requires: requires.map(|set| (source, set)).into_iter().collect(),
                    needs,
                };
                return;
            }
            possible.push((source, access));
        }
        let Some(sources) = self.in_parallel(&want, possible.clone()) else {
            return;
        };
        let chosen = possible.iter().filter(|(at, _)| sources.contains(at));
        let requires =
            chosen.filter_map(|(at, access)| Some((*at, access.option.requires.as_ref()?)));
        let requires: Vec<(usize, &'a SelectionSet)> = requires.collect();
        let needs = requires.iter().filter_map(|(_, set)| self.had(Some(*set)));
        let needs = needs.collect::<Vec<_>>().concat();
        self.assignments[index] = Assignment {
            sources,
            requires: requires.into_iter().collect(),
            needs,
        };
    }

    /// The wants that stand for a field set, if all of them were had.
    fn had(&mut self, set: Option<&'a SelectionSet>) -> Option<Vec<usize>> {
        let Some(set) = set else {
            return Some(Vec::new());
        };
        let wants = self.demand(set);
        let homes = self.case.homes.len();
        let is_base_or_call = |source: &usize| *source == self.base || *source >= homes;
        let is_had = |want: &usize| {
            let sources = &self.assignments[*want].sources;
            !sources.is_empty() && sources.iter().all(is_base_or_call)
        };
        wants.iter().all(is_had).then_some(wants)
    }

    /// Enters a subgraph by the first key whose fields were had.
    fn enter(&mut self, opening: Opening) {
        if self.is_reached(opening) {
            return;
        }
        let graph = self.solver.graph;
        let known = graph.ty(self.case.group.ty());
        let mut entries = known.entries.iter().chain(&known.resolvers);
        let entry = entries.find(|e| e.subgraph == opening.subgraph && e.via == opening.via);
        let keys = entry.map_or(&[][..], |entry| &entry.keys);
        if self.case.homes.is_empty() || entry.is_some() && keys.is_empty() {
            self.reached.push(reached(opening, None));
            return;
        }
        for key in keys {
            if let Some(key_wants) = self.had(Some(key)) {
                self.reached.push(Reached {
                    opening,
                    key: Some(key),
                    key_wants,
                });
                return;
            }
        }
    }

    /// Keeps what the group's wants and the forced call need.
    fn leave_out_unused(&mut self) {
        let homes = self.case.homes.len();
        let mut used_wants = vec![false; self.wants.len()];
        let mut used_calls = vec![false; self.reached.len()];
        let mut open: Vec<usize> = (0..self.case.group.wants.len()).collect();
        for (at, reached) in self.reached.iter().enumerate() {
            if self.forced == Some(reached.opening) {
                used_calls[at] = true;
                open.extend(&reached.key_wants);
            }
        }
        while let Some(want) = open.pop() {
            if std::mem::replace(&mut used_wants[want], true) {
                continue;
            }
            let assigned = &self.assignments[want];
            open.extend(&assigned.needs);
            for call in assigned.sources.iter().filter_map(|s| s.checked_sub(homes)) {
                if !std::mem::replace(&mut used_calls[call], true) {
                    open.extend(&self.reached[call].key_wants);
                }
            }
        }
        let (wants, calls) = (kept(&used_wants), kept(&used_calls));
        let mut number = 0..;
        self.wants
            .retain(|_| number.next().is_some_and(|at| used_wants[at]));
        let mut number = 0..;
        self.assignments
            .retain(|_| number.next().is_some_and(|at| used_wants[at]));
        let mut number = 0..;
        self.reached
            .retain(|_| number.next().is_some_and(|at| used_calls[at]));
        let moved = |source: usize| match source.checked_sub(homes) {
            Some(call) => homes + calls[call],
            None => source,
        };
        for assigned in &mut self.assignments {
            assigned
                .sources
                .iter_mut()
                .for_each(|source| *source = moved(*source));
            assigned
                .requires
                .iter_mut()
                .for_each(|(source, _)| *source = moved(*source));
            assigned
                .needs
                .iter_mut()
                .for_each(|want| *want = wants[*want]);
        }
        for reached in &mut self.reached {
            reached
                .key_wants
                .iter_mut()
                .for_each(|want| *want = wants[*want]);
        }
    }
}

/// The numbers of those that are kept.
fn kept(used: &[bool]) -> Vec<usize> {
    let mut next = 0;
    let number = |used: &bool| {
        let number = next;
        next += usize::from(*used);
        number
    };
    used.iter().map(number).collect()
}
