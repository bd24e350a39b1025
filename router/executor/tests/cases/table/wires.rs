//! How an answer comes: status, headers, packing, and connections that break or say nothing.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::server::Act;
use super::{Expected, Fault, LIMIT, fault};

const JSON: &str = "content-type: application/json\r\n";
const GZIP: &str = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
const HTML: &str = "content-type: text/html\r\n";
const NO_ANSWER: Expected = Expected::Lost(
    "the subgraph's answer is not a GraphQL response",
    "SUBREQUEST_MALFORMED_RESPONSE",
);
const UNREACHABLE: Expected = Expected::Lost(
    "the subgraph cannot be reached",
    "SUBREQUEST_CONNECTION_FAILED",
);
const TOO_LARGE: Expected =
    Expected::Lost("the subgraph's answer is too large", "SUBREQUEST_TOO_LARGE");
const TIMEOUT: Expected =
    Expected::Lost("the subgraph did not answer in time", "SUBREQUEST_TIMEOUT");

fn http(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Act {
    let body = body.as_ref();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    Act::Send([head.as_bytes(), body].concat())
}

/// Nothing wrong with that.
pub(super) fn plain(body: &str) -> Act {
    http("200 OK", JSON, body)
}

fn raw(bytes: impl Into<Vec<u8>>) -> Act {
    Act::Send(bytes.into())
}

fn gzip(body: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn chunked(body: &str) -> String {
    let head = format!("HTTP/1.1 200 OK\r\n{JSON}transfer-encoding: chunked\r\n\r\n");
    let (first, second) = body.split_at(body.len() / 2);
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    format!("{head}{}{}0\r\n\r\n", chunk(first), chunk(second))
}

fn sent(expected: Expected, wire: fn(&str) -> Act) -> Fault {
    Fault {
        wire,
        ..fault(expected)
    }
}

pub(super) fn faults() -> Vec<Fault> {
    [
        taken(),
        refused_by_status(),
        refused_by_type(),
        packed(),
        broken(),
        silent(),
    ]
    .concat()
}

/// What is an answer.
fn taken() -> Vec<Fault> {
    let wires: [fn(&str) -> Act; 14] = [
        plain,
        |body| {
            http(
                "200 OK",
                "content-type: Application/JSON; charset=UTF-8\r\n",
                body,
            )
        },
        |body| {
            http(
                "200 OK",
                "Content-Type: application/graphql-response+json\r\n",
                body,
            )
        },
        // A GraphQL response is one whatever the status says.
        |body| http("500 Internal Server Error", JSON, body),
        |body| http("400 Bad Request", JSON, body),
        |body| {
            http(
                "401 Unauthorized",
                "content-type: application/graphql-response+json\r\n",
                body,
            )
        },
        |body| {
            http(
                "503 Service Unavailable",
                "content-type: application/json\r\nretry-after: 1\r\n",
                body,
            )
        },
        |body| http("206 Partial Content", JSON, body),
        |body| raw(chunked(body)),
        |body| raw(format!("HTTP/1.1 200 OK\r\n{JSON}\r\n{body}")),
        |body| raw(format!("HTTP/1.0 200 OK\r\n{JSON}\r\n{body}")),
        |body| {
            let Act::Send(answer) = plain(body) else {
                panic!("an answer")
            };
            raw([
                b"HTTP/1.1 103 Early Hints\r\nlink: </secret>\r\n\r\n".to_vec(),
                answer,
            ]
            .concat())
        },
        // What follows an answer belongs to nobody.
        |body| {
            let Act::Send(answer) = plain(body) else {
                panic!("an answer")
            };
            raw([answer, b"secret".to_vec()].concat())
        },
        // JSON is UTF-8 whatever the type says.
        |body| {
            http(
                "200 OK",
                "content-type: application/json; charset=utf-16\r\n",
                body,
            )
        },
    ];
    wires.map(|wire| sent(Expected::Right, wire)).into()
}

fn refused_by_status() -> Vec<Fault> {
    let with = |message, wire| sent(Expected::Lost(message, "SUBREQUEST_HTTP_ERROR"), wire);
    vec![
        with("the subgraph answered with HTTP status 500", |_| {
            http(
                "500 Internal Server Error",
                HTML,
                "<html>secret stack</html>",
            )
        }),
        with("the subgraph answered with HTTP status 500", |_| {
            http(
                "500 Internal Server Error",
                JSON,
                r#"{"message":"secret","stack":"at /"}"#,
            )
        }),
        with("the subgraph answered with HTTP status 500", |_| {
            http("500 Internal Server Error", JSON, "secret")
        }),
        with("the subgraph answered with HTTP status 502", |body| {
            http("502 Bad Gateway", HTML, body)
        }),
        with("the subgraph answered with HTTP status 400", |_| {
            http("400 Bad Request", JSON, "")
        }),
        with("the subgraph answered with HTTP status 401", |_| {
            http("401 Unauthorized", "www-authenticate: secret\r\n", "")
        }),
        with("the subgraph answered with HTTP status 403", |_| {
            http("403 Forbidden", JSON, r#"{"error":"secret"}"#)
        }),
        with("the subgraph answered with HTTP status 404", |_| {
            http("404 Not Found", HTML, "<p>")
        }),
        with("the subgraph answered with HTTP status 429", |_| {
            http("429 Too Many Requests", "retry-after: 1\r\n", "")
        }),
        with("the subgraph answered with HTTP status 503", |_| {
            http("503 Service Unavailable", JSON, "[]")
        }),
        // Redirects are not followed: this one leads to an answer.
        with("the subgraph answered with HTTP status 302", |_| {
            http("302 Found", "location: /secret\r\n", "")
        }),
        with("the subgraph answered with HTTP status 308", |_| {
            http("308 Permanent Redirect", "location: /secret\r\n", "")
        }),
        with("the subgraph answered with HTTP status 304", |_| {
            raw("HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n")
        }),
    ]
}

fn refused_by_type() -> Vec<Fault> {
    let wires: [fn(&str) -> Act; 8] = [
        |_| http("200 OK", HTML, "<html>secret</html>"),
        |body| http("200 OK", HTML, body),
        |body| http("200 OK", "content-type: text/plain\r\n", body),
        |body| http("200 OK", "content-type: application/jsonp\r\n", body),
        |body| {
            http(
                "200 OK",
                "content-type: multipart/mixed; boundary=x\r\n",
                body,
            )
        },
        |body| http("200 OK", "", body),
        |_| http("200 OK", JSON, ""),
        |_| raw("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"),
    ];
    wires.map(|wire| sent(NO_ANSWER, wire)).into()
}

/// Only gzip is unpacked, to no more than an answer may have.
fn packed() -> Vec<Fault> {
    let refused: [fn(&str) -> Act; 8] = [
        |body| http("200 OK", GZIP, body),
        |body| http("200 OK", GZIP, &gzip(body)[..20]),
        |body| {
            let mut bytes = gzip(body);
            // The checksum.
            let at = bytes.len() - 8;
            bytes[at] ^= 1;
            http("200 OK", GZIP, bytes)
        },
        |body| http("200 OK", GZIP, [gzip(body), gzip("")].concat()),
        |body| http("200 OK", GZIP, [gzip(body), b"secret".to_vec()].concat()),
        |body| {
            http(
                "200 OK",
                "content-type: application/json\r\ncontent-encoding: br\r\n",
                body,
            )
        },
        |body| {
            http(
                "200 OK",
                "content-type: application/json\r\ncontent-encoding: deflate\r\n",
                body,
            )
        },
        |body| {
            http(
                "200 OK",
                "content-type: application/json\r\ncontent-encoding: gzip, gzip\r\n",
                gzip(body),
            )
        },
    ];
    let taken: [fn(&str) -> Act; 4] = [
        |body| http("200 OK", GZIP, gzip(body)),
        |body| {
            http(
                "200 OK",
                "content-type: application/json\r\ncontent-encoding: identity, X-GZIP\r\n",
                gzip(body),
            )
        },
        |body| {
            http(
                "200 OK",
                "content-type: application/json\r\ncontent-encoding: Identity\r\n",
                body,
            )
        },
        |body| http("500 Internal Server Error", GZIP, gzip(body)),
    ];
    let mut faults: Vec<Fault> = refused.map(|wire| sent(NO_ANSWER, wire)).into();
    faults.extend(taken.map(|wire| sent(Expected::Right, wire)));
    faults.push(sent(TOO_LARGE, |_| {
        http("200 OK", GZIP, gzip(&" ".repeat(10_000_000)))
    }));
    // It is not unpacked where nobody would look at it.
    faults.push(sent(
        Expected::Lost(
            "the subgraph answered with HTTP status 500",
            "SUBREQUEST_HTTP_ERROR",
        ),
        |_| {
            let headers = "content-type: text/html\r\ncontent-encoding: gzip\r\n";
            http("500 Internal Server Error", headers, gzip("<html>"))
        },
    ));
    faults
}

/// Connections that end too early, headers that lie, answers without an end.
fn broken() -> Vec<Fault> {
    let unreachable: [fn(&str) -> Act; 8] = [
        |body| {
            raw(format!(
                "HTTP/1.1 200 OK\r\n{JSON}content-length: 5000\r\n\r\n{body}"
            ))
        },
        |body| raw(chunked(body).split_at(120).0),
        |body| raw(chunked(body).replace("\r\n\r\n", "\r\n\r\nzz\r\n")),
        |body| {
            raw(format!(
                "HTTP/1.1 200 OK\r\n{JSON}content-length: 3\r\ncontent-length: 4\r\n\r\n{body}"
            ))
        },
        |_| raw("<html>secret</html>\r\n\r\n"),
        |_| raw("HTTP/3.0 200 OK\r\n\r\n"),
        |_| {
            raw(format!(
                "HTTP/1.1 200 OK\r\n{}\r\n",
                "x: y\r\n".repeat(1000)
            ))
        },
        |_| {
            raw(format!(
                "HTTP/1.1 200 OK\r\nx: {}\r\n\r\n",
                "y".repeat(1_000_000)
            ))
        },
    ];
    let mut faults: Vec<Fault> = unreachable.map(|wire| sent(UNREACHABLE, wire)).into();
    // Nothing came: a query may be sent again.
    for wire in [(|_| raw("")) as fn(&str) -> Act, |_| {
        raw("HTTP/1.1 200 OK\r\nconten")
    }] {
        let asked = 2;
        faults.push(Fault {
            asked,
            ..sent(UNREACHABLE, wire)
        });
    }
    // Less than there is: the rest belongs to nobody, and what is there is no JSON.
    faults.push(sent(NO_ANSWER, |body| {
        raw(format!(
            "HTTP/1.1 200 OK\r\n{JSON}content-length: 9\r\n\r\n{body}"
        ))
    }));
    faults.push(sent(TOO_LARGE, |_| {
        raw(format!(
            "HTTP/1.1 200 OK\r\n{JSON}content-length: 999999999999\r\n\r\n"
        ))
    }));
    faults.push(sent(TOO_LARGE, |_| {
        http("200 OK", JSON, " ".repeat(LIMIT + 1))
    }));
    faults.push(sent(TOO_LARGE, |_| {
        let head = format!("HTTP/1.1 200 OK\r\n{JSON}\r\n{{");
        Act::Flood(head.into_bytes(), b" ".repeat(4096))
    }));
    faults.push(sent(TOO_LARGE, |_| {
        let head = format!("HTTP/1.1 200 OK\r\n{JSON}transfer-encoding: chunked\r\n\r\n");
        Act::Flood(head.into_bytes(), b"1\r\n \r\n".repeat(1000))
    }));
    faults.push(sent(Expected::Right, |body| {
        let space = " ".repeat(LIMIT - body.len());
        http("200 OK", JSON, format!("{body}{space}"))
    }));
    faults
}

/// A subgraph that goes silent, before, within and after the head, and within the body.
fn silent() -> Vec<Fault> {
    let wires: [fn(&str) -> Act; 5] = [
        |_| Act::Stall(Vec::new()),
        |_| Act::Stall(b"HTTP/1.1 200 OK\r\nconten".to_vec()),
        |_| Act::Stall(format!("HTTP/1.1 200 OK\r\n{JSON}content-length: 50\r\n\r\n").into_bytes()),
        |body| {
            let length = body.len() + 1;
            Act::Stall(
                format!("HTTP/1.1 200 OK\r\n{JSON}content-length: {length}\r\n\r\n{body}")
                    .into_bytes(),
            )
        },
        |body| {
            Act::Stall(
                chunked(body)
                    .trim_end_matches("0\r\n\r\n")
                    .as_bytes()
                    .to_vec(),
            )
        },
    ];
    wires.map(|wire| sent(TIMEOUT, wire)).into()
}
