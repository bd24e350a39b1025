//! When a circuit opens and closes.

use proptest::prelude::*;

use super::*;

const THRESHOLDS: Thresholds = Thresholds {
    error_share: 0.5,
    minimum_requests: 4,
    window: Duration::from_secs(10),
    pause: Duration::from_secs(5),
};

/// A circuit and a clock.
struct Bench {
    circuit: Circuit,
    now: Instant,
}

impl Bench {
    fn new() -> Self {
        Self {
            circuit: Circuit::new(THRESHOLDS),
            now: Instant::now(),
        }
    }

    fn wait(&mut self, seconds: f64) {
        self.now += Duration::from_secs_f64(seconds);
    }

    /// One call after the other.
    fn calls(&mut self, verdicts: &[Verdict]) -> Vec<Option<Change>> {
        let mut changes = Vec::new();
        for &verdict in verdicts {
            let pass = self.circuit.enter(self.now).expect("leave to call");
            changes.push(self.circuit.leave(pass, verdict, self.now));
        }
        changes
    }

    fn is_open(&mut self) -> bool {
        match self.circuit.enter(self.now) {
            None => true,
            Some(pass) => {
                self.circuit.leave(pass, Verdict::Unknown, self.now);
                false
            }
        }
    }

    fn opened() -> Self {
        let mut bench = Self::new();
        let changes = bench.calls(&[F; 4]);
        assert_eq!(changes, [None, None, None, Some(Change::Opened)]);
        bench
    }
}

const S: Verdict = Verdict::Success;
const F: Verdict = Verdict::Failure;
const U: Verdict = Verdict::Unknown;

#[test]
fn a_share_of_failures_opens_it_once_there_are_enough_calls() {
    let check = |verdicts: &[Verdict], opens: bool| {
        let mut bench = Bench::new();
        bench.calls(verdicts);
        assert_eq!(bench.is_open(), opens, "{verdicts:?}");
    };
    check(&[F, F, F], false);
    check(&[F, F, F, F], true);
    check(&[S, F, S, F], true);
    check(&[S, S, S, F], false);
    check(&[S, S, S, F, F], false);
    check(&[S, S, S, F, F, F], true);
    // Calls that were given up are no calls; a success never opens it.
    check(&[F, F, F, U, U, U], false);
    check(&[F, F, F, S], false);
}

#[test]
fn what_is_older_than_the_window_does_not_count() {
    let mut bench = Bench::new();
    bench.calls(&[F, F, F]);
    bench.wait(9.9);
    assert_eq!(bench.calls(&[F]), [Some(Change::Opened)]);
    for seconds in [10.0, 11.0, 1000.0] {
        let mut bench = Bench::new();
        bench.calls(&[F, F, F]);
        bench.wait(seconds);
        assert_eq!(bench.calls(&[F, F, F]), [None, None, None]);
    }
    // It slides.
    let mut bench = Bench::new();
    bench.calls(&[S, S, S, S]);
    bench.wait(6.0);
    bench.calls(&[F, F, F]);
    bench.wait(5.0);
    assert_eq!(bench.calls(&[F]), [Some(Change::Opened)]);
}

#[test]
fn after_a_pause_one_call_decides() {
    let mut bench = Bench::opened();
    bench.wait(4.9);
    assert!(bench.is_open());
    bench.wait(0.1);
    let trial = bench.circuit.enter(bench.now).unwrap();
    assert_eq!(bench.circuit.enter(bench.now), None);
    let change = bench.circuit.leave(trial, S, bench.now);
    assert_eq!(change, Some(Change::Closed));
    // Failures from before are forgotten.
    assert_eq!(bench.calls(&[F, F, F]), [None; 3]);
    assert_eq!(bench.calls(&[F]), [Some(Change::Opened)]);
}

#[test]
fn a_trial_that_fails_begins_another_pause() {
    let mut bench = Bench::opened();
    bench.wait(5.0);
    let trial = bench.circuit.enter(bench.now).unwrap();
    bench.wait(1.0);
    assert_eq!(bench.circuit.leave(trial, F, bench.now), None);
    bench.wait(4.9);
    assert!(bench.is_open());
    bench.wait(0.1);
    assert!(!bench.is_open());
}

#[test]
fn a_trial_that_is_given_up_lets_another_be_tried() {
    let mut bench = Bench::opened();
    bench.wait(5.0);
    for _ in 0..3 {
        assert_eq!(bench.calls(&[U]), [None]);
    }
    assert_eq!(bench.calls(&[S]), [Some(Change::Closed)]);
}

#[test]
fn calls_from_before_it_opened_decide_nothing() {
    let mut bench = Bench::new();
    let early: Vec<_> = (0..20)
        .map(|_| bench.circuit.enter(bench.now).unwrap())
        .collect();
    bench.calls(&[F; 4]);
    let mut early = early.into_iter();
    let mut ends = |bench: &mut Bench, verdict| {
        let pass = early.next().unwrap();
        assert_eq!(bench.circuit.leave(pass, verdict, bench.now), None);
    };
    ends(&mut bench, S);
    assert!(bench.is_open());
    bench.wait(5.0);
    let trial = bench.circuit.enter(bench.now).unwrap();
    ends(&mut bench, S);
    ends(&mut bench, F);
    assert_eq!(bench.circuit.enter(bench.now), None);
    bench.circuit.leave(trial, S, bench.now);
    for _ in 0..10 {
        ends(&mut bench, F);
    }
    assert!(!bench.is_open());
}

proptest! {
    /// Whatever happens: never two trials at once, and once all calls have ended a pause later one is let through.
    #[test]
    fn it_never_locks_for_ever(steps in proptest::collection::vec((0u8..5, 0u8..3, 0u16..4000), 0..200)) {
        let mut bench = Bench::new();
        let mut under_way = Vec::new();
        for (step, verdict, milliseconds) in steps {
            bench.wait(f64::from(milliseconds) / 1000.0);
            if step < 3 {
                under_way.extend(bench.circuit.enter(bench.now));
            } else if !under_way.is_empty() {
                let verdict = [S, F, U][usize::from(verdict)];
                bench.circuit.leave(under_way.swap_remove(0), verdict, bench.now);
            }
            let trials = under_way.iter().filter(|pass| **pass == Pass(Kind::Trial));
            prop_assert!(trials.count() <= 1);
        }
        for pass in under_way {
            bench.circuit.leave(pass, U, bench.now);
        }
        bench.wait(5.0);
        prop_assert!(!bench.is_open());
    }
}
