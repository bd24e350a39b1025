//! `/graphql`: GraphQL over HTTP, from request to pipeline to response.

use std::{pin::pin, sync::Arc};

use axum::{
    body::{Body, HttpBody},
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header, request::Parts,
};
use tokio::time::{Instant, timeout_at};

use super::{
    Client,
    accept::{self, MediaType},
    body, csrf,
    observe::OperationName,
    request::{self, GraphqlRequest},
    respond,
};
use router_executor::Identity;

use crate::{
    app::App,
    caching,
    client_address::PeerAddress,
    code::{ErrorCode, GraphqlError},
    config::LoggedRequests,
};

/// RFC 9211.
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

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

/// The route's handler, which finds out from the request's extensions who sent it.
pub(super) async fn handle(State(app): State<Arc<App>>, mut request: Request<Body>) -> Response {
    let client = request.extensions_mut().remove::<Client>();
    let client = client.unwrap_or_else(|| Client {
        id: Arc::from(""),
        peer: None,
    });
    answer(&app, request, client).await
}

pub(super) async fn answer<B>(app: &Arc<App>, request: Request<B>, client: Client) -> Response
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let began = Instant::now();
    let response = respond(app, request, client).await;
    app.metrics.answered(response.status(), began.elapsed());
    response
}

async fn respond<B>(app: &Arc<App>, request: Request<B>, client: Client) -> Response
where
    B: HttpBody<Data = Bytes> + Unpin,
{
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
    match carry_out(app, parts, body, client, media_type).await {
        Ok(response) => response,
        Err(errors) => respond::errors(media_type, &errors),
    }
}

async fn carry_out<B>(
    app: &Arc<App>,
    mut parts: Parts,
    body: B,
    client: Client,
    media_type: MediaType,
) -> Result<Response, Vec<GraphqlError>>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    check_method(&parts, app)?;
    let _permit = app.requests.try_acquire().map_err(|_| {
        GraphqlError::new(
            ErrorCode::Overloaded,
            "the server is answering as many requests as it can; try again",
        )
    })?;
    let identity = app.authenticator.identity(&parts.headers).await?;
    let body = body_of(app, &parts, body).await?;
    let headers = Arc::new(std::mem::take(&mut parts.headers));
    let request = read(&parts, &body)?;
    let deadline = Instant::now() + app.config.timeouts.request.0;
    let context = RequestContext {
        id: client.id,
        identity,
        peer: client.peer,
        headers: Arc::clone(&headers),
        deadline,
        queries_only: parts.method == Method::GET,
    };
    let (is_get, context_headers) = (context.queries_only, headers);
    let execution = pin!(Arc::clone(&app.pipeline).execute(request, context));
    let outcome = timeout_at(deadline, execution).await.map_err(|_| {
        let limit = app.config.timeouts.request.0;
        GraphqlError::new(
            ErrorCode::RequestTimeout,
            format!("the request was not answered within {limit:?}"),
        )
    })??;
    let explanation = outcome.caching.as_ref().filter(|_| {
        let explains = app
            .pipeline
            .caching()
            .is_some_and(|caching| caching.explains());
        explains
            && context_headers
                .get(caching::EXPLAIN)
                .is_some_and(|value| value == "1")
    });
    let body = match explanation {
        Some(caught) => explained(&outcome.body, &caught.explanation()),
        None => outcome.body,
    };
    let mut response = match &outcome.caching {
        Some(caught) if is_get && caught.basis.is_some() => {
            respond::validated(media_type, body, context_headers.get(header::IF_NONE_MATCH))
        }
        _ => respond::data(media_type, body),
    };
    if let Some(caught) = &outcome.caching {
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, caught.control.clone());
        headers.insert(CACHE_STATUS, caught.status.clone());
        if let Some(vary) = app.pipeline.vary().header(caught) {
            headers.append(header::VARY, vary.clone());
        }
        let named = app.pipeline.caching();
        let named = named.and_then(|caching| caching.tag_header());
        if let (Some(header), Some(names)) = (named, &caught.names) {
            headers.insert(header.name.name(), names.clone());
        }
        let written = caught.written.map(|position| position.to_string());
        let written = written.and_then(|text| HeaderValue::try_from(text).ok());
        headers.extend(written.map(|value| (caching::POSITION, value)));
    }
    for cookie in outcome.set_cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    let is_logged = app.config.log.requests == LoggedRequests::All;
    if let Some(name) = outcome.operation_name.filter(|_| is_logged) {
        response.extensions_mut().insert(OperationName(name));
    }
    Ok(response)
}

/// `body`, a response, with what the cache had to do with it.
fn explained(body: &Bytes, explanation: &serde_json::Value) -> Bytes {
    let Some(rest) = body.strip_suffix(b"}") else {
        return body.clone();
    };
    let extensions = serde_json::json!({ "cache": explanation });
    [
        rest,
        b",\"extensions\":",
        extensions.to_string().as_bytes(),
        b"}",
    ]
    .concat()
    .into()
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

/// The body of a request; none of one that has its GraphQL in the URL.
async fn body_of<B>(app: &App, parts: &Parts, body: B) -> Result<Bytes, GraphqlError>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    if parts.method == Method::GET {
        return Ok(Bytes::new());
    }
    let (limit, time) = (app.config.limits.body_bytes, app.config.timeouts.body_read);
    body::read(&parts.headers, body, limit, time).await
}

fn read<'r>(parts: &'r Parts, body: &'r [u8]) -> Result<GraphqlRequest<'r>, GraphqlError> {
    match parts.method {
        Method::GET => request::from_query_string(parts.uri.query().unwrap_or_default()),
        _ => request::from_body(body),
    }
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
