//! What can be set.

use std::{fmt, sync::Arc, time::Duration};

use crate::clock::{Clock, SystemClock};

/// What can be set of a cache. [`Settings::default`] is meant for production.
#[derive(Clone)]
pub struct Settings {
    /// Caches with one namespace and one Redis are one cache. Part of every key.
    pub namespace: String,
    /// Bytes of entries kept in this process.
    pub memory: u64,
    /// Tags whose invalidation is remembered. What is forgotten makes everything older stale.
    pub stamps: usize,
    /// How long the log may not have been heard from for entries to be used without asking it: the bound of
    /// [`Consistency::Bounded`](crate::Consistency). The same for all replicas.
    pub max_log_lag: Duration,
    /// The longest that Redis may delay a lookup.
    pub read_budget: Duration,
    /// The longest that a write to Redis may take, off the request's path.
    pub write_timeout: Duration,
    /// How long [`Cache::invalidate`](crate::Cache::invalidate) tries before it says that it is not published yet.
    pub append_wait: Duration,
    /// How long entries of the log are kept. What is older cannot be judged by a replica that starts.
    pub retention: Duration,
    /// Entries that may wait to be written to Redis, and their bytes.
    pub write_queue: (usize, usize),
    /// Invalidations that may wait to be published; beyond that everything is invalidated once.
    pub append_queue: usize,
    /// No flight is joined when it is older.
    pub join_within: Duration,
    /// PEM of the certificate authority that signed Redis's certificate; the system's when there is none.
    pub tls_authority: Option<Vec<u8>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            namespace: "weft".to_owned(),
            memory: 128 << 20,
            stamps: 1 << 19,
            max_log_lag: Duration::from_millis(250),
            read_budget: Duration::from_millis(25),
            write_timeout: Duration::from_millis(250),
            append_wait: Duration::from_secs(2),
            retention: Duration::from_secs(3600),
            write_queue: (4096, 64 << 20),
            append_queue: 10_000,
            join_within: Duration::from_secs(1),
            tls_authority: None,
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("namespace", &self.namespace)
            .field("memory", &self.memory)
            .field("max_log_lag", &self.max_log_lag)
            .field("read_budget", &self.read_budget)
            .finish_non_exhaustive()
    }
}
