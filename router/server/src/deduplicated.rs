//! A subgraph that is asked once for what several ask of it at the same time.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use apollo_compiler::ast::OperationType;
use futures::future::BoxFuture;
use prometheus_client::metrics::counter::Counter;
use router_executor::{Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};
use tokio::time::{Instant, timeout_at};

use crate::{
    flights::{Flights, MOST_BYTES, Terms, hash_headers, joinable_for},
    mutations::Mutations,
};

/// Counts the mutations a subgraph carries out and, if wanted, sends equal queries that are under way at the same
/// time only once.
///
/// Queries are equal if everything is that may change the answer ([`SubgraphRequest::asks_the_same`]), so this must
/// stand where the headers are those that the subgraph gets. The request's id is that of whoever asked first. A
/// deadline is its owner's alone: the subgraph gets none, and gives up by its own timeout.
pub(crate) struct Deduplicated {
    subgraph: Arc<dyn Subgraph>,
    mutations: Arc<Mutations>,
    queries: Option<Queries>,
}

/// How queries are shared.
struct Queries {
    flights: Flights<Query, Result<SubgraphResponse, SubgraphError>>,
    timeout: Duration,
    joined: Counter,
}

impl Deduplicated {
    /// `subgraph`, which may be asked everything as often as it is.
    pub(crate) fn new(subgraph: Arc<dyn Subgraph>, mutations: Arc<Mutations>) -> Self {
        Self {
            subgraph,
            mutations,
            queries: None,
        }
    }

    /// The same, with queries shared. The subgraph answers within `timeout`; `joined` counts those who share the
    /// answer of another.
    pub(crate) fn sharing(mut self, timeout: Duration, joined: Counter) -> Self {
        let mutations = Arc::clone(&self.mutations);
        self.queries = Some(Queries {
            flights: Flights::new(joinable_for(timeout), mutations),
            timeout,
            joined,
        });
        self
    }

    async fn mutate(&self, request: SubgraphRequest) -> Result<SubgraphResponse, SubgraphError> {
        let _under_way = self.mutations.begin();
        self.subgraph.call(request).await
    }
}

impl Subgraph for Deduplicated {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        match (request.kind, &self.queries) {
            (OperationType::Mutation, _) => Box::pin(self.mutate(request)),
            (OperationType::Query, Some(queries)) if request.body.len() <= MOST_BYTES => {
                Box::pin(queries.ask(&self.subgraph, request))
            }
            _ => self.subgraph.call(request),
        }
    }
}

impl Queries {
    async fn ask(
        &self,
        subgraph: &Arc<dyn Subgraph>,
        request: SubgraphRequest,
    ) -> Result<SubgraphResponse, SubgraphError> {
        let deadline = request.deadline.map(Instant::from_std);
        let terms = Terms {
            within: request.shares_within,
            began: request.began,
        };
        let request = Query(request);
        match deadline {
            Some(deadline) => {
                let queue = self.flights.queue(&request, terms);
                timeout_at(deadline, queue)
                    .await
                    .map_err(|_| SubgraphError::Timeout)?;
            }
            None => self.flights.queue(&request, terms).await,
        }
        let known = |Query(request): &Query| request.keeper.as_ref()?.known();
        let begin = |Query(request): &Query| {
            let (subgraph, mut request) = (Arc::clone(subgraph), request.clone());
            request.deadline = None;
            let keeper = request.keeper.take();
            async move {
                let mut answer = subgraph.call(request).await;
                // Before the flight has landed: who does not find it any more finds what is kept.
                if let (Some(keeper), Ok(answer)) = (keeper, &mut answer) {
                    keeper.keep(answer);
                }
                answer
            }
        };
        let flights = &self.flights;
        let waiter = match flights.join_unless(request, terms, known, begin) {
            Ok(waiter) => waiter,
            Err(known) => return Ok(known),
        };
        if waiter.has_joined() {
            self.joined.inc();
        }
        match deadline {
            Some(deadline) if deadline < waiter.began() + self.timeout => {
                let answer = timeout_at(deadline, waiter.answer()).await;
                answer.unwrap_or(Err(SubgraphError::Timeout))
            }
            _ => waiter.answer().await,
        }
    }
}

/// A query as it is compared with others.
struct Query(SubgraphRequest);

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.0.asks_the_same(&other.0)
    }
}

impl Eq for Query {}

impl Hash for Query {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.body.hash(state);
        self.0.identity.hash(state);
        hash_headers(&self.0.headers, state);
    }
}

#[cfg(test)]
mod tests;
