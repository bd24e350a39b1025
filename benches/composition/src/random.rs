//! Numbers that look random and are the same in every run.

use std::ops::Range;

/// A splitmix64 generator.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of the range, which must not be empty.
    pub(crate) fn within(&mut self, range: Range<usize>) -> usize {
        let length = range.end - range.start;
        range.start + usize::try_from(self.next() >> 1).unwrap_or(0) % length
    }

    /// True in that many of a hundred cases.
    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.within(0..100) < percent
    }

    pub(crate) fn one_of(&mut self, all: &[&'static str]) -> &'static str {
        all[self.within(0..all.len())]
    }
}
