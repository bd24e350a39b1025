//! A subgraph that is not asked for a while after it failed too often, so that it can recover and clients do not wait
//! for nothing.
//!
//! Closed, open, half-open (Nygard, *Release It!*): once enough of the calls in a window failed nobody is let through;
//! after a pause one call is, whose end decides. What counts as a failure: no connection, no answer in time, HTTP 5xx
//! without GraphQL, an answer that does not look like a GraphQL response. GraphQL errors are answers. A call that was
//! given up counts as nothing, and lets another be tried.
//!
//! Why not a crate: `recloser` counts the last calls however old they are, lets many be tried at once and does not
//! know calls that are given up; `failsafe` and the `tower-*` ones count in ways of their own, read the clock
//! themselves, and wrap a service instead of our port.

mod circuit;

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use prometheus_client::metrics::gauge::Gauge;
use router_executor::{Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};
use tokio::time::Instant;

pub(crate) use circuit::Thresholds;
use circuit::{Change, Circuit, Pass, Verdict};

/// A subgraph behind a circuit breaker.
pub(crate) struct Breaker {
    name: Arc<str>,
    subgraph: Arc<dyn Subgraph>,
    circuit: Mutex<Circuit>,
    /// 1 while the circuit is open.
    open: Gauge,
}

impl Breaker {
    pub(crate) fn new(
        name: &str,
        subgraph: Arc<dyn Subgraph>,
        thresholds: Thresholds,
        open: Gauge,
    ) -> Self {
        open.set(0);
        Self {
            name: Arc::from(name),
            subgraph,
            circuit: Mutex::new(Circuit::new(thresholds)),
            open,
        }
    }

    fn enter(&self) -> Option<Passage<'_>> {
        let mut circuit = self.circuit.lock().unwrap_or_else(PoisonError::into_inner);
        let pass = circuit.enter(Instant::now())?;
        Some(Passage {
            breaker: self,
            pass: Some(pass),
            verdict: Verdict::Unknown,
        })
    }

    fn leave(&self, pass: Pass, verdict: Verdict) {
        let mut circuit = self.circuit.lock().unwrap_or_else(PoisonError::into_inner);
        let change = circuit.leave(pass, verdict, Instant::now());
        let subgraph = &*self.name;
        match change {
            None => {}
            Some(Change::Opened) => {
                self.open.set(1);
                tracing::warn!(
                    subgraph.name = subgraph,
                    "a subgraph failed too often and is not asked for now"
                );
            }
            Some(Change::Closed) => {
                self.open.set(0);
                tracing::info!(subgraph.name = subgraph, "a subgraph is asked again");
            }
        }
    }

    async fn ask(&self, request: SubgraphRequest) -> Result<SubgraphResponse, SubgraphError> {
        let Some(mut passage) = self.enter() else {
            return Err(SubgraphError::CircuitOpen);
        };
        let answer = self.subgraph.call(request).await;
        passage.verdict = verdict(&answer);
        answer
    }
}

impl Subgraph for Breaker {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        Box::pin(self.ask(request))
    }
}

/// A call under way; tells the circuit when it ends, however it does.
struct Passage<'b> {
    breaker: &'b Breaker,
    pass: Option<Pass>,
    verdict: Verdict,
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            self.breaker.leave(pass, self.verdict);
        }
    }
}

fn verdict(answer: &Result<SubgraphResponse, SubgraphError>) -> Verdict {
    match answer {
        Ok(response) if response.looks_like_graphql() => Verdict::Success,
        Ok(_) => Verdict::Failure,
        Err(SubgraphError::Timeout | SubgraphError::ConnectionFailed { .. }) => Verdict::Failure,
        Err(SubgraphError::MalformedResponse { .. }) => Verdict::Failure,
        Err(SubgraphError::Http { status }) if status.is_server_error() => Verdict::Failure,
        // It answered, if not as it should.
        Err(SubgraphError::Http { .. } | SubgraphError::TooLarge { .. }) => Verdict::Success,
        // Nothing was sent.
        Err(_) => Verdict::Unknown,
    }
}

#[cfg(test)]
mod tests;
