//! GraphiQL at `/`, from assets embedded in the program: no network is needed.

use std::{borrow::Cow, io::Read, sync::Arc};

use axum::{Router, body::Body, extract::Path, response::Response, routing::get};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::{accept, respond};
use crate::{
    app::App,
    code::{ErrorCode, GraphqlError},
};

/// Most assets are embedded compressed only.
const GZIP_SUFFIX: &str = ".gz";
/// Characters of the hash which the bundler puts into names.
const HASH_CHARS: usize = 8;

/// What `graphiql/` builds; see its README.
#[derive(RustEmbed)]
#[folder = "graphiql/dist"]
#[allow_missing = true]
struct Assets;

/// Nothing from elsewhere runs, loads or frames this page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn routes(routes: Router<Arc<App>>) -> Router<Arc<App>> {
    if Assets::get("index.html").is_none() {
        tracing::warn!("this program was built without GraphiQL's assets; there is nothing at /");
        return routes;
    }
    routes
        .route("/", get(index))
        .route("/graphiql/{*path}", get(asset))
}

async fn index(headers: HeaderMap) -> Response {
    serve("index.html", &headers)
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    serve(&format!("graphiql/{path}"), &headers)
}

fn serve(path: &str, request: &HeaderMap) -> Response {
    if path.ends_with(GZIP_SUFFIX) {
        return missing(request);
    }
    if let Some(file) = Assets::get(path) {
        return respond(
            path,
            file.metadata.sha256_hash(),
            bytes_of(file),
            None,
            request,
        );
    }
    let Some(file) = Assets::get(&format!("{path}{GZIP_SUFFIX}")) else {
        return missing(request);
    };
    let tag = file.metadata.sha256_hash();
    let accepted = request
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if accepts_gzip(accepted) {
        return respond(path, tag, bytes_of(file), Some("gzip"), request);
    }
    match unpacked(&file.data) {
        Ok(bytes) => respond(path, tag, bytes, None, request),
        Err(error) => {
            tracing::error!(%error, url.path = path, "an embedded asset is damaged");
            respond::error(
                accept::or_json(request),
                &GraphqlError::new(ErrorCode::InternalServerError, "the page is damaged"),
            )
        }
    }
}

fn missing(request: &HeaderMap) -> Response {
    let error = GraphqlError::new(ErrorCode::NotFound, "there is no such file");
    respond::error(accept::or_json(request), &error)
}

fn bytes_of(file: EmbeddedFile) -> Bytes {
    match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    }
}

/// For the rare client that does not read gzip; the assets are our own, so their size is known to be sane.
fn unpacked(packed: &[u8]) -> std::io::Result<Bytes> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes)?;
    Ok(Bytes::from(bytes))
}

/// Whether the name carries a hash of the content (`index-D-mHVz_W.js`), so that it never changes.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    stem.len() > HASH_CHARS
        && stem.is_char_boundary(stem.len() - HASH_CHARS)
        && stem[..stem.len() - HASH_CHARS].ends_with('-')
}

fn respond(
    path: &str,
    hash: [u8; 32],
    bytes: Bytes,
    encoding: Option<&'static str>,
    request: &HeaderMap,
) -> Response {
    let tag: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tag = format!("\"{tag}{}\"", encoding.unwrap_or_default());
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    let cache_control = if is_hashed(path) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(cache_control),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CONTENT_SECURITY_POLICY),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    if let Ok(value) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, value);
    }
    if request
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known == tag.as_str())
    {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(path)),
    );
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    *response.body_mut() = Body::from(bytes);
    response
}

/// Whether `accept-encoding` lists gzip without forbidding it.
fn accepts_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|item| {
        let (name, quality) = item.split_once(';').unwrap_or((item, "q=1"));
        let is_forbidden = matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        name.trim().eq_ignore_ascii_case("gzip") && !is_forbidden
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}
