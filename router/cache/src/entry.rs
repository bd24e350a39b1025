//! What is kept: an answer of the origin with the stamp that says how far back it can be trusted.

use std::time::Duration;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::{position::Position, tag::Tag};

/// Entries with more tags are not kept.
pub const MOST_TAGS: usize = 128;

/// Entries with larger payloads are not kept.
pub const MOST_BYTES: usize = 1 << 20;

/// The tags of an entry; the usual number of them takes no allocation of its own.
pub type Tags = SmallVec<[Tag; 6]>;

/// An answer of the origin, and what must be known to use it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The position of the log that was known **before** the origin was asked. Taken later, an invalidation that came
    /// while the origin answered would go unnoticed.
    pub t0: Position,
    /// Any invalidation of one of these that is later than `t0` ends the entry.
    pub tags: Tags,
    /// When the origin answered, in milliseconds since the Unix epoch, less the age that it stated.
    pub created: u64,
    /// How long after `created` it is fresh.
    pub ttl: Duration,
    /// How long after that it may be used while a fresh one is fetched.
    pub stale_while_revalidate: Duration,
    /// How long after `ttl` it may be used when the origin fails.
    pub stale_if_error: Duration,
    /// How long the origin took.
    pub cost: Duration,
    /// The caller's own; the cache does not look at them.
    pub flags: u32,
    /// What the origin answered.
    pub payload: Bytes,
}

impl Entry {
    /// How long ago the origin answered.
    #[must_use]
    pub fn age(&self, now: u64) -> Duration {
        Duration::from_millis(now.saturating_sub(self.created))
    }

    /// How long after `created` nothing uses it any more, whatever happens.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        let stale = self.stale_while_revalidate.max(self.stale_if_error);
        self.ttl.saturating_add(stale)
    }

    /// Whether it is within the limits for being kept.
    pub(crate) fn is_within_limits(&self) -> bool {
        self.tags.len() <= MOST_TAGS && self.payload.len() <= MOST_BYTES
    }

    /// About how many bytes it takes in this process.
    pub(crate) fn weight(&self) -> u64 {
        let tags = match self.tags.spilled() {
            true => size_of_val(self.tags.as_slice()),
            false => 0,
        };
        (FIXED_WEIGHT + tags + self.payload.len()) as u64
    }
}

/// The entry itself, its counters, the key (twice) and the place in the table.
const FIXED_WEIGHT: usize = size_of::<Entry>() + 160;
