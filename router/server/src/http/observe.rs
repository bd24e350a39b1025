//! A request's id and, if it is logged, its one line: never a body, a query string or a token.

use std::{
    pin::pin,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};

use crate::{config::LoggedRequests, telemetry};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_ID_BYTES: usize = 128;
const MAX_LOGGED_PATH: usize = 200;

/// What the pipeline tells the log about an operation, in the response's extensions.
#[derive(Debug, Clone)]
pub(super) struct OperationName(pub(super) Arc<str>);

/// Gives `request` an id, has it answered, and logs that if it is to be logged.
pub(super) async fn observe<B>(
    logged: LoggedRequests,
    request: Request<B>,
    answer: impl AsyncFnOnce(Request<B>, Arc<str>) -> Response,
) -> Response {
    let id = sane_id(request.headers()).unwrap_or_else(new_id);
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let started = Instant::now();
    let answering = pin!(answer(request, Arc::clone(&id)));
    let mut response = telemetry::for_request(Arc::clone(&id), answering).await;
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    let status = response.status();
    if logged == LoggedRequests::All || status.is_client_error() || status.is_server_error() {
        let path: String = uri.path().chars().take(MAX_LOGGED_PATH).collect();
        let operation = response.extensions().get::<OperationName>();
        tracing::info!(
            http.request.id = &*id,
            http.request.method = %method,
            url.path = path,
            http.response.status_code = status.as_u16(),
            graphql.operation.name = operation.map(|name| &*name.0),
            duration_ms = started.elapsed().as_secs_f64() * 1e3,
            "answered"
        );
    }
    response
}

/// A UUID of version 7 (RFC 9562, section 5.7), its chance from the thread's own generator: the system is not asked.
fn new_id() -> Arc<str> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    let millis = u64::try_from(millis).unwrap_or(u64::MAX);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid();
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    Arc::from(&*id.hyphenated().encode_lower(&mut text))
}

/// The client's id, if it cannot do harm in logs and headers.
fn sane_id(headers: &HeaderMap) -> Option<Arc<str>> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_sane = (1..=MAX_ID_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'));
    is_sane.then(|| Arc::from(text))
}
