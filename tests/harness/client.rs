//! An HTTP client for GraphQL, and for sending what is not GraphQL at all.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client as HyperClient, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// Longer than any answer may take: a request that hangs fails its test.
const PATIENCE: Duration = Duration::from_secs(60);

/// Talks to one server, over kept connections.
#[derive(Clone)]
pub(crate) struct Client {
    hyper: HyperClient<HttpConnector, Full<Bytes>>,
    origin: String,
    token: Option<String>,
    is_fresh: bool,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {} {}", self.status, self.text()))
    }

    /// `extensions.code` of every error, in order.
    pub(crate) fn codes(&self) -> Vec<String> {
        let answer = self.json();
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| {
                error["extensions"]["code"]
                    .as_str()
                    .unwrap_or("")
                    .to_owned()
            })
            .collect()
    }
}

impl Client {
    /// `origin` is `http://host:port`.
    pub(crate) fn new(origin: &str) -> Self {
        Self {
            hyper: HyperClient::builder(TokioExecutor::new()).build_http(),
            origin: origin.to_owned(),
            token: None,
            is_fresh: false,
        }
    }

    /// The same client, wanting nothing that is kept.
    pub(crate) fn fresh(&self) -> Self {
        Self {
            is_fresh: true,
            ..self.clone()
        }
    }

    /// The same client, sending `token` as its bearer.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// What it sends as its bearer.
    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().expect("the client has a token")
    }

    /// `POST /graphql` with a query and variables.
    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Answer {
        let body = json!({ "query": query, "variables": variables }).to_string();
        self.post(body).await
    }

    /// The data of an operation that must not give an error.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let answer = self.graphql(query, variables).await;
        let mut json = answer.json();
        assert!(json.get("errors").is_none(), "{query}\n{json}");
        json["data"].take()
    }

    /// `POST /graphql` with a body that need not be GraphQL.
    pub(crate) async fn post(&self, body: impl Into<Bytes>) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send(Method::POST, "/graphql", &headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Bytes::new()).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if self.is_fresh {
            request = request.header("cache-control", "no-cache");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(body.into()))
            .expect("the test writes a valid request");
        let exchange = async {
            let response = self.hyper.request(request).await?;
            let (parts, body) = response.into_parts();
            Ok::<_, Box<dyn std::error::Error>>(Answer {
                status: parts.status,
                headers: parts.headers,
                body: body.collect().await?.to_bytes(),
            })
        };
        tokio::time::timeout(PATIENCE, exchange)
            .await
            .unwrap_or_else(|_| panic!("{path}: no answer within {PATIENCE:?}"))
            .unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }
}
