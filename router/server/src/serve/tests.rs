//! What only a real socket shows: slow clients, limits on connections, draining.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

use crate::{
    config::{ByteSize, Config, Span},
    fixture,
};

/// A server on a free port; dropping `stop` (or sending) stops it.
struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            ..Config::default()
        };
        config.timeouts.shutdown_grace = Span(Duration::from_millis(500));
        change(&mut config);
        let server = fixture::bind(config).await.unwrap();
        let address = server.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.run(async move {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop: Some(stop),
            task,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn exchange(&self, request: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request).await.unwrap();
        read_to_end(&mut stream).await
    }
}

/// Everything until the server closes; fails the test if it does not within ten seconds.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await;
    // A reset after the answer is as good as a close.
    let _ = read.expect("the server keeps the connection open");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Until the server asks for the body (RFC 9110, section 10.1.1): then the request is under way.
async fn wait_until_asked(stream: &mut TcpStream) {
    let mut asked = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_exact(&mut asked)).await;
    read.expect("the server does not ask for the body").unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
}

const SOON: Span = Span(Duration::from_millis(200));

#[tokio::test]
async fn clients_that_do_not_finish_a_request_are_disconnected() {
    let server = Running::start(|config| {
        config.timeouts.header_read = SOON;
        config.timeouts.body_read = SOON;
    })
    .await;
    for (sent, expected) in [
        ("", ""),
        ("P", ""),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n", ""),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""),
        ("GET /health HTTP/1.1\r\nhost: x\r\nx-slow: ", ""),
        (
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{",
            "HTTP/1.1 408 ",
        ),
    ] {
        let answer = server.exchange(sent.as_bytes()).await;
        // HTTP/2 servers speak first (settings); nothing else is said to them.
        assert!(
            answer.starts_with(expected) && (!expected.is_empty() || !answer.contains("200 OK")),
            "{sent:?} {answer:?}"
        );
    }
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let server = Running::start(|config| config.timeouts.idle = SOON).await;
    let answer = server
        .exchange(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn oversized_headers_are_refused() {
    let server = Running::start(|config| config.limits.header_bytes = ByteSize(8192)).await;
    let request = format!(
        "GET /health HTTP/1.1\r\nhost: x\r\nx-big: {}\r\n\r\n",
        "a".repeat(20_000)
    );
    let answer = server.exchange(request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_client_that_writes_before_it_reads_sees_that_its_body_is_too_large() {
    let server = Running::start(|_| {}).await;
    let size = 20 << 20;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {size}\r\n\r\n"
    );
    let mut stream = server.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = vec![b' '; 1 << 20];
    for _ in 0..20 {
        stream.write_all(&chunk).await.unwrap();
    }
    let answer = read_to_end(&mut stream).await;
    assert!(
        answer.starts_with("HTTP/1.1 413 ") && answer.contains("PAYLOAD_TOO_LARGE"),
        "{answer}"
    );
}

#[tokio::test]
async fn further_connections_wait_for_room() {
    let server = Running::start(|config| config.limits.connections = 1).await;
    let mut first = server.connect().await;
    first
        .write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut start = [0; 15];
    first.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    let mut second = server.connect().await;
    second
        .write_all(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let waiting =
        tokio::time::timeout(Duration::from_millis(100), second.read_exact(&mut start)).await;
    assert!(
        waiting.is_err(),
        "the second connection was served beside the first"
    );
    drop(first);
    assert!(
        read_to_end(&mut second)
            .await
            .starts_with("HTTP/1.1 200 OK")
    );
}

#[tokio::test]
async fn stopping_lets_requests_under_way_end_and_refuses_new_connections() {
    let mut server =
        Running::start(|config| config.timeouts.shutdown_grace = Span::seconds(10)).await;
    let body = r#"{"query":"{ hello }"}"#;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = server.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    wait_until_asked(&mut stream).await;
    stream.write_all(&body.as_bytes()[..5]).await.unwrap();
    server.stop.take().unwrap().send(()).unwrap();
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(&body.as_bytes()[5..]).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    tokio::time::timeout(Duration::from_secs(5), server.task)
        .await
        .expect("the server does not stop")
        .unwrap();
}

#[tokio::test]
async fn requests_that_do_not_end_are_cut_off_after_the_grace_time() {
    let mut server = Running::start(|_| {}).await;
    let mut stream = server.connect().await;
    stream.write_all(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n").await.unwrap();
    wait_until_asked(&mut stream).await;
    stream.write_all(b"{").await.unwrap();
    server.stop.take().unwrap().send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), server.task)
        .await
        .expect("the server does not stop")
        .unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn an_address_in_use_is_said_plainly() {
    let server = Running::start(|_| {}).await;
    let config = Config {
        listen: server.address.to_string().parse().unwrap(),
        ..Config::default()
    };
    let error = fixture::bind(config).await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("cannot listen on {}: ", server.address)),
        "{error}"
    );
}
