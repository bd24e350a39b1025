//! `POST /cache/invalidate`: what operators and other programs know to be out of date.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use router_cache::{Mode, Position};
use serde::Deserialize;
use serde_json::json;

use super::{accept::MediaType, respond};
use crate::{
    app::App,
    caching::Target,
    code::{ErrorCode, GraphqlError},
};

pub(super) const PATH: &str = "/cache/invalidate";

/// Targets in one request.
const MOST_TARGETS: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    invalidate: Vec<Target>,
    #[serde(default)]
    mode: How,
}

/// What becomes of entries that may be used when they are stale.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum How {
    /// They are not used.
    #[default]
    Hard,
    /// They are, as their origin allowed.
    Soft,
}

/// Invalidates, and answers with the position of the log from which on that holds. With `?wait=applied` not before it
/// holds on every router.
pub(super) async fn invalidate(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match carry_out(&app, query.as_deref(), &headers, &body).await {
        Ok(response) => response,
        Err(error) => respond::error(MediaType::GraphqlResponse, &error),
    }
}

async fn carry_out(
    app: &App,
    query: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, GraphqlError> {
    let given = headers
        .get(header::AUTHORIZATION)
        .map(http::HeaderValue::as_bytes);
    let given = given.and_then(|value| value.strip_prefix(b"Bearer "));
    let is_known = app
        .invalidation
        .as_ref()
        .zip(given)
        .is_some_and(|(token, given)| {
            // Compared in constant time.
            *token == blake3::hash(given)
        });
    if !is_known {
        let message = "this needs the token of WEFT_CACHE_INVALIDATION_TOKEN";
        return Err(GraphqlError::new(ErrorCode::Unauthenticated, message));
    }
    let bad = |message: String| GraphqlError::new(ErrorCode::BadRequest, message);
    let request: Request = serde_json::from_slice(body)
        .map_err(|error| bad(format!("the body cannot be read: {error}")))?;
    if request.invalidate.is_empty() || request.invalidate.len() > MOST_TARGETS {
        return Err(bad(format!(
            "`invalidate` must name 1 to {MOST_TARGETS} things"
        )));
    }
    let waits = match query {
        None | Some("") => false,
        Some("wait=applied") => true,
        Some(other) => {
            return Err(bad(format!(
                "unknown parameters: `{other}`; there is `wait=applied`"
            )));
        }
    };
    let mode = match request.mode {
        How::Hard => Mode::Hard,
        How::Soft => Mode::Soft,
    };
    let done = app
        .pipeline
        .invalidate(&request.invalidate, mode)
        .await
        .map_err(bad)?;
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    Ok(match done {
        None => (no_store, Json(json!({ "position": null }))).into_response(),
        Some(Ok(position)) => {
            if let Some(caching) = app.pipeline.caching().filter(|_| waits) {
                caching.cache.wait_applied(position).await;
            }
            (no_store, Json(json!({ "position": position.to_string() }))).into_response()
        }
        Some(Err(_)) => {
            let body = json!({
                "published": false,
                "message": "it holds on this router, and will on the others once Redis can be reached",
                "position": Position::END.to_string(),
            });
            (StatusCode::ACCEPTED, no_store, Json(body)).into_response()
        }
    })
}
