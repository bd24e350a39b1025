//! Which subgraph was asked how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// One of the four subgraphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subgraph {
    /// Users and their names.
    Accounts,
    /// Stock and shipping estimates.
    Inventory,
    /// Names, prices and weights.
    Products,
    /// Reviews of products by users.
    Reviews,
}

impl Subgraph {
    /// All four, in the order of the supergraph.
    pub const ALL: [Self; 4] = [
        Self::Accounts,
        Self::Inventory,
        Self::Products,
        Self::Reviews,
    ];

    /// The name in the supergraph and the path it is served at.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Inventory => "inventory",
            Self::Products => "products",
            Self::Reviews => "reviews",
        }
    }
}

/// Shared request counters; clones count into the same cells.
#[derive(Clone, Debug, Default)]
pub struct Requests(Arc<[AtomicU64; 4]>);

impl Requests {
    /// Counts one request to `subgraph`.
    pub(crate) fn record(&self, subgraph: Subgraph) {
        self.0[subgraph as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Sets every count to zero.
    pub fn reset(&self) {
        for count in self.0.iter() {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// The counts now.
    pub fn counts(&self) -> RequestCounts {
        RequestCounts(std::array::from_fn(|index| {
            self.0[index].load(Ordering::Relaxed)
        }))
    }
}

/// Requests per subgraph at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestCounts([u64; 4]);

impl RequestCounts {
    /// Requests to one subgraph.
    pub fn of(&self, subgraph: Subgraph) -> u64 {
        self.0[subgraph as usize]
    }

    /// Requests to all four together.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}
