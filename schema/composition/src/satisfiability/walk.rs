//! The walk over every query: from each state by each field, until all that may come has been
//! seen from no better a place.

mod advance;
mod mutations;
mod standing;

use std::collections::BinaryHeap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::federated::{ContextId, Federated};
use super::field_sets::SetId;
use super::labels::Labels;
use super::moves::Moves;
use super::names::TypeId;
use super::paths::{Paths, Taken};
use super::positions::PositionId;
use super::runtime_types::Disagreement;
use super::state::{Assumed, Interned, Seen, Stand, State};
use crate::subgraph::Kind;

/// Elementary steps allowed per path that may wait.
const STEPS_PER_PATH: usize = 200;
/// Dead ends kept per field: from different subgraphs there may be different reasons.
const DEAD_ENDS_PER_FIELD: usize = 3;

/// A step that no subgraph can take.
#[derive(Clone, Debug)]
pub(super) struct DeadEnd {
    pub(super) state: State,
    pub(super) taken: Taken,
}

/// A mutation that several subgraphs resolve, and what goes wrong behind each.
pub(super) struct BrokenMutation {
    pub(super) taken: Taken,
    pub(super) dead_ends: Vec<(usize, DeadEnd)>,
}

/// What the walk has found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) dead_ends: Vec<DeadEnd>,
    pub(super) mutations: Vec<BrokenMutation>,
    pub(super) disagreements: Vec<Disagreement>,
}

pub(super) struct Walk<'f, 'a> {
    federated: &'f Federated<'a>,
    pub(super) moves: Moves<'f, 'a>,
    pub(super) paths: Paths,
    labels: Labels,
    states: BinaryHeap<State>,
    lists: Interned,
    circles: standing::Circles,
    seen: Seen,
    /// States seen for one mutation in one subgraph only.
    on_trial: Option<Seen>,
    /// Paths in the states that wait.
    open: usize,
    max_open: usize,
    is_exceeded: bool,
    dead_ends: Vec<DeadEnd>,
    dead_ends_of: FxHashMap<Taken, usize>,
    shared_mutations: Vec<mutations::Shared>,
    pub(super) disagreements: Vec<Disagreement>,
    pub(super) compared: FxHashSet<(TypeId, usize, Vec<PositionId>)>,
}

impl<'f, 'a> Walk<'f, 'a> {
    pub(super) fn new(federated: &'f Federated<'a>, max_paths: usize) -> Self {
        let budget = max_paths.saturating_mul(STEPS_PER_PATH);
        Self {
            federated,
            moves: Moves::new(federated, budget),
            paths: Paths::default(),
            labels: Labels::new(federated),
            states: BinaryHeap::new(),
            lists: Interned::default(),
            circles: standing::Circles::default(),
            seen: Seen::default(),
            on_trial: None,
            open: 0,
            max_open: max_paths,
            is_exceeded: false,
            dead_ends: Vec::new(),
            dead_ends_of: FxHashMap::default(),
            shared_mutations: Vec::new(),
            disagreements: Vec::new(),
            compared: FxHashSet::default(),
        }
    }

    /// Walks everything; none if there is too much to walk.
    pub(super) fn all(&mut self) -> Option<Found> {
        for root in ["Query", "Mutation", "Subscription"] {
            let types = &self.federated.types;
            let is_root = |ty: &&super::federated::Type<'_>| {
                ty.name == root && ty.merged.kind == Kind::Object && ty.is_accessible
            };
            if let Some(ty) = types.iter().find(is_root) {
                let id = ty.objects[0];
                let path = self.paths.add(None, Taken::Root(id));
                let stands = ty.locals.iter().map(|&local| Stand::new(local, false));
                let (stands, list) = self.lists.add(stands.collect());
                self.push(State {
                    ty: id,
                    stands,
                    list,
                    assumed: Assumed::new(),
                    contexts: Vec::new(),
                    path,
                    depth: 0,
                });
            }
        }
        self.follow();
        let dead_ends = std::mem::take(&mut self.dead_ends);
        let mutations = self.shared_mutations();
        let is_too_much = self.is_exceeded || self.moves.is_exhausted();
        (!is_too_much).then(|| Found {
            dead_ends,
            mutations,
            disagreements: std::mem::take(&mut self.disagreements),
        })
    }

    fn follow(&mut self) {
        while let Some(mut state) = self.states.pop() {
            self.open -= state.stands.len();
            if self.is_exceeded || self.moves.is_exhausted() {
                self.states.clear();
                self.open = 0;
                return;
            }
            if !self.is_covered(&state) {
                self.seen_here().follow(&mut state);
                self.visit(&state);
            }
        }
    }

    fn seen_here(&mut self) -> &mut Seen {
        self.on_trial.as_mut().unwrap_or(&mut self.seen)
    }

    fn is_covered(&mut self, state: &State) -> bool {
        let mut work = 0;
        let trial = self.on_trial.as_ref();
        let is_covered = self.seen.covers(state, &mut work)
            || trial.is_some_and(|seen| seen.covers(state, &mut work));
        self.moves.spend(work);
        is_covered
    }

    fn push(&mut self, state: State) {
        self.open += state.stands.len();
        self.is_exceeded |= self.open > self.max_open;
        self.states.push(state);
    }

    fn visit(&mut self, state: &State) {
        let ty = &self.federated.types[state.ty];
        self.moves.spend(state.stands.len());
        if ty.merged.kind == Kind::Object {
            for index in 0..ty.fields.len() {
                self.visit_field(state, index);
            }
        } else {
            for &object in &ty.objects {
                self.visit_object(state, object);
            }
        }
    }

    /// A state after one step more, unless it has been seen.
    fn enter(
        &mut self,
        before: &State,
        taken: Taken,
        ty: TypeId,
        positions: &[PositionId],
        mut assumed: Assumed,
    ) {
        assumed.retain(|&(label, _)| self.labels.matters(label, ty));
        let (stands, list) = self.stands(ty, positions);
        let path = self.paths.add(Some(before.path), taken);
        let mut contexts = before.contexts.clone();
        if let Taken::Field(ty, _) = taken {
            let set = &self.federated.types[ty].contexts;
            contexts.extend(self.filled(before, set));
            contexts.sort_unstable();
            contexts.dedup();
        }
        let mut state = State {
            ty,
            stands,
            list,
            assumed,
            contexts,
            path,
            depth: before.depth + 1,
        };
        if self.seen_here().announce(&mut state) && !self.is_covered(&state) {
            self.push(state);
        }
    }

    /// The contexts of which what is taken can be fetched for the objects that set them.
    fn filled(&mut self, at: &State, contexts: &[(ContextId, SetId)]) -> Vec<ContextId> {
        let mut filled = Vec::new();
        for &(context, taken) in contexts {
            let mut stands = at.stands.iter();
            if stands.any(|stand| self.moves.can_fetch(stand.position(), taken)) {
                filled.push(context);
            }
        }
        filled
    }

    fn dead_end(&mut self, state: &State, taken: Taken, assumed: &Assumed) {
        let known = self.dead_ends_of.entry(taken).or_default();
        let is_known = |one: &DeadEnd| one.taken == taken && one.state.stands == state.stands;
        if *known >= DEAD_ENDS_PER_FIELD || *known > 0 && self.dead_ends.iter().any(is_known) {
            return;
        }
        *known += 1;
        self.dead_ends.push(DeadEnd {
            state: State {
                assumed: assumed.clone(),
                ..state.clone()
            },
            taken,
        });
    }
}
