//! When mutations begin and end, as a number that every beginning and every end makes larger.
//!
//! Whoever has seen a mutation's answer and asks again must see what it did. So nobody is given an answer whose work
//! began before the end of a mutation that he may know of: work is marked with [`Mutations::epoch`] as it begins, and
//! is shared only while that is the present one.

use std::sync::atomic::{AtomicU64, Ordering};

/// The mutations that went through this router, whoever sent them and to whichever subgraph: what one subgraph
/// changes, another may read.
#[derive(Debug, Default)]
pub(crate) struct Mutations(AtomicU64);

/// A mutation under way; it ends when this is dropped, be it answered, failed or given up.
#[derive(Debug)]
pub(crate) struct UnderWay<'m>(&'m Mutations);

impl Mutations {
    /// Between two equal ones no mutation began or ended.
    pub(crate) fn epoch(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// A mutation begins.
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        self.0.fetch_add(1, Ordering::SeqCst);
        UnderWay(self)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}
