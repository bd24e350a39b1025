//! The tree search: for every position and every way of arriving there, which subgraphs are opened and which
//! of them answers what, at the least cost.
//!
//! Choices interact only inside one position (what is opened there) and between parent and child (where the
//! child is reached from), so solutions are memoised by position, arrival and level.

mod access;
mod attempt;
mod cost;
mod fallback;
mod group;
mod interface_object;
mod memo;
mod rivals;
mod schedule;
mod settle;
mod within;

use std::rc::Rc;

use apollo_compiler::ast::OperationType;
use router_operation::{FieldTarget, Selection, SelectionSet, collect_fields};
use rustc_hash::FxHashMap;
use schema_model::{FieldId, FieldInSubgraph, SubgraphId, TypeId};
use smallvec::SmallVec;

use crate::error::PlanError;
use crate::graph::JoinGraph;
use crate::labels::{ActiveLabels, Valuation};
use crate::position::{Group, PositionId, Positions, Want};
use crate::slots::Slots;
use access::{AccessIndex, Provisions};
pub(crate) use access::{Home, ProvidesId};
pub(crate) use cost::Cost;
use memo::Memo;
use rivals::Rivals;

/// Attempts (large ones count more) after which what is left is decided by the first way found: some milliseconds.
const EXACT_WORK: usize = 200;

/// The same when the first ways found turn out to lead nowhere: some tens of milliseconds.
const THOROUGH_WORK: usize = 20_000;

/// How often it is forgotten that a search found nothing because it came back to where it started.
const MAX_FORGOTTEN: usize = 2_000;

/// How a position is answered, arriving in a certain way.
#[derive(Debug)]
pub(crate) struct Solution<'a> {
    pub(crate) groups: Vec<GroupSolution<'a>>,
    pub(crate) cost: Cost,
    /// Levels after arrival until all that keys and `@requires` read below is there.
    pub(crate) ready: u32,
}

/// How a group of runtime types is answered.
#[derive(Debug)]
pub(crate) struct GroupSolution<'a> {
    pub(crate) group: Rc<Group<'a>>,
    /// The group's wants, then those that keys and `@requires` added.
    pub(crate) wants: Vec<SolvedWant<'a>>,
    /// Calls to further subgraphs; each needs only what homes and earlier calls give.
    pub(crate) calls: Vec<Call<'a>>,
    /// The home whose rows the calls ask about.
    pub(crate) base: usize,
    /// When the group is an interface object whose runtime type the last call tells: how the position goes on, arriving
    /// by that call and, for the interface's own fields, at the base.
    pub(crate) resolved: Option<Rc<Solution<'a>>>,
    /// It goes on at that call only, and not at the homes.
    pub(crate) leaves_homes: bool,
    pub(crate) cost: Cost,
    pub(crate) ready: u32,
}

/// A want and where it is had from.
#[derive(Debug)]
pub(crate) struct SolvedWant<'a> {
    pub(crate) want: Want<'a>,
    /// Homes, then calls, numbered through; several when they describe the object in parallel.
    pub(crate) sources: SmallVec<[usize; 1]>,
    pub(crate) child: Option<Rc<Solution<'a>>>,
}

/// A call to a subgraph: `_entities`, or the root type.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) subgraph: SubgraphId,
    /// The type that representations name, or the root type.
    pub(crate) via: TypeId,
    /// The key (`None` for a root type).
    pub(crate) key: Option<&'a SelectionSet>,
    /// `@requires` of the fields asked for.
    pub(crate) requires: Vec<&'a SelectionSet>,
    /// Levels after arrival.
    pub(crate) level: u32,
    /// The level of the request that it goes into, if that was chosen.
    pub(crate) slot: Option<u32>,
}

/// Ways of arriving at a position: usually one.
pub(crate) type Homes = SmallVec<[Home; 1]>;

/// The fields that a key or requirement selects on a type, each with the position below: by the set's address.
type KeyFields = FxHashMap<(usize, TypeId), Rc<[(FieldId, Option<PositionId>)]>>;

/// One search over one operation.
pub(crate) struct Solver<'a> {
    graph: &'a JoinGraph,
    labels: Valuation,
    pub(crate) positions: Positions<'a>,
    provisions: Provisions<'a>,
    rivals: Rivals,
    accesses: AccessIndex<'a>,
    memo: Memo<'a>,
    /// The requests that may be made, when they were chosen.
    slots: Option<Rc<Slots>>,
    /// Whether it is enough to know that there is a solution.
    is_sketch: bool,
    key_fields: KeyFields,
    /// The positions being solved, outer before inner.
    open: Vec<memo::Key>,
    /// The outermost of them that the search came back to.
    came_back_to: usize,
    /// How many times nothing was found because the search came back.
    forgotten: usize,
    work: usize,
    most_work: usize,
    /// The field that last turned out not to be reachable, and why.
    blame: Option<(FieldId, String)>,
}

