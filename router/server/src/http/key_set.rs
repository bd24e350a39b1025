//! `/.well-known/jwks.json`: the keys of access tokens, where the router runs in the issuer's process.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use crate::app::App;

pub(super) const PATH: &str = "/.well-known/jwks.json";

/// The key set as the issuer gives it (RFC 7517, section 8.5.2).
pub(super) async fn publish(State(app): State<Arc<App>>) -> Response {
    match app.authenticator.key_set() {
        Some(keys) => {
            let headers = [
                (header::CACHE_CONTROL, "public, max-age=300"),
                (header::CONTENT_TYPE, "application/jwk-set+json"),
            ];
            (headers, keys).into_response()
        }
        None => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the keys are not loaded yet",
        )
            .into_response(),
    }
}
