//! What is known halfway through a query: the type, where the object may be asked for, and which
//! labels have been taken to be active.

use std::cmp::Ordering;
use std::collections::hash_map::Entry;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::federated::{ContextId, LabelId};
use super::names::TypeId;
use super::paths::PathId;
use super::positions::PositionId;

/// A position, and whether its subgraph can be entered right there by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Stand(usize);

impl Stand {
    pub(super) fn new(position: PositionId, is_entered: bool) -> Self {
        Self(position << 1 | usize::from(is_entered))
    }

    pub(super) fn position(self) -> PositionId {
        self.0 >> 1
    }

    pub(super) fn is_entered(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Labels that a field on the way has decided, sorted.
pub(super) type Assumed = Vec<(LabelId, bool)>;

/// Lists of stands that have come up; equal ones are one.
#[derive(Default)]
pub(super) struct Interned(FxHashMap<Rc<[Stand]>, usize>);

impl Interned {
    pub(super) fn add(&mut self, stands: Vec<Stand>) -> (Rc<[Stand]>, usize) {
        if let Some((known, &id)) = self.0.get_key_value(stands.as_slice()) {
            return (Rc::clone(known), id);
        }
        let stands: Rc<[Stand]> = stands.into();
        let id = self.0.len();
        self.0.insert(Rc::clone(&stands), id);
        (stands, id)
    }
}

/// One point of the walk.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) ty: TypeId,
    /// Sorted; of a position, at most one.
    pub(super) stands: Rc<[Stand]>,
    /// The number of the list of stands.
    pub(super) list: usize,
    pub(super) assumed: Assumed,
    /// Contexts set on the way, sorted.
    pub(super) contexts: Vec<ContextId>,
    pub(super) path: PathId,
    /// Steps from the root; a witness is to be short.
    pub(super) depth: usize,
}

/// The more specific a state, the later it comes: it may be covered by then.
impl Ord for State {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |state: &Self| {
            (
                state.assumed.len(),
                state.stands.len(),
                state.depth,
                state.path,
            )
        };
        key(other).cmp(&key(self))
    }
}

impl PartialOrd for State {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for State {}

/// A followed state: its stands, assumptions and contexts.
type Followed = (Rc<[Stand]>, Assumed, Vec<ContextId>);

/// What makes states equal.
type Key = (TypeId, usize, Assumed, Vec<ContextId>);

/// The states that have come up.
#[derive(Default)]
pub(super) struct Seen {
    /// Those that have been followed, by type.
    followed: FxHashMap<TypeId, Vec<Followed>>,
    /// All, with the shortest way there.
    announced: FxHashMap<Key, (usize, PathId)>,
}

impl Seen {
    /// Whether a followed state had fewer positions under fewer assumptions: what could be
    /// answered from there can be answered from here.
    pub(super) fn covers(&self, state: &State, work: &mut usize) -> bool {
        let followed = self.followed.get(&state.ty).map_or(&[][..], Vec::as_slice);
        followed.iter().any(|(stands, assumed, contexts)| {
            *work += 1;
            if stands.len() > state.stands.len()
                || !is_subset(assumed, &state.assumed)
                || !is_subset(contexts, &state.contexts)
            {
                return false;
            }
            *work += stands.len();
            Rc::ptr_eq(stands, &state.stands) || is_subset(stands, &state.stands)
        })
    }

    /// Whether the state is new; if not, it may still be that this is a shorter way to it.
    ///
    /// If the same stands are had whether a label is active or not, nothing need be assumed of it.
    pub(super) fn announce(&mut self, state: &mut State) -> bool {
        while let Some(index) = self.indifferent(state) {
            state.assumed.remove(index);
        }
        let key = key(state, state.assumed.clone());
        let way = (state.depth, state.path);
        match self.announced.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(way);
                true
            }
            Entry::Occupied(mut entry) => {
                let known = *entry.get();
                entry.insert(known.min(way));
                false
            }
        }
    }

    /// An assumption whose contrary has come up in an otherwise equal state.
    fn indifferent(&self, state: &State) -> Option<usize> {
        (0..state.assumed.len()).find(|&index| {
            let mut contrary = state.assumed.clone();
            contrary[index].1 = !contrary[index].1;
            self.announced.contains_key(&key(state, contrary))
        })
    }

    /// Takes note that the state is followed, by the shortest way that is known.
    pub(super) fn follow(&mut self, state: &mut State) {
        let key = key(state, state.assumed.clone());
        if let Some(&(depth, path)) = self.announced.get(&key) {
            (state.depth, state.path) = (depth, path);
        }
        let followed = (
            Rc::clone(&state.stands),
            state.assumed.clone(),
            state.contexts.clone(),
        );
        self.followed.entry(state.ty).or_default().push(followed);
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (ty, followed) in other.followed {
            self.followed.entry(ty).or_default().extend(followed);
        }
    }
}

fn key(state: &State, assumed: Assumed) -> Key {
    (state.ty, state.list, assumed, state.contexts.clone())
}

/// Whether a sorted list is part of another.
fn is_subset<T: Ord>(part: &[T], whole: &[T]) -> bool {
    let mut whole = whole.iter();
    part.iter()
        .all(|one| whole.by_ref().find(|other| *other >= one) == Some(one))
}
