//! When to fetch before it must be: spread by chance, so that what expires together is not fetched together, and for certain
//! when the end is near, so that nobody has to wait for what is asked for all the time.

use std::time::Duration;

use crate::entry::Entry;

/// In the last so much of its time an entry is fetched again by whoever uses it.
const LAST_SHARE: f64 = 0.1;
/// And when so many times as long is left as its fetch took, but not in the first half of its time.
const FETCHES_AHEAD: f64 = 2.0;
const AT_MOST: f64 = 0.5;

/// Whether a fresh entry should be fetched again now, ahead of its expiry. `now` in milliseconds since the Unix epoch;
/// `beta` is 1 for the optimum, more for earlier; `chance` is evenly distributed between 0 and 1.
///
/// By chance (XFetch: Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", 2015): the dearer
/// the fetch was and the nearer the expiry, the likelier. That alone leaves it to luck whether somebody has to wait: the
/// fewer ask and the cheaper the fetch was, the likelier nobody is drawn in time. So it is for certain, too, in the last
/// tenth of the entry's time, or earlier if the fetch took long. What is used then is there again before it ends,
/// unless the origin takes longer than that.
#[must_use]
pub fn is_refresh_due(entry: &Entry, now: u64, beta: f64, chance: f64) -> bool {
    let chance = chance.clamp(f64::MIN_POSITIVE, 1.0);
    let by_chance = entry.cost.as_secs_f64() * 1e3 * beta * -chance.ln();
    now as f64 + by_chance >= expiry(entry) || quiet_for(entry, now).is_zero()
}

/// How long it is until an entry is due for certain: what is made from it and kept elsewhere must not keep readers from it for
/// longer.
#[must_use]
pub fn quiet_for(entry: &Entry, now: u64) -> Duration {
    let (ttl, cost) = (entry.ttl.as_secs_f64(), entry.cost.as_secs_f64());
    let ahead = (ttl * LAST_SHARE).max(cost * FETCHES_AHEAD);
    let due = expiry(entry) - ahead.min(ttl * AT_MOST) * 1e3;
    Duration::try_from_secs_f64((due - now as f64) / 1e3).unwrap_or_default()
}

/// In milliseconds since the Unix epoch.
fn expiry(entry: &Entry) -> f64 {
    entry.created as f64 + entry.ttl.as_secs_f64() * 1e3
}

/// `ttl` shortened by up to `share` of itself. `chance` is evenly distributed between 0 and 1.
#[must_use]
pub fn jittered(ttl: Duration, share: f64, chance: f64) -> Duration {
    let kept = 1.0 - share.clamp(0.0, 1.0) * chance.clamp(0.0, 1.0);
    ttl.mul_f64(kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::entry;

    fn due(remaining: u64, cost: u64, chance: f64) -> bool {
        let mut entry = entry(b"");
        entry.created = 1_000_000;
        entry.ttl = Duration::from_secs(60);
        entry.cost = Duration::from_millis(cost);
        is_refresh_due(&entry, 1_060_000 - remaining, 1.0, chance)
    }

    #[test]
    fn the_dearer_and_the_nearer_the_likelier() {
        // A fetch of 4 s: one reader of a hundred refreshes when 18.4 s are left (4 s * ln 100).
        assert!(due(18_420, 4000, 0.01) && !due(18_430, 4000, 0.01));
        assert!(due(18_420, 4000, 0.01) && !due(18_420, 2000, 0.01));
        assert!(due(0, 0, 1.0), "expired");
        assert!(!due(60_000, 100, 0.001), "just fetched");
    }

    #[test]
    fn near_the_end_nothing_is_left_to_chance() {
        for chance in [0.0, 0.5, 1.0] {
            assert!(due(6000, 0, chance), "the last tenth");
            assert!(due(8000, 4000, chance), "two fetches ahead");
            assert!(due(30_000, 60_000, chance), "half of its time at most");
        }
        assert!(!due(6001, 0, 1.0) && !due(8001, 4000, 1.0) && !due(30_001, 60_000, 1.0));
    }

    proptest! {
        #[test]
        fn any_chance_is_fine(chance: f64, share: f64, remaining in 1u64..60_000) {
            let _ = due(remaining, 100, chance);
            prop_assume!(!chance.is_nan() && !share.is_nan());
            let ttl = Duration::from_secs(60);
            prop_assert!(jittered(ttl, share, chance) <= ttl);
        }

        #[test]
        fn jitter_takes_no_more_than_its_share(chance in 0.0..1.0) {
            let ttl = jittered(Duration::from_secs(100), 0.1, chance);
            prop_assert!(ttl >= Duration::from_secs(90) && ttl <= Duration::from_secs(100));
        }
    }
}
