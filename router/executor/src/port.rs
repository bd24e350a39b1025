//! The port through which subgraphs are called.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use apollo_compiler::ast::OperationType;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, StatusCode};

/// A subgraph, wherever it runs.
///
/// The contract of an implementation:
/// - It answers by the request's deadline if there is one, with [`SubgraphError::Timeout`] if need be.
/// - The future is cancelled by dropping it.
/// - It sends the body as it is and gives the answer's bytes as they came: what a GraphQL error is, the executor
///   decides. It bounds the size of an answer.
/// - It may send a query again if it knows that nothing of an answer was received; a mutation never, unless
///   nothing was sent either.
/// - It neither logs bodies nor puts addresses into an error's `Display`.
pub trait Subgraph: Send + Sync {
    /// Asks the subgraph.
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>>;
}

/// A request to a subgraph.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SubgraphRequest {
    /// The GraphQL request as JSON: `query`, `operationName`, `variables`.
    pub body: Bytes,
    /// What kind of operation it is.
    pub kind: OperationType,
    /// Headers that travel on from the client; shared by all requests of an execution.
    pub headers: Arc<HeaderMap>,
    /// Who asks.
    pub identity: Arc<Identity>,
    /// The client request's id.
    pub request_id: Arc<str>,
    /// When an answer is of no use any more.
    pub deadline: Option<Instant>,
    /// How many bytes the answer will probably have, as that to the last request like this; 0 if nobody knows.
    pub expected_bytes: usize,
    /// How it is made up, if the fetch has a note.
    pub parts: Option<RequestParts>,
    /// The execution's note.
    pub execution: Option<Note>,
    /// The answer to an equal request under way may be shared if that began no longer ago; `None`: whoever shares
    /// decides.
    pub shares_within: Option<Duration>,
    /// When whoever asks began, at the latest. The answer to an equal request that was sent later is not too old for him,
    /// whatever `shares_within` says.
    pub began: Option<Moment>,
    /// Keeps the answer.
    pub keeper: Option<Arc<dyn Keeper>>,
}

/// A moment in this process: of two the later one is known, however near they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// Later than all that there were.
    pub fn now() -> Self {
        static MOMENTS: AtomicU64 = AtomicU64::new(0);
        Self(MOMENTS.fetch_add(1, Ordering::SeqCst))
    }
}

/// Keeps what a subgraph answers. Ports that send equal requests once have it done once, for all who share the answer, and
/// before a later request could be sent again.
pub trait Keeper: fmt::Debug + Send + Sync {
    /// The answer, if it is kept by now. Quick, for others may have to wait meanwhile.
    fn known(&self) -> Option<SubgraphResponse>;

    /// Keeps an answer; what came of it goes into its note.
    fn keep(&self, answer: &mut SubgraphResponse);
}

/// Something that whoever executes a plan wants ports to know; the executor passes it on.
#[derive(Clone)]
pub struct Note(Arc<dyn Any + Send + Sync>);

impl Note {
    /// A note.
    pub fn new(note: Arc<dyn Any + Send + Sync>) -> Self {
        Self(note)
    }

    /// What it says, if it is of this type.
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note")
    }
}

/// How a request is made up, for ports that can have a part of its answer from elsewhere.
#[derive(Clone, Debug)]
pub struct RequestParts {
    /// What the plan's maker says of the fetch.
    pub fetch: Note,
    /// By `_entities` field, in the operation's order: where in the body its representations stand. Each is there
    /// once, without the commas between them.
    pub representations: Vec<Vec<Range<usize>>>,
    /// Where in the body the values of the client's variables are written, the commas and keys included.
    pub variables: Range<usize>,
}

impl SubgraphRequest {
    /// A request of nobody in particular, without headers, id or deadline.
    pub fn new(kind: OperationType, body: Bytes) -> Self {
        Self {
            body,
            kind,
            headers: Arc::default(),
            identity: Arc::default(),
            request_id: Arc::from(""),
            deadline: None,
            expected_bytes: 0,
            parts: None,
            execution: None,
            shares_within: None,
            began: None,
            keeper: None,
        }
    }

