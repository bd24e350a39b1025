//! From chosen sources to a solution: what keys and requirements read becomes wanted, calls that nothing needs are left
//! out, and what is below is solved once and for all.

use std::rc::Rc;

use router_operation::SelectionSet;
use smallvec::SmallVec;

use super::within::{Chosen, Required, Supply, Within};
use super::{Call, Cost, GroupSolution, Home, Solution, SolvedWant};
use crate::position::Want;

/// The state of settling a group.
pub(super) struct Settlement<'w, 's, 'g, 'a> {
    within: &'w mut Within<'s, 'g, 'a>,
    /// The group's wants, then what keys and requirements add.
    wants: Vec<Want<'a>>,
    chosen: Vec<Chosen<'a>>,
    /// Wants that must be there before a source's call.
    before: Vec<(usize, usize)>,
    /// Wants that must be there before what a want is had from.
    needs: Vec<(usize, usize)>,
    used: Vec<bool>,
}

/// A want as it was settled.
struct Settled<'a> {
    ready: u32,
    child: Option<Rc<Solution<'a>>>,
}

impl<'w, 's, 'g, 'a> Settlement<'w, 's, 'g, 'a> {
    pub(super) fn new(within: &'w mut Within<'s, 'g, 'a>, chosen: Vec<Chosen<'a>>) -> Self {
        let wants = within.case.group.wants.clone();
        let used = vec![false; within.sources.len()];
        Self {
            within,
            wants,
            chosen,
            before: Vec::new(),
            needs: Vec::new(),
            used,
        }
    }

