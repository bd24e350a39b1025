//! Moves between subgraphs: what can be fetched from a position, and which other subgraphs'
//! positions the same object can be looked up at by key.
//!
//! Both depend on each other: a key may need fields that other subgraphs have, and those are
//! reached by keys. What is true is the least fixed point, so that no move proves itself. Goals are
//! only set when someone asks; a goal that has been tried is tried again whenever one that it leaned on
//! has become true.

mod fetching;

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::federated::{Federated, LocalId};
use super::field_sets::{Selected, SetId};
use super::names::TypeId;
use super::positions::{PositionId, Positions};

type GoalId = usize;

/// What one may want to know.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Goal {
    /// Which definitions of other subgraphs the object at the position can be looked up at.
    Reach(PositionId),
    /// Whether all of the set can be fetched for the object at the position.
    Fetch(PositionId, SetId),
    /// Whether one selection can be fetched for the object at the position.
    Select(PositionId, Selected),
}

#[derive(Default)]
struct Known {
    /// For [`Goal::Reach`]: what is reached; only grows.
    reached: Vec<LocalId>,
    /// For the others: proven.
    holds: bool,
    is_waiting: bool,
    /// Goals that leaned on this one while it said less than it may say now.
    dependents: Vec<GoalId>,
}

/// Everything asked so far, and the answers.
pub(super) struct Moves<'f, 'a> {
    pub(super) federated: &'f Federated<'a>,
    pub(super) positions: Positions,
    goals: Vec<Goal>,
    known: Vec<Known>,
    ids: FxHashMap<Goal, GoalId>,
    waiting: Vec<GoalId>,
    /// Definition by definition, the number of the search that saw it last.
    seen: Vec<usize>,
    search: usize,
    /// Definition by definition, the keys of its type whose fields it resolves by itself.
    own_keys: Vec<Option<Rc<[usize]>>>,
    budget: usize,
}

impl<'f, 'a> Moves<'f, 'a> {
    /// `budget`: elementary steps before [`Self::is_exhausted`].
    pub(super) fn new(federated: &'f Federated<'a>, budget: usize) -> Self {
        Self {
            positions: Positions::new(federated),
            goals: Vec::new(),
            known: Vec::new(),
            ids: FxHashMap::default(),
            waiting: Vec::new(),
            seen: vec![0; federated.locals.len()],
            search: 0,
            own_keys: vec![None; federated.locals.len()],
            budget,
            federated,
        }
    }

    /// Takes note of work done.
    pub(super) fn spend(&mut self, steps: usize) {
        self.budget = self.budget.saturating_sub(steps);
    }

    /// Whether more work was asked for than allowed; answers may then be too pessimistic.
    pub(super) fn is_exhausted(&self) -> bool {
        self.budget == 0
    }

    /// The definitions, of the object's type or an interface of it, that the object can be looked
    /// up at by keys from a position.
    pub(super) fn reached(&mut self, from: PositionId) -> &[LocalId] {
        let goal = self.goal(Goal::Reach(from));
        self.settle();
        &self.known[goal].reached
    }

    /// Whether the set can be fetched for the object at a position.
    pub(super) fn can_fetch(&mut self, from: PositionId, set: SetId) -> bool {
        let goal = self.goal(Goal::Fetch(from, set));
        self.settle();
        self.known[goal].holds
    }

    /// The first selection of the set that cannot be fetched for the object at a position.
    pub(super) fn lacks(&mut self, from: PositionId, set: SetId) -> Option<Selected> {
        let goal = self.goal(Goal::Fetch(from, set));
        self.settle();
        let selections = self.federated.field_sets.get(set);
        selections.iter().copied().find(|&one| {
            loop {
                let is_fetched = self.fetches(goal, &[from], one);
                if self.waiting.is_empty() {
                    return !is_fetched;
                }
                self.settle();
            }
        })
    }

    fn goal(&mut self, goal: Goal) -> GoalId {
        if let Some(&known) = self.ids.get(&goal) {
            return known;
        }
        let id = self.goals.len();
        self.goals.push(goal);
        self.known.push(Known {
            is_waiting: true,
            ..Known::default()
        });
        self.ids.insert(goal, id);
        self.waiting.push(id);
        id
    }

