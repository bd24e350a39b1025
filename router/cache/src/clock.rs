//! Time as a parameter.

use std::{
    sync::Mutex,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// What time it is. `now` never goes back; `unix_milliseconds` may.
pub trait Clock: Send + Sync + 'static {
    /// Since the Unix epoch.
    fn unix_milliseconds(&self) -> u64;
    /// For measuring how long ago something was.
    fn now(&self) -> Instant;
}

/// The system's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// A clock that stands until it is moved; for tests.
#[derive(Debug)]
pub struct ManualClock {
    began: Instant,
    unix: u64,
    passed: Mutex<Duration>,
}

impl Clock for SystemClock {
    fn unix_milliseconds(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_millis() as u64)
    }

    fn now(&self) -> Instant {
        Instant::now()
    }
}

impl ManualClock {
    /// A clock at `unix_milliseconds`.
    #[must_use]
    pub fn at(unix_milliseconds: u64) -> Self {
        Self {
            began: Instant::now(),
            unix: unix_milliseconds,
            passed: Mutex::default(),
        }
    }

    /// Lets `time` pass.
    pub fn advance(&self, time: Duration) {
        *self.passed() += time;
    }

    fn passed(&self) -> std::sync::MutexGuard<'_, Duration> {
        let passed = self.passed.lock();
        passed.unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn unix_milliseconds(&self) -> u64 {
        self.unix + self.passed().as_millis() as u64
    }

    fn now(&self) -> Instant {
        self.began + *self.passed()
    }
}
