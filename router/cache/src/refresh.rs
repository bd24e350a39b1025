//! When to fetch before it must be: spread by chance, so that what expires together is not fetched together.

use std::time::Duration;

use crate::entry::Entry;

/// Whether a fresh entry should be fetched again now, ahead of its expiry (XFetch: Vattani, Chierichetti, Lowenstein,
/// "Optimal Probabilistic Cache Stampede Prevention", 2015). The dearer the fetch was and the nearer the expiry, the
/// likelier. `now` in milliseconds since the Unix epoch; `beta` is 1 for the optimum, more for earlier; `chance` is
/// evenly distributed between 0 and 1.
#[must_use]
pub fn is_refresh_due(entry: &Entry, now: u64, beta: f64, chance: f64) -> bool {
    let expiry = entry.created as f64 + entry.ttl.as_secs_f64() * 1e3;
    let chance = chance.clamp(f64::MIN_POSITIVE, 1.0);
    let ahead = entry.cost.as_secs_f64() * 1e3 * beta * -chance.ln();
    now as f64 + ahead >= expiry
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
        // A fetch of 100 ms: half of the readers refresh when 69 ms are left (100 ms * ln 2).
        assert!(due(69, 100, 0.5) && !due(70, 100, 0.5));
        assert!(due(690, 1000, 0.5) && !due(690, 100, 0.5));
        assert!(due(0, 0, 1.0), "expired");
        assert!(!due(60_000, 100, 0.001), "just fetched");
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
