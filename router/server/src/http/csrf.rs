//! Refuses what a foreign page can make a browser send without a CORS preflight.
//!
//! Only GET needs the check: a POST is read only as `application/json`, which browsers preflight.

use http::{HeaderMap, header};

use crate::{
    code::{ErrorCode, GraphqlError},
    config::Csrf,
};

/// Content types a page may send to a foreign origin unasked (Fetch standard, "CORS-safelisted request-header").
const SIMPLE_CONTENT_TYPES: [&str; 3] = [
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
];

pub(super) fn check(csrf: &Csrf, headers: &HeaderMap) -> Result<(), GraphqlError> {
    let is_preflighted = headers.get(header::CONTENT_TYPE).is_some_and(|value| {
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
    });
    let has_header = || {
        csrf.headers.iter().any(|header| {
            headers
                .get(header.name())
                .is_some_and(|value| !value.is_empty())
        })
    };
    let is_same_origin = || {
        headers
            .get("sec-fetch-site")
            .is_some_and(|site| site == "same-origin" || site == "none")
    };
    if !csrf.enabled || is_preflighted || has_header() || is_same_origin() {
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
