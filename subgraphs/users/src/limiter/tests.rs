//! The rules of limiters, the same for each kind.

use std::sync::Arc;

use subgraphs_kit::testing::redis_url;

use super::*;
use Step::{Begin, Pass, Succeed};

/// Free attempts, few enough for a table.
pub(super) const LIMITS: AttemptLimits = AttemptLimits {
    per_account: 3,
    per_address: 5,
    registrations: 2,
};

pub(super) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("a time")
}

pub(super) fn account(name: &str) -> AttemptKey {
    AttemptKey::Account(name.to_owned())
}

pub(super) fn address(name: &str) -> AttemptKey {
    AttemptKey::Address(name.to_owned())
}

fn registration(name: &str) -> AttemptKey {
    AttemptKey::Registration(name.to_owned())
}

/// What happens under some keys.
enum Step {
    /// An attempt, so many seconds after the start, and the wait in seconds it is answered with.
    Begin(i64, Option<i64>),
    /// So many attempts at the start, which all go through.
    Pass(usize),
    /// An attempt is taken back.
    Succeed,
}

/// Runs the steps on each kind of limiter. Names are made unique, because tests share a Redis.
async fn check(steps: &[(&[AttemptKey], Step)]) {
    let redis = RedisLimiter::open(&redis_url(), LIMITS).expect("a URL");
    let limiters: [(&str, Arc<dyn AttemptLimiter>); 2] = [
        ("memory", Arc::new(MemoryLimiter::new(LIMITS))),
        ("redis", Arc::new(redis)),
    ];
    for (kind, limiter) in limiters {
        let world = uuid::Uuid::new_v4();
        for (number, (keys, step)) in steps.iter().enumerate() {
            let keys: Vec<_> = keys.iter().map(|key| key.in_world(world)).collect();
            match *step {
                Begin(seconds, wait) => {
                    let now = start() + TimeDelta::seconds(seconds);
                    let answer = limiter.begin(&keys, now).await;
                    let found = answer.err().map(|wait| wait.num_seconds());
                    assert_eq!(found, wait, "{kind}, step {number} at {seconds} s");
                }
                Pass(attempts) => {
                    for _ in 0..attempts {
                        let answer = limiter.begin(&keys, start()).await;
                        assert_eq!(answer, Ok(()), "{kind}, step {number}");
                    }
                }
                Succeed => limiter.succeed(&keys).await,
            }
        }
    }
}

impl AttemptKey {
    fn in_world(&self, world: uuid::Uuid) -> Self {
        match self {
            Self::Account(name) => Self::Account(format!("{world}/{name}")),
            Self::Address(name) => Self::Address(format!("{world}/{name}")),
            Self::Registration(name) => Self::Registration(format!("{world}/{name}")),
        }
    }
}

#[tokio::test]
async fn waits_double_and_end() {
    let later = 1924 + 3600 * 2;
    let attempts = [
        (0, None),
        (0, None),
        (0, None),
        (0, Some(1)),
        (1, None),
        (2, Some(1)),
        (3, None),
        (3, Some(4)),
        (7, None),
        (7, Some(8)),
        (15, None),
        (31, None),
        (63, None),
        (127, None),
        (255, None),
        (511, None),
        (1023, None),
        (1023, Some(900)),
        (1923, None),
        (1924, Some(899)),
        (later, None),
        (later, None),
        (later, None),
        (later, Some(1)),
    ];
    let keys = [account("ann")];
    let steps = attempts.map(|(seconds, wait)| (&keys[..], Begin(seconds, wait)));
    check(&steps).await;
}

#[tokio::test]
async fn one_account_or_address_does_not_hold_up_another() {
    check(&[
        (&[account("ann"), address("1")], Pass(3)),
        (&[account("ann"), address("2")], Begin(0, Some(1))),
        (&[account("bob"), address("1")], Begin(0, None)),
        (&[account("cat"), address("1")], Begin(0, None)),
        (&[account("dan"), address("1")], Begin(0, Some(1))),
        (&[account("dan"), address("2")], Begin(0, None)),
        (&[account("1")], Begin(0, None)),
        (&[], Pass(9)),
    ])
    .await;
}

#[tokio::test]
async fn the_longest_wait_of_several_keys_counts_and_a_refusal_is_not_counted() {
    let both = [account("ann"), address("1")];
    check(&[
        (&[address("1")], Pass(5)),
        (&[account("ann")], Pass(3)),
        (&[account("ann")], Begin(1, None)),
        (&both, Begin(1, Some(2))),
        (&both, Begin(2, Some(1))),
        (&both, Begin(3, None)),
        (&[address("1")], Begin(3, Some(2))),
        (&both, Begin(3, Some(4))),
    ])
    .await;
}

#[tokio::test]
async fn success_clears_the_account_and_costs_the_address_nothing() {
    let both = [account("ann"), address("1")];
    let round = || {
        [
            (&both[..1], Pass(2)),
            (&both[..], Pass(1)),
            (&both[..1], Begin(0, Some(1))),
            (&both[..], Succeed),
        ]
    };
    let steps: Vec<_> = (0..10).flat_map(|_| round()).collect();
    check(&steps).await;
}

#[tokio::test]
async fn an_address_gets_back_one_attempt_per_success() {
    let keys = [address("1")];
    check(&[
        (&keys, Succeed),
        (&keys, Pass(5)),
        (&keys, Begin(0, Some(1))),
        (&keys, Succeed),
        (&keys, Pass(1)),
        (&keys, Begin(1, None)),
        (&keys, Begin(1, Some(2))),
        (&keys, Succeed),
        (&keys, Begin(1, Some(1))),
        (&keys, Begin(2, None)),
    ])
    .await;
}

#[tokio::test]
async fn registrations_are_counted_apart_from_logins() {
    check(&[
        (&[registration("1")], Pass(2)),
        (&[registration("1")], Begin(0, Some(1))),
        (&[address("1")], Pass(5)),
        (&[registration("2")], Begin(0, None)),
    ])
    .await;
}
