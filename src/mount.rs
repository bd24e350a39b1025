//! A service in the router's process: the adapter from a service to the executor's port.

use std::time::Duration;

use futures::future::BoxFuture;
use router_executor::{Identity, Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};
use router_server::{Config, for_this_request};
use subgraphs_kit::identity::Identity as Viewer;
use subgraphs_kit::scope::Caller;
use subgraphs_kit::service::Service;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

/// A service called through memory. It gives the bytes it would give over HTTP, within the same bounds.
///
/// It writes no line of its own for a request: what became of it, the router knows and logs.
pub(crate) struct Mounted {
    service: Service,
    bounds: Bounds,
}

/// What the router allows an answer of a subgraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    /// How long it may take.
    timeout: Duration,
    /// How many bytes it may have.
    response_bytes: usize,
}

impl Bounds {
    /// What `config` says of the subgraph `name`, or of every subgraph.
    fn of(name: &str, config: &Config) -> Self {
        let own = config.subgraphs.get(name);
        let defaults = &config.subgraph_defaults;
        Self {
            timeout: own
                .and_then(|own| own.timeout)
                .unwrap_or(defaults.timeout)
                .0,
            response_bytes: own
                .and_then(|own| own.response_bytes)
                .unwrap_or(defaults.response_bytes)
                .0,
        }
    }
}

impl Mounted {
    /// `service` within the bounds that `config` sets it.
    pub(crate) fn new(service: Service, config: &Config) -> Self {
        let bounds = Bounds::of(service.name(), config);
        Self { service, bounds }
    }

    async fn ask(&self, request: SubgraphRequest) -> Result<SubgraphResponse, SubgraphError> {
        let mut until = Instant::now() + self.bounds.timeout;
        if let Some(deadline) = request.deadline {
            until = until.min(Instant::from_std(deadline));
        }
        let caller = Caller {
            identity: viewer(&request.identity),
            request_id: request.request_id.clone(),
            headers: request.headers.clone(),
        };
        let service = self.service.clone();
        let work = async move { service.execute(&request.body, caller).await };
        let answer = bounded(work, until).await?;
        let limit = self.bounds.response_bytes;
        if answer.body.len() > limit {
            return Err(SubgraphError::TooLarge { limit });
        }
        Ok(SubgraphResponse::json(answer.body).with_headers(answer.headers))
    }
}

impl Subgraph for Mounted {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        Box::pin(self.ask(request))
    }
}

/// Runs `work` in a task of its own, which ends when the deadline passes and when the caller stops waiting. On a runtime
/// of several threads a long turn of it holds up neither its request's deadline nor the other subgraphs of that request;
/// on a server's thread (decision 0008) it holds up what else happens there, bounded by the services' own limits.
async fn bounded<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    until: Instant,
) -> Result<T, SubgraphError> {
    let task = AbortOnDropHandle::new(tokio::spawn(for_this_request(work)));
    match tokio::time::timeout_at(until, task).await {
        Err(_) => Err(SubgraphError::Timeout),
        Ok(Ok(output)) => Ok(output),
        // It panicked; over HTTP its connection would break.
        Ok(Err(error)) => Err(SubgraphError::ConnectionFailed {
            detail: error.to_string(),
        }),
    }
}

/// The router's word for who asks, as the services know it. A subject that is no user id of ours is nobody.
fn viewer(identity: &Identity) -> Viewer {
    let subject = identity.subject.as_deref();
    match subject.map(Uuid::parse_str) {
        Some(Ok(id)) => Viewer::User {
            id,
            scopes: identity.scopes.clone(),
            session: identity
                .session
                .as_deref()
                .and_then(|s| Uuid::parse_str(s).ok()),
        },
        _ => Viewer::Anonymous,
    }
}

#[cfg(test)]
mod tests;
