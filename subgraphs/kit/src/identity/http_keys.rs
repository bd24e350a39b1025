//! A key set read over HTTP, for a subgraph that runs alone (`WEFT_JWKS_URL`).

use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::jwk::JwkSet;

use super::{IdentityError, KeySource};

/// The whole read, connection included, takes at most this long.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The largest key set accepted, in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024;

enum Transport {
    Plain(Client<HttpConnector, Empty<Bytes>>),
    Tls(Client<HttpsConnector<HttpConnector>, Empty<Bytes>>),
}

/// Reads a JWKS with one GET.
pub struct HttpKeySource {
    uri: Uri,
    transport: Transport,
}

impl HttpKeySource {
    /// A source that reads `url`.
    ///
    /// # Errors
    /// [`IdentityError::Configuration`] when the URL is not http(s) or the system's root
    /// certificates cannot be read.
    pub fn new(url: &str) -> Result<Self, IdentityError> {
        let configuration = |reason: String| IdentityError::Configuration {
            setting: "WEFT_JWKS_URL",
            reason,
        };
        let uri: Uri = url
            .parse()
            .map_err(|_| configuration("it is not a URL".to_owned()))?;
        let executor = TokioExecutor::new();
        let transport = match uri.scheme_str() {
            Some("http") => Transport::Plain(Client::builder(executor).build_http()),
            Some("https") => {
                let connector = HttpsConnectorBuilder::new()
                    .with_native_roots()
                    .map_err(|error| configuration(error.to_string()))?
                    .https_only()
                    .enable_http1()
                    .build();
                Transport::Tls(Client::builder(executor).build(connector))
            }
            _ => {
                return Err(configuration(
                    "it must start with http:// or https://".to_owned(),
                ));
            }
        };
        Ok(Self { uri, transport })
    }

    fn unavailable(&self, reason: impl std::fmt::Display) -> IdentityError {
        IdentityError::KeysUnavailable {
            from: self.uri.to_string(),
            reason: reason.to_string().into(),
        }
    }

    async fn read(&self) -> Result<JwkSet, IdentityError> {
        let request = Request::get(self.uri.clone())
            .header(http::header::ACCEPT, "application/json")
            .body(Empty::new())
            .map_err(|error| self.unavailable(error))?;
        let response = match &self.transport {
            Transport::Plain(client) => client.request(request).await,
            Transport::Tls(client) => client.request(request).await,
        }
        .map_err(|error| self.unavailable(error))?;
        if !response.status().is_success() {
            return Err(self.unavailable(response.status()));
        }
        let body = Limited::new(response.into_body(), MAX_BODY_BYTES)
            .collect()
            .await
            .map_err(|error| self.unavailable(error))?
            .to_bytes();
        serde_json::from_slice(&body).map_err(|error| self.unavailable(error))
    }
}

impl KeySource for HttpKeySource {
    fn fetch(&self) -> BoxFuture<'_, Result<JwkSet, IdentityError>> {
        Box::pin(async {
            tokio::time::timeout(TIMEOUT, self.read())
                .await
                .unwrap_or_else(|_| Err(self.unavailable("it did not answer in time")))
        })
    }
}
