//! The router's HTTP surface: `/graphql`, `/health`, `/ready` and GraphiQL at `/`; for operators `/metrics`, beside
//! them or at an address of its own.

mod accept;
mod body;
mod cors;
mod csrf;
mod graphql;
mod health;
mod key_set;
mod observe;
mod page;
mod request;
mod respond;

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    middleware,
    response::Response,
    routing::{any, get},
};
use http::HeaderMap;
use tower_http::catch_panic::CatchPanicLayer;

pub use accept::MediaType;
pub(crate) use graphql::RequestContext;
pub(crate) use request::GraphqlRequest;

use crate::{
    app::App,
    code::{ErrorCode, GraphqlError},
};

/// All routes over `app`, innermost first: routes, panics, CORS, request ids and the log line.
pub(crate) fn routes(app: &Arc<App>) -> Router {
    let mut routes = Router::new().route("/graphql", any(graphql::handle));
    routes = match app.config.admin.listen {
        Some(_) => routes
            .route("/health", get(health::health))
            .route("/ready", get(health::ready)),
        None => admin(routes),
    };
    if app.publishes_keys {
        routes = routes.route(key_set::PATH, get(key_set::publish));
    }
    if app.config.graphiql {
        routes = page::routes(routes);
    }
    let routes = routes
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(Arc::clone(app))
        .layer(CatchPanicLayer::custom(respond::panicked));
    let routes = match cors::layer(&app.config.cors) {
        Some(cors) => routes.layer(cors),
        None => routes,
    };
    let logged = app.config.log.requests;
    let observe = move |request, next| observe::observe(logged, request, next);
    routes.layer(middleware::from_fn(observe))
}

/// What operators are answered at an address of their own.
pub(crate) fn admin_routes(app: &Arc<App>) -> Router {
    admin(Router::new())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(Arc::clone(app))
        .layer(CatchPanicLayer::custom(respond::panicked))
}

fn admin(routes: Router<Arc<App>>) -> Router<Arc<App>> {
    routes
        .route("/health", get(health::health))
        .route("/ready", get(health::ready_in_detail))
        .route("/metrics", get(health::metrics))
}

async fn not_found(State(_): State<Arc<App>>, headers: HeaderMap) -> Response {
    let error = GraphqlError::new(
        ErrorCode::NotFound,
        "there is nothing here; GraphQL is at /graphql",
    );
    respond::error(accept::or_json(&headers), &error)
}

async fn method_not_allowed(headers: HeaderMap) -> Response {
    let error = GraphqlError::new(ErrorCode::MethodNotAllowed, "only GET is supported here");
    respond::error(accept::or_json(&headers), &error)
}

#[cfg(test)]
mod tests;
