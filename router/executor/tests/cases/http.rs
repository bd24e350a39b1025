//! The HTTP adapter over loopback, against a server that answers what each case says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use apollo_compiler::ast::OperationType;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use router_executor::{
    ExecutorError, HeaderSource, HttpClient, HttpSettings, HttpSubgraph, NoHeaders, Subgraph,
    SubgraphBody, SubgraphError, SubgraphRequest,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A server for which each entry of `script` is what one connection sends, request by request; it then closes the
/// connection. The requests it received come out of the channel.
async fn serve(script: Vec<Vec<Vec<u8>>>) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for answers in script {
            let (mut stream, _) = listener.accept().await.unwrap();
            for answer in answers {
                let request = read_request(&mut stream).await;
                sender.send(request).unwrap();
                if answer == b"hang" {
                    std::future::pending::<()>().await;
                }
                stream.write_all(&answer).await.unwrap();
            }
        }
    });
    (address, receiver)
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the request is complete");
        received.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8(received.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
    }
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}").into_bytes()
}

const JSON: &str = "content-type: application/json\r\n";
const DATA: &str = r#"{"data":{"a":1}}"#;

fn subgraph(address: SocketAddr, settings: HttpSettings) -> HttpSubgraph {
    let url = format!("http://{address}/graphql");
    HttpSubgraph::new(
        &url,
        HttpClient::new().unwrap(),
        Arc::new(NoHeaders),
        settings,
    )
    .unwrap()
}

fn query() -> SubgraphRequest {
    SubgraphRequest::new(
        OperationType::Query,
        Bytes::from_static(b"{\"query\":\"{a}\"}"),
    )
}

async fn body_of(
    subgraph: &HttpSubgraph,
    request: SubgraphRequest,
) -> Result<String, SubgraphError> {
    let response = subgraph.call(request).await?;
    let SubgraphBody::Json(body) = response.body else {
        panic!("HTTP gives JSON");
    };
    Ok(String::from_utf8(body.to_vec()).unwrap())
}

/// What one answer becomes: the body, or the error's code.
async fn outcome(bytes: Vec<u8>) -> String {
    let (address, _requests) = serve(vec![vec![bytes]]).await;
    let mut settings = HttpSettings::default();
    settings.response_bytes = 1000;
    match body_of(&subgraph(address, settings), query()).await {
        Ok(body) => body,
        Err(error) => {
            assert!(!error.to_string().contains("127.0.0.1"), "{error}");
            error.code().to_owned()
        }
    }
}

#[tokio::test]
async fn status_and_type_decide_what_is_an_answer() {
    let errors = r#"{"errors":[{"message":"m"}]}"#;
    let charset = "content-type: Application/JSON; charset=utf-8\r\n";
    let new_type = "content-type: application/graphql-response+json\r\n";
    let html = "content-type: text/html\r\n";
    let gzip = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    for (status, headers, body, expected) in [
        ("200 OK", JSON, DATA, DATA),
        ("200 OK", charset, DATA, DATA),
        ("200 OK", new_type, DATA, DATA),
        ("500 Internal Server Error", JSON, errors, errors),
        ("400 Bad Request", new_type, errors, errors),
        (
            "500 Internal Server Error",
            JSON,
            r#"{"message":"m"}"#,
            "SUBREQUEST_HTTP_ERROR",
        ),
        (
            "500 Internal Server Error",
            JSON,
            "oops",
            "SUBREQUEST_HTTP_ERROR",
        ),
        ("502 Bad Gateway", html, "<html>", "SUBREQUEST_HTTP_ERROR"),
        ("401 Unauthorized", "", "", "SUBREQUEST_HTTP_ERROR"),
        (
            "302 Found",
            "location: http://elsewhere/\r\n",
            "",
            "SUBREQUEST_HTTP_ERROR",
        ),
        ("200 OK", html, "<html>", "SUBREQUEST_MALFORMED_RESPONSE"),
        ("200 OK", "", DATA, "SUBREQUEST_MALFORMED_RESPONSE"),
        ("200 OK", gzip, "\u{1f}", "SUBREQUEST_MALFORMED_RESPONSE"),
    ] {
        assert_eq!(
            outcome(answer(status, headers, body)).await,
            expected,
            "{status} {headers}"
        );
    }
}

