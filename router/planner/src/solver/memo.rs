//! Solutions found before: by position, arrival, and the slots that are left after it. Another set of slots that ends
//! alike finds them again.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use schema_model::SubgraphId;

use super::{Homes, Solution};
use crate::position::PositionId;
use crate::slots::Slots;

/// Slots after a level, by how much later they are; each such set once.
type Rests = FxHashMap<Vec<Vec<SubgraphId>>, u32>;

/// Where a solution is kept.
pub(super) type Key = (PositionId, Homes, u32);

/// Solutions found before.
#[derive(Debug, Default)]
pub(super) struct Memo<'a> {
    solutions: FxHashMap<Key, Option<Rc<Solution<'a>>>>,
    rests: Rests,
    /// What is left after each level; empty when any slot may be used.
    by_level: Vec<u32>,
}

impl<'a> Memo<'a> {
    /// From now on solutions are within these slots.
    pub(super) fn keep_within(&mut self, slots: &Slots) {
        self.by_level.clear();
        let levels = slots.levels();
        for level in 0..levels {
            let rest = (level + 1..levels).map(|later| {
                let mut at = slots.at(later).to_vec();
                at.sort_unstable();
                at
            });
            let rest: Vec<Vec<SubgraphId>> = rest.collect();
            let next = u32::try_from(self.rests.len() + 1).unwrap_or(u32::MAX);
            self.by_level.push(*self.rests.entry(rest).or_insert(next));
        }
    }

    /// Forgets all solutions.
    pub(super) fn clear(&mut self) {
        self.solutions.clear();
    }

    pub(super) fn key(&self, position: PositionId, homes: &Homes, level: u32) -> Key {
        // After the last level there is nothing left, as after the last but one's end.
        let rest = self.by_level.get(level as usize).or(self.by_level.last());
        (position, homes.clone(), rest.copied().unwrap_or(0))
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Option<Rc<Solution<'a>>>> {
        self.solutions.get(key)
    }

    pub(super) fn insert(&mut self, key: Key, solution: Option<Rc<Solution<'a>>>) {
        self.solutions.insert(key, solution);
    }

    pub(super) fn remove(&mut self, key: &Key) {
        self.solutions.remove(key);
    }
}
