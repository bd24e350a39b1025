//! Keeping the graph up to date: schemas are read again, and what they compose to takes the place of the graph that
//! serves. If they do not compose, that one stays.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, task::spawn_blocking, time::Instant};

use super::{
    GraphSource, compose,
    compose::{Composition, Refusal},
    failure::Failure,
    followed::{Followed, Input},
    read::Reader,
    report::{GraphReport, PublishedReport},
    schema::Observers,
};
use crate::{
    auth::{Clock, InternalTokens},
    config::Config,
    error::ServerError,
    fetch::HttpFetch,
    metrics::{AttemptOutcome, Metrics},
    pipeline::{Pipeline, Prepared},
    subgraphs::Connector,
};

/// Routers that were started together should not ask subgraphs together for ever.
const JITTER: f64 = 0.1;

/// What a graph is started from.
pub(crate) struct Start<'a> {
    pub(crate) source: GraphSource,
    /// What `${NAME}` in a `supergraph.yaml` means.
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) config: &'a Config,
    pub(crate) http: HttpFetch,
    pub(crate) tokens: Option<Arc<InternalTokens>>,
    pub(crate) connector: Connector,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Clock,
    /// [`crate::Setup::draw`].
    pub(crate) draw: fn() -> f64,
}

/// Replaces the pipeline's graph whenever what it is made of changes.
pub(crate) struct Recomposer {
    followed: Followed,
    reader: Reader,
    connector: Connector,
    pipeline: Arc<Pipeline>,
    metrics: Arc<Metrics>,
    clock: Clock,
    interval: Option<Duration>,
    reload: Reloader,
    report: GraphReport,
    published: Arc<PublishedReport>,
    /// What the graph that serves was made of.
    served: blake3::Hash,
    /// What keeps the latest schemas from serving, so that it is told once.
    failure: Option<Failure>,
}

/// Makes a router look at its schemas at once.
#[derive(Debug, Clone, Default)]
pub struct Reloader(Arc<Notify>);

impl Reloader {
    /// Reads everything the graph is made of again, soon and once, however often this is called meanwhile.
    pub fn reload(&self) {
        self.0.notify_one();
    }
}

impl Recomposer {
    /// Reads and composes everything for the first time.
    pub(crate) async fn start(start: Start<'_>) -> Result<Self, ServerError> {
        let settings = &start.config.recomposition;
        let (clock, mut connector) = (start.clock, start.connector);
        let reader = Reader::new(start.http, start.tokens, settings);
        let mut followed =
            Followed::new(start.source, start.environment, &reader, start.clock).await?;
        let patience = settings.start_timeout.0;
        followed.load(&reader, patience, clock).await?;
        let metrics = start.metrics;
        let input = followed.input();
        let began = Instant::now();
        let composing = spawn_blocking(move || {
            let composition = compose::compose(input)?;
            Ok::<_, Refusal>((composition.graph()?, composition))
        });
        let (graph, composition) = composing.await.map_err(|_| ServerError::Panicked)??;
        let ports = connector.connect(&graph.supergraph)?;
        let mutations = connector.mutations();
        let (config, draw) = (start.config, start.draw);
        let caching = connector.caching();
        let pipeline = Pipeline::new(graph, ports, mutations, caching, config, &metrics, draw);
        let mut report = GraphReport::new(composition.id.clone(), clock());
        report.set_schemas(&followed);
        metrics.attempted(AttemptOutcome::Composed, Some(began.elapsed()));
        metrics.serves(&composition.id, clock());
        log_hints(&composition);
        Ok(Self {
            served: followed.fingerprint(),
            followed,
            reader,
            connector,
            pipeline: Arc::new(pipeline),
            metrics,
            clock,
            interval: settings.poll_interval.0,
            reload: Reloader::default(),
            published: Arc::new(PublishedReport::from_pointee(report.clone())),
            report,
            failure: None,
        })
    }

    pub(crate) fn pipeline(&self) -> Arc<Pipeline> {
        Arc::clone(&self.pipeline)
    }

    pub(crate) fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    pub(crate) fn published(&self) -> Arc<PublishedReport> {
        Arc::clone(&self.published)
    }

    pub(crate) fn reloader(&self) -> Reloader {
        self.reload.clone()
    }

    /// Keeps the graph up to date for ever, or not at all if it cannot change.
    pub(crate) async fn run(mut self) {
        tracing::info!(
            graph.id = self.report.id,
            graph.schemas = self.followed.schemas().len(),
            poll_interval_seconds = self.interval.map(|interval| interval.as_secs_f64()),
            "the graph is composed"
        );
        while self.followed.can_change() {
            let must = self.wait().await;
            self.poll(must).await;
        }
    }

