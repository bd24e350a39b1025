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

use super::server::{Act, Server};

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

#[tokio::test]
async fn an_answer_after_the_requests_deadline_is_too_late() {
    let server = Server::start().await;
    server.will(Act::Stall(Vec::new()));
    let address = SocketAddr::from(([127, 0, 0, 1], server.port));
    let subgraph = subgraph(address, HttpSettings::default());
    let mut request = query();
    request.deadline = Some(Instant::now() + Duration::from_secs(10));
    let pass_time = async {
        server.stalled.notified().await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(11)).await;
    };
    let (answer, ()) = tokio::join!(body_of(&subgraph, request), pass_time);
    assert_eq!(answer.unwrap_err().code(), "SUBREQUEST_TIMEOUT");
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
        http::header::ACCEPT_ENCODING,
        HeaderValue::from_static("br"),
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
        "accept-encoding: identity\r\n",
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
