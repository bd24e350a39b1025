//! What a bad request gets: a clear error with a code, in bounded time and memory.

use std::fmt::Write;
use std::time::{Duration, Instant};

use benches_subgraphs::Estimate;
use http::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Answer, BenchStack, Client};

/// For an unoptimised build on a busy machine; an optimised one needs milliseconds.
const BOUNDED_TIME: Duration = Duration::from_secs(10);
/// By how much all bad requests together may raise the router's peak memory, in bytes.
const BOUNDED_MEMORY: u64 = 64 << 20;

struct BadRequest {
    what: &'static str,
    method: Method,
    path: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
    status: StatusCode,
    code: &'static str,
}

impl BadRequest {
    fn post(what: &'static str, body: String, status: u16, code: &'static str) -> Self {
        Self {
            what,
            method: Method::POST,
            path: "/graphql",
            headers: vec![
                ("content-type", "application/json"),
                ("accept", "application/graphql-response+json"),
            ],
            body,
            status: StatusCode::from_u16(status).unwrap(),
            code,
        }
    }

    fn query(what: &'static str, query: &str, code: &'static str) -> Self {
        Self::post(what, json!({ "query": query }).to_string(), 400, code)
    }

    fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value));
        self
    }

    async fn send(&self, client: &Client) -> Answer {
        let body = self.body.clone();
        client
            .send(self.method.clone(), self.path, &self.headers, body)
            .await
    }
}

fn bad_requests() -> Vec<BadRequest> {
    let mut requests = malformed_requests();
    requests.extend(invalid_operations());
    requests.extend(oversized_operations());
    requests
}

fn malformed_requests() -> Vec<BadRequest> {
    let users = || json!({"query": "{ users { id } }"}).to_string();
    vec![
        BadRequest::post("no JSON", "{\"query\": ".to_owned(), 400, "INVALID_JSON"),
        BadRequest::post("no body", String::new(), 400, "INVALID_JSON"),
        BadRequest::post("no query", "{}".to_owned(), 400, "QUERY_MISSING"),
        BadRequest::post(
            "a query that is a number",
            "{\"query\": 7}".to_owned(),
            400,
            "BAD_REQUEST",
        ),
        BadRequest::post(
            "variables that are a list",
            json!({"query": "{ users { id } }", "variables": []}).to_string(),
            400,
            "BAD_REQUEST",
        ),
        BadRequest::post(
            "a batch",
            "[{\"query\": \"{ users { id } }\"}]".to_owned(),
            400,
            "BATCHING_NOT_SUPPORTED",
        ),
        BadRequest::post(
            "deep JSON",
            "[".repeat(100_000),
            400,
            "BATCHING_NOT_SUPPORTED",
        ),
        BadRequest::post(
            "deep JSON in variables",
            format!(
                "{{\"query\": \"{{ users {{ id }} }}\", \"variables\": {}",
                "{\"a\":".repeat(100_000)
            ),
            400,
            "INVALID_JSON",
        ),
        BadRequest::post(
            "another content type",
            users(),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        )
        .header("content-type", "application/xml")
        .header("graphql-preflight", "1"),
        BadRequest::post(
            "a form another page could send",
            users(),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        )
        .header("content-type", "text/plain"),
        BadRequest {
            method: Method::GET,
            path: "/graphql?query=%7Busers%7Bid%7D%7D",
            headers: vec![("sec-fetch-site", "cross-site")],
            ..BadRequest::post(
                "a link another page could open",
                String::new(),
                403,
                "CSRF_BLOCKED",
            )
        },
        BadRequest::post("an answer nobody makes", users(), 406, "NOT_ACCEPTABLE")
            .header("accept", "image/png"),
        BadRequest::post("a token that is none", users(), 401, "UNAUTHENTICATED")
            .header("authorization", "Bearer not.a.token"),
        BadRequest {
            method: Method::PUT,
            ..BadRequest::post("another method", users(), 405, "METHOD_NOT_ALLOWED")
        },
        BadRequest {
            path: "/nothing",
            ..BadRequest::post("another path", users(), 404, "NOT_FOUND")
        },
    ]
}

fn invalid_operations() -> Vec<BadRequest> {
    vec![
        BadRequest::query("a syntax error", "{ users { id ", "GRAPHQL_PARSE_FAILED"),
        BadRequest::query(
            "an unknown field",
            "{ users { shoeSize } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        BadRequest::query(
            "an unknown argument",
            "{ users(last: 1) { id } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        BadRequest::query(
            "a cyclic fragment",
            "{ users { ...A } } fragment A on User { ...B } fragment B on User { ...A }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        BadRequest::query(
            "a mutation the schema has not",
            "mutation { users { id } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        BadRequest::query(
            "two operations and no name",
            "query A { users { id } } query B { users { id } }",
            "OPERATION_NOT_FOUND",
        ),
        BadRequest::query(
            "a missing variable",
            "query($id: ID!) { user(id: $id) { id } }",
            "INVALID_VARIABLES",
        ),
        BadRequest::post(
            "a variable of the wrong type",
            json!({
                "query": "query($first: Int) { topProducts(first: $first) { upc } }",
                "variables": {"first": "many"},
            })
            .to_string(),
            400,
            "INVALID_VARIABLES",
        ),
    ]
}

