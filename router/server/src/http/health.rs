//! `/health`: the process runs. `/ready`: it can answer GraphQL, and if not, why.

use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse, response::Response};
use http::{StatusCode, header};
use serde_json::json;

use crate::app::App;

pub(super) async fn health() -> Response {
    (
        [(header::CACHE_CONTROL, "no-store")],
        Json(json!({ "status": "ok" })),
    )
        .into_response()
}

pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let keys = app.authenticator.has_keys();
    let draining = app.is_draining();
    let is_ready = !draining && keys != Some(false);
    let body = json!({
        "status": if is_ready { "ready" } else { "not ready" },
        "checks": {
            "graph": { "status": "ok", "subgraphs": app.pipeline.subgraph_names() },
            "accessTokenKeys": { "status": match keys {
                Some(true) => "ok",
                Some(false) => "not loaded yet",
                None => "not configured",
            }},
            "server": { "status": if draining { "stopping" } else { "ok" } },
        },
    });
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
