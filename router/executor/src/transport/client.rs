//! The HTTP client that all subgraphs share: one pool of kept-alive connections per origin.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::http1::Origins;
use crate::error::ExecutorError;

/// How long an idle connection is kept. Shorter than what servers usually allow, so that few are found closed.
pub(super) const IDLE: Duration = Duration::from_secs(30);
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// An HTTP client: HTTP/1.1, with TLS (the system's certificate authorities) also HTTP/2 where that is negotiated.
/// Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct HttpClient {
    /// For `https`.
    pub(super) inner: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// For `http`.
    pub(super) origins: Arc<Origins>,
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpClient")
    }
}

impl HttpClient {
    /// A client without connections yet.
    ///
    /// # Errors
    /// [`ExecutorError::CertificateAuthorities`] if the system has none that can be read.
    pub fn new() -> Result<Self, ExecutorError> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let tls = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)
            .map_err(|source| ExecutorError::CertificateAuthorities { source })?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let origins = Arc::new(Origins::new(tcp.clone()));
        let connector = tls.https_only().enable_http1().enable_http2();
        let inner = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector.wrap_connector(tcp));
        Ok(Self { inner, origins })
    }
}