impl<'a> Solver<'a> {
    pub(crate) fn new(graph: &'a JoinGraph, active: &ActiveLabels) -> Self {
        Self {
            graph,
            labels: graph.labels.valuation(active),
            positions: Positions::new(graph),
            provisions: Provisions::default(),
            rivals: Rivals::default(),
            accesses: AccessIndex::default(),
            memo: Memo::default(),
            slots: None,
            is_sketch: false,
            key_fields: KeyFields::default(),
            open: Vec::new(),
            came_back_to: usize::MAX,
            forgotten: 0,
            work: 0,
            most_work: EXACT_WORK,
            blame: None,
        }
    }

    /// Begins again, with more patience.
    pub(crate) fn be_thorough(&mut self) {
        self.memo.clear();
        self.work = 0;
        self.forgotten = 0;
        self.most_work = THOROUGH_WORK;
    }

    /// Says only whether there are answers within these slots from now on.
    pub(crate) fn sketch_within(&mut self, slots: Slots) {
        if !self.is_sketch {
            self.is_sketch = true;
            self.work = 0;
            self.forgotten = 0;
            self.memo.clear();
        }
        self.memo.keep_within(&slots);
        self.slots = Some(Rc::new(slots));
    }

    /// Answers within these slots from now on.
    pub(crate) fn keep_within(&mut self, slots: Slots) {
        self.is_sketch = false;
        self.memo.clear();
        self.memo.keep_within(&slots);
        self.slots = Some(Rc::new(slots));
    }

    /// How much was done since sketching began.
    pub(crate) fn work(&self) -> usize {
        self.work
    }

