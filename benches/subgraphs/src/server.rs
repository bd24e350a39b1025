//! The four schemas behind one HTTP server.

use std::future::IntoFuture;
use std::net::SocketAddr;

use async_graphql::{Request, Response};
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::inventory::Estimate;
use crate::requests::{RequestCounts, Requests, Subgraph};
use crate::schemas::Schemas;

/// Why the servers could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system answered.
        #[source]
        source: std::io::Error,
    },
}

/// Servers that are up; they stop when this is dropped.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    requests: Requests,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Handle {
    /// The address listened on, its port filled in.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of one subgraph's GraphQL endpoint.
    pub fn url(&self, subgraph: Subgraph) -> String {
        format!("http://{}/{}", self.address, subgraph.name())
    }

    /// Requests per subgraph since the start or the last reset.
    pub fn requests(&self) -> RequestCounts {
        self.requests.counts()
    }

    /// Sets the counts to zero.
    pub fn reset_requests(&self) {
        self.requests.reset();
    }

    /// Finishes the requests in flight and stops.
    pub async fn stop(self) {
        // A receiver that is gone means the server has ended already.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }

    /// Serves until the server itself ends.
    ///
    /// # Errors
    /// What the listener answered, if it failed.
    pub async fn wait(self) -> std::io::Result<()> {
        let Self { stop, task, .. } = self;
        let outcome = task.await.unwrap_or_else(|e| Err(std::io::Error::other(e)));
        drop(stop);
        outcome
    }
}

/// Starts the four subgraphs on `address` (port 0 takes a free one).
///
/// # Errors
/// [`ServeError::Listen`] if the address cannot be bound.
pub async fn serve(address: SocketAddr, estimate: Estimate) -> Result<Handle, ServeError> {
    let listen = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let requests = Requests::default();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, router(estimate, requests.clone())).with_graceful_shutdown(
        async move {
            // Both a message and a dropped handle mean "stop".
            let _ = stopped.await;
        },
    );
    Ok(Handle {
        address,
        requests,
        stop,
        task: tokio::spawn(server.into_future()),
    })
}

/// The routes of all four subgraphs, counting into `requests`.
pub fn router(estimate: Estimate, requests: Requests) -> Router {
    let schemas = Schemas::new(estimate);
    let mut graphql = Router::new();
    for subgraph in Subgraph::ALL {
        let (schemas, requests) = (schemas.clone(), requests.clone());
        let answer = async move |Json(request): Json<Request>| -> Json<Response> {
            requests.record(subgraph);
            Json(schemas.execute(subgraph, request).await)
        };
        graphql = graphql.route(&format!("/{}", subgraph.name()), post(answer));
    }
    let counts = Router::new()
        .route("/requests", get(show_counts).delete(reset_counts))
        .with_state(requests);
    graphql.merge(counts).route("/health", get(async || "ok"))
}

async fn show_counts(State(requests): State<Requests>) -> Json<serde_json::Value> {
    let counts = requests.counts();
    let mut shown = serde_json::Map::new();
    for subgraph in Subgraph::ALL {
        shown.insert(subgraph.name().to_owned(), counts.of(subgraph).into());
    }
    shown.insert("total".to_owned(), counts.total().into());
    Json(shown.into())
}

async fn reset_counts(State(requests): State<Requests>) {
    requests.reset();
}
