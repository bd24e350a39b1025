//! Whether an entry may be used, and if not, why not.

use std::time::Duration;

use crate::{entry::Entry, position::Position, stamps::Standing};

/// What may be done with an entry that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// It may be used.
    Fresh,
    /// It is expired or softly invalidated, and within one of its windows for stale use.
    Stale(Stale),
    /// It must not be used.
    Unusable(Unusable),
}

/// An entry past its time that may be used under a condition; at least one holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Since when.
    pub since: Duration,
    /// Whether an invalidation ended it, and not its age.
    pub invalidated: bool,
    /// It may be used while a fresh one is fetched (RFC 5861, 3).
    pub while_revalidate: bool,
    /// It may be used if the origin fails (RFC 5861, 4).
    pub if_error: bool,
}

/// Why an entry must not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unusable {
    /// It is past its time and its windows for stale use.
    Expired,
    /// One of its tags was invalidated after the origin was asked.
    Invalidated,
    /// It is from before what this replica knows of the log.
    BeforeFloor,
    /// It is from a log that is gone.
    OtherGeneration,
    /// This replica does not know whether it was invalidated: it has not heard from the log for too long.
    LogUnknown,
}

impl Unusable {
    /// For labels and explanations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Invalidated => "invalidated",
            Self::BeforeFloor => "before-floor",
            Self::OtherGeneration => "other-generation",
            Self::LogUnknown => "log-unknown",
        }
    }
}

/// What `standing` and the time (in milliseconds since the Unix epoch) make of `entry`.
pub(crate) fn judge(entry: &Entry, standing: Standing, now: u64) -> Judgement {
    let softly = match standing {
        Standing::Valid => None,
        Standing::Softly(Position { milliseconds, .. }) => Some(milliseconds),
        Standing::Invalidated => return Judgement::Unusable(Unusable::Invalidated),
        Standing::BelowFloor => return Judgement::Unusable(Unusable::BeforeFloor),
    };
    let expiry = entry.created.saturating_add(milliseconds(entry.ttl));
    if softly.is_none() && now < expiry {
        return Judgement::Fresh;
    }
    let ended = softly.map_or(expiry, |softly| softly.min(expiry));
    let since = Duration::from_millis(now.saturating_sub(ended));
    let stale = Stale {
        since,
        invalidated: softly.is_some(),
        while_revalidate: since < entry.stale_while_revalidate,
        if_error: since < entry.stale_if_error,
    };
    match stale {
        Stale {
            while_revalidate: false,
            if_error: false,
            invalidated,
            ..
        } => Judgement::Unusable(match invalidated {
            true => Unusable::Invalidated,
            false => Unusable::Expired,
        }),
        stale => Judgement::Stale(stale),
    }
}

fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
