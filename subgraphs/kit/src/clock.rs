//! Time and ids as parameters: what a service may not take from the operating system by itself.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

/// Says what time it is.
pub trait Clock: Send + Sync + 'static {
    /// The current time in UTC, truncated to microseconds (what both databases keep).
    fn now(&self) -> DateTime<Utc>;
}

/// Makes primary keys.
pub trait IdGenerator: Send + Sync + 'static {
    /// A fresh UUIDv7 for a row created at `now`. Ids made later sort later.
    fn next_id(&self, now: DateTime<Utc>) -> Uuid;
}

/// The two things a service needs from outside besides its database.
#[derive(Clone)]
pub struct Deps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New primary keys.
    pub ids: Arc<dyn IdGenerator>,
}

impl Deps {
    /// The operating system's clock and random ids.
    #[must_use]
    pub fn system() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds::default()),
        }
    }

    /// A clock that stands at `now` until told otherwise and ids counted from one: for tests.
    #[must_use]
    pub fn fixed(now: DateTime<Utc>) -> (Self, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::new(now));
        let deps = Self {
            clock: clock.clone(),
            ids: Arc::new(CountedIds::default()),
        };
        (deps, clock)
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The current time and an id made for it.
    #[must_use]
    pub fn stamp(&self) -> (DateTime<Utc>, Uuid) {
        let now = self.clock.now();
        (now, self.ids.next_id(now))
    }
}

/// The operating system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        truncate(Utc::now())
    }
}

/// A clock moved by hand.
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock standing at `now`.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(truncate(now)))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: TimeDelta) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = truncate(*now + by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Random UUIDv7 ids, monotonic within the process.
pub struct RandomIds(Mutex<ContextV7>);

impl Default for RandomIds {
    fn default() -> Self {
        Self(Mutex::new(ContextV7::new()))
    }
}

impl IdGenerator for RandomIds {
    fn next_id(&self, now: DateTime<Utc>) -> Uuid {
        let context = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Uuid::new_v7(Timestamp::from_unix(
            &*context,
            seconds,
            now.timestamp_subsec_nanos(),
        ))
    }
}

/// UUIDv7 ids whose random part counts up: the same calls give the same ids.
#[derive(Default)]
pub struct CountedIds(AtomicU64);

impl IdGenerator for CountedIds {
    fn next_id(&self, now: DateTime<Utc>) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        counted_id(now, count)
    }
}

/// The UUIDv7 made at `now` whose random bits are `count`; what seeds use.
#[must_use]
pub fn counted_id(now: DateTime<Utc>, count: u64) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    let mut random = [0u8; 10];
    random[2..].copy_from_slice(&count.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Drops what is below a microsecond.
#[must_use]
pub fn truncate(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::microseconds(1))
        .unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_later_sort_later() {
        let start = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        for generator in [
            &RandomIds::default() as &dyn IdGenerator,
            &CountedIds::default(),
        ] {
            let ids: Vec<_> = (0..200)
                .map(|n| generator.next_id(start + TimeDelta::microseconds(n * 100)))
                .collect();
            assert!(ids.is_sorted());
            assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
            assert!(ids.iter().all(|id| id.get_version_num() == 7));
        }
    }
}
