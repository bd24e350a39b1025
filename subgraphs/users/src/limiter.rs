//! Limits on attempts to sign in: free at first, then each failure doubles the wait.

mod memory;
mod redis;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;

pub use memory::MemoryLimiter;
pub use redis::RedisLimiter;

use crate::config::AttemptLimits;

/// The first wait; each further failure doubles it.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(1);

/// The longest wait: nobody is locked out for good.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);

/// Failures are forgotten when none came for this long.
const MEMORY: TimeDelta = TimeDelta::hours(1);

/// What attempts are counted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AttemptKey {
    /// Attempts on one account: its id, or the name that was tried if there is none such.
    Account(String),
    /// Attempts from one network address.
    Address(String),
    /// Registrations from one network address.
    Registration(String),
}

impl fmt::Display for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(name) => write!(f, "account:{name}"),
            Self::Address(address) => write!(f, "address:{address}"),
            Self::Registration(address) => write!(f, "registration:{address}"),
        }
    }
}

/// Counts attempts and says when to wait.
///
/// Contract: `begin` decides and counts in one step, so that a hundred attempts at once are counted
/// as a hundred; an attempt refused is not counted. A limiter that cannot answer lets the attempt
/// through and logs one warning.
pub trait AttemptLimiter: Send + Sync + 'static {
    /// Counts an attempt under every key, or answers how long to wait if one of them must.
    fn begin<'a>(
        &'a self,
        keys: &'a [AttemptKey],
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), TimeDelta>>;

    /// Takes the attempt back, because it succeeded: an account's failures are forgotten, an
    /// address' count goes down by one.
    fn succeed<'a>(&'a self, keys: &'a [AttemptKey]) -> BoxFuture<'a, ()>;
}

/// The wait after `failures`, of which `free` cost nothing.
fn wait_after(failures: u32, free: u32) -> Option<TimeDelta> {
    let doublings = failures.checked_sub(free)?;
    // 2^10 seconds are more than the longest wait.
    let wait = FIRST_WAIT * (1 << doublings.min(10));
    Some(wait.min(LONGEST_WAIT))
}

impl AttemptLimits {
    /// How many attempts are free under `key`.
    fn free(&self, key: &AttemptKey) -> u32 {
        match key {
            AttemptKey::Account(_) => self.per_account,
            AttemptKey::Address(_) => self.per_address,
            AttemptKey::Registration(_) => self.registrations,
        }
    }
}

#[cfg(test)]
mod tests;
