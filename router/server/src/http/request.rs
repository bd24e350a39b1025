//! A GraphQL-over-HTTP request (specification section 5), from a body or a query string.

use std::borrow::Cow;

use http::{HeaderMap, header};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::accept::is_utf8;
use crate::code::{ErrorCode, GraphqlError};

/// What the client asks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GraphqlRequest<'a> {
    pub(crate) query: QueryText<'a>,
    pub(crate) operation_name: Option<String>,
    /// A JSON object, as the client wrote it.
    pub(crate) variables: Cow<'a, str>,
}

/// The document's text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum QueryText<'a> {
    Plain(Cow<'a, str>),
    /// A JSON string as the client wrote it, quotes and escapes included: one that was seen before need not be read again.
    Json(&'a str),
}

impl QueryText<'_> {
    /// The text as GraphQL; there is something in it.
    pub(crate) fn read(&self) -> Parsed<Cow<'_, str>> {
        let text = match self {
            Self::Plain(text) => Cow::Borrowed(&**text),
            Self::Json(json) => serde_json::from_str(json)
                .map(Cow::Owned)
                .map_err(|error| {
                    let message = format!("`query` is not valid JSON: {error}");
                    GraphqlError::new(ErrorCode::InvalidJson, message)
                })?,
        };
        match text.trim().is_empty() {
            true => Err(missing()),
            false => Ok(text),
        }
    }
}

type Parsed<T> = Result<T, GraphqlError>;

/// Checks that a POST's body is JSON in UTF-8 as it was sent.
pub(super) fn check_content_type(headers: &HeaderMap) -> Parsed<()> {
    let refuse = |message: &str| Err(GraphqlError::new(ErrorCode::UnsupportedMediaType, message));
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return refuse("send one content-type header: `application/json`");
    };
    let text = value.to_str().unwrap_or_default();
    let mut parts = text.split(';').map(str::trim);
    if !parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
    {
        return refuse("the content type of a GraphQL request must be `application/json`");
    }
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if name.trim().eq_ignore_ascii_case("charset") && !is_utf8(value.trim().trim_matches('"')) {
            return refuse("the charset must be utf-8");
        }
    }
    let is_encoded = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|encoding| encoding != "identity");
    if is_encoded {
        refuse("compressed request bodies are not supported")
    } else {
        Ok(())
    }
}

/// A request of the usual shape, read in one go.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Plain<'a> {
    #[serde(borrow)]
    query: &'a RawValue,
    operation_name: Option<String>,
    #[serde(borrow)]
    variables: Option<&'a RawValue>,
    #[serde(borrow)]
    extensions: Option<&'a RawValue>,
}

impl<'a> Plain<'a> {
    /// The query, if it is a string with something in it.
    fn query(&self) -> Option<QueryText<'a>> {
        let json = self.query.get();
        let text = json.strip_prefix('"')?.strip_suffix('"')?;
        (!text.trim().is_empty()).then_some(QueryText::Json(json))
    }
}

/// A request of which nothing is known yet but that it is an object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    query: Option<&'a RawValue>,
    #[serde(borrow)]
    operation_name: Option<&'a RawValue>,
    #[serde(borrow)]
    variables: Option<&'a RawValue>,
    #[serde(borrow)]
    extensions: Option<&'a RawValue>,
}

/// Reads a POST's body.
pub(super) fn from_body(body: &[u8]) -> Parsed<GraphqlRequest<'_>> {
    // RFC 8259, section 8.1: a byte order mark may be ignored.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let body = str::from_utf8(body).map_err(|_| {
        let message = "the request's body is not valid UTF-8";
        GraphqlError::new(ErrorCode::InvalidJson, message)
    })?;
    // Anything else than an object is refused, though a list would be read.
    let is_object = body.trim_ascii_start().starts_with('{');
    let plain = is_object.then(|| serde_json::from_str::<Plain<'_>>(body));
    let Some(Ok(plain)) = plain else {
        return from_unusual_body(body);
    };
    match plain.query() {
        query @ Some(_) => build(
            query,
            plain.operation_name,
            object(plain.variables, "variables")?.into(),
            object(plain.extensions, "extensions")?,
        ),
        None => from_unusual_body(body),
    }
}

