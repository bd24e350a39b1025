//! The circuit of one subgraph: when it is asked and when not. Pure; time is a parameter.

use std::time::Duration;

use tokio::time::Instant;

/// A window is counted in this many parts; the oldest part is forgotten when a new one begins.
const PARTS: usize = 10;

/// When a circuit opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Thresholds {
    /// The share of failures that opens it, from 0 to 1.
    pub(crate) error_share: f64,
    /// Calls in a window without which nothing opens it.
    pub(crate) minimum_requests: u32,
    /// How far back calls are counted.
    pub(crate) window: Duration,
    /// How long nobody is let through.
    pub(crate) pause: Duration,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The subgraph works.
    Success,
    /// It does not.
    Failure,
    /// Nothing is known: the call was given up, or never sent.
    Unknown,
}

/// Leave to call, to be given back with what came of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pass(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One of many, in the closed state that is numbered.
    Call(u64),
    /// The one that decides.
    Trial,
}

/// That a circuit opened or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Opened,
    Closed,
}

#[derive(Debug)]
pub(crate) struct Circuit {
    thresholds: Thresholds,
    /// How often it was closed: calls from before it opened say nothing about what is after.
    closed: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    Closed(Window),
    Open {
        until: Instant,
    },
    /// The pause is over; one call at a time is tried.
    HalfOpen {
        is_tried: bool,
    },
}

impl Circuit {
    pub(crate) fn new(thresholds: Thresholds) -> Self {
        Self {
            thresholds,
            closed: 0,
            state: State::Closed(Window::default()),
        }
    }

    /// Leave to call at `now`; none while the circuit is open or another call is tried.
    pub(crate) fn enter(&mut self, now: Instant) -> Option<Pass> {
        if let State::Open { until } = self.state
            && until <= now
        {
            self.state = State::HalfOpen { is_tried: false };
        }
        match &mut self.state {
            State::Closed(_) => Some(Pass(Kind::Call(self.closed))),
            State::Open { .. } => None,
            State::HalfOpen { is_tried } if *is_tried => None,
            State::HalfOpen { is_tried } => {
                *is_tried = true;
                Some(Pass(Kind::Trial))
            }
        }
    }

    /// A call has ended at `now`.
    pub(crate) fn leave(&mut self, pass: Pass, verdict: Verdict, now: Instant) -> Option<Change> {
        match (pass.0, &mut self.state, verdict) {
            (Kind::Trial, State::HalfOpen { is_tried }, Verdict::Unknown) => {
                *is_tried = false;
                None
            }
            (Kind::Trial, State::HalfOpen { .. }, Verdict::Success) => {
                self.closed += 1;
                self.state = State::Closed(Window::default());
                Some(Change::Closed)
            }
            // It was never said to be closed.
            (Kind::Trial, State::HalfOpen { .. }, Verdict::Failure) => {
                self.open(now);
                None
            }
            (Kind::Call(_), State::Closed(_), Verdict::Unknown) => None,
            (Kind::Call(number), State::Closed(window), verdict) if number == self.closed => {
                let length = self.thresholds.window;
                window.count(verdict == Verdict::Failure, length, now);
                if verdict == Verdict::Success || !window.is_bad(&self.thresholds) {
                    return None;
                }
                self.open(now);
                Some(Change::Opened)
            }
            _ => None,
        }
    }

    fn open(&mut self, now: Instant) {
        let until = now + self.thresholds.pause;
        self.state = State::Open { until };
    }
}

/// Calls and failures of the last while.
#[derive(Debug, Default)]
struct Window {
    /// The present part's beginning; none before the first call.
    began: Option<Instant>,
    /// The present part first.
    parts: [Part; PARTS],
}

#[derive(Debug, Default, Clone, Copy)]
struct Part {
    calls: u32,
    failures: u32,
}

impl Window {
    fn count(&mut self, is_failure: bool, length: Duration, now: Instant) {
        self.advance(length / PARTS as u32, now);
        let [part, ..] = &mut self.parts;
        part.calls = part.calls.saturating_add(1);
        part.failures = part.failures.saturating_add(is_failure.into());
    }

    /// Begins new parts, as many as have passed.
    fn advance(&mut self, part: Duration, now: Instant) {
        let began = *self.began.get_or_insert(now);
        let passed = now.duration_since(began).as_nanos() / part.as_nanos().max(1);
        if passed >= PARTS as u128 {
            *self = Self {
                began: Some(now),
                ..Self::default()
            };
            return;
        }
        for _ in 0..passed {
            self.parts.rotate_right(1);
            self.parts[0] = Part::default();
            self.began = self.began.map(|began| began + part);
        }
    }

    fn is_bad(&self, thresholds: &Thresholds) -> bool {
        let sum = |of: fn(&Part) -> u32| self.parts.iter().map(|part| u64::from(of(part))).sum();
        let (calls, failures): (u64, u64) = (sum(|part| part.calls), sum(|part| part.failures));
        calls >= u64::from(thresholds.minimum_requests)
            && failures as f64 >= calls as f64 * thresholds.error_share
    }
}

#[cfg(test)]
mod tests;