fn oversized_operations() -> Vec<BadRequest> {
    let aliases = (0..10_000).fold(String::new(), |mut text, number| {
        let _ = write!(text, "a{number}:id ");
        text
    });
    let bomb = (0..30).fold(String::from("{ users { ...F0 } }"), |mut text, number| {
        let next = number + 1;
        let _ = write!(
            text,
            " fragment F{number} on User {{ ...F{next} reviews {{ author {{ ...F{next} }} }} }}"
        );
        text
    }) + " fragment F30 on User { id }";
    let nested = format!("{{ users {}", "{ reviews { author ".repeat(500))
        + "{ id }"
        + &" } }".repeat(500)
        + " }";
    vec![
        BadRequest::query(
            "10,000 aliases",
            &format!("{{ users {{ {aliases} }} }}"),
            "TOO_MANY_TOKENS",
        ),
        BadRequest::query(
            "2,000 aliases",
            &format!(
                "{{ users {{ {} }} }}",
                aliases.split(' ').take(2_000).collect::<Vec<_>>().join(" ")
            ),
            "TOO_MANY_ALIASES",
        ),
        BadRequest::query("1,000 levels", &nested, "TOO_DEEP"),
        BadRequest::query("a fragment bomb", &bomb, "TOO_DEEP"),
        BadRequest::query(
            "a long document",
            &format!("{{ users {{ id }} }} # {}", "x".repeat(1_000_000)),
            "QUERY_TOO_LARGE",
        ),
    ]
}

#[tokio::test]
async fn every_bad_request_gets_a_status_and_a_code_in_bounded_time_and_memory() {
    let stack = BenchStack::start(Estimate::Unknown).await;
    let client = stack.client();
    client.data("{ users { id } }", json!({})).await;
    stack.subgraphs.reset_requests();
    let before = stack.router.peak_memory();
    let mut wrong = Vec::new();
    for request in bad_requests() {
        let started = Instant::now();
        let answer = request.send(&client).await;
        let (status, codes, took) = (answer.status, answer.codes(), started.elapsed());
        let expected = (request.status, request.code);
        if (status, codes.first().map_or("", String::as_str)) != expected || took > BOUNDED_TIME {
            let text: String = answer.text().chars().take(200).collect();
            wrong.push(format!(
                "{}: {status} {codes:?} in {took:?}, not {expected:?}\n  {text}",
                request.what
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let grown = stack.router.peak_memory() - before;
    assert!(grown < BOUNDED_MEMORY, "memory grew by {grown} bytes");
    assert_eq!(
        stack.subgraphs.requests().total(),
        0,
        "a bad request reached a subgraph"
    );
    // And nobody else is the worse for it.
    client.data("{ users { id } }", json!({})).await;
}

#[tokio::test]
async fn a_body_of_20_mb_is_refused_without_being_held() {
    let stack = BenchStack::start(Estimate::Unknown).await;
    let before = stack.router.peak_memory();
    let size = 20_000_000;
    let announced = format!("content-length: {size}\r\n\r\n").into_bytes();
    let mut chunked = b"transfer-encoding: chunked\r\n\r\n".to_vec();
    chunked.extend(format!("{size:x}\r\n").into_bytes());
    for (mut request, end) in [(announced, ""), (chunked, "\r\n0\r\n\r\n")] {
        request.resize(request.len() + size, b' ');
        request.extend(end.as_bytes());
        let answer = send_raw(stack.router.origin(), request).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(
            answer.contains("\"code\":\"PAYLOAD_TOO_LARGE\""),
            "{answer}"
        );
    }
    let grown = stack.router.peak_memory() - before;
    assert!(grown < 16 << 20, "memory grew by {grown} bytes");
}

/// Sends a POST whose last headers and body are `rest`, and reads until the server closes. A server
/// that refuses may close before all is sent.
async fn send_raw(origin: &str, rest: Vec<u8>) -> String {
    let address = origin.strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let sending = tokio::spawn(async move {
        let head = "POST /graphql HTTP/1.1\r\nhost: weft\r\ncontent-type: application/json\r\n";
        writing.write_all(head.as_bytes()).await?;
        writing.write_all(&rest).await?;
        // Dropping this half would tell the server that nobody waits for an answer.
        Ok::<_, std::io::Error>(writing)
    });
    let mut answer = Vec::new();
    let reading = reading.read_to_end(&mut answer);
    let read = tokio::time::timeout(BOUNDED_TIME, reading).await;
    // A reset after the answer is how an early close looks from here.
    drop(read.expect("the server closes in time"));
    sending.abort();
    String::from_utf8_lossy(&answer).into_owned()
}
