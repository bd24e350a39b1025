//! The router's HTTP surface: `/graphql`, `/health`, `/ready` and GraphiQL at `/`; for operators `/metrics`, beside
//! them or at an address of its own.

mod accept;
mod body;
mod cors;
mod csrf;
mod graphql;
mod health;
mod invalidate;
mod key_set;
mod observe;
mod page;
mod request;
mod respond;

use std::{convert::Infallible, panic::AssertUnwindSafe, pin::pin, sync::Arc, task};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::State,
    response::Response,
    routing::{any, get, post},
};
use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use http::{HeaderMap, Method, Request};
use tower::{Service, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;

pub use accept::MediaType;
pub(crate) use graphql::RequestContext;
pub(crate) use request::{GraphqlRequest, QueryText};

use crate::{
    app::App,
    client_address::PeerAddress,
    code::{ErrorCode, GraphqlError},
    config::LoggedRequests,
};

const GRAPHQL: &str = "/graphql";

/// Whatever an address answers.
#[derive(Clone)]
pub(crate) struct Routes {
    /// Answers `/graphql` past the machinery that finds routes, unless CORS headers are to be added there.
    graphql: Option<Arc<App>>,
    all: Router,
    /// Which requests have an id, and which of these a line in the log; operators' have none.
    observed: Option<LoggedRequests>,
}

impl Routes {
    /// The response to `request`, which came from `peer`.
    pub(crate) async fn answer<B>(&self, request: Request<B>, peer: Option<PeerAddress>) -> Response
    where
        B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + Unpin + 'static,
    {
        let Some(logged) = self.observed else {
            return self.by_route(request).await;
        };
        observe::observe(logged, request, async |mut request, id| {
            match &self.graphql {
                Some(app) if is_operation(&request) => {
                    // Pinned where it is: it is large, and would be moved by each that wraps it.
                    let answering = pin!(graphql::answer(app, request, Client { id, peer }));
                    let answered = AssertUnwindSafe(answering).catch_unwind().await;
                    answered.unwrap_or_else(|panic| respond::panicked(panic).map(Body::new))
                }
                _ => {
                    request.extensions_mut().insert(Client { id, peer });
                    self.by_route(request).await
                }
            }
        })
        .await
    }

    async fn by_route<B>(&self, request: Request<B>) -> Response
    where
        B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
    {
        let answered = self.all.clone().oneshot(request.map(Body::new)).await;
        answered.unwrap_or_else(|never| match never {})
    }
}

/// Whether a request asks for what nearly all ask for.
fn is_operation<B>(request: &Request<B>) -> bool {
    let is_usual = matches!(*request.method(), Method::GET | Method::POST);
    is_usual && request.uri().path() == GRAPHQL
}

/// Who sent a request.
#[derive(Debug, Clone)]
struct Client {
    /// The request's id.
    id: Arc<str>,
    /// Where the connection comes from.
    peer: Option<PeerAddress>,
}

/// For requests in memory, which come from nowhere.
impl Service<Request<Body>> for Routes {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> task::Poll<Result<(), Infallible>> {
        task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let routes = self.clone();
        Box::pin(async move { Ok(routes.answer(request, None).await) })
    }
}

/// All routes over `app`, innermost first: routes, panics, CORS, request ids and the log line.
pub(crate) fn routes(app: &Arc<App>) -> Routes {
    let mut routes = Router::new().route(GRAPHQL, any(graphql::handle));
    routes = match app.config.admin.listen {
        Some(_) => routes
            .route("/health", get(health::health))
            .route("/ready", get(health::ready)),
        None => admin(routes, app),
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
    let cors = cors::layer(&app.config.cors);
    Routes {
        graphql: cors.is_none().then(|| Arc::clone(app)),
        all: match cors {
            Some(cors) => routes.layer(cors),
            None => routes,
        },
        observed: Some(app.config.log.requests),
    }
}

/// What operators are answered at an address of their own.
pub(crate) fn admin_routes(app: &Arc<App>) -> Routes {
    let routes = admin(Router::new(), app)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(Arc::clone(app))
        .layer(CatchPanicLayer::custom(respond::panicked));
    Routes {
        graphql: None,
        all: routes,
        observed: None,
    }
}

fn admin(routes: Router<Arc<App>>, app: &App) -> Router<Arc<App>> {
    let routes = match app.invalidation {
        Some(_) => routes.route(invalidate::PATH, post(invalidate::invalidate)),
        None => routes,
    };
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
