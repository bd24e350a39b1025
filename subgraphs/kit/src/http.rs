//! A service over HTTP: `POST /graphql`, `/health`, `/ready`, and a server that drains before it ends.

mod server;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use uuid::Uuid;

use crate::{
    Error, ErrorCode,
    identity::Authenticator,
    scope::Caller,
    service::{Answer, Service},
};

pub use server::serve;

/// A body must have arrived, and an answer be ready, within this time.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest request id taken over from a caller, in bytes.
const MAX_REQUEST_ID: usize = 64;

const GRAPHQL_RESPONSE: HeaderValue =
    HeaderValue::from_static("application/graphql-response+json; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

struct Endpoint {
    service: Service,
    authenticator: Authenticator,
}

/// The routes of `service`. Merge further routes (a JWKS) into the result.
pub fn router(service: Service, authenticator: Authenticator) -> Router {
    let endpoint = Arc::new(Endpoint {
        service,
        authenticator,
    });
    Router::new()
        .route("/graphql", post(graphql))
        .route("/health", get(|| async { text(StatusCode::OK, "ok") }))
        .route("/ready", get(ready))
        .with_state(endpoint)
}

async fn ready(State(endpoint): State<Arc<Endpoint>>) -> Response {
    match endpoint.service.db().ping().await {
        Ok(()) => text(StatusCode::OK, "ready"),
        Err(error) => {
            tracing::warn!(error.code = error.code().as_str(), "not ready");
            text(
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer",
            )
        }
    }
}

async fn graphql(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let accepts = accepts_graphql_response(request.headers());
    let answer = tokio::time::timeout(REQUEST_TIMEOUT, answer(&endpoint, request))
        .await
        .unwrap_or_else(|_| Answer::refusal(ErrorCode::Timeout, "the request took too long"));
    into_response(answer, accepts)
}

async fn answer(endpoint: &Endpoint, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    if !is_json(&parts.headers) {
        return Answer {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ..Answer::refusal(
                ErrorCode::BadRequest,
                "the content type must be application/json",
            )
        };
    }
    let now = endpoint.service.deps().now();
    let authenticated = match endpoint
        .authenticator
        .authenticate(&parts.headers, now)
        .await
    {
        Ok(authenticated) => authenticated,
        Err(error) if error.is_clients_fault() => {
            return Answer::refusal(ErrorCode::Unauthenticated, &error.to_string());
        }
        Err(error) => {
            tracing::error!(error.cause = %error, "an identity could not be established");
            return Answer::refusal(
                ErrorCode::ServiceUnavailable,
                "the identity could not be checked",
            );
        }
    };
    let body = match read_body(body, endpoint.service.limits().body).await {
        Ok(body) => body,
        Err(error) => return Answer::refusal(error.code(), error.public_message()),
    };
    let caller = Caller {
        request_id: authenticated
            .request_id
            .unwrap_or_else(|| request_id(&parts.headers))
            .into(),
        identity: authenticated.identity,
        headers: forwarded_headers(&parts.headers, authenticated.through_router).into(),
    };
    execute(&endpoint.service, &body, caller).await
}

async fn execute(service: &Service, body: &[u8], caller: Caller) -> Answer {
    let started = Instant::now();
    let request_id = caller.request_id.clone();
    let answer = service.execute(body, caller).await;
    tracing::info!(
        request.id = &*request_id,
        subgraph = service.name(),
        http.status = answer.status.as_u16(),
        response.bytes = answer.body.len(),
        duration.us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        "answered a request"
    );
    answer
}

async fn read_body(body: Body, limit: usize) -> Result<bytes::Bytes, Error> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::client(
            ErrorCode::PayloadTooLarge,
            format!("the request body is larger than {limit} bytes"),
        )),
        Err(_) => Err(Error::client(
            ErrorCode::BadRequest,
            "the request body could not be read",
        )),
    }
}

/// The headers resolvers may see: the router's own, which a client's request must not forge.
fn forwarded_headers(headers: &HeaderMap, through_router: bool) -> HeaderMap {
    let mut forwarded = HeaderMap::new();
    for (name, value) in headers {
        let taken = if through_router {
            name.as_str().starts_with("x-weft-")
        } else {
            name == header::COOKIE
        };
        if taken {
            forwarded.append(name.clone(), value.clone());
        }
    }
    forwarded
}

fn request_id(headers: &HeaderMap) -> String {
    headers
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| (1..=MAX_REQUEST_ID).contains(&id.len()))
        .filter(|id| {
            id.chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        })
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.split(';').next().unwrap_or_default().trim())
        .is_some_and(|media| media.eq_ignore_ascii_case("application/json"))
}

fn accepts_graphql_response(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("application/graphql-response+json"))
}

/// GraphQL over HTTP, section 6.4: with `application/json` a well-formed request is answered with 200
/// even if it was refused, so that old clients read the errors.
fn into_response(answer: Answer, graphql_response: bool) -> Response {
    let (content_type, status) = match answer.status {
        StatusCode::BAD_REQUEST if !graphql_response && !answer.malformed => (JSON, StatusCode::OK),
        status if graphql_response => (GRAPHQL_RESPONSE, status),
        status => (JSON, status),
    };
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    *response.headers_mut() = answer.headers;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

fn text(status: StatusCode, body: &'static str) -> Response {
    (status, body).into_response()
}

#[cfg(test)]
mod tests;
