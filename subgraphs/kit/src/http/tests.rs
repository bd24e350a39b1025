//! The HTTP surface.

use axum::body::to_bytes;
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::Instant,
};
use tower::ServiceExt;

use super::*;
use crate::service::tests::service;

async fn app() -> Router {
    router(service(false).await, Authenticator::Anonymous)
}

async fn send(request: ::http::Request<Body>) -> (StatusCode, HeaderMap, String) {
    let response = app().await.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    (parts.status, parts.headers, body)
}

#[tokio::test]
async fn every_route_answers_with_its_status() {
    let hello = json!({ "query": "{ hello }" }).to_string();
    let invalid = json!({ "query": "{ nothing }" }).to_string();
    let large = "x".repeat(2 * 1024 * 1024);
    let graphql = "application/graphql-response+json";
    let cases = [
        ("application/json", "*/*", hello.clone(), 200, None),
        (
            "application/json; charset=utf-8",
            graphql,
            hello.clone(),
            200,
            None,
        ),
        ("text/plain", "*/*", hello, 415, Some("BAD_REQUEST")),
        (
            "application/json",
            "*/*",
            invalid.clone(),
            200,
            Some("GRAPHQL_VALIDATION_FAILED"),
        ),
        (
            "application/json",
            graphql,
            invalid,
            400,
            Some("GRAPHQL_VALIDATION_FAILED"),
        ),
        (
            "application/json",
            "*/*",
            "{".to_owned(),
            400,
            Some("BAD_REQUEST"),
        ),
        (
            "application/json",
            "*/*",
            large,
            413,
            Some("PAYLOAD_TOO_LARGE"),
        ),
    ];
    for (content_type, accept, body, status, code) in cases {
        let shown: String = body.chars().take(40).collect();
        let request = ::http::Request::post("/graphql")
            .header("content-type", content_type)
            .header("accept", accept)
            .body(Body::from(body))
            .unwrap();
        let (found, headers, body) = send(request).await;
        assert_eq!(found, status, "{shown}");
        let json: Json = serde_json::from_str(&body).unwrap();
        match code {
            None => assert_eq!(json, json!({ "data": { "hello": "world" } })),
            Some(code) => assert_eq!(json["errors"][0]["extensions"]["code"], code, "{shown}"),
        }
        assert_eq!(headers["cache-control"], "no-store", "{shown}");
        let media = headers["content-type"].to_str().unwrap();
        let expected = if accept == graphql {
            graphql
        } else {
            "application/json"
        };
        assert!(media.starts_with(expected), "{media}");
    }
    for (path, status) in [
        ("/health", 200),
        ("/ready", 200),
        ("/graphql", 405),
        ("/x", 404),
    ] {
        let request = ::http::Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(send(request).await.0, status, "{path}");
    }
}

#[tokio::test]
async fn a_token_nobody_can_check_is_refused() {
    let request = ::http::Request::post("/graphql")
        .header("content-type", "application/json")
        .header("authorization", "Bearer a.b.c")
        .body(Body::from("{\"query\":\"{ hello }\"}"))
        .unwrap();
    let (status, _, body) = send(request).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(body.contains("\"UNAUTHENTICATED\""), "{body}");
}

#[tokio::test]
async fn a_client_cannot_forge_the_routers_headers() {
    let query = "{ a: header(name: \"x-weft-refresh-token\") b: header(name: \"cookie\") }";
    let request = ::http::Request::post("/graphql")
        .header("content-type", "application/json")
        .header("x-weft-refresh-token", "stolen")
        .header("cookie", "weft_refresh=mine")
        .body(Body::from(json!({ "query": query }).to_string()))
        .unwrap();
    let (_, _, body) = send(request).await;
    assert_eq!(body, "{\"data\":{\"a\":null,\"b\":\"weft_refresh=mine\"}}");
}

