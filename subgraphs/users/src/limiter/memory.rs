//! Attempts counted in this process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::{BoxFuture, ready};

use super::{AttemptKey, AttemptLimiter, MEMORY, wait_after};
use crate::config::AttemptLimits;

/// The most keys remembered; beyond that the longest idle quarter is forgotten.
const MAX_ENTRIES: usize = 100_000;

#[derive(Clone, Copy)]
struct Entry {
    failures: u32,
    last: DateTime<Utc>,
    blocked_until: Option<DateTime<Utc>>,
}

/// Counts attempts in memory: right for one process, and each replica's own view for several.
pub struct MemoryLimiter {
    limits: AttemptLimits,
    entries: Mutex<HashMap<AttemptKey, Entry>>,
}

impl MemoryLimiter {
    /// A limiter with these limits and no memory.
    #[must_use]
    pub fn new(limits: AttemptLimits) -> Self {
        Self {
            limits,
            entries: Mutex::default(),
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<AttemptKey, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, keys: &[AttemptKey], now: DateTime<Utc>) -> Result<(), TimeDelta> {
        let mut entries = self.entries();
        let wait = keys
            .iter()
            .filter_map(|key| entries.get(key)?.blocked_until)
            .map(|until| until - now)
            .filter(|wait| *wait > TimeDelta::zero())
            .max();
        if let Some(wait) = wait {
            return Err(wait);
        }
        if entries.len() + keys.len() > MAX_ENTRIES {
            forget(&mut entries, now);
        }
        for key in keys {
            let entry = entries.entry(key.clone()).or_insert(Entry {
                failures: 0,
                last: now,
                blocked_until: None,
            });
            if now - entry.last > MEMORY {
                entry.failures = 0;
            }
            entry.failures = entry.failures.saturating_add(1);
            entry.last = now;
            entry.blocked_until =
                wait_after(entry.failures, self.limits.free(key)).map(|wait| now + wait);
        }
        Ok(())
    }

    fn take_back(&self, keys: &[AttemptKey]) {
        let mut entries = self.entries();
        for key in keys {
            if matches!(key, AttemptKey::Account(_)) {
                entries.remove(key);
            } else if let Some(entry) = entries.get_mut(key) {
                entry.failures = entry.failures.saturating_sub(1);
                let wait = wait_after(entry.failures, self.limits.free(key));
                entry.blocked_until = wait.map(|wait| entry.last + wait);
            }
        }
    }
}

impl AttemptLimiter for MemoryLimiter {
    fn begin<'a>(
        &'a self,
        keys: &'a [AttemptKey],
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), TimeDelta>> {
        Box::pin(ready(self.count(keys, now)))
    }

    fn succeed<'a>(&'a self, keys: &'a [AttemptKey]) -> BoxFuture<'a, ()> {
        self.take_back(keys);
        Box::pin(ready(()))
    }
}

/// Drops what is too old to matter, or else the quarter that is idle for longest.
fn forget(entries: &mut HashMap<AttemptKey, Entry>, now: DateTime<Utc>) {
    entries.retain(|_, entry| now - entry.last <= MEMORY);
    if entries.len() < MAX_ENTRIES / 4 * 3 {
        return;
    }
    let mut times: Vec<_> = entries.values().map(|entry| entry.last).collect();
    let (_, oldest_quarter, _) = times.select_nth_unstable(MAX_ENTRIES / 4);
    let limit = *oldest_quarter;
    let mut surplus = MAX_ENTRIES / 4;
    entries.retain(|_, entry| {
        let goes = entry.last <= limit && surplus > 0;
        surplus -= usize::from(goes);
        !goes
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::{LIMITS, account, start};
    use super::*;

    #[tokio::test]
    async fn the_memory_is_bounded() {
        let limiter = MemoryLimiter::new(LIMITS);
        for n in 0..i64::try_from(MAX_ENTRIES).expect("small") + 1000 {
            let keys = [account(&n.to_string())];
            let now = start() + TimeDelta::milliseconds(n);
            assert!(limiter.begin(&keys, now).await.is_ok());
        }
        let count = limiter.entries().len();
        assert!((MAX_ENTRIES / 2..=MAX_ENTRIES).contains(&count), "{count}");
        assert!(
            limiter.entries().contains_key(&account("100000")),
            "the newest stay"
        );
        assert!(
            !limiter.entries().contains_key(&account("0")),
            "the oldest go"
        );
    }
}
