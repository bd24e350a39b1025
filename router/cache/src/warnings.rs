//! Warnings that say what is wrong once, not every time.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// At most one warning in this time; what was held back is counted.
const EVERY: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(crate) struct Warnings(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    held_back: u64,
}

impl Warnings {
    /// Calls `say` with the number of warnings that were held back, unless this one is.
    pub(crate) fn warn(&self, now: Instant, say: impl FnOnce(u64)) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = state
            .last
            .is_none_or(|last| now.saturating_duration_since(last) >= EVERY);
        if is_due {
            state.last = Some(now);
            let held_back = std::mem::take(&mut state.held_back);
            drop(state);
            say(held_back);
        } else {
            state.held_back += 1;
        }
    }
}
