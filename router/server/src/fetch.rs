//! Small outgoing requests of the router's own: key sets and subgraph schemas. Bounded in time and bytes.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
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
    Status(http::StatusCode),
    #[error("the answer cannot be read or is longer than {limit} bytes")]
    Body { limit: usize },
    #[error("the request cannot be built: {0}")]
    Request(#[from] http::Error),
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
        self.send(request, time, limit).await
    }

    /// The body of a successful answer to a GraphQL POST.
    pub(crate) async fn post_json(
        &self,
        uri: &Uri,
        authorization: Option<HeaderValue>,
        body: Bytes,
        time: Duration,
        limit: usize,
    ) -> Result<Bytes, FetchError> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        if let Some(authorization) = authorization {
            request
                .headers_mut()
                .insert(header::AUTHORIZATION, authorization);
        }
        self.send(request, time, limit).await
    }

    async fn send(
        &self,
        request: Request<Full<Bytes>>,
        time: Duration,
        limit: usize,
    ) -> Result<Bytes, FetchError> {
        let answer = async {
            let response = self
                .client
                .request(request)
                .await
                .map_err(FetchError::Connect)?;
            if !response.status().is_success() {
                return Err(FetchError::Status(response.status()));
            }
            let body = Limited::new(response.into_body(), limit).collect().await;
            Ok(body.map_err(|_| FetchError::Body { limit })?.to_bytes())
        };
        tokio::time::timeout(time, answer)
            .await
            .map_err(|_| FetchError::Timeout(time))?
    }
}
