//! Heads: the lines before a body.

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};

use super::connection::Failure;

/// Header fields that a head may have.
const MAX_FIELDS: usize = 100;

/// What the head of every request to one URL has in common.
#[derive(Debug)]
pub(in crate::transport) struct RequestHead {
    constant: Vec<u8>,
    own: Vec<HeaderName>,
}

impl RequestHead {
    /// `POST` to `uri` with these header fields.
    pub(in crate::transport) fn new(uri: &Uri, fields: &[(HeaderName, HeaderValue)]) -> Self {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let host = authority.rsplit('@').next().unwrap_or_default();
        let mut constant = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\n").into_bytes();
        for (name, value) in fields {
            push_field(&mut constant, name, value);
        }
        let mut own = vec![http::header::HOST, CONTENT_LENGTH];
        own.extend([CONNECTION, TRANSFER_ENCODING]);
        own.extend(fields.iter().map(|(name, _)| name.clone()));
        Self { constant, own }
    }

    /// The head of a request with `headers` and a body of `length` bytes.
    pub(in crate::transport) fn write(&self, headers: &HeaderMap, length: usize) -> Vec<u8> {
        let size =
            |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
        let more: usize = headers.iter().map(size).sum();
        let mut head = Vec::with_capacity(self.constant.len() + more + 40);
        head.extend_from_slice(&self.constant);
        for (name, value) in headers {
            if !self.own.contains(name) {
                push_field(&mut head, name, value);
            }
        }
        head.extend_from_slice(b"content-length: ");
        head.extend_from_slice(length.to_string().as_bytes());
        head.extend_from_slice(b"\r\n\r\n");
        head
    }
}

fn push_field(head: &mut Vec<u8>, name: &HeaderName, value: &HeaderValue) {
    head.extend_from_slice(name.as_str().as_bytes());
    head.extend_from_slice(b": ");
    head.extend_from_slice(value.as_bytes());
    head.extend_from_slice(b"\r\n");
}

/// How an answer's body ends (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// After that many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// With the connection.
    Close,
}

/// The head of an answer.
#[derive(Debug)]
pub(super) struct ResponseHead {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) framing: Framing,
    /// Whether the connection may serve another request afterwards.
    pub(super) keeps: bool,
}

/// Where a head that `bytes` begin with ends; what is before `from` was looked at already.
pub(super) fn end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from.saturating_sub(3);
    while let Some(found) = memchr::memchr(b'\n', bytes.get(at..)?) {
        at += found + 1;
        match bytes.get(at..)? {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
    None
}

/// Reads a whole head.
///
/// # Errors
/// [`Failure::Malformed`] if it is none, or says things about the body that contradict each other.
pub(super) fn parse(head: &Bytes) -> Result<ResponseHead, Failure> {
    let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut []);
    let parser = httparse::ParserConfig::default();
    match parser.parse_response_with_uninit_headers(&mut response, head, &mut fields) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        Ok(_) => return Err(Failure::Malformed("the head is not complete")),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(Failure::Malformed("the head has too many fields"));
        }
        Err(_) => return Err(Failure::Malformed("the answer is not HTTP/1.1")),
    }
    let status = response
        .code
        .and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.ok_or(Failure::Malformed("there is no such status"))?;
    let mut headers = HeaderMap::with_capacity(response.headers.len());
    for field in response.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes());
        let value = HeaderValue::from_maybe_shared(head.slice_ref(field.value));
        match (name, value) {
            (Ok(name), Ok(value)) => headers.append(name, value),
            _ => return Err(Failure::Malformed("a header field is not valid")),
        };
    }
    let is_11 = response.version == Some(1);
    let (framing, is_clear) = framing(status, is_11, &headers)?;
    let keeps = is_11 && is_clear && framing != Framing::Close && !says_close(&headers);
    Ok(ResponseHead {
        status,
        headers,
        framing,
        keeps,
    })
}

/// How the body ends, and whether nothing else was said about it.
fn framing(
    status: StatusCode,
    is_11: bool,
    headers: &HeaderMap,
) -> Result<(Framing, bool), Failure> {
    if status.is_informational() || matches!(status.as_u16(), 204 | 304) {
        return Ok((Framing::Length(0), true));
    }
    let length = content_length(headers)?;
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let Some(coding) = codings.next() else {
        return Ok((length.map_or(Framing::Close, Framing::Length), true));
    };
    let is_chunked = coding.as_bytes().eq_ignore_ascii_case(b"chunked");
    if !is_chunked || codings.next().is_some() || !is_11 {
        return Err(Failure::Malformed("the transfer coding is not known"));
    }
    Ok((Framing::Chunked, length.is_none()))
}

fn content_length(headers: &HeaderMap) -> Result<Option<u64>, Failure> {
    let mut found = None;
    for value in headers.get_all(CONTENT_LENGTH) {
        for text in value.as_bytes().split(|byte| *byte == b',') {
            let length = digits(text.trim_ascii());
            let length = length.ok_or(Failure::Malformed("the content length is no number"))?;
            if found.is_some_and(|other| other != length) {
                return Err(Failure::Malformed("there are two content lengths"));
            }
            found = Some(length);
        }
    }
    Ok(found)
}

fn digits(text: &[u8]) -> Option<u64> {
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let text = is_number.then(|| str::from_utf8(text).ok()).flatten()?;
    text.parse().ok()
}

fn says_close(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CONNECTION).iter();
    let mut options = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

#[cfg(test)]
mod tests;
