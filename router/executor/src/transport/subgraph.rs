//! One subgraph behind a URL.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use apollo_compiler::ast::OperationType;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Uri};
use tokio::time::Instant;

use super::client::HttpClient;
use super::coding::Coding;
use super::http1::{Answer, Call, Failure, Origin, RequestHead};
use super::secure::Secure;
use crate::error::ExecutorError;
use crate::ingest;
use crate::port::{Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};

/// Headers that the router adds to a subgraph's requests, such as its own authorization.
pub trait HeaderSource: Send + Sync {
    /// Adds to `headers`, which hold what travels on from the client, or replaces them.
    fn apply(&self, request: &SubgraphRequest, headers: &mut HeaderMap);
}

/// Adds nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHeaders;

impl HeaderSource for NoHeaders {
    fn apply(&self, _: &SubgraphRequest, _: &mut HeaderMap) {}
}

/// How a subgraph is called.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HttpSettings {
    /// How long an answer may take, from the first byte sent to the last received.
    pub timeout: Duration,
    /// How many bytes an answer may have.
    pub response_bytes: usize,
    /// How often a query is sent again if nothing of an answer was received.
    pub retries: u32,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            response_bytes: 64 << 20,
            retries: 1,
        }
    }
}

/// A subgraph over HTTP: `POST` with JSON, as GraphQL over HTTP has it.
///
/// An error status is a failure unless the body is a GraphQL response in JSON. Redirects are not followed. Compressed
/// answers are not asked for; one in gzip is taken all the same, unpacked to no more than an answer may have.
pub struct HttpSubgraph {
    uri: Uri,
    wire: Wire,
    headers: Arc<dyn HeaderSource>,
    settings: HttpSettings,
}

/// How requests get there.
enum Wire {
    /// `http`.
    Plain {
        origin: Arc<Origin>,
        head: RequestHead,
    },
    /// `https`.
    Secure(Box<Secure>),
}

impl fmt::Debug for HttpSubgraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSubgraph")
            .field("uri", &self.uri)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl HttpSubgraph {
    /// A subgraph at `url`.
    ///
    /// # Errors
    /// [`ExecutorError::InvalidUrl`] if `url` is not an absolute `http` or `https` URL.
    pub fn new(
        url: &str,
        client: HttpClient,
        headers: Arc<dyn HeaderSource>,
        settings: HttpSettings,
    ) -> Result<Self, ExecutorError> {
        let invalid = |reason: String| ExecutorError::InvalidUrl {
            url: url.to_owned(),
            reason,
        };
        let uri: Uri = url.parse().map_err(|e| invalid(format!("{e}")))?;
        let authority = uri
            .authority()
            .filter(|authority| !authority.host().is_empty());
        let wire = match (uri.scheme_str(), authority) {
            (Some("http"), Some(authority)) => Wire::Plain {
                origin: client.origins.of(&uri, authority),
                head: RequestHead::new(&uri, &constant_headers()),
            },
            (Some("https"), Some(_)) => Wire::Secure(Box::new(Secure::new(
                uri.clone(),
                client,
                constant_headers().into(),
            ))),
            (Some("http" | "https"), None) => return Err(invalid("it names no host".to_owned())),
            _ => {
                let reason = "it does not start with http:// or https://";
                return Err(invalid(reason.to_owned()));
            }
        };
        Ok(Self {
            uri,
            wire,
            headers,
            settings,
        })
    }

    async fn ask(&self, request: SubgraphRequest) -> Result<SubgraphResponse, SubgraphError> {
        let mut until = Instant::now() + self.settings.timeout;
        if let Some(deadline) = request.deadline {
            until = until.min(Instant::from_std(deadline));
        }
        let exchange = self.exchange(&request);
        let answer = tokio::time::timeout_at(until, exchange).await;
        answer.unwrap_or(Err(SubgraphError::Timeout))
    }

    async fn exchange(&self, request: &SubgraphRequest) -> Result<SubgraphResponse, SubgraphError> {
        let answer = self.send(request).await?;
        let coding = Coding::of(&answer.headers)?;
        let failed = || SubgraphError::Http {
            status: answer.status,
        };
        let is_success = answer.status.is_success();
        if !has_json_type(&answer.headers) {
            return Err(match is_success {
                true => malformed("the content type is not JSON"),
                false => failed(),
            });
        }
        let body = coding.decode(answer.body, self.settings.response_bytes)?;
        if !is_success && !ingest::is_graphql(&body) {
            return Err(failed());
        }
        Ok(SubgraphResponse::json(body).with_headers(answer.headers))
    }

    /// Sends a request, more than once if nothing of an answer comes and that does no harm.
    async fn send(&self, request: &SubgraphRequest) -> Result<Answer, SubgraphError> {
        let limit = self.settings.response_bytes;
        let may_repeat = request.kind == OperationType::Query;
        let mut retries = if may_repeat { self.settings.retries } else { 0 };
        let mut headers = (*request.headers).clone();
        self.headers.apply(request, &mut headers);
        loop {
            let body = &request.body;
            let sent = match &self.wire {
                Wire::Plain { origin, head } => {
                    let call = Call {
                        head: head.write(&headers, body.len()).into(),
                        body: body.clone(),
                        may_repeat,
                        expected: request.expected_bytes,
                        limit,
                    };
                    origin.call(&call).await
                }
                Wire::Secure(secure) => secure.call(&headers, body, limit).await,
            };
            match sent {
                Ok(answer) => return Ok(answer),
                // A refused connection is refused again, and what is no HTTP was an answer.
                Err(Failure::Unanswered(_)) if retries > 0 => retries -= 1,
                Err(failure) => return Err(refused(failure, limit)),
            }
        }
    }
}

impl Subgraph for HttpSubgraph {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        self.ask(request).boxed()
    }
}

/// What every request says; a client's headers of these names do not travel.
fn constant_headers() -> [(HeaderName, HeaderValue); 3] {
    let accept = "application/json, application/graphql-response+json";
    [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (ACCEPT, HeaderValue::from_static(accept)),
        (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
    ]
}

fn refused(failure: Failure, limit: usize) -> SubgraphError {
    let detail = match failure {
        Failure::TooLarge => return SubgraphError::TooLarge { limit },
        Failure::Connect(detail) | Failure::Unanswered(detail) => detail,
        Failure::BrokenOff(detail) => format!("the answer broke off: {detail}"),
        Failure::Malformed(what) => what.to_owned(),
    };
    SubgraphError::ConnectionFailed { detail }
}

pub(super) fn malformed(detail: &str) -> SubgraphError {
    SubgraphError::MalformedResponse {
        detail: detail.to_owned(),
    }
}

/// `application/json`, `application/graphql-response+json` and other types in JSON.
fn has_json_type(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let Some(value) = value else {
        return false;
    };
    let media_type = value.split(';').next().unwrap_or_default().trim();
    let media_type = media_type.to_ascii_lowercase();
    media_type == "application/json" || media_type.ends_with("+json")
}
