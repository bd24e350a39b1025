//! `https`: hyper's client, which negotiates HTTP/1.1 or HTTP/2.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};

use super::chain;
use super::client::HttpClient;
use super::http1::{Answer, Failure};

/// A URL that is called over TLS.
pub(super) struct Secure {
    uri: Uri,
    client: HttpClient,
    constant: Vec<(HeaderName, HeaderValue)>,
}

impl Secure {
    /// Every request has the `constant` headers, whatever else it has of these names.
    pub(super) fn new(
        uri: Uri,
        client: HttpClient,
        constant: Vec<(HeaderName, HeaderValue)>,
    ) -> Self {
        Self {
            uri,
            client,
            constant,
        }
    }

    /// Sends a request. Answers may have `limit` bytes.
    pub(super) async fn call(
        &self,
        headers: &HeaderMap,
        body: &Bytes,
        limit: usize,
    ) -> Result<Answer, Failure> {
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers.clone();
        for (name, value) in &self.constant {
            request.headers_mut().insert(name.clone(), value.clone());
        }
        let response = self.client.inner.request(request).await;
        let (head, body) = response.map_err(|error| explain(&error))?.into_parts();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: read(body, limit).await?,
        })
    }
}

async fn read(body: Incoming, limit: usize) -> Result<Bytes, Failure> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Failure::TooLarge);
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Failure::TooLarge),
        Err(error) => Err(Failure::BrokenOff(chain(&*error))),
    }
}

fn explain(error: &hyper_util::client::legacy::Error) -> Failure {
    let source = std::error::Error::source(error);
    let source = source.and_then(|source| source.downcast_ref::<hyper::Error>());
    if error.is_connect() {
        Failure::Connect(chain(error))
    } else if source.is_some_and(|error| error.is_parse() || error.is_parse_too_large()) {
        Failure::Malformed("the answer is not HTTP")
    } else {
        Failure::Unanswered(chain(error))
    }
}
