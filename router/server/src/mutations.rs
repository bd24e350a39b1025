//! When mutations begin and end, and when there is news of any through other routers, as a mark that changes each time.
//!
//! Whoever has seen a mutation's answer and asks again must see what it did. So nobody is given an answer whose work
//! began before the end of a mutation that he may know of: work is marked with [`Mutations::epoch`] as it begins, and
//! is shared only while that is the present one.

use std::sync::atomic::{AtomicU64, Ordering};

use router_cache::{Cache, Position};

/// The mutations that went through this router, whoever sent them and to whichever subgraph: what one subgraph
/// changes, another may read.
#[derive(Debug, Default)]
pub(crate) struct Mutations {
    count: AtomicU64,
    /// What others changed is known from its log.
    cache: Option<Cache>,
}

/// A moment, as far as changes are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch {
    count: u64,
    position: Position,
}

/// A mutation under way; it ends when this is dropped, be it answered, failed or given up.
#[derive(Debug)]
pub(crate) struct UnderWay<'m>(&'m Mutations);

impl Mutations {
    /// The mutations of a router with this cache.
    pub(crate) fn with(cache: Option<Cache>) -> Self {
        Self {
            count: AtomicU64::new(0),
            cache,
        }
    }

    /// Between two equal ones no mutation began or ended, and nothing was heard of one through another router.
    pub(crate) fn epoch(&self) -> Epoch {
        Epoch {
            count: self.count.load(Ordering::SeqCst),
            position: self.cache.as_ref().map_or(Position::ZERO, Cache::position),
        }
    }

    /// A mutation begins.
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        self.count.fetch_add(1, Ordering::SeqCst);
        UnderWay(self)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.count.fetch_add(1, Ordering::SeqCst);
    }
}
