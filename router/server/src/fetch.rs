//! Small outgoing requests of the router's own: key sets and subgraph schemas. Bounded in time and bytes.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use crate::error::ServerError;

/// Why a fetch failed; for the log and for start-up messages.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    #[error("cannot connect: {0}")]
    Connect(#[source] hyper_util::client::legacy::Error),
    #[error("status {0}")]
    Status(StatusCode),
    #[error("the answer cannot be read or is longer than {limit} bytes")]
    Body { limit: usize },
    #[error("the request cannot be built: {0}")]
    Request(#[from] http::Error),
}

/// A successful answer.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It is still what the caller knows (RFC 9110, section 15.4.5).
    NotModified,
    /// A body, and the tag under which it may be asked for again (RFC 9110, section 8.8.3).
    Body {
        body: Bytes,
        tag: Option<HeaderValue>,
    },
}

/// An HTTP client with TLS and the system's certificate authorities.
#[derive(Clone)]
pub(crate) struct HttpFetch {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl fmt::Debug for HttpFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpFetch")
    }
}

impl HttpFetch {
    pub(crate) fn new() -> Result<Self, ServerError> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let tls = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)
            .map_err(|error| ServerError::Client {
                reason: error.to_string(),
            })?;
        let connector = tls.https_or_http().enable_http1().enable_http2().build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
        })
    }

    /// The body of a successful answer to GET.
    pub(crate) async fn get(
        &self,
        uri: &Uri,
        time: Duration,
        limit: usize,
    ) -> Result<Bytes, FetchError> {
        let request = Request::get(uri)
            .header(header::ACCEPT, "application/json")
            .body(Full::default())?;
        match self.send(request, time, limit).await? {
            Answer::Body { body, .. } => Ok(body),
            Answer::NotModified => Err(FetchError::Status(StatusCode::NOT_MODIFIED)),
        }
    }

    /// The answer to a GraphQL POST, unless it is still the one tagged `known`.
    pub(crate) async fn post_json(
        &self,
        uri: &Uri,
        headers: HeaderMap,
        known: Option<&HeaderValue>,
        body: Bytes,
        time: Duration,
        limit: usize,
    ) -> Result<Answer, FetchError> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        request.headers_mut().extend(headers);
        if let Some(known) = known {
            let headers = request.headers_mut();
            headers.insert(header::IF_NONE_MATCH, known.clone());
        }
        self.send(request, time, limit).await
    }

    async fn send(
        &self,
        request: Request<Full<Bytes>>,
        time: Duration,
        limit: usize,
    ) -> Result<Answer, FetchError> {
        let is_conditional = request.headers().contains_key(header::IF_NONE_MATCH);
        let answer = async {
            let response = self
                .client
                .request(request)
                .await
                .map_err(FetchError::Connect)?;
            if is_conditional && response.status() == StatusCode::NOT_MODIFIED {
                return Ok(Answer::NotModified);
            }
            if !response.status().is_success() {
                return Err(FetchError::Status(response.status()));
            }
            let tag = response.headers().get(header::ETAG).cloned();
            let body = Limited::new(response.into_body(), limit).collect().await;
            let body = body.map_err(|_| FetchError::Body { limit })?.to_bytes();
            Ok(Answer::Body { body, tag })
        };
        tokio::time::timeout(time, answer)
            .await
            .map_err(|_| FetchError::Timeout(time))?
    }
}