    /// Whether `other` asks for the same on behalf of the same client: everything is equal that may change the answer.
    /// The client request's id, the deadline, expectations and notes do not.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let Self {
            body,
            kind,
            headers,
            identity,
            request_id: _,
            deadline: _,
            expected_bytes: _,
            parts: _,
            execution: _,
            shares_within: _,
            began: _,
            keeper: _,
        } = self;
        *kind == other.kind
            && *body == other.body
            && *identity == other.identity
            && *headers == other.headers
    }
}

/// Who asks, as the router verified it. The default is an anonymous client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The user; `None` for an anonymous client.
    pub subject: Option<String>,
    /// What the user may do.
    pub scopes: Vec<String>,
    /// The session the access token belongs to.
    pub session: Option<String>,
}

/// What a subgraph answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SubgraphResponse {
    /// The GraphQL response.
    pub body: SubgraphBody,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// What its [`Keeper`] says of it.
    pub note: Option<Note>,
}

impl SubgraphResponse {
    /// An answer in JSON, without headers.
    pub fn json(body: impl Into<Bytes>) -> Self {
        Self {
            body: SubgraphBody::Json(body.into()),
            headers: HeaderMap::new(),
            note: None,
        }
    }

    /// Whether this is a GraphQL response as far as a glance shows: an object with `data` or `errors` that has an end. What
    /// is in between may still turn out to be none.
    pub fn looks_like_graphql(&self) -> bool {
        let SubgraphBody::Json(body) = &self.body;
        body.trim_ascii_end().ends_with(b"}") && crate::ingest::begins_as_graphql(body)
    }

    /// The same answer with these headers.
    #[must_use]
    pub fn with_headers(self, headers: HeaderMap) -> Self {
        Self { headers, ..self }
    }
}

/// The form an answer comes in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SubgraphBody {
    /// A JSON text, not looked at yet.
    Json(Bytes),
}

/// Why there is no GraphQL answer. `Display` is fit for clients: it names neither addresses nor hosts; details are
/// in `detail` and meant for the log.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubgraphError {
    /// No answer in time.
    #[error("the subgraph did not answer in time")]
    Timeout,
    /// No connection, or it broke before an answer came.
    #[error("the subgraph cannot be reached")]
    ConnectionFailed {
        /// What the transport said.
        detail: String,
    },
    /// An HTTP error without a GraphQL body.
    #[error("the subgraph answered with HTTP status {}", status.as_u16())]
    Http {
        /// The status.
        status: StatusCode,
    },
    /// Not a GraphQL response.
    #[error("the subgraph's answer is not a GraphQL response")]
    MalformedResponse {
        /// What is wrong with it.
        detail: String,
    },
    /// Larger than is accepted.
    #[error("the subgraph's answer is too large")]
    TooLarge {
        /// What is accepted, in bytes.
        limit: usize,
    },
    /// It failed too often, and nothing was sent.
    #[error("the subgraph failed too often and is not asked for now")]
    CircuitOpen,
    /// The request could not be made.
    #[error("the subgraph cannot be asked")]
    Request {
        /// Why not.
        detail: String,
    },
}

impl SubgraphError {
    /// The code for `extensions.code`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Timeout => "SUBREQUEST_TIMEOUT",
            Self::ConnectionFailed { .. } => "SUBREQUEST_CONNECTION_FAILED",
            Self::Http { .. } => "SUBREQUEST_HTTP_ERROR",
            Self::MalformedResponse { .. } => "SUBREQUEST_MALFORMED_RESPONSE",
            Self::TooLarge { .. } => "SUBREQUEST_TOO_LARGE",
            Self::CircuitOpen => "SUBREQUEST_CIRCUIT_OPEN",
            Self::Request { .. } => "SUBREQUEST_FAILED",
        }
    }

    /// What the log should say besides; may name addresses.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::ConnectionFailed { detail }
            | Self::MalformedResponse { detail }
            | Self::Request { detail } => Some(detail),
            Self::Timeout | Self::Http { .. } | Self::TooLarge { .. } | Self::CircuitOpen => None,
        }
    }
}