    /// Solves the root position of an operation, or of one field of a mutation.
    pub(crate) fn solve_root(
        &mut self,
        kind: OperationType,
        root: PositionId,
        level: u32,
    ) -> Result<Rc<GroupSolution<'a>>, PlanError> {
        let Some(ty) = self.graph.supergraph.root(kind) else {
            return Err(PlanError::NoRoot { kind: kind.name() });
        };
        self.blame = None;
        let groups = self.positions.groups(root, &[ty], &[]);
        let solution = match groups.first() {
            Some(group) => self.solve_group(group, &[], 0, level),
            None => None,
        };
        solution.map(Rc::new).ok_or_else(|| self.unreachable())
    }

    /// The least costly solution found for a position, or `None` when something wanted cannot be had.
    pub(crate) fn solve(
        &mut self,
        position: PositionId,
        homes: &[Home],
        level: u32,
    ) -> Option<Rc<Solution<'a>>> {
        let key = self.memo.key(position, &Homes::from_slice(homes), level);
        if let Some(known) = self.memo.get(&key).cloned() {
            let mut open = self.open.iter();
            if known.is_none()
                && let Some(index) = open.position(|open| *open == key)
            {
                self.came_back_to = self.came_back_to.min(index);
            }
            return known;
        }
        // A search that comes back to where it started gains nothing there. What it does not find for that reason may
        // still be found from elsewhere, so that it is not remembered.
        self.memo.insert(key.clone(), None);
        let index = self.open.len();
        self.open.push(key.clone());
        let outer = std::mem::replace(&mut self.came_back_to, usize::MAX);
        let solution = self.solve_anew(position, homes, level).map(Rc::new);
        self.open.pop();
        let is_cut_short = self.came_back_to < index;
        if !is_cut_short {
            self.came_back_to = usize::MAX;
        }
        self.came_back_to = self.came_back_to.min(outer);
        if solution.is_none() && is_cut_short && self.forgotten < MAX_FORGOTTEN {
            self.forgotten += 1;
            self.memo.remove(&key);
        } else {
            self.memo.insert(key, solution.clone());
        }
        solution
    }

    fn solve_anew(
        &mut self,
        position: PositionId,
        homes: &[Home],
        level: u32,
    ) -> Option<Solution<'a>> {
        if self.positions.is_too_deep(position) {
            return None;
        }
        let first = homes.first()?;
        let types = self.graph.possible_types(first.ty, first.subgraph);
        match types {
            [] if !self.is_known_without_types(position, *first) => None,
            [ty] if self.graph.supergraph.ty(*ty).is_abstract() => {
                self.solve_interface_object(position, *ty, homes, level)
            }
            types => self.solve_types(position, types, homes, level),
        }
    }

    /// Solves a position for the runtime types that may be met there.
    fn solve_types(
        &mut self,
        position: PositionId,
        types: &[TypeId],
        homes: &[Home],
        level: u32,
    ) -> Option<Solution<'a>> {
        let is_behind = |ty: &TypeId| self.graph.supergraph.ty(*ty).is_abstract();
        let (interfaces, objects): (Vec<TypeId>, Vec<TypeId>) = match types {
            [_] => (Vec::new(), types.to_vec()),
            _ => types.iter().partition(|ty| is_behind(ty)),
        };
        let absent = self.absent_types(&objects, homes);
        let groups = self.positions.groups(position, &objects, &absent);
        if homes.len() > 1 && !self.is_shared_by_types(position, &groups, homes) {
            return None;
        }
        let depth = self.positions.get(position).internal_depth;
        let mut solution = Solution {
            groups: Vec::with_capacity(groups.len()),
            cost: Cost::default(),
            ready: 0,
        };
        for group in groups.iter() {
            let solved = self.solve_group(group, homes, depth, level)?;
            solution.cost = solution.cost.beside(solved.cost);
            solution.ready = solution.ready.max(solved.ready);
            solution.groups.push(solved);
        }
        for interface in interfaces {
            let solved = self.solve_interface_object(position, interface, homes, level)?;
            solution.cost = solution.cost.beside(solved.cost);
            solution.ready = solution.ready.max(solved.ready);
            solution.groups.extend(solved.groups);
        }
        Some(solution)
    }

    /// Whether an interface that nothing implements has what is selected on it where it is arrived at: no object will
    /// be met, but neither may a client ask for what nobody could answer.
    fn is_known_without_types(&mut self, position: PositionId, home: Home) -> bool {
        let supergraph = &self.graph.supergraph;
        if !supergraph.ty(home.ty).possible_types.is_empty() {
            return true;
        }
        let sets = self.positions.get(position).client.clone();
        let fields = collect_fields(supergraph, &sets, home.ty);
        let unknown = fields.iter().find_map(|field| match field.target {
            FieldTarget::Field(id) => {
                let there = supergraph.field(id).in_subgraph(home.subgraph);
                (!there.is_some_and(FieldInSubgraph::is_resolvable)).then_some(id)
            }
            _ => None,
        });
        if let Some(field) = unknown {
            self.blame(field, || String::from("the interface has no objects"));
        }
        unknown.is_none()
    }

    /// Whether each field that is selected on an abstract type itself is had, where subgraphs describe it in parallel, from
    /// one of them for all runtime types. None of them is asked about objects of which it knows only a part of that.
    fn is_shared_by_types(
        &mut self,
        position: PositionId,
        groups: &[Rc<Group<'a>>],
        homes: &[Home],
    ) -> bool {
        if groups.len() < 2 {
            return true;
        }
        let mut sets = self.positions.get(position).client.clone();
        let mut keys = Vec::new();
        while let Some(set) = sets.pop() {
            for selection in &set.selections {
                match selection {
                    Selection::Fragment(fragment) if fragment.ty == set.ty => sets.push(fragment),
                    Selection::Field(field) => keys.push(&field.response_key),
                    Selection::Fragment(_) => {}
                }
            }
        }
        keys.into_iter().all(|key| {
            let mut has = |group: &Group<'a>, home: Home| {
                let mut wants = group.wants.iter();
                let want = wants.find(|want| want.response_key == Some(key));
                want.is_some_and(|w| self.access(w.field, group.ty(), home, false).is_some())
            };
            let mut held: Vec<&Rc<Group<'a>>> = groups.iter().collect();
            held.retain(|group| homes.iter().any(|home| has(group, *home)));
            let mut homes = homes.iter();
            held.is_empty() || homes.any(|home| held.iter().all(|group| has(group, *home)))
        })
    }

    /// Whether what is left is decided by the first way found.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.work > self.most_work
    }

    fn blame(&mut self, field: FieldId, reason: impl FnOnce() -> String) {
        if self.blame.is_none() {
            self.blame = Some((field, reason()));
        }
    }

    fn unreachable(&self) -> PlanError {
        let (coordinate, reason) = match &self.blame {
            Some((field, reason)) => (self.graph.coordinate(*field), reason.clone()),
            None => (
                String::from("Query"),
                String::from("nothing is known of it"),
            ),
        };
        PlanError::Unreachable { coordinate, reason }
    }
}

/// The fields that a field set selects at its top, whatever the type conditions.
fn top_fields(set: &SelectionSet) -> Vec<FieldId> {
    let mut fields = Vec::new();
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => fields.extend(match field.target {
                FieldTarget::Field(id) => Some(id),
                _ => None,
            }),
            Selection::Fragment(fragment) => fields.extend(top_fields(fragment)),
        }
    }
    fields
}
