//! One subgraph behind a URL.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use apollo_compiler::ast::OperationType;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Request, Response, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use tokio::time::Instant;

use super::client::HttpClient;
use super::coding::Coding;
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
    client: HttpClient,
    headers: Arc<dyn HeaderSource>,
    settings: HttpSettings,
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
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(invalid(
                "it does not start with http:// or https://".to_owned(),
            ));
        }
        if uri.host().is_none_or(str::is_empty) {
            return Err(invalid("it names no host".to_owned()));
        }
        Ok(Self {
            uri,
            client,
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
        let response = self.send(request).await?;
        let (head, body) = response.into_parts();
        let coding = Coding::of(&head.headers)?;
        let is_json = has_json_type(&head.headers);
        if !is_json && !head.status.is_success() {
            return Err(SubgraphError::Http {
                status: head.status,
            });
        }
        if !is_json {
            return Err(malformed("the content type is not JSON"));
        }
        let body = self.read(body).await?;
        let body = coding.decode(body, self.settings.response_bytes)?;
        if !head.status.is_success() && !ingest::is_graphql(&body) {
            return Err(SubgraphError::Http {
                status: head.status,
            });
        }
        Ok(SubgraphResponse::json(body).with_headers(head.headers))
    }

    /// Sends a request until an answer begins.
    async fn send(&self, request: &SubgraphRequest) -> Result<Response<Incoming>, SubgraphError> {
        let mut retries = match request.kind {
            OperationType::Query => self.settings.retries,
            OperationType::Mutation | OperationType::Subscription => 0,
        };
        loop {
            let response = self.client.inner.request(self.http_request(request)?).await;
            let error = match response {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            // A refused connection is refused again, and what is no HTTP was an answer; a connection that breaks was
            // perhaps only kept for too long.
            if retries == 0 || error.is_connect() || is_answered(&error) {
                return Err(SubgraphError::ConnectionFailed {
                    detail: chain(&error),
                });
            }
            retries -= 1;
        }
    }

    fn http_request(
        &self,
        request: &SubgraphRequest,
    ) -> Result<Request<Full<Bytes>>, SubgraphError> {
        let mut headers = (*request.headers).clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let accept = "application/json, application/graphql-response+json";
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        self.headers.apply(request, &mut headers);
        let mut http = Request::post(self.uri.clone())
            .body(Full::new(request.body.clone()))
            .map_err(|e| SubgraphError::Request {
                detail: e.to_string(),
            })?;
        *http.headers_mut() = headers;
        Ok(http)
    }

    async fn read(&self, body: Incoming) -> Result<Bytes, SubgraphError> {
        let limit = self.settings.response_bytes;
        if body.size_hint().lower() > limit as u64 {
            return Err(SubgraphError::TooLarge { limit });
        }
        match Limited::new(body, limit).collect().await {
            Ok(collected) => Ok(collected.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(SubgraphError::TooLarge { limit }),
            Err(error) => Err(SubgraphError::ConnectionFailed {
                detail: format!("the answer broke off: {}", chain(&*error)),
            }),
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

pub(super) fn malformed(detail: &str) -> SubgraphError {
    SubgraphError::MalformedResponse {
        detail: detail.to_owned(),
    }
}

/// Whether something came that is no HTTP.
fn is_answered(error: &hyper_util::client::legacy::Error) -> bool {
    let source = std::error::Error::source(error);
    let source = source.and_then(|source| source.downcast_ref::<hyper::Error>());
    source.is_some_and(|error| error.is_parse() || error.is_parse_too_large())
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

/// An error and what it came from, for the log.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}
