//! From assigned wants to calls: wants of one subgraph share a call unless one of them waits for another.

use std::rc::Rc;

use router_operation::{Field, Selection, SelectionSet};
use smallvec::SmallVec;

use super::attempt::{Attempt, home_of};
use super::{Call, Cost, GroupSolution, Home, Solution, SolvedWant};

/// When a want is there.
struct Progress<'a> {
    /// Per want: the attempt's sources that answered it so far.
    served: Vec<SmallVec<[usize; 1]>>,
    /// Per want: the same, as homes and calls numbered through.
    sources: Vec<SmallVec<[usize; 1]>>,
    /// Per want: levels after arrival until all that is demanded of it is there.
    ready: Vec<Option<u32>>,
    children: Vec<Option<Rc<Solution<'a>>>>,
    calls: Vec<Call<'a>>,
    /// The attempt's forced call was made.
    is_forced: bool,
    cost: Cost,
}

impl<'a> Attempt<'_, '_, 'a> {
    /// Orders the attempt's wants into calls.
    pub(super) fn schedule(mut self) -> Option<GroupSolution<'a>> {
        let mut progress = Progress {
            served: vec![SmallVec::new(); self.wants.len()],
            sources: vec![SmallVec::new(); self.wants.len()],
            ready: vec![None; self.wants.len()],
            children: vec![None; self.wants.len()],
            calls: Vec::new(),
            is_forced: false,
            cost: Cost::default(),
        };
        let homes = self.case.homes.len();
        for index in 0..self.wants.len() {
            let at_home = self.assignments[index]
                .sources
                .iter()
                .filter(|s| **s < homes);
            progress.sources[index].extend(at_home.copied());
            self.finish(index, &mut progress)?;
        }
        while let Some((at, wants)) = self.next_call(&progress) {
            self.call(at, &wants, &mut progress)?;
        }
        progress
            .ready
            .iter()
            .all(Option::is_some)
            .then(|| self.solution(progress))
    }

    /// The next subgraph to call and the wants it can answer then: one that can answer all that is left for it
    /// if there is one.
    fn next_call(&self, progress: &Progress<'a>) -> Option<(usize, Vec<usize>)> {
        let mut partial = None;
        for (at, reached) in self.reached.iter().enumerate() {
            let source = self.case.homes.len() + at;
            if !reached
                .key_wants
                .iter()
                .all(|want| progress.ready[*want].is_some())
            {
                continue;
            }
            let is_left = |index: &usize| {
                let wanted = &self.assignments[*index].sources;
                wanted.contains(&source) && !progress.served[*index].contains(&source)
            };
            let left: Vec<usize> = (0..self.wants.len()).filter(is_left).collect();
            let is_ready = |index: &usize| {
                let needs = &self.assignments[*index].needs;
                needs.iter().all(|need| progress.ready[*need].is_some())
            };
            let ready = left.iter().copied().filter(is_ready);
            let ready = self.without_conflicts(ready.collect());
            let is_due = self.forced == Some(reached.opening) && !progress.is_forced;
            if ready.is_empty() && !is_due {
                continue;
            }
            if ready.len() == left.len() {
                return Some((at, ready));
            }
            partial.get_or_insert((at, ready));
        }
        partial
    }

    /// Wants whose requirements fit into one representation: one field of it cannot have two sets of arguments.
    fn without_conflicts(&self, ready: Vec<usize>) -> Vec<usize> {
        let mut kept: Vec<usize> = Vec::with_capacity(ready.len());
        let mut sets: Vec<&SelectionSet> = Vec::new();
        for want in ready {
            let own = self.assignments[want].requires.iter().map(|(_, set)| *set);
            let own: Vec<&SelectionSet> = own.collect();
            if !own
                .iter()
                .any(|one| sets.iter().any(|other| conflict(one, other)))
            {
                sets.extend(own);
                kept.push(want);
            }
        }
        kept
    }

    fn call(&mut self, at: usize, wants: &[usize], progress: &mut Progress<'a>) -> Option<()> {
        let reached = self.reached[at].clone();
        progress.is_forced |= self.forced == Some(reached.opening);
        let key = reached.key_wants.iter();
        let needs = wants.iter().flat_map(|want| &self.assignments[*want].needs);
        let before = key.chain(needs).filter_map(|want| progress.ready[*want]);
        let is_root = self.case.homes.is_empty();
        let level = before.max().unwrap_or(0) + u32::from(!is_root);
        let mut requires = Vec::new();
        let homes = self.case.homes.len();
        for want in wants {
            let sets = self.assignments[*want].requires.iter();
            let sets = sets.filter(|(source, _)| *source == homes + at);
            requires.extend(sets.map(|(_, set)| *set));
        }
        requires.dedup_by_key(|set| std::ptr::from_ref(*set));
        let call = Call {
            subgraph: reached.opening.subgraph,
            via: reached.opening.via,
            key: reached.key,
            requires,
            level,
            slot: None,
        };
        progress.cost.fetches += 1;
        progress.cost.depth = progress.cost.depth.max(level);
        progress.calls.push(call);
        let source = homes + progress.calls.len() - 1;
        for &want in wants {
            progress.served[want].push(homes + at);
            progress.sources[want].push(source);
            self.finish(want, progress)?;
        }
        Some(())
    }

    /// Solves what is below a want once all its sources are known.
    fn finish(&mut self, index: usize, progress: &mut Progress<'a>) -> Option<()> {
        let sources = &progress.sources[index];
        if sources.is_empty() || sources.len() < self.assignments[index].sources.len() {
            return Some(());
        }
        let homes = self.case.homes.len();
        let calls = sources
            .iter()
            .filter_map(|source| source.checked_sub(homes));
        let level = calls
            .map(|call| progress.calls[call].level)
            .max()
            .unwrap_or(0);
        progress.cost.fields = progress.cost.fields.saturating_add(1 << level.min(16));
        let want = self.wants[index].clone();
        let mut ready = level;
        if let Some(child) = want.child {
            let ty = self.case.group.ty();
            let mut arrivals: SmallVec<[Home; 1]> = SmallVec::new();
            for &source in sources {
                let (home, by_call) = self.home(source, progress);
                let access = self.solver.access(want.field, ty, home, by_call)?;
                arrivals.push(access.child);
            }
            let below = self
                .solver
                .solve(child, &arrivals, self.case.level + level)?;
            progress.cost = progress.cost.beside(below.cost.after(level));
            ready += below.ready;
            progress.children[index] = Some(below);
        }
        progress.ready[index] = Some(ready);
        Some(())
    }

    fn home(&self, source: usize, progress: &Progress<'a>) -> (Home, bool) {
        match source.checked_sub(self.case.homes.len()) {
            None => (self.case.homes[source], false),
            Some(call) => {
                let call = &progress.calls[call];
                let opening = super::group::Opening {
                    subgraph: call.subgraph,
                    via: call.via,
                };
                (home_of(opening), true)
            }
        }
    }

    fn solution(self, progress: Progress<'a>) -> GroupSolution<'a> {
        let wants = self.wants.into_iter().zip(progress.sources);
        let wants = wants.zip(progress.children);
        let own = self.case.group.wants.iter().zip(&progress.ready);
        let demanded = own.filter(|(want, _)| want.is_demanded);
        GroupSolution {
            group: Rc::clone(self.case.group),
            ready: demanded.filter_map(|(_, ready)| *ready).max().unwrap_or(0),
            wants: wants
                .map(|((want, sources), child)| SolvedWant {
                    want,
                    sources,
                    child,
                })
                .collect(),
            calls: progress.calls,
            base: self.base,
            resolved: None,
            leaves_homes: false,
            cost: progress.cost,
        }
    }
}

/// Whether two field sets select one field with different arguments, somewhere below.
fn conflict(one: &SelectionSet, other: &SelectionSet) -> bool {
    let (mut here, mut there) = (Vec::new(), Vec::new());
    fields(one, &mut here);
    fields(other, &mut there);
    here.iter().any(|one| {
        there.iter().any(|other| {
            let below = one.selection_set.as_ref().zip(other.selection_set.as_ref());
            one.response_key == other.response_key
                && (one.arguments != other.arguments
                    || below.is_some_and(|(one, other)| conflict(one, other)))
        })
    })
}

/// The fields at the top, whatever the type conditions.
fn fields<'s>(set: &'s SelectionSet, found: &mut Vec<&'s Field>) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => found.push(field),
            Selection::Fragment(fragment) => fields(fragment, found),
        }
    }
}
