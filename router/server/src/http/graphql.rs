//! `/graphql`: GraphQL over HTTP, from request to pipeline to response.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use tokio::time::{Instant, timeout_at};

use super::{
    accept::{self, MediaType},
    body, csrf,
    observe::{OperationName, RequestId},
    request::{self, GraphqlRequest},
    respond,
};
use router_executor::Identity;

use crate::{
    app::App,
    client_address::PeerAddress,
    code::{ErrorCode, GraphqlError},
};

/// What the pipeline knows about a request besides its GraphQL.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    pub(crate) id: Arc<str>,
    pub(crate) identity: Arc<Identity>,
    /// As the client sent them.
    pub(crate) headers: Arc<HeaderMap>,
    /// Where the connection comes from.
    pub(crate) peer: Option<PeerAddress>,
    /// When the client is told that it took too long.
    pub(crate) deadline: Instant,
    /// GET is safe (RFC 9110, section 9.2.1): nothing but a query may run.
    pub(crate) queries_only: bool,
}

pub(super) async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    let began = Instant::now();
    let response = respond(&app, request).await;
    app.metrics.answered(response.status(), began.elapsed());
    response
}

async fn respond(app: &Arc<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method == Method::OPTIONS {
        return (
            StatusCode::NO_CONTENT,
            [(header::ALLOW, HeaderValue::from_static("GET, POST"))],
        )
            .into_response();
    }
    let media_type = match accept::negotiate(&parts.headers) {
        Some(media_type) => media_type,
        None => return respond::error(MediaType::Json, &not_acceptable()),
    };
    match answer(app, parts, body, media_type).await {
        Ok(response) => response,
        Err(errors) => respond::errors(media_type, &errors),
    }
}

async fn answer(
    app: &Arc<App>,
    parts: Parts,
    body: axum::body::Body,
    media_type: MediaType,
) -> Result<Response, Vec<GraphqlError>> {
    check_method(&parts, app)?;
    let _permit = app.requests.try_acquire().map_err(|_| {
        GraphqlError::new(
            ErrorCode::Overloaded,
            "the server is answering as many requests as it can; try again",
        )
    })?;
    let identity = app.authenticator.identity(&parts.headers).await?;
    let request = read(app, &parts, body).await?;
    let deadline = Instant::now() + app.config.timeouts.request.0;
    let context = RequestContext {
        id: parts
            .extensions
            .get::<RequestId>()
            .map_or_else(|| Arc::from(""), |id| Arc::clone(&id.0)),
        identity,
        peer: parts.extensions.get().copied(),
        headers: Arc::new(parts.headers),
        deadline,
        queries_only: parts.method == Method::GET,
    };
    let outcome = timeout_at(
        deadline,
        Arc::clone(&app.pipeline).execute(request, context),
    )
    .await;
    let outcome = outcome.map_err(|_| {
        let limit = app.config.timeouts.request.0;
        GraphqlError::new(
            ErrorCode::RequestTimeout,
            format!("the request was not answered within {limit:?}"),
        )
    })??;
    let mut response = respond::data(media_type, outcome.body);
    for cookie in outcome.set_cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    if let Some(name) = outcome.operation_name {
        response.extensions_mut().insert(OperationName(name));
    }
    Ok(response)
}

fn check_method(parts: &Parts, app: &App) -> Result<(), GraphqlError> {
    match parts.method {
        Method::GET => csrf::check(&app.config, &parts.headers),
        Method::POST => request::check_content_type(&parts.headers),
        _ => Err(GraphqlError::new(
            ErrorCode::MethodNotAllowed,
            "GraphQL requests are sent by GET or POST",
        )),
    }
}

async fn read(
    app: &App,
    parts: &Parts,
    body: axum::body::Body,
) -> Result<GraphqlRequest, GraphqlError> {
    let limits = &app.config.limits;
    let request = if parts.method == Method::GET {
        request::from_query_string(parts.uri.query().unwrap_or_default())?
    } else {
        let bytes = body::read(
            &parts.headers,
            body,
            limits.body_bytes,
            app.config.timeouts.body_read,
        )
        .await?;
        request::from_body(&bytes)?
    };
    if request.query.len() > limits.query_bytes.0 {
        let message = format!("the document is larger than {} bytes", limits.query_bytes.0);
        return Err(GraphqlError::new(ErrorCode::QueryTooLarge, message));
    }
    Ok(request)
}

fn not_acceptable() -> GraphqlError {
    GraphqlError::new(
        ErrorCode::NotAcceptable,
        "responses are `application/graphql-response+json` or `application/json`; the accept header allows neither",
    )
}

impl From<GraphqlError> for Vec<GraphqlError> {
    fn from(error: GraphqlError) -> Self {
        vec![error]
    }
}
