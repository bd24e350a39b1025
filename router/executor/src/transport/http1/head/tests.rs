use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::{Framing, RequestHead, end, parse};

#[test]
fn a_head_ends_with_an_empty_line() {
    for (text, expected) in [
        ("", None),
        ("HTTP/1.1 200 OK\r\n", None),
        ("HTTP/1.1 200 OK\r\nx: y\r\n\r", None),
        ("HTTP/1.1 200 OK\r\n\r\n", Some(19)),
        ("HTTP/1.1 200 OK\r\n\r\n{}", Some(19)),
        ("HTTP/1.1 200 OK\n\n", Some(17)),
        ("a\r\n\r\r\n\n\r\n", Some(7)),
    ] {
        assert_eq!(end(text.as_bytes(), 0), expected, "{text:?}");
        // However it comes.
        let mut searched = 0;
        let mut found = None;
        for length in 0..=text.len() {
            found = found.or_else(|| end(&text.as_bytes()[..length], searched));
            searched = length;
        }
        assert_eq!(found, expected, "{text:?} byte by byte");
    }
}

/// How the body ends, and whether the connection is kept; `None` if the head is refused.
fn read(head: &str) -> Option<(Framing, bool)> {
    let head = format!("HTTP/1.{head}\r\n\r\n");
    let head = parse(&Bytes::from(head)).ok()?;
    Some((head.framing, head.keeps))
}

#[test]
fn the_head_says_how_the_body_ends() {
    for (head, expected) in [
        (
            "1 200 OK\r\ncontent-length: 5",
            Some((Framing::Length(5), true)),
        ),
        (
            "1 200 OK\r\nContent-Length: 05 ",
            Some((Framing::Length(5), true)),
        ),
        (
            "1 200 OK\r\ncontent-length: 5, 5",
            Some((Framing::Length(5), true)),
        ),
        (
            "1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5",
            Some((Framing::Length(5), true)),
        ),
        ("1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6", None),
        ("1 200 OK\r\ncontent-length: 5, 6", None),
        ("1 200 OK\r\ncontent-length: +5", None),
        ("1 200 OK\r\ncontent-length: -5", None),
        ("1 200 OK\r\ncontent-length: 0x5", None),
        ("1 200 OK\r\ncontent-length: 5 5", None),
        ("1 200 OK\r\ncontent-length: ", None),
        ("1 200 OK\r\ncontent-length: 99999999999999999999", None),
        (
            "1 200 OK\r\ntransfer-encoding: Chunked",
            Some((Framing::Chunked, true)),
        ),
        // Two words about one body: the chunks count, and nobody trusts the connection further.
        (
            "1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked",
            Some((Framing::Chunked, false)),
        ),
        ("1 200 OK\r\ntransfer-encoding: gzip, chunked", None),
        ("1 200 OK\r\ntransfer-encoding: chunked, chunked", None),
        (
            "1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked",
            None,
        ),
        ("1 200 OK\r\ntransfer-encoding: identity", None),
        ("0 200 OK\r\ntransfer-encoding: chunked", None),
        ("1 200 OK\r\nx: y", Some((Framing::Close, false))),
        (
            "0 200 OK\r\ncontent-length: 5",
            Some((Framing::Length(5), false)),
        ),
        (
            "1 200 OK\r\ncontent-length: 5\r\nconnection: x, Close",
            Some((Framing::Length(5), false)),
        ),
        (
            "1 204 No Content\r\ncontent-length: 5",
            Some((Framing::Length(0), true)),
        ),
        ("1 304 Not Modified", Some((Framing::Length(0), true))),
        ("1 99 Odd", None),
        ("2 200 OK", None),
        ("1 200 OK\r\nno colon", None),
        ("1 200 OK\r\nx : y", None),
        ("1 200 OK\r\n folded: y", None),
        ("1 200 OK\r\nx: \u{1}", None),
    ] {
        assert_eq!(read(head), expected, "{head:?}");
    }
}

#[test]
fn a_request_has_each_header_once() {
    let uri: Uri = "http://user:secret@example.org:81/a?b".parse().unwrap();
    let accept = (ACCEPT, HeaderValue::from_static("application/json"));
    let head = RequestHead::new(&uri, &[accept]);
    let mut headers = HeaderMap::new();
    for name in [
        "host",
        "content-length",
        "accept",
        "transfer-encoding",
        "connection",
        "x-own",
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static("theirs"),
        );
    }
    headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer t"));
    let text = String::from_utf8(head.write(&headers, 7)).unwrap();
    assert_eq!(
        text,
        "POST /a?b HTTP/1.1\r\nhost: example.org:81\r\naccept: application/json\r\n\
         x-own: theirs\r\nauthorization: Bearer t\r\ncontent-length: 7\r\n\r\n"
    );
}
