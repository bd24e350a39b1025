//! The CORS protocol, from configuration to tower-http's layer.

use http::{HeaderValue, Method};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};

use crate::config::{Cors, Header};

/// No layer when no foreign origin is allowed: browsers then refuse for us.
pub(super) fn layer(cors: &Cors) -> Option<CorsLayer> {
    if cors.origins.is_empty() {
        return None;
    }
    let origin = if cors.origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(
            cors.origins
                .iter()
                .filter_map(|origin| HeaderValue::from_str(origin).ok()),
        )
    };
    let names = |headers: &[Header]| {
        headers
            .iter()
            .map(|header| header.name().clone())
            .collect::<Vec<_>>()
    };
    let layer = CorsLayer::new()
        .allow_origin(origin)
        .allow_methods(AllowMethods::list([Method::GET, Method::POST]))
        .allow_headers(AllowHeaders::list(names(&cors.headers)))
        .expose_headers(ExposeHeaders::list(names(&cors.expose_headers)))
        .allow_credentials(cors.credentials)
        .max_age(cors.max_age.0);
    Some(layer)
}
