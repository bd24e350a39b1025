//! A service in the router's process: the adapter from a service to the executor's port.

use router_executor::{Identity, Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};
use subgraphs_kit::identity::Identity as Viewer;
use subgraphs_kit::scope::Caller;
use subgraphs_kit::service::Service;

use futures::future::BoxFuture;
use uuid::Uuid;

/// A service called through memory. It gives the bytes it would give over HTTP.
pub(crate) struct Mounted(pub(crate) Service);

impl Subgraph for Mounted {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        Box::pin(async move {
            let caller = Caller {
                identity: viewer(&request.identity),
                request_id: request.request_id.to_string(),
                headers: (*request.headers).clone(),
            };
            let answer = self.0.execute(&request.body, caller);
            let answer = match request.deadline {
                None => answer.await,
                Some(deadline) => tokio::time::timeout_at(deadline.into(), answer)
                    .await
                    .map_err(|_| SubgraphError::Timeout)?,
            };
            Ok(SubgraphResponse::json(answer.body).with_headers(answer.headers))
        })
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