    /// Until schemas are to be read again, and whether all of them must be.
    async fn wait(&self) -> bool {
        let pause = async {
            match self.interval {
                Some(interval) => {
                    let factor = rand::random_range(1.0 - JITTER..=1.0 + JITTER);
                    tokio::time::sleep(interval.mul_f64(factor)).await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = pause => false,
            () = self.reload.0.notified() => true,
        }
    }

    /// Reads what may have changed and serves what comes of it.
    pub(crate) async fn poll(&mut self, must: bool) {
        let observers = Observers {
            metrics: &self.metrics,
            clock: self.clock,
        };
        let reader = &self.reader;
        match self.followed.refresh_list(reader, must, observers).await {
            Ok(()) => {
                self.followed.refresh(reader, must, observers).await;
                self.follow().await;
            }
            Err(mistakes) => self.fail(Failure::List(mistakes), None),
        }
        self.report.set_schemas(&self.followed);
        self.metrics.set_failing(self.report.is_outdated());
        self.published.store(Arc::new(self.report.clone()));
    }

    async fn follow(&mut self) {
        let unread = self.followed.unread();
        if !unread.is_empty() {
            return self.fail(Failure::Unread(unread), None);
        }
        let schemas = self.followed.fingerprint();
        if schemas == self.served {
            return self.heal();
        }
        let is_known = self.failure.as_ref().is_some_and(|f| f.is_of(&schemas));
        if !is_known {
            self.attempt(schemas).await;
        }
    }

    async fn attempt(&mut self, schemas: blake3::Hash) {
        let began = Instant::now();
        let (input, serving) = (self.followed.input(), self.report.id.clone());
        let pipeline = Arc::clone(&self.pipeline);
        let outcome = spawn_blocking(move || prepare(input, &serving, &pipeline)).await;
        let took = Some(began.elapsed());
        match outcome {
            Ok(Ok(Some((prepared, composition)))) => {
                match self.connector.connect(prepared.supergraph()) {
                    Ok(ports) => {
                        self.pipeline.replace(prepared, ports);
                        self.composed(schemas, &composition, began.elapsed());
                    }
                    Err(error) => self.fail(Failure::Ports { schemas, error }, took),
                }
            }
            Ok(Ok(None)) => self.unchanged(schemas, took),
            Ok(Err(refusal)) => self.fail(Failure::Refused { schemas, refusal }, took),
            Err(_) => self.fail(Failure::Panicked { schemas }, took),
        }
    }

    fn composed(&mut self, schemas: blake3::Hash, composition: &Composition, took: Duration) {
        let now = (self.clock)();
        self.served = schemas;
        self.metrics.attempted(AttemptOutcome::Composed, Some(took));
        self.metrics.serves(&composition.id, now);
        self.report.attempted(AttemptOutcome::Composed, now);
        self.report.serves(composition.id.clone(), now);
        tracing::info!(
            graph.id = composition.id,
            duration_ms = took.as_secs_f64() * 1e3,
            "the schemas changed: a new graph serves"
        );
        log_hints(composition);
        self.heal();
    }

    fn unchanged(&mut self, schemas: blake3::Hash, took: Option<Duration>) {
        self.served = schemas;
        self.metrics.attempted(AttemptOutcome::Unchanged, took);
        self.report
            .attempted(AttemptOutcome::Unchanged, (self.clock)());
        self.heal();
    }

    /// The graph that serves is what the latest schemas compose to.
    fn heal(&mut self) {
        if self.failure.take().is_some() {
            tracing::info!(graph.id = self.report.id, "the latest schemas serve again");
        }
        self.report.healed();
    }

    fn fail(&mut self, failure: Failure, took: Option<Duration>) {
        if self.failure.as_ref().is_some_and(|f| f.is_same(&failure)) {
            return;
        }
        let now = (self.clock)();
        self.metrics.attempted(failure.outcome(), took);
        self.report.attempted(failure.outcome(), now);
        self.report
            .failed(failure.reason(), failure.diagnostics(), now);
        failure.log(&self.report.id);
        self.failure = Some(failure);
    }
}

/// The graph of `input` ready to serve, unless it is the one that serves already.
fn prepare(
    input: Input,
    serving: &str,
    pipeline: &Pipeline,
) -> Result<Option<(Prepared, Composition)>, Refusal> {
    let composition = compose::compose(input)?;
    if composition.id == serving {
        return Ok(None);
    }
    let prepared = pipeline.prepare(composition.graph()?);
    Ok(Some((prepared, composition)))
}

fn log_hints(composition: &Composition) {
    for hint in &composition.hints {
        super::failure::log_hint(hint);
    }
}