#[tokio::test]
async fn broken_and_oversized_answers_are_refused() {
    let large = format!(r#"{{"data":"{}"}}"#, "x".repeat(1000));
    let chunked = format!(
        "HTTP/1.1 200 OK\r\n{JSON}transfer-encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    for (bytes, expected) in [
        (answer("200 OK", JSON, &large), "SUBREQUEST_TOO_LARGE"),
        (chunked.into_bytes(), "SUBREQUEST_TOO_LARGE"),
        (
            format!("HTTP/1.1 200 OK\r\n{JSON}content-length: 50\r\n\r\n{DATA}").into_bytes(),
            "SUBREQUEST_CONNECTION_FAILED",
        ),
        (b"not HTTP\r\n\r\n".to_vec(), "SUBREQUEST_CONNECTION_FAILED"),
    ] {
        assert_eq!(outcome(bytes).await, expected);
    }
}

#[tokio::test]
async fn a_slow_subgraph_times_out() {
    let mut settings = HttpSettings::default();
    settings.timeout = Duration::from_millis(50);
    let (address, _requests) = serve(vec![vec![b"hang".to_vec()]]).await;
    let error = body_of(&subgraph(address, settings), query())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "SUBREQUEST_TIMEOUT");
    // The request's own deadline counts as well.
    let (address, _requests) = serve(vec![vec![b"hang".to_vec()]]).await;
    let mut request = query();
    request.deadline = Some(Instant::now() + Duration::from_millis(50));
    let error = body_of(&subgraph(address, HttpSettings::default()), request)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "SUBREQUEST_TIMEOUT");
}

#[tokio::test]
async fn a_refused_connection_is_an_error_without_an_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let subgraph = subgraph(address, HttpSettings::default());
    let error = body_of(&subgraph, query()).await.unwrap_err();
    assert_eq!(error.code(), "SUBREQUEST_CONNECTION_FAILED");
    assert_eq!(error.to_string(), "the subgraph cannot be reached");
    assert!(error.detail().is_some());
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let (address, mut requests) = serve(vec![vec![answer("200 OK", JSON, DATA); 2]]).await;
    let subgraph = subgraph(address, HttpSettings::default());
    for _ in 0..2 {
        assert_eq!(body_of(&subgraph, query()).await.unwrap(), DATA);
        requests.recv().await.unwrap();
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_replaced() {
    let once = || vec![answer("200 OK", JSON, DATA)];
    let (address, mut requests) = serve(vec![once(), once(), once()]).await;
    let subgraph = subgraph(address, HttpSettings::default());
    for _ in 0..3 {
        assert_eq!(body_of(&subgraph, query()).await.unwrap(), DATA);
        requests.recv().await.unwrap();
    }
}

/// A connection that gets a request and is closed without an answer.
async fn abandoned(kind: OperationType) -> Result<String, SubgraphError> {
    let (address, _requests) =
        serve(vec![vec![Vec::new()], vec![answer("200 OK", JSON, DATA)]]).await;
    let mut request = query();
    request.kind = kind;
    body_of(&subgraph(address, HttpSettings::default()), request).await
}

#[tokio::test]
async fn only_a_query_is_sent_again() {
    assert_eq!(abandoned(OperationType::Query).await.unwrap(), DATA);
    let error = abandoned(OperationType::Mutation).await.unwrap_err();
    assert_eq!(error.code(), "SUBREQUEST_CONNECTION_FAILED");
}

struct Token;

impl HeaderSource for Token {
    fn apply(&self, request: &SubgraphRequest, headers: &mut HeaderMap) {
        let value = format!("Bearer {}", request.request_id);
        let value = HeaderValue::try_from(value).unwrap();
        headers.insert(http::header::AUTHORIZATION, value);
    }
}

#[tokio::test]
async fn headers_travel_and_the_routers_own_replace_the_clients() {
    let cookie = format!("{JSON}set-cookie: a=b\r\n");
    let (address, mut requests) = serve(vec![vec![answer("200 OK", &cookie, DATA)]]).await;
    let url = format!("http://{address}/graphql");
    let client = HttpClient::new().unwrap();
    let settings = HttpSettings::default();
    let subgraph = HttpSubgraph::new(&url, client, Arc::new(Token), settings).unwrap();
    let mut request = query();
    let mut headers = HeaderMap::new();
    headers.insert(
        http::header::AUTHORIZATION,
        HeaderValue::from_static("client"),
    );
    headers.insert(
        HeaderName::from_static("x-tenant"),
        HeaderValue::from_static("t1"),
    );
    request.headers = Arc::new(headers);
    request.request_id = Arc::from("r1");
    let response = subgraph.call(request).await.unwrap();
    assert_eq!(response.headers["set-cookie"], "a=b");
    let sent = requests.recv().await.unwrap();
    assert!(sent.starts_with("POST /graphql HTTP/1.1\r\n"), "{sent}");
    for line in [
        "authorization: Bearer r1\r\n",
        "x-tenant: t1\r\n",
        "content-type: application/json\r\n",
    ] {
        assert_eq!(sent.matches(line).count(), 1, "{sent}");
    }
    assert!(!sent.contains("client"), "{sent}");
    assert!(sent.ends_with(r#"{"query":"{a}"}"#), "{sent}");
}

#[tokio::test]
async fn only_absolute_http_urls_are_taken() {
    for url in [
        "",
        "/graphql",
        "localhost:4001",
        "ftp://a/b",
        "http://",
        "http://a b/",
    ] {
        let client = HttpClient::new().unwrap();
        let settings = HttpSettings::default();
        let subgraph = HttpSubgraph::new(url, client, Arc::new(NoHeaders), settings);
        assert!(
            matches!(subgraph, Err(ExecutorError::InvalidUrl { .. })),
            "{url}"
        );
    }
}