#[tokio::test]
async fn caches_are_told_the_same_as_in_process() {
    let request = ::http::Request::post("/graphql")
        .header("content-type", "application/json")
        .body(Body::from(json!({ "query": "{ kept }" }).to_string()))
        .unwrap();
    let (_, headers, _) = send(request).await;
    assert_eq!(headers["cache-control"], "public, max-age=60");
    assert_eq!(headers.get("vary"), None);
}

#[tokio::test]
async fn a_closed_database_is_not_ready_but_healthy() {
    let service = service(false).await;
    service.db().close().await.unwrap();
    let app = router(service, Authenticator::Anonymous);
    for (path, status) in [("/health", 200), ("/ready", 503)] {
        let request = ::http::Request::get(path).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
}

/// Starts a server, asks for the slow field, tells the server to stop once the request is in, and
/// returns what came back.
async fn stop_during_a_request(drain: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let server = tokio::spawn(serve(listener, app().await, shutdown, drain));
    let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = json!({ "query": "{ slow }" }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    client.write_all(head.as_bytes()).await.unwrap();
    // The interim answer says that the request has reached the handler.
    let mut interim = [0; 25];
    client.read_exact(&mut interim).await.unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100"));
    client.write_all(body.as_bytes()).await.unwrap();
    stop.send(()).unwrap();
    let mut answer = Vec::new();
    // A connection cut off may end in a reset.
    let _ = client.read_to_end(&mut answer).await;
    server.await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_server_ends() {
    let answer = stop_during_a_request(Duration::from_secs(10)).await;
    assert!(answer.ends_with("{\"data\":{\"slow\":true}}"), "{answer}");
}

#[tokio::test]
async fn draining_ends_at_its_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let drain = Duration::from_millis(50);
    let server = tokio::spawn(serve(listener, app().await, shutdown, drain));
    let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
    // Half a request keeps the connection busy for ever.
    client
        .write_all(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n")
        .await
        .unwrap();
    let mut interim = [0; 25];
    client.read_exact(&mut interim).await.unwrap();
    stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), server).await;
    ended.unwrap().unwrap();
}

/// Sends `bytes`, then one more byte of a header every `drip`, and returns what came back and after how
/// many seconds the connection was closed.
async fn send_slowly(bytes: &str, drip: Option<Duration>) -> (String, u64) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = app().await;
    // The clock jumps to the next timer whenever nothing else is to be done.
    tokio::time::pause();
    let started = Instant::now();
    let server = tokio::spawn(serve(listener, app, std::future::pending(), Duration::ZERO));
    let client = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut read, mut write) = client.into_split();
    write.write_all(bytes.as_bytes()).await.unwrap();
    let dripping = async {
        let Some(drip) = drip else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(drip).await;
            // Fails once the connection is closed, which the reader notices.
            let _ = write.write_all(b"x").await;
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = dripping => {}
        // May end in a reset.
        _ = read.read_to_end(&mut answer) => {}
    }
    server.abort();
    (
        String::from_utf8(answer).unwrap(),
        started.elapsed().as_secs(),
    )
}

#[tokio::test]
async fn a_client_that_does_not_come_to_the_point_is_cut_off() {
    let whole = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
    let half = "GET /health HTTP/1.1\r\nhost: x\r\nx-slow: ";
    let drip = Some(Duration::from_secs(3));
    let then_half = format!("{whole}{half}");
    for (bytes, drip, answered, seconds) in [
        ("", None, false, 10),
        ("P", None, false, 10),
        ("PRI * HTTP/2.0\r\n", None, false, 10),
        (half, None, false, 10),
        (half, drip, false, 10),
        (whole, None, true, 75),
        (&then_half, drip, true, 75),
    ] {
        let (answer, closed) = send_slowly(bytes, drip).await;
        assert_eq!(
            answer.starts_with("HTTP/1.1 200"),
            answered,
            "{bytes:?}: {answer}"
        );
        assert!(
            (seconds..seconds + 4).contains(&closed),
            "{bytes:?}: {closed} s"
        );
        tokio::time::resume();
    }
}
