//! What the router counts, for `/metrics`: plain values owned by the router, no process-wide recorder.

use std::{sync::Arc, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use crate::caching::{CacheNumbers, Caching};

/// The media type of what [`Metrics::text`] gives (OpenMetrics 1.0, section 4.2).
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Seconds; from an answer out of memory to a request that times out.
const REQUEST_BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];
/// Seconds.
const FETCH_BUCKETS: [f64; 8] = [0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
/// Seconds.
const COMPOSITION_BUCKETS: [f64; 8] = [0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

type Histograms<S> = Family<S, Histogram, fn() -> Histogram>;

/// How an attempt to replace the graph ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptOutcome {
    /// A new graph serves.
    Composed,
    /// The schemas changed, the supergraph did not.
    Unchanged,
    /// The schemas have mistakes.
    Refused,
    /// There was nothing to compose: a list with mistakes, a schema that was never read, a URL that cannot be used.
    Unusable,
}

impl AttemptOutcome {
    const ALL: [Self; 4] = [
        Self::Composed,
        Self::Unchanged,
        Self::Refused,
        Self::Unusable,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Composed => "composed",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
            Self::Unusable => "unusable",
        }
    }
}

/// How reading a schema again ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadOutcome {
    /// The text is another.
    Changed,
    /// It is the text that is known.
    Unchanged,
    /// It could not be read; the known text stays.
    Failed,
}

impl ReadOutcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BySubgraph {
    subgraph: Arc<str>,
}

impl BySubgraph {
    fn named(subgraph: &str) -> Self {
        Self {
            subgraph: Arc::from(subgraph),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRead {
    subgraph: Arc<str>,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByGraph {
    id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByStatus {
    status: u16,
}

/// Everything that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    attempts: Family<ByOutcome, Counter>,
    composition_time: Histogram,
    composed_at: Gauge,
    failing: Gauge,
    graph: Family<ByGraph, Gauge>,
    reads: Family<ByRead, Counter>,
    read_time: Histograms<BySubgraph>,
    requests: Family<ByStatus, Counter>,
    request_time: Histogram,
    deduplicated: Counter,
    subgraph_deduplicated: Family<BySubgraph, Counter>,
    circuit_open: Family<BySubgraph, Gauge>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("weft"),
            attempts: Family::default(),
            composition_time: Histogram::new(COMPOSITION_BUCKETS),
            composed_at: Gauge::default(),
            failing: Gauge::default(),
            graph: Family::default(),
            reads: Family::default(),
            read_time: Family::new_with_constructor(|| Histogram::new(FETCH_BUCKETS)),
            requests: Family::default(),
            request_time: Histogram::new(REQUEST_BUCKETS),
            deduplicated: Counter::default(),
            subgraph_deduplicated: Family::default(),
            circuit_open: Family::default(),
        };
        metrics.register_composition();
        metrics.register_requests();
        metrics.register_subgraphs();
        metrics
    }

    /// The same with those of a cache.
    pub(crate) fn with_cache(mut self, caching: Option<&Arc<Caching>>) -> Self {
        if let Some(caching) = caching {
            let numbers = CacheNumbers(Arc::clone(caching));
            self.registry.register_collector(Box::new(numbers));
        }
        self
    }

    fn register_composition(&mut self) {
        // A counter that is there from the start shows its first step; one that appears with it does not.
        for outcome in AttemptOutcome::ALL {
            let outcome = outcome.name();
            drop(self.attempts.get_or_create(&ByOutcome { outcome }));
        }
        let registry = &mut self.registry;
        registry.register(
            "composition_attempts",
            "Attempts to replace the graph, by how they ended",
            self.attempts.clone(),
        );
        registry.register_with_unit(
            "composition_duration",
            "From changed schemas to a graph that is ready to serve",
            Unit::Seconds,
            self.composition_time.clone(),
        );
        registry.register_with_unit(
            "composition_last_success_timestamp",
            "When a graph was last composed and taken into service, since 1970",
            Unit::Seconds,
            self.composed_at.clone(),
        );
        registry.register(
            "composition_failing",
            "1 while the latest schemas are refused and an earlier graph serves",
            self.failing.clone(),
        );
        registry.register(
            "graph_info",
            "The graph that serves: 1 with its id",
            self.graph.clone(),
        );
        registry.register(
            "subgraph_schema_fetches",
            "Schemas read again, by subgraph and by what came of it",
            self.reads.clone(),
        );
        registry.register_with_unit(
            "subgraph_schema_fetch_duration",
            "How long reading a subgraph's schema took",
            Unit::Seconds,
            self.read_time.clone(),
        );
    }

    fn register_requests(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "graphql_requests",
            "GraphQL requests answered, by HTTP status",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "graphql_request_duration",
            "From a GraphQL request's headers to its whole answer",
            Unit::Seconds,
            self.request_time.clone(),
        );
    }

    fn register_subgraphs(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "deduplicated_requests",
            "GraphQL requests answered with what an equal one, under way at the same time, was answered",
            self.deduplicated.clone(),
        );
        registry.register(
            "subgraph_deduplicated_requests",
            "Requests to a subgraph that were not sent because an equal one was under way",
            self.subgraph_deduplicated.clone(),
        );
        registry.register(
            "subgraph_circuit_open",
            "1 while a subgraph is not asked because it failed too often",
            self.circuit_open.clone(),
        );
    }

