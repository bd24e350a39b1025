//! What every request shares.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Semaphore;

use crate::{
    auth::Authenticator,
    config::Config,
    graph::{PublishedReport, Recomposer},
    metrics::Metrics,
    pipeline::Pipeline,
};

/// The running router: configuration, keys, pipeline.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) authenticator: Authenticator,
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) metrics: Arc<Metrics>,
    /// How the graph fares.
    pub(crate) graph: Arc<PublishedReport>,
    /// Whether the keys of access tokens are published here.
    pub(crate) publishes_keys: bool,
    /// The hash of the token that allows `POST /cache/invalidate`; without one there is no such route.
    pub(crate) invalidation: Option<blake3::Hash>,
    /// One permit for each GraphQL request that may be under way.
    pub(crate) requests: Semaphore,
    draining: AtomicBool,
}

impl App {
    pub(crate) fn new(
        config: Config,
        authenticator: Authenticator,
        publishes_keys: bool,
        invalidation: Option<blake3::Hash>,
        recomposer: &Recomposer,
    ) -> Self {
        let permits = config
            .limits
            .concurrent_requests
            .min(Semaphore::MAX_PERMITS);
        Self {
            config,
            authenticator,
            pipeline: recomposer.pipeline(),
            metrics: recomposer.metrics(),
            graph: recomposer.published(),
            publishes_keys,
            invalidation,
            requests: Semaphore::new(permits),
            draining: AtomicBool::new(false),
        }
    }

    /// From now on `/ready` says no.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}
