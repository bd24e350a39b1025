//! Errors and results to HTTP responses.

use std::any::Any;

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use http_body_util::Full;

use super::accept::MediaType;
use crate::code::{ErrorCode, GraphqlError};

/// A GraphQL result as it was written by the executor.
pub(super) fn data(media_type: MediaType, body: Bytes) -> Response {
    with_body(StatusCode::OK, media_type, Body::from(body))
}

/// The same to a GET, by which clients can tell whether what they have is still it (RFC 9110, section 13.1.2).
pub(super) fn validated(
    media_type: MediaType,
    body: Bytes,
    known: Option<&HeaderValue>,
) -> Response {
    let hash = blake3::hash(&body).to_hex();
    let tag = format!("\"{}\"", hash.get(..32).unwrap_or_default());
    let known = known
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut known = known.split(',').map(|one| one.trim());
    let is_known = known.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag);
    let mut response = match is_known {
        true => {
            let mut response = with_body(StatusCode::NOT_MODIFIED, media_type, Body::empty());
            response.headers_mut().remove(header::CONTENT_TYPE);
            response
        }
        false => data(media_type, body),
    };
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A response without data because of `error`.
pub(super) fn error(media_type: MediaType, error: &GraphqlError) -> Response {
    errors(media_type, std::slice::from_ref(error))
}

/// A response without data; the first error decides the status.
pub(super) fn errors(media_type: MediaType, errors: &[GraphqlError]) -> Response {
    let code = errors
        .first()
        .map_or(ErrorCode::InternalServerError, |error| error.code);
    let mut response = with_body(
        code.status(media_type),
        media_type,
        Body::from(body_of(errors)),
    );
    let headers = response.headers_mut();
    match code {
        ErrorCode::Unauthenticated => {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer error=\"invalid_token\""),
            );
        }
        ErrorCode::MethodNotAllowed => {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
        }
        ErrorCode::Overloaded | ErrorCode::AuthenticationUnavailable => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        // The rest of the body may still be on its way.
        ErrorCode::PayloadTooLarge | ErrorCode::BodyTimeout => {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        _ => {}
    }
    response
}

/// What a panic becomes; the details are in the log.
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> http::Response<Full<Bytes>> {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!(panic.message = message, "a request failed with a panic");
    let error = GraphqlError::new(ErrorCode::InternalServerError, "the server made a mistake");
    let mut response = http::Response::new(Full::from(body_of(&[error])));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, MediaType::Json.content_type());
    response
}

fn body_of(errors: &[GraphqlError]) -> Vec<u8> {
    #[derive(serde::Serialize)]
    struct Body<'a> {
        errors: &'a [GraphqlError],
    }
    serde_json::to_vec(&Body { errors })
        .unwrap_or_else(|_| br#"{"errors":[{"message":"unknown error"}]}"#.to_vec())
}

fn with_body(status: StatusCode, media_type: MediaType, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media_type.content_type());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
