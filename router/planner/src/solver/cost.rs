//! What a plan costs: fetches first, then depth, then fields.

use rustc_hash::FxHashMap;
use schema_model::SubgraphId;

/// The price of one fetch that nothing shares.
const FETCH: u64 = 1000;

/// A cost; compared field by field in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost {
    /// Fetches, in thousandths.
    pub(crate) fetches: u64,
    /// Levels after arrival.
    pub(crate) depth: u32,
    /// Fields selected; each counts twice as much a level later, since it is then asked for object by object.
    pub(crate) fields: u32,
}

impl Cost {
    /// Both, side by side.
    pub(crate) fn beside(self, other: Self) -> Self {
        Self {
            fetches: self.fetches + other.fetches,
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
        }
    }

    /// Whether there is just one fetch, at the price that nothing shares.
    pub(crate) fn is_one_fetch(self) -> bool {
        self.fetches == FETCH
    }

    /// The same, some levels later.
    pub(crate) fn after(self, levels: u32) -> Self {
        Self {
            fetches: self.fetches,
            depth: self.depth + levels,
            fields: self.fields.saturating_mul(1 << levels.min(16)),
        }
    }
}

/// What a fetch to a subgraph at a level costs: less where other positions already go there, because fetches to
/// one subgraph in one level become one request.
#[derive(Debug, Default)]
pub(crate) struct Prices {
    users: FxHashMap<(SubgraphId, u32), u64>,
}

impl Prices {
    /// Prices under which the given calls share requests.
    pub(crate) fn shared(calls: impl Iterator<Item = (SubgraphId, u32)>) -> Self {
        let mut users = FxHashMap::default();
        for call in calls {
            *users.entry(call).or_insert(0) += 1;
        }
        Self { users }
    }

    /// Whether the level makes no difference.
    pub(crate) fn is_flat(&self) -> bool {
        self.users.is_empty()
    }

    pub(crate) fn of(&self, subgraph: SubgraphId, level: u32) -> u64 {
        match self.users.get(&(subgraph, level)) {
            Some(users) => FETCH / users,
            None => FETCH,
        }
    }
}