    fn settle(&mut self) {
        while let Some(id) = self.waiting.pop() {
            self.known[id].is_waiting = false;
            if self.is_exhausted() {
                self.waiting.clear();
                return;
            }
            let holds = self.known[id].holds;
            let changed = match self.goals[id] {
                Goal::Reach(from) => self.try_reach(id, from),
                Goal::Fetch(from, set) => !holds && self.fetches_all(id, &[from], set),
                Goal::Select(from, what) => !holds && self.fetches(id, &[from], what),
            };
            if !matches!(self.goals[id], Goal::Reach(_)) {
                self.known[id].holds = holds || changed;
            }
            if changed {
                for dependent in std::mem::take(&mut self.known[id].dependents) {
                    if !std::mem::replace(&mut self.known[dependent].is_waiting, true) {
                        self.waiting.push(dependent);
                    }
                }
            }
        }
    }

    /// The answer so far to another goal, which is leaned on: if it changes, so may this one.
    fn lean(&mut self, by: GoalId, on: Goal) -> GoalId {
        let on = self.goal(on);
        let known = &mut self.known[on];
        if !known.holds && known.dependents.last() != Some(&by) {
            known.dependents.push(by);
        }
        on
    }

    /// Whether something more is reached than before.
    fn try_reach(&mut self, id: GoalId, from: PositionId) -> bool {
        let federated = self.federated;
        let start = &federated.locals[self.positions.local(from)];
        let mut reached = std::mem::take(&mut self.known[id].reached);
        let before = reached.len();
        if start.is_root {
            let all = federated.types[start.ty].locals.iter().copied();
            let own = self.positions.local(from);
            reached = all.filter(|&local| local != own).collect();
        }
        self.search += 1;
        for &local in &reached {
            self.seen[local] = self.search;
        }
        // What a subgraph has the key for itself is quickly found; only then detours are tried.
        let mut nearby = 0;
        let mut far = 0;
        let mut used: FxHashSet<(TypeId, usize)> = FxHashSet::default();
        loop {
            let by_own_fields = nearby <= reached.len();
            let next = if by_own_fields { &mut nearby } else { &mut far };
            if !by_own_fields && *next > reached.len() {
                break;
            }
            let at = next.checked_sub(1).map_or(from, |index| reached[index]);
            *next += 1;
            let ty = federated.locals[self.positions.local(at)].ty;
            let groups = self.groups(at, by_own_fields);
            for group in groups.iter().copied() {
                self.spend(1);
                if used.contains(&(ty, group)) {
                    continue;
                }
                let fresh = self.unseen(ty, group, start.graph);
                let is_used =
                    !fresh.is_empty() && (by_own_fields || self.can_use(id, at, ty, group));
                if is_used {
                    for &target in &fresh {
                        self.seen[target] = self.search;
                    }
                    reached.extend(&fresh);
                }
                if is_used || fresh.is_empty() {
                    used.insert((ty, group));
                }
            }
        }
        let changed = reached.len() > before;
        self.known[id].reached = reached;
        changed
    }

    /// The keys to try at a position: those whose fields its own subgraph resolves, or all.
    fn groups(&mut self, at: PositionId, by_own_fields: bool) -> Rc<[usize]> {
        let federated = self.federated;
        let local = self.positions.local(at);
        let keys = &federated.types[federated.locals[local].ty].keys;
        if !by_own_fields {
            return (0..keys.len()).collect();
        }
        if let Some(known) = &self.own_keys[local] {
            return Rc::clone(known);
        }
        self.spend(keys.len());
        let own = (0..keys.len()).filter(|&group| federated.resolves_all(local, keys[group].key));
        let own: Rc<[usize]> = own.collect();
        self.own_keys[local] = Some(Rc::clone(&own));
        own
    }

    /// Definitions that a key leads to and that this search has not come to. Back home is no way.
    fn unseen(&mut self, ty: TypeId, group: usize, home: usize) -> Vec<LocalId> {
        let targets = &self.federated.types[ty].keys[group].targets;
        self.spend(targets.len());
        let is_fresh = |target: &LocalId| {
            self.seen[*target] != self.search && self.federated.locals[*target].graph != home
        };
        targets.iter().copied().filter(is_fresh).collect()
    }

    fn can_use(&mut self, by: GoalId, at: PositionId, ty: TypeId, group: usize) -> bool {
        let group = &self.federated.types[ty].keys[group];
        let local = self.positions.local(at);
        if group.is_interface_object && !self.federated.declares(local, group.key) {
            return false;
        }
        let fetch = self.lean(by, Goal::Fetch(at, group.key));
        self.known[fetch].holds
    }
}
