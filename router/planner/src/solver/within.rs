//! A group answered within given slots. Every call goes into a request that is made anyway, so whatever can be entered is
//! entered as early as possible, and what turns out not to be needed is left out.

use std::rc::Rc;

use router_operation::{FieldTarget, SelectionSet, collect_fields};
use schema_model::{FieldId, TypeId};
use smallvec::SmallVec;

use super::access::Access;
use super::attempt::home_of;
use super::group::{Case, Opening};
use super::settle::Settlement;
use super::{Call, Cost, GroupSolution, Home, Solver};
use crate::position::{PositionId, Want};
use crate::slots::Slots;

/// Where a group's fields may be had from: a home, or a call.
#[derive(Clone, Debug)]
pub(super) struct Source<'a> {
    pub(super) home: Home,
    /// Levels after arrival until it is there.
    pub(super) level: u32,
    /// `None` for homes.
    pub(super) call: Option<Entered<'a>>,
}

/// How a call's subgraph is entered.
#[derive(Clone, Debug)]
pub(super) struct Entered<'a> {
    pub(super) opening: Opening,
    /// `None` at the root.
    pub(super) key: Option<&'a SelectionSet>,
    /// One for each field of the key.
    pub(super) supplies: Rc<[Supply<'a>]>,
}

/// Where a field of a key or of a requirement is had from.
#[derive(Clone, Debug)]
pub(super) struct Supply<'a> {
    pub(super) source: usize,
    pub(super) required: Option<Required<'a>>,
}

/// What a field requires, and where that is had from.
#[derive(Clone, Debug)]
pub(super) struct Required<'a> {
    pub(super) set: &'a SelectionSet,
    pub(super) supplies: Rc<[Supply<'a>]>,
}

/// Where a want is had from.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen<'a> {
    pub(super) sources: SmallVec<[usize; 1]>,
    pub(super) required: Option<Required<'a>>,
    /// Levels after arrival until all that is demanded of it is there.
    pub(super) ready: u32,
}

/// The state of answering a group.
pub(super) struct Within<'s, 'g, 'a> {
    pub(super) solver: &'s mut Solver<'a>,
    pub(super) case: Case<'g, 'a>,
    /// The home whose rows calls ask about.
    pub(super) base: usize,
    /// Homes, then calls by level.
    pub(super) sources: Vec<Source<'a>>,
}

impl<'a> Solver<'a> {
    /// Answers a group within the slots; `forced` is called even if nothing is wanted of it.
    pub(super) fn solve_within(
        &mut self,
        case: Case<'_, 'a>,
        slots: &Rc<Slots>,
        forced: Option<Opening>,
    ) -> Option<GroupSolution<'a>> {
        self.work += 1;
        (0..case.homes.len().max(1)).find_map(|base| {
            // Rows of an interface object do not say which of them a concrete type's calls are about.
            let is_interface = base > 0 && case.homes[base].ty != case.group.ty() && {
                let home = case.homes[base];
                self.graph.is_interface_object(home.ty, home.subgraph)
            };
            if is_interface {
                return None;
            }
            let mut within = Within::new(self, case, base);
            if forced.is_none()
                && let Some(alone) = within.alone()
            {
                return Some(alone);
            }
            within.enter(slots, forced);
            if within.solver.is_sketch {
                return within.sketch(forced);
            }
            within.answer(forced)
        })
    }
}

impl<'a> Solver<'a> {
    /// The fields that a key or requirement selects on a type.
    fn key_fields(
        &mut self,
        set: &'a SelectionSet,
        ty: TypeId,
        depth: u32,
    ) -> Rc<[(FieldId, Option<PositionId>)]> {
        let key = (std::ptr::from_ref(set).addr(), ty);
        if let Some(known) = self.key_fields.get(&key) {
            return Rc::clone(known);
        }
        let mut found = Vec::new();
        for field in collect_fields(&self.graph.supergraph, &[set], ty) {
            if let FieldTarget::Field(id) = field.target {
                let child = (!field.selection_sets.is_empty()).then(|| {
                    let sets = field.selection_sets;
                    self.positions.intern(Vec::new(), sets, depth + 1)
                });
                found.push((id, child));
            }
        }
        let found: Rc<[_]> = found.into();
        self.key_fields.insert(key, Rc::clone(&found));
        found
    }
}

