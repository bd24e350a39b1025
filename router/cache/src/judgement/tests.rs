//! What an entry may be used for, by its age and its stamps.

use super::*;
use crate::testing::{at, entry};

/// Created at 1 s, fresh for 60 s, then 10 s usable while it is fetched again and 20 s when that fails.
fn judged(standing: Standing, second: u64) -> String {
    let mut entry = entry(b"");
    entry.stale_while_revalidate = Duration::from_secs(10);
    entry.stale_if_error = Duration::from_secs(20);
    match judge(&entry, standing, second * 1000) {
        Judgement::Fresh => "fresh".to_owned(),
        Judgement::Unusable(why) => why.name().to_owned(),
        Judgement::Stale(stale) => {
            let mut shown = format!("stale for {} s", stale.since.as_secs());
            for (holds, what) in [
                (stale.invalidated, "invalidated"),
                (stale.while_revalidate, "while revalidating"),
                (stale.if_error, "if the origin fails"),
            ] {
                if holds {
                    shown += &format!(", {what}");
                }
            }
            shown
        }
    }
}

#[test]
fn age_and_stamps_say_what_an_entry_may_be_used_for() {
    let softly = |second: u64| Standing::Softly(at(second * 1000));
    let cases: &[(Standing, u64, &str)] = &[
        (Standing::Valid, 0, "fresh"),
        (Standing::Valid, 60, "fresh"),
        (
            Standing::Valid,
            61,
            "stale for 0 s, while revalidating, if the origin fails",
        ),
        (Standing::Valid, 71, "stale for 10 s, if the origin fails"),
        (Standing::Valid, 81, "expired"),
        (Standing::Invalidated, 2, "invalidated"),
        (Standing::BelowFloor, 2, "before-floor"),
        (
            softly(5),
            5,
            "stale for 0 s, invalidated, while revalidating, if the origin fails",
        ),
        (
            softly(5),
            16,
            "stale for 11 s, invalidated, if the origin fails",
        ),
        (softly(5), 25, "invalidated"),
        // It had expired before.
        (
            softly(70),
            72,
            "stale for 11 s, invalidated, if the origin fails",
        ),
        // The log's clock is ahead.
        (
            softly(500),
            5,
            "stale for 0 s, invalidated, while revalidating, if the origin fails",
        ),
    ];
    for (standing, second, expected) in cases {
        assert_eq!(
            judged(*standing, *second),
            *expected,
            "{standing:?} at {second} s"
        );
    }
}

#[test]
fn without_windows_nothing_stale_is_used() {
    let entry = entry(b"");
    for (standing, now) in [
        (Standing::Valid, 61_000),
        (Standing::Softly(at(2000)), 2000),
    ] {
        let judged = judge(&entry, standing, now);
        assert!(matches!(judged, Judgement::Unusable(_)), "{judged:?}");
    }
}
