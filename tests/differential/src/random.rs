//! Randomness that is the same on every machine: a seed gives the same world and operations for ever.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A stream of random numbers (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }

    /// Both bounds included.
    pub(crate) fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.next() % 100 < chance
    }

    /// One of `items`, which are not empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Each of `items` with this chance.
    pub(crate) fn some<T: Clone>(&mut self, items: &[T], chance: u64) -> Vec<T> {
        let mut some = Vec::new();
        for item in items {
            if self.percent(chance) {
                some.push(item.clone());
            }
        }
        some
    }

    /// [`Self::some`], but at least one of `items`, which are not empty.
    pub(crate) fn some_or_one<T: Clone>(&mut self, items: &[T], chance: u64) -> Vec<T> {
        let some = self.some(items, chance);
        if some.is_empty() {
            return vec![self.pick(items).clone()];
        }
        some
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}

/// A number that follows from anything.
pub(crate) fn hash(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