impl<'s, 'g, 'a> Within<'s, 'g, 'a> {
    fn new(solver: &'s mut Solver<'a>, case: Case<'g, 'a>, base: usize) -> Self {
        let homes = case.homes.iter().map(|home| Source {
            home: *home,
            level: 0,
            call: None,
        });
        Self {
            solver,
            case,
            base,
            sources: homes.collect(),
        }
    }

    /// Everything from where the group arrived, if that is possible.
    fn alone(&mut self) -> Option<GroupSolution<'a>> {
        let case = self.case;
        if case.homes.is_empty() {
            return None;
        }
        let mut chosen = Vec::with_capacity(case.group.wants.len());
        let mut ready = 0;
        for want in &case.group.wants {
            let found = self.at_home(want)?;
            if want.is_demanded {
                ready = ready.max(found.ready);
            }
            if !self.solver.is_sketch {
                chosen.push(found);
            }
        }
        if self.solver.is_sketch {
            return Some(self.sketched(ready, Vec::new()));
        }
        Settlement::new(self, chosen).settle(None)
    }

    fn at_home(&mut self, want: &Want<'a>) -> Option<Chosen<'a>> {
        let homes = self.case.homes.len();
        (0..homes).find_map(|source| self.choice(want, source))
    }

    /// Enters whatever can be entered, level by level.
    fn enter(&mut self, slots: &Rc<Slots>, forced: Option<Opening>) {
        let ty = self.case.group.ty();
        if self.case.homes.is_empty() {
            for &subgraph in slots.at(self.case.level) {
                let opening = Opening { subgraph, via: ty };
                self.push(opening, 0, None, Rc::from([]));
            }
            return;
        }
        let graph = self.solver.graph;
        let known = graph.ty(ty);
        for level in 1..slots.levels().saturating_sub(self.case.level) {
            for &subgraph in slots.at(self.case.level + level) {
                for entry in known.entries.iter().chain(&known.resolvers) {
                    let opening = Opening {
                        subgraph,
                        via: entry.via,
                    };
                    if entry.subgraph != subgraph || !self.is_worth_entering(opening, forced) {
                        continue;
                    }
                    let mut keys = entry.keys.iter();
                    let supplied = keys.find_map(|key| Some((key, self.supplies(key, level)?)));
                    if let Some((key, supplies)) = supplied {
                        self.push(opening, level, Some(key), supplies);
                    }
                }
            }
        }
    }

    /// Whether a subgraph has not been entered yet, or answers something that may have had to wait.
    fn is_worth_entering(&self, opening: Opening, forced: Option<Opening>) -> bool {
        let known = self.solver.graph.ty(self.case.group.ty());
        let is_entry = |entry: &crate::graph::Entry| {
            entry.subgraph == opening.subgraph && entry.via == opening.via
        };
        if !known.entries.iter().any(is_entry) && forced != Some(opening) {
            return false;
        }
        let mut calls = self.sources.iter().filter_map(|s| s.call.as_ref());
        !calls.any(|call| call.opening == opening) || known.requiring.contains(&opening.subgraph)
    }

    fn push(
        &mut self,
        opening: Opening,
        level: u32,
        key: Option<&'a SelectionSet>,
        supplies: Rc<[Supply<'a>]>,
    ) {
        self.sources.push(Source {
            home: home_of(opening),
            level,
            call: Some(Entered {
                opening,
                key,
                supplies,
            }),
        });
    }

    /// Where all that a field set selects can be had before a level.
    fn supplies(&mut self, set: &'a SelectionSet, before: u32) -> Option<Rc<[Supply<'a>]>> {
        let fields = self
            .solver
            .key_fields(set, self.case.group.ty(), self.case.depth);
        let mut found = Vec::with_capacity(fields.len());
        for &(field, child) in fields.iter() {
            found.push(self.supply(field, child, before)?);
        }
        Some(found.into())
    }

    fn supply(
        &mut self,
        field: FieldId,
        child: Option<PositionId>,
        before: u32,
    ) -> Option<Supply<'a>> {
        let homes = self.case.homes.len();
        for source in 0..self.sources.len() {
            let level = self.sources[source].level;
            if level >= before || source < homes && source != self.base {
                continue;
            }
            let Some(access) = self.access(field, source) else {
                continue;
            };
            let ready = match child {
                None => level,
                Some(child) => {
                    let arrival = self.case.level + level;
                    match self.solver.solve(child, &[access.child], arrival) {
                        Some(below) => level + below.ready,
                        None => continue,
                    }
                }
            };
            if ready >= before {
                continue;
            }
            if let Some(required) = self.required(&access, level) {
                return Some(Supply { source, required });
            }
        }
        None
    }

    fn access(&mut self, field: FieldId, source: usize) -> Option<Access<'a>> {
        let ty = self.case.group.ty();
        let by_call = source >= self.case.homes.len();
        let home = self.sources[source].home;
        self.solver.access(field, ty, home, by_call)
    }

    /// Where what a source at a level requires for a field is had from: `None` if it cannot be had.
    fn required(&mut self, access: &Access<'a>, level: u32) -> Option<Option<Required<'a>>> {
        let Some(set) = &access.option.requires else {
            return Some(None);
        };
        let supplies = self.supplies(set, level)?;
        Some(Some(Required { set, supplies }))
    }

    /// A source as the choice for a want, if it answers it with all that is below.
    fn choice(&mut self, want: &Want<'a>, source: usize) -> Option<Chosen<'a>> {
        let is_bound = want.is_demanded || want.is_dependent;
        if is_bound && source < self.case.homes.len() && source != self.base {
            return None;
        }
        let level = self.sources[source].level;
        let access = self.access(want.field, source)?;
        let mut ready = level;
        if let Some(child) = want.child {
            let arrival = self.case.level + level;
            let below = self.solver.solve(child, &[access.child], arrival)?;
            ready += below.ready;
        }
        let required = self.required(&access, level)?;
        Some(Chosen {
            sources: SmallVec::from_slice(&[source]),
            required,
            ready,
        })
    }

    /// Chooses a source for every want: a home where that will do, otherwise as few calls as seem to be needed.
    fn answer(mut self, forced: Option<Opening>) -> Option<GroupSolution<'a>> {
        let case = self.case;
        let wants = &case.group.wants;
        let mut chosen: Vec<Chosen<'a>> = vec![Chosen::default(); wants.len()];
        let mut open = Vec::new();
        for (index, want) in wants.iter().enumerate() {
            match self.at_home(want) {
                Some(found) => chosen[index] = found,
                None => open.push((index, self.calls_with(want))),
            }
        }
        open.sort_by_key(|(_, calls)| calls.len());
        let covers = |source: &usize| {
            let covered = open.iter().filter(|(_, calls)| calls.contains(source));
            covered.count()
        };
        let coverage: Vec<usize> = (0..self.sources.len()).map(|s| covers(&s)).collect();
        let mut used = vec![false; self.sources.len()];
        for (index, mut calls) in open {
            calls.sort_by_key(|call| (!used[*call], usize::MAX - coverage[*call], *call));
            let mut choices = calls.iter();
            let found = match wants[index].is_demanded {
                true => self.earliest(&wants[index]),
                false => choices.find_map(|call| self.choice(&wants[index], *call)),
            };
            let found = match found {
                Some(found) => found,
                None => self.in_parallel(&wants[index])?,
            };
            for source in &found.sources {
                used[*source] = true;
            }
            chosen[index] = found;
        }
        let forced = match forced {
            Some(opening) => Some(self.sources.iter().position(|source| {
                let mut call = source.call.iter();
                call.any(|call| call.opening == opening)
            })?),
            None => None,
        };
        Settlement::new(&mut self, chosen).settle(forced)
    }

    /// The choice for a want by which it is there first.
    fn earliest(&mut self, want: &Want<'a>) -> Option<Chosen<'a>> {
        let sources = 0..self.sources.len();
        let choices = sources.filter_map(|source| self.choice(want, source));
        choices.min_by_key(|choice| choice.ready)
    }

    /// Finds out whether everything can be had, and when what is demanded is there.
    fn sketch(mut self, forced: Option<Opening>) -> Option<GroupSolution<'a>> {
        let case = self.case;
        let mut ready = 0;
        for want in &case.group.wants {
            let found = match want.is_demanded {
                true => self.earliest(want),
                false => (0..self.sources.len()).find_map(|source| self.choice(want, source)),
            };
            let found = match found {
                Some(found) => found,
                None => self.in_parallel(want)?,
            };
            if want.is_demanded {
                ready = ready.max(found.ready);
            }
        }
        let Some(opening) = forced else {
            return Some(self.sketched(ready, Vec::new()));
        };
        let mut calls = self.sources.iter().filter_map(|source| {
            let call = source
                .call
                .as_ref()
                .filter(|call| call.opening == opening)?;
            Some(Call {
                subgraph: opening.subgraph,
                via: opening.via,
                key: call.key,
                requires: Vec::new(),
                level: source.level,
                slot: None,
            })
        });
        let call = calls.next()?;
        Some(self.sketched(ready, vec![call]))
    }

    fn sketched(&self, ready: u32, calls: Vec<Call<'a>>) -> GroupSolution<'a> {
        GroupSolution {
            group: Rc::clone(self.case.group),
            wants: Vec::new(),
            calls,
            base: self.base,
            resolved: None,
            leaves_homes: false,
            cost: Cost::default(),
            ready,
        }
    }

    /// The calls that answer a want, whatever is below.
    fn calls_with(&mut self, want: &Want<'a>) -> Vec<usize> {
        let calls = self.case.homes.len()..self.sources.len();
        calls
            .filter(|call| self.access(want.field, *call).is_some())
            .collect()
    }

    /// Sources that only together give all that is wanted below, without those that add nothing.
    fn in_parallel(&mut self, want: &Want<'a>) -> Option<Chosen<'a>> {
        let child = want.child?;
        let homes = self.case.homes.len();
        let mut kept: Vec<(usize, Home)> = Vec::new();
        for source in 0..self.sources.len() {
            let is_bound = want.is_demanded || want.is_dependent;
            if is_bound && source < homes && source != self.base {
                continue;
            }
            if let Some(access) = self.access(want.field, source)
                && !access.option.needs_call()
                && !kept.iter().any(|(_, home)| *home == access.child)
            {
                kept.push((source, access.child));
            }
        }
        // Fewer levels first: what comes late keeps what is below waiting.
        let levels: Vec<u32> = kept.iter().map(|(s, _)| self.sources[*s].level).collect();
        let mut levels_in_order = levels;
        levels_in_order.sort_unstable();
        levels_in_order.dedup();
        for level in levels_in_order {
            let early = kept.iter().filter(|(s, _)| self.sources[*s].level <= level);
            let mut early: Vec<(usize, Home)> = early.copied().collect();
            if early.len() < 2 || !self.suffice(child, &early) {
                continue;
            }
            for index in (0..early.len()).rev() {
                let mut fewer = early.clone();
                fewer.remove(index);
                if fewer.len() > 1 && self.suffice(child, &fewer) {
                    early = fewer;
                }
            }
            return Some(Chosen {
                sources: early.iter().map(|(source, _)| *source).collect(),
                required: None,
                ready: level,
            });
        }
        None
    }

    fn suffice(&mut self, child: PositionId, sources: &[(usize, Home)]) -> bool {
        let homes: Vec<Home> = sources.iter().map(|(_, home)| *home).collect();
        let levels = sources
            .iter()
            .map(|(source, _)| self.sources[*source].level);
        let level = levels.max().unwrap_or(0);
        let below = self.solver.solve(child, &homes, self.case.level + level);
        below.is_some()
    }
}