/// Reads a body that misses something, or finds out what is wrong with it.
fn from_unusual_body(body: &str) -> Parsed<GraphqlRequest<'_>> {
    match body.bytes().find(|byte| !byte.is_ascii_whitespace()) {
        None => {
            return Err(GraphqlError::new(
                ErrorCode::InvalidJson,
                "the request's body is empty",
            ));
        }
        Some(b'[') => {
            let message =
                "lists of requests (batching) are not supported; send one request at a time";
            return Err(GraphqlError::new(ErrorCode::BatchingNotSupported, message));
        }
        Some(b'"' | b'n' | b't' | b'f' | b'0'..=b'9' | b'-')
            if serde_json::from_str::<IgnoredAny>(body).is_ok() =>
        {
            return Err(bad(
                "the request must be a JSON object with a `query`".to_owned()
            ));
        }
        Some(_) => {}
    }
    let wire: Wire<'_> = serde_json::from_str(body).map_err(|error| malformed(&error))?;
    let text = |raw: Option<&RawValue>| raw.map_or("null", RawValue::get).to_owned();
    let string = |raw: Option<&RawValue>, name: &str| -> Parsed<Option<String>> {
        serde_json::from_str(&text(raw)).map_err(|error| match error.is_data() {
            true => bad(format!("`{name}` must be a string")),
            false => GraphqlError::new(
                ErrorCode::InvalidJson,
                format!("`{name}` is not valid JSON: {error}"),
            ),
        })
    };
    build(
        string(wire.query, "query")?.map(|query| QueryText::Plain(Cow::Owned(query))),
        string(wire.operation_name, "operationName")?,
        object(wire.variables, "variables")?.into(),
        object(wire.extensions, "extensions")?,
    )
}

/// Reads a GET's query string.
pub(super) fn from_query_string(query_string: &str) -> Parsed<GraphqlRequest<'_>> {
    let mut found: [Option<Cow<'_, str>>; 4] = Default::default();
    const NAMES: [&str; 4] = ["query", "operationName", "variables", "extensions"];
    for (name, value) in form_urlencoded::parse(query_string.as_bytes()) {
        let Some(slot) = NAMES
            .iter()
            .position(|known| *known == name)
            .and_then(|index| found.get_mut(index))
        else {
            continue;
        };
        if slot.replace(value).is_some() {
            return Err(bad(format!("the parameter `{name}` is given twice")));
        }
    }
    let [query, operation_name, variables, extensions] = found;
    let variables = object(json(variables.as_deref(), "variables")?, "variables")?;
    build(
        query.map(QueryText::Plain),
        operation_name.map(Cow::into_owned),
        Cow::Owned(variables.to_owned()),
        object(json(extensions.as_deref(), "extensions")?, "extensions")?,
    )
}

fn build<'a>(
    query: Option<QueryText<'a>>,
    operation_name: Option<String>,
    variables: Cow<'a, str>,
    extensions: &str,
) -> Parsed<GraphqlRequest<'a>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Extensions {
        persisted_query: Option<IgnoredAny>,
    }
    let query = query.filter(|query| match query {
        QueryText::Plain(text) => !text.trim().is_empty(),
        QueryText::Json(_) => true,
    });
    match query {
        Some(query) => Ok(GraphqlRequest {
            query,
            operation_name: operation_name.filter(|name| !name.is_empty()),
            variables,
        }),
        None if serde_json::from_str::<Extensions>(extensions)
            .is_ok_and(|extensions| extensions.persisted_query.is_some()) =>
        {
            Err(GraphqlError::new(
                ErrorCode::PersistedQueryNotSupported,
                "PersistedQueryNotSupported",
            ))
        }
        None => Err(missing()),
    }
}

fn missing() -> GraphqlError {
    GraphqlError::new(ErrorCode::QueryMissing, "the request has no `query`")
}

/// One JSON value; none if there is no text.
fn json<'a>(text: Option<&'a str>, name: &str) -> Parsed<Option<&'a RawValue>> {
    let text = text.filter(|text| !text.is_empty());
    let value = text.map(serde_json::from_str).transpose();
    value.map_err(|error| {
        let message = format!("`{name}` is not valid JSON: {error}");
        GraphqlError::new(ErrorCode::InvalidJson, message)
    })
}

/// The text of a JSON object; of an empty one for null.
fn object<'a>(value: Option<&'a RawValue>, name: &str) -> Parsed<&'a str> {
    match value.map(RawValue::get) {
        None | Some("null") => Ok("{}"),
        Some(text) if text.starts_with('{') => Ok(text),
        Some(_) => Err(bad(format!("`{name}` must be a JSON object"))),
    }
}

/// Syntax errors carry their line and column; anything else is valid JSON of the wrong shape.
fn malformed(error: &serde_json::Error) -> GraphqlError {
    if error.is_data() {
        return bad(format!(
            "the request's body must be a JSON object with a `query`: {error}"
        ));
    }
    GraphqlError::new(
        ErrorCode::InvalidJson,
        format!("the request's body is not valid JSON: {error}"),
    )
}

fn bad(message: String) -> GraphqlError {
    GraphqlError::new(ErrorCode::BadRequest, message)
}
