//! Subgraphs' schemas: from files, from text, or from the subgraphs themselves.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::try_join_all;
use router_executor::Identity;
use schema_composition::SubgraphInput;
use serde::Deserialize;
use tokio::time::Instant;

use super::read;
use crate::{
    auth::{InternalSecret, InternalTokens},
    config::{ComposeFile, ComposeSubgraph, HttpUrl},
    error::ServerError,
    fetch::{FetchError, HttpFetch},
};

const SERVICE_QUERY: &[u8] = br#"{"query":"{ _service { sdl } }"}"#;
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// Subgraphs are often started together with the router.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(250);
const MAX_SCHEMA_BYTES: usize = 16 << 20;

/// Reads every schema a `supergraph.yaml` names, asking running subgraphs where it says so.
///
/// # Errors
/// A file cannot be read, or a subgraph does not answer within twenty seconds.
pub async fn load_subgraphs(
    compose: &ComposeFile,
    secret: Option<&InternalSecret>,
) -> Result<Vec<SubgraphInput>, ServerError> {
    let tokens = secret.map(InternalTokens::new);
    load(compose, &HttpFetch::new()?, tokens.as_ref()).await
}

pub(super) async fn load(
    compose: &ComposeFile,
    http: &HttpFetch,
    tokens: Option<&InternalTokens>,
) -> Result<Vec<SubgraphInput>, ServerError> {
    let subgraphs = compose.subgraphs.iter();
    try_join_all(subgraphs.map(|(name, subgraph)| load_one(name, subgraph, http, tokens))).await
}

async fn load_one(
    name: &str,
    subgraph: &ComposeSubgraph,
    http: &HttpFetch,
    tokens: Option<&InternalTokens>,
) -> Result<SubgraphInput, ServerError> {
    let schema = &subgraph.schema;
    let (sdl, source) = match (&schema.file, &schema.subgraph_url, &schema.sdl) {
        (Some(file), _, _) => (read(file).await?, Some(file.display().to_string())),
        (None, Some(url), _) => (ask(name, url, http, tokens).await?, None),
        (None, None, sdl) => (sdl.clone().unwrap_or_default(), None),
    };
    let url = subgraph
        .routing_url
        .as_ref()
        .or(schema.subgraph_url.as_ref());
    let url = url.map(ToString::to_string).unwrap_or_default();
    Ok(SubgraphInput {
        name: name.to_owned(),
        url,
        sdl,
        source,
    })
}

/// The SDL a running subgraph gives of itself, waiting for one that is only just starting.
async fn ask(
    name: &str,
    url: &HttpUrl,
    http: &HttpFetch,
    tokens: Option<&InternalTokens>,
) -> Result<String, ServerError> {
    let failed = |reason: String| ServerError::SubgraphSchema {
        subgraph: name.to_owned(),
        url: url.to_string(),
        reason,
    };
    let give_up = Instant::now() + PATIENCE;
    let subgraph: Arc<str> = Arc::from(name);
    let body = loop {
        let authorization = tokens.and_then(|tokens| {
            tokens.authorization(&subgraph, &Arc::<Identity>::default(), "composition")
        });
        let body = Bytes::from_static(SERVICE_QUERY);
        match http
            .post_json(
                url.uri(),
                authorization,
                body,
                ATTEMPT_TIMEOUT,
                MAX_SCHEMA_BYTES,
            )
            .await
        {
            Ok(body) => break body,
            Err(error) if Instant::now() < give_up && is_starting(&error) => {
                tracing::debug!(subgraph = name, %error, "waiting for a subgraph's schema");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(failed(error.to_string())),
        }
    };
    sdl_of(&body).map_err(failed)
}

/// Whether the failure is what a service that is starting or restarting gives.
fn is_starting(error: &FetchError) -> bool {
    match error {
        FetchError::Connect(_) => true,
        FetchError::Status(status) => status.is_server_error(),
        FetchError::Timeout(_) | FetchError::Body { .. } | FetchError::Request(_) => false,
    }
}

fn sdl_of(body: &[u8]) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Answer {
        data: Option<Data>,
    }
    #[derive(Deserialize)]
    struct Data {
        _service: Service,
    }
    #[derive(Deserialize)]
    struct Service {
        sdl: String,
    }
    let answer: Answer =
        serde_json::from_slice(body).map_err(|error| format!("not a GraphQL response: {error}"))?;
    answer
        .data
        .map(|data| data._service.sdl)
        .ok_or_else(|| "it does not answer `{ _service { sdl } }`".to_owned())
}
