//! Counters, for the router's metrics.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// What the cache has done so far.
        #[derive(Debug, Default)]
        pub struct Stats {
            $($(#[$doc])+ pub $name: AtomicU64,)+
        }

        impl Stats {
            /// Every counter's name and value.
            pub fn each(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name.load(Ordering::Relaxed)),)+].into_iter()
            }
        }
    };
}

counters! {
    /// Entries found in this process.
    hits_in_process,
    /// Entries found in Redis.
    hits_in_redis,
    /// Of both: those that may only be used under a condition.
    hits_stale,
    /// Keys that nothing was found for.
    misses_absent,
    /// Entries that were past their time.
    misses_expired,
    /// Entries that were invalidated.
    misses_invalidated,
    /// Entries from before what is known of the log, or from another log.
    misses_before_floor,
    /// Entries that nothing is known of because the log was not heard from.
    misses_log_unknown,
    /// Keys that Redis was not or could not be asked about.
    misses_unavailable,
    /// Lookups that asked Redis.
    redis_reads,
    /// Lookups that Redis did not answer in time.
    redis_timeouts,
    /// Lookups that failed otherwise.
    redis_failures,
    /// Values in Redis that are no entries.
    unreadable,
    /// Entries put.
    puts,
    /// Entries not kept because something of them was invalidated while they were fetched.
    puts_outdated,
    /// Entries not kept because they are too large or have too many tags.
    puts_refused,
    /// Entries written to Redis.
    redis_writes,
    /// Entries not written to Redis because too many waited or it was not there.
    redis_writes_dropped,
    /// Entries that Redis did not take, or not in time.
    redis_writes_failed,
    /// Bytes of the entries written to Redis.
    redis_bytes_written,
    /// Invalidations asked for here.
    invalidations,
    /// Of those, the ones that were not published in time.
    invalidations_late,
    /// Log entries read.
    log_entries,
    /// Times the log was another one or lost something.
    log_reopened,
    /// Times a connection was made.
    connections,
    /// Fills that were waited for.
    joins,
    /// Fills that were waited for in vain.
    joins_in_vain,
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
