//! When not to ask Redis: after it was slow or failed once, until it has shown that it is well.
//!
//! Lookups never find out for themselves whether Redis is back. The tail of the log asks it all the time and says how
//! long that took; when it was quick, lookups try again. Each time that turns out wrong, the next try is later.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The first pause, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

/// Whether lookups may ask Redis.
#[derive(Debug)]
pub(crate) struct Breaker {
    /// What takes longer is slow.
    budget: Duration,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    phase: BreakerPhase,
    /// When it opened last.
    opened: Option<Instant>,
    pause: Duration,
}

/// What a breaker does with lookups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerPhase {
    /// They ask Redis.
    Closed,
    /// They do not.
    Open,
    /// The next one tries; the others do not.
    HalfOpen,
}

impl Breaker {
    /// Closed; an answer that takes longer than `budget` opens it.
    pub(crate) fn new(budget: Duration) -> Self {
        Self {
            budget,
            state: Mutex::new(State {
                phase: BreakerPhase::Closed,
                opened: None,
                pause: PAUSES.0,
            }),
        }
    }

    pub(crate) fn phase(&self) -> BreakerPhase {
        self.state().phase
    }

    /// Whether a lookup may ask now. If so it must say what came of it.
    pub(crate) fn admits(&self) -> bool {
        let mut state = self.state();
        match state.phase {
            BreakerPhase::Closed => true,
            BreakerPhase::Open => false,
            BreakerPhase::HalfOpen => {
                state.phase = BreakerPhase::Open;
                true
            }
        }
    }

    /// A lookup was answered in time.
    pub(crate) fn succeeded(&self, now: Instant) {
        let mut state = self.state();
        state.phase = BreakerPhase::Closed;
        let is_steady = state
            .opened
            .is_none_or(|opened| now.saturating_duration_since(opened) > 2 * PAUSES.1);
        if is_steady {
            state.pause = PAUSES.0;
        }
    }

    /// A lookup was not answered in time. Whether that opened it.
    pub(crate) fn failed(&self, now: Instant) -> bool {
        let mut state = self.state();
        let was_closed = state.phase == BreakerPhase::Closed;
        let has_run = state
            .opened
            .is_none_or(|opened| now.saturating_duration_since(opened) >= state.pause);
        if has_run && state.opened.is_some() {
            state.pause = (state.pause * 2).min(PAUSES.1);
        }
        state.phase = BreakerPhase::Open;
        state.opened = Some(now);
        was_closed
    }

    /// The tail was answered, after this long.
    pub(crate) fn observed(&self, took: Duration, now: Instant) {
        let mut state = self.state();
        let has_paused = state
            .opened
            .is_none_or(|opened| now.saturating_duration_since(opened) >= state.pause);
        if state.phase == BreakerPhase::Open && took <= self.budget && has_paused {
            state.phase = BreakerPhase::HalfOpen;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Duration = Duration::from_millis(25);
    const QUICK: Duration = Duration::from_millis(1);

    fn at(began: Instant, milliseconds: u64) -> Instant {
        began + Duration::from_millis(milliseconds)
    }

    #[test]
    fn one_failure_stops_lookups_until_the_tail_was_quick() {
        let (breaker, began) = (Breaker::new(BUDGET), Instant::now());
        assert!(breaker.admits() && breaker.failed(began) && !breaker.admits());
        breaker.observed(Duration::from_millis(200), at(began, 500));
        assert!(!breaker.admits(), "slow");
        breaker.observed(QUICK, at(began, 600));
        assert!(breaker.admits() && !breaker.admits(), "one tries");
        breaker.succeeded(at(began, 601));
        assert!(breaker.admits() && breaker.admits());
    }

    #[test]
    fn tries_that_fail_come_ever_more_seldom() {
        let (breaker, began) = (Breaker::new(BUDGET), Instant::now());
        breaker.failed(began);
        let mut tries = 0;
        for now in (0..60_000).step_by(100) {
            breaker.observed(QUICK, at(began, now));
            if breaker.admits() {
                tries += 1;
                breaker.failed(at(began, now));
            }
        }
        assert!((55..=65).contains(&tries), "{tries}");
    }

    #[test]
    fn a_try_that_is_lost_is_made_up_for() {
        let (breaker, began) = (Breaker::new(BUDGET), Instant::now());
        breaker.failed(began);
        breaker.observed(QUICK, at(began, 100));
        assert!(breaker.admits(), "and nothing is heard of it");
        breaker.observed(QUICK, at(began, 200));
        assert!(breaker.admits());
    }
}
