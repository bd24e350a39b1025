//! What a position's answer costs by itself: fetches first, then depth, then fields. That several positions may share a
//! request is not part of it.

/// A cost; compared field by field in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost {
    /// Fetches.
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
            fetches: self.fetches.saturating_add(other.fetches),
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
        }
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
