//! Refuses what a foreign page can make a browser send without a CORS preflight.
//!
//! Only GET needs the check: a POST is read only as `application/json`, which browsers preflight. A GET that no browser
//! preflights passes if the browser says that no foreign page is behind it (Fetch Metadata's `sec-fetch-site`, or an
//! `origin` that is this one or may call), or if nothing of a browser's is there at all: what runs by GET is a query,
//! and nothing that a browser adds by itself, cookies among it, gives a query more rights.

use http::{HeaderMap, header};

use crate::{
    code::{ErrorCode, GraphqlError},
    config::{Config, Cors, Csrf},
};

/// Content types a page may send to a foreign origin unasked (Fetch standard, "CORS-safelisted request-header").
const SIMPLE_CONTENT_TYPES: [&str; 3] = [
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
];

pub(super) fn check(config: &Config, headers: &HeaderMap) -> Result<(), GraphqlError> {
    let csrf = &config.csrf;
    if !csrf.enabled
        || is_preflighted(headers)
        || has_header(csrf, headers)
        || is_from_no_foreign_page(config, headers)
    {
        return Ok(());
    }
    let names = csrf
        .headers
        .iter()
        .map(|header| format!("`{header}`"))
        .collect::<Vec<_>>()
        .join(", ");
    Err(GraphqlError::new(
        ErrorCode::CsrfBlocked,
        format!(
            "a browser could have sent this request for a foreign page; add a header ({names}) or a \
             `content-type: application/json` header"
        ),
    ))
}

fn is_preflighted(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| {
        let essence = value
            .to_str()
            .ok()
            .and_then(|text| text.split(';').next())
            .unwrap_or_default()
            .trim();
        essence.contains('/')
            && !SIMPLE_CONTENT_TYPES
                .iter()
                .any(|simple| essence.eq_ignore_ascii_case(simple))
    })
}

fn has_header(csrf: &Csrf, headers: &HeaderMap) -> bool {
    csrf.headers.iter().any(|header| {
        headers
            .get(header.name())
            .is_some_and(|value| !value.is_empty())
    })
}

fn is_from_no_foreign_page(config: &Config, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let origin = text(header::ORIGIN);
    if origin.is_some_and(|origin| may_call(&config.cors, origin)) {
        return true;
    }
    let site = headers.get("sec-fetch-site");
    match (site, origin) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => origin
            .split_once("://")
            .is_some_and(|(_, host)| text(header::HOST) == Some(host)),
        (None, None) => !config.csrf.strict,
    }
}

fn may_call(cors: &Cors, origin: &str) -> bool {
    let mut allowed = cors.origins.iter();
    allowed.any(|allowed| allowed == "*" || allowed == origin)
}
