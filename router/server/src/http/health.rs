//! `/health`: the process runs. `/ready`: it can answer GraphQL, and if not, why. `/metrics`: what was counted.

use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse, response::Response};
use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::{app::App, metrics};

const NO_STORE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-store");

pub(super) async fn health() -> Response {
    ([NO_STORE], Json(json!({ "status": "ok" }))).into_response()
}

/// For everybody: whether requests are answered.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    answer(&app, graph_check(&app))
}

/// For operators: also how the graph came to be.
pub(super) async fn ready_in_detail(State(app): State<Arc<App>>) -> Response {
    let mut graph = graph_check(&app);
    graph["composition"] = json!(**app.graph.load());
    answer(&app, graph)
}

pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let headers = [NO_STORE, (header::CONTENT_TYPE, metrics::CONTENT_TYPE)];
    (headers, app.metrics.text()).into_response()
}

/// An outdated graph serves as well as any other, so that it is no reason not to be ready.
fn graph_check(app: &App) -> Value {
    let is_outdated = app.graph.load().is_outdated();
    json!({
        "status": if is_outdated { "outdated" } else { "ok" },
        "subgraphs": app.pipeline.subgraph_names(),
    })
}

fn answer(app: &App, graph: Value) -> Response {
    let keys = app.authenticator.has_keys();
    let draining = app.is_draining();
    let is_ready = !draining && keys != Some(false);
    let body = json!({
        "status": if is_ready { "ready" } else { "not ready" },
        "checks": {
            "graph": graph,
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
    (status, [NO_STORE], Json(body)).into_response()
}
