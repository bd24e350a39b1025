//! What an execution takes and gives.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use apollo_compiler::Name;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use schema_model::SubgraphId;

use crate::port::{Identity, Note, Subgraph};

/// Where in the client's document the fields stand that a path of response keys leads to: lines and columns, from 1.
/// Asked only when there is an error.
pub type Locate<'a> = &'a (dyn Fn(&[&str]) -> Vec<(usize, usize)> + Sync);

/// Everything about one client request that the plan does not know.
#[derive(Clone)]
pub struct ExecutionInput<'a> {
    /// The subgraphs, by `SubgraphId::index`.
    pub subgraphs: &'a [Arc<dyn Subgraph>],
    /// The present variables, coerced, as JSON text. An absent one is not sent to subgraphs.
    pub variables: &'a [(&'a str, &'a str)],
    /// The values of the introspection fields by response key, as JSON text.
    pub introspection: &'a [(Name, String)],
    /// Who asks.
    pub identity: Arc<Identity>,
    /// Headers that travel on to subgraphs.
    pub headers: Arc<HeaderMap>,
    /// The client request's id.
    pub request_id: Arc<str>,
    /// When an answer is of no use any more.
    pub deadline: Option<Instant>,
    /// How errors are shown, and what is accepted.
    pub options: &'a ExecutionOptions,
    /// Gives errors their `locations`; without it they have none.
    pub locate: Option<Locate<'a>>,
    /// What ports are told with every request.
    pub note: Option<Note>,
}

impl fmt::Debug for ExecutionInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecutionInput")
            .field("subgraphs", &self.subgraphs.len())
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// How errors are shown, and what is accepted.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ExecutionOptions {
    /// Show what the transport said (addresses among it) in error messages.
    pub show_transport_details: bool,
    /// Keys of a subgraph error's `extensions` that are shown besides `code`.
    pub shown_extensions: Vec<String>,
    /// What is accepted.
    pub limits: ExecutionLimits,
}

/// What is accepted. What exceeds a limit becomes an error; nothing is cut off silently.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ExecutionLimits {
    /// Bytes of the client's answer.
    pub response_bytes: usize,
    /// Bytes of one request to a subgraph.
    pub request_bytes: usize,
    /// Values held at once, of all fetches of an execution (12 bytes each).
    pub values: usize,
    /// Errors in the client's answer; further ones are counted.
    pub errors: usize,
    /// Client paths at which one error is reported.
    pub paths_per_error: usize,
}

impl Default for ExecutionLimits {
    fn default() -> Self {
        Self {
            response_bytes: 128 << 20,
            request_bytes: 64 << 20,
            values: 8 << 20,
            errors: 100,
            paths_per_error: 10,
        }
    }
}

/// The answer to a client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExecutionOutput {
    /// The GraphQL response: `{"data":…}`, with `errors` if there are any.
    pub body: Bytes,
    /// How many errors `body` has.
    pub errors: usize,
    /// `set-cookie` headers of the answers to mutations.
    pub set_cookies: Vec<HeaderValue>,
    /// One entry per fetch of the plan, in its order.
    pub fetches: Vec<FetchStatistics>,
}

/// What one fetch was.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FetchStatistics {
    /// Who was asked.
    pub subgraph: SubgraphId,
    /// What came of it.
    pub outcome: FetchOutcome,
    /// Bytes of the request.
    pub request_bytes: usize,
    /// Bytes of the answer.
    pub response_bytes: usize,
    /// Entities asked for.
    pub entities: usize,
    /// From sending the request to having read its answer; includes waiting.
    pub duration: Duration,
}

/// What came of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchOutcome {
    /// Nothing was left to ask for.
    Skipped,
    /// Answered without errors.
    Answered,
    /// Answered with errors, perhaps without data.
    Errors,
    /// No answer; the code says why.
    Failed(&'static str),
}