    /// An attempt to replace the graph ended; `took` if there was something to compose.
    pub(crate) fn attempted(&self, outcome: AttemptOutcome, took: Option<Duration>) {
        let label = ByOutcome {
            outcome: outcome.name(),
        };
        self.attempts.get_or_create(&label).inc();
        if let Some(took) = took {
            self.composition_time.observe(took.as_secs_f64());
        }
    }

    /// The graph `id` serves from `at` (seconds since 1970), and no other.
    pub(crate) fn serves(&self, id: &str, at: u64) {
        self.graph.clear();
        self.graph
            .get_or_create(&ByGraph { id: id.to_owned() })
            .set(1);
        self.composed_at.set(i64::try_from(at).unwrap_or(i64::MAX));
    }

    /// Whether the latest schemas are refused.
    pub(crate) fn set_failing(&self, failing: bool) {
        self.failing.set(failing.into());
    }

    /// A schema was read again.
    pub(crate) fn read(&self, subgraph: &Arc<str>, outcome: ReadOutcome, took: Duration) {
        let label = ByRead {
            subgraph: Arc::clone(subgraph),
            outcome: outcome.name(),
        };
        self.reads.get_or_create(&label).inc();
        let label = BySubgraph {
            subgraph: Arc::clone(subgraph),
        };
        self.read_time
            .get_or_create(&label)
            .observe(took.as_secs_f64());
    }

    /// A subgraph is no longer part of the list.
    pub(crate) fn forget(&self, subgraph: &Arc<str>) {
        for outcome in [
            ReadOutcome::Changed,
            ReadOutcome::Unchanged,
            ReadOutcome::Failed,
        ] {
            self.reads.remove(&ByRead {
                subgraph: Arc::clone(subgraph),
                outcome: outcome.name(),
            });
        }
        self.read_time.remove(&BySubgraph {
            subgraph: Arc::clone(subgraph),
        });
    }

    /// A GraphQL request was answered.
    pub(crate) fn answered(&self, status: http::StatusCode, took: Duration) {
        let label = ByStatus {
            status: status.as_u16(),
        };
        self.requests.get_or_create(&label).inc();
        self.request_time.observe(took.as_secs_f64());
    }

    /// Counts GraphQL requests that share the answer of another.
    pub(crate) fn deduplicated(&self) -> Counter {
        self.deduplicated.clone()
    }

    /// Counts requests to `subgraph` that share the answer of another.
    pub(crate) fn subgraph_deduplicated(&self, subgraph: &str) -> Counter {
        self.subgraph_deduplicated
            .get_or_create(&BySubgraph::named(subgraph))
            .clone()
    }

    /// Tells whether the circuit of `subgraph` is open.
    pub(crate) fn circuit_open(&self, subgraph: &str) -> Gauge {
        self.circuit_open
            .get_or_create(&BySubgraph::named(subgraph))
            .clone()
    }

    /// A subgraph is no longer part of the graph.
    pub(crate) fn disconnected(&self, subgraph: &str) {
        let label = BySubgraph::named(subgraph);
        self.subgraph_deduplicated.remove(&label);
        self.circuit_open.remove(&label);
    }

    /// Everything as OpenMetrics text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if let Err(error) = text::encode(&mut text, &self.registry) {
            tracing::error!(%error, "cannot write the metrics");
        }
        text
    }
}