    /// The solution, unless what two sides want of one field cannot be had together.
    pub(super) fn settle(mut self, forced: Option<usize>) -> Option<GroupSolution<'a>> {
        for want in 0..self.chosen.len() {
            self.follow(want);
        }
        if let Some(source) = forced {
            self.open(source);
        }
        let mut cost = Cost::default();
        let mut settled = Vec::with_capacity(self.wants.len());
        for want in 0..self.wants.len() {
            settled.push(self.below(want, &mut cost)?);
        }
        if !self.is_in_time(&settled) {
            return None;
        }
        Some(self.solution(settled, cost))
    }

    /// Opens what a want is had from, and demands what is required for it.
    fn follow(&mut self, want: usize) {
        let chosen = self.chosen[want].clone();
        for &source in &chosen.sources {
            self.open(source);
        }
        if let Some(required) = &chosen.required {
            let found = self.demand(required.set, &required.supplies);
            self.needs.extend(found.iter().map(|need| (want, *need)));
        }
    }

    /// Opens a source, and demands its key.
    fn open(&mut self, source: usize) {
        if std::mem::replace(&mut self.used[source], true) {
            return;
        }
        if let Some(call) = self.within.sources[source].call.clone()
            && let Some(key) = call.key
        {
            let found = self.demand(key, &call.supplies);
            self.before.extend(found.iter().map(|want| (source, *want)));
        }
    }

    /// Wants what a field set selects, from where it is supplied.
    fn demand(&mut self, set: &'a SelectionSet, supplies: &Rc<[Supply<'a>]>) -> Vec<usize> {
        let (ty, depth) = (self.within.case.group.ty(), self.within.case.depth);
        let positions = &mut self.within.solver.positions;
        let found = positions.demand(&mut self.wants, set, ty, depth);
        self.chosen.resize_with(self.wants.len(), Chosen::default);
        for (&want, supply) in found.iter().zip(supplies.iter()) {
            if self.may_stay(want, supply) {
                continue;
            }
            self.chosen[want] = Chosen {
                sources: SmallVec::from_slice(&[supply.source]),
                required: supply.required.clone(),
                ready: 0,
            };
            self.follow(want);
        }
        found
    }

    /// Whether a want that was chosen before is there as early as a supply of the same field.
    fn may_stay(&self, want: usize, supply: &Supply<'a>) -> bool {
        let sources = &self.within.sources;
        let is_base_or_call =
            |source: &usize| *source == self.within.base || *source >= self.within.case.homes.len();
        let chosen = &self.chosen[want].sources;
        let level = sources[supply.source].level;
        !chosen.is_empty()
            && chosen
                .iter()
                .all(|source| is_base_or_call(source) && sources[*source].level <= level)
    }

    /// Solves what is below a want.
    fn below(&mut self, want: usize, cost: &mut Cost) -> Option<Settled<'a>> {
        let sources = self.chosen[want].sources.clone();
        let case = self.within.case;
        let levels = sources.iter().map(|s| self.within.sources[*s].level);
        let level = levels.max()?;
        cost.depth = cost.depth.max(level);
        cost.fields = cost.fields.saturating_add(1 << level.min(16));
        let Some(child) = self.wants[want].child else {
            return Some(Settled {
                ready: level,
                child: None,
            });
        };
        let mut arrivals: SmallVec<[Home; 1]> = SmallVec::new();
        for &source in &sources {
            let home = self.within.sources[source].home;
            let by_call = source >= case.homes.len();
            let field = self.wants[want].field;
            let solver = &mut self.within.solver;
            let access = solver.access(field, case.group.ty(), home, by_call)?;
            arrivals.push(access.child);
        }
        let solver = &mut self.within.solver;
        let below = solver.solve(child, &arrivals, case.level + level)?;
        *cost = cost.beside(below.cost.after(level));
        Some(Settled {
            ready: level + below.ready,
            child: Some(below),
        })
    }

    /// Whether everything is there before the calls that read it.
    fn is_in_time(&self, settled: &[Settled<'a>]) -> bool {
        let homes = self.within.case.homes.len();
        let level = |source: usize| self.within.sources[source].level;
        let mut before = self.before.iter();
        let mut needs = self.needs.iter();
        before.all(|(source, want)| settled[*want].ready < level(*source))
            && needs.all(|(want, need)| {
                let mut sources = self.chosen[*want].sources.iter();
                sources.all(|source| *source >= homes && settled[*need].ready < level(*source))
            })
    }

    /// Makes the calls: those to one source share one unless their requirements do not fit into one representation.
    fn solution(mut self, settled: Vec<Settled<'a>>, mut cost: Cost) -> GroupSolution<'a> {
        let homes = self.within.case.homes.len();
        let mut calls: Vec<Call<'a>> = Vec::new();
        let mut numbers: Vec<SmallVec<[usize; 1]>> = vec![SmallVec::new(); self.wants.len()];
        for source in 0..self.within.sources.len() {
            if source < homes || !self.used[source] {
                continue;
            }
            for wants in self.compatible(source) {
                let number = homes + calls.len();
                calls.extend(self.call(source, &wants));
                for want in wants {
                    numbers[want].push(number);
                }
            }
        }
        for (want, numbers) in numbers.iter_mut().enumerate() {
            let at_home = self.chosen[want].sources.iter().filter(|s| **s < homes);
            let mut all: SmallVec<[usize; 1]> = at_home.copied().collect();
            all.extend(numbers.drain(..));
            *numbers = all;
        }
        let last = calls.iter().map(|call| call.level).max().unwrap_or(0);
        cost.depth = cost.depth.max(last);
        let own = self.within.case.group.wants.len();
        let demanded = (0..own).filter(|want| self.wants[*want].is_demanded);
        let ready = demanded.map(|want| settled[want].ready).max().unwrap_or(0);
        let wants = std::mem::take(&mut self.wants).into_iter().zip(numbers);
        let wants = wants.zip(settled);
        GroupSolution {
            group: Rc::clone(self.within.case.group),
            wants: wants
                .map(|((want, sources), settled)| SolvedWant {
                    want,
                    sources,
                    child: settled.child,
                })
                .collect(),
            calls,
            base: self.within.base,
            resolved: None,
            leaves_homes: false,
            cost,
            ready,
        }
    }

    fn call(&self, source: usize, wants: &[usize]) -> Option<Call<'a>> {
        let source = &self.within.sources[source];
        let entered = source.call.as_ref()?;
        let required = wants.iter().filter_map(|want| {
            let required: &Option<Required<'a>> = &self.chosen[*want].required;
            required.as_ref()
        });
        let mut requires: Vec<&'a SelectionSet> = required.map(|required| required.set).collect();
        requires.dedup_by_key(|set| std::ptr::from_ref(*set));
        Some(Call {
            subgraph: entered.opening.subgraph,
            via: entered.opening.via,
            key: entered.key,
            requires,
            level: source.level,
            slot: Some(self.within.case.level + source.level),
        })
    }

    /// The wants that a source answers, by the representations they need: one field of a representation cannot have two
    /// sets of arguments.
    fn compatible(&self, source: usize) -> Vec<Vec<usize>> {
        let mut groups: Vec<(Vec<usize>, Vec<usize>)> = vec![(Vec::new(), Vec::new())];
        let mine = (0..self.wants.len()).filter(|w| self.chosen[*w].sources.contains(&source));
        for want in mine {
            let needs = self.needs.iter().filter(|(of, _)| *of == want);
            let needs: Vec<usize> = needs.map(|(_, need)| *need).collect();
            let fits = |needed: &[usize]| {
                let clash = |one: &usize, other: &usize| {
                    one != other && self.wants[*one].field == self.wants[*other].field
                };
                !needs
                    .iter()
                    .any(|one| needed.iter().any(|other| clash(one, other)))
            };
            let at = groups.iter().position(|(needed, _)| fits(needed));
            let at = at.unwrap_or_else(|| {
                groups.push((Vec::new(), Vec::new()));
                groups.len() - 1
            });
            groups[at].0.extend(needs);
            groups[at].1.push(want);
        }
        groups.into_iter().map(|(_, wants)| wants).collect()
    }
}
