//! Which of GraphQL over HTTP's two media types a response has (RFC 9110, section 12.5.1).

use http::{HeaderMap, HeaderValue, header};

/// A response's media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status says whether there was a GraphQL result.
    GraphqlResponse,
    /// `application/json`: 200 for every well-formed GraphQL request.
    Json,
}

impl MediaType {
    /// The `content-type` header's value.
    #[must_use]
    pub fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }

    fn subtype(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "graphql-response+json",
            Self::Json => "json",
        }
    }
}

/// How well a range fits: the quality in thousandths, then how exactly it names the type.
type Fit = (u16, u8);

/// The media type the client likes best; `None` when it accepts neither.
///
/// Clients that do not say (no header, `*/*`) get `application/json`, as they always have.
pub(super) fn negotiate(headers: &HeaderMap) -> Option<MediaType> {
    if !headers.contains_key(header::ACCEPT) {
        return Some(MediaType::Json);
    }
    let values = headers.get_all(header::ACCEPT);
    let ranges: Vec<&str> = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    if ranges.iter().all(|range| range.trim().is_empty()) {
        return Some(MediaType::Json);
    }
    let graphql = best_fit(&ranges, MediaType::GraphqlResponse);
    let json = best_fit(&ranges, MediaType::Json);
    match (graphql, json) {
        (None, None) => None,
        (Some(_), None) => Some(MediaType::GraphqlResponse),
        (None, Some(_)) => Some(MediaType::Json),
        (Some((_, exact)), Some(_)) if exact < EXACT => Some(MediaType::Json),
        (Some(graphql), Some(json)) if graphql >= json => Some(MediaType::GraphqlResponse),
        (Some(_), Some(_)) => Some(MediaType::Json),
    }
}

/// The negotiated type, or JSON where there is an error to report anyway.
pub(super) fn or_json(headers: &HeaderMap) -> MediaType {
    negotiate(headers).unwrap_or(MediaType::Json)
}

const EXACT: u8 = 2;

/// The most exact range that matches decides the quality; zero means "not this one".
fn best_fit(ranges: &[&str], media_type: MediaType) -> Option<Fit> {
    let fits = ranges.iter().filter_map(|range| fit(range, media_type));
    fits.max_by_key(|(quality, exact)| (*exact, *quality))
        .filter(|(quality, _)| *quality > 0)
}

fn fit(range: &str, media_type: MediaType) -> Option<Fit> {
    let mut parts = range.split(';').map(str::trim);
    let (kind, subtype) = parts.next()?.split_once('/')?;
    let exact = match (kind, subtype) {
        ("*", "*") => 0,
        (kind, "*") if kind.eq_ignore_ascii_case("application") => 1,
        (kind, subtype)
            if kind.eq_ignore_ascii_case("application")
                && subtype.eq_ignore_ascii_case(media_type.subtype()) =>
        {
            EXACT
        }
        _ => return None,
    };
    let mut quality = 1000;
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.trim().trim_matches('"');
        if name.trim().eq_ignore_ascii_case("q") {
            quality = thousandths(value);
        } else if name.trim().eq_ignore_ascii_case("charset") && !is_utf8(value) {
            return None;
        }
    }
    Some((quality, exact))
}

/// `utf-8`, in the spellings clients use.
pub(super) fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// A quality value in thousandths; what is no number counts as fully liked.
fn thousandths(text: &str) -> u16 {
    match text.parse::<f32>() {
        Ok(quality) if quality.is_finite() => (quality.clamp(0.0, 1.0) * 1000.0).round() as u16,
        _ => 1000,
    }
}
