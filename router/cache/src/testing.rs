//! Values for the unit tests.

use std::time::Duration;

use bytes::Bytes;

use crate::{entry::Entry, position::Position, tag::Tag};

pub(crate) fn at(milliseconds: u64) -> Position {
    Position {
        milliseconds,
        sequence: 0,
    }
}

/// Fetched when the log was at 1000, fresh for a minute, with the tag `a`.
pub(crate) fn entry(payload: &'static [u8]) -> Entry {
    Entry {
        t0: at(1000),
        tags: [Tag::named("a")].into_iter().collect(),
        created: 1000,
        ttl: Duration::from_secs(60),
        stale_while_revalidate: Duration::ZERO,
        stale_if_error: Duration::ZERO,
        cost: Duration::from_millis(3),
        flags: 0,
        payload: Bytes::from_static(payload),
    }
}
