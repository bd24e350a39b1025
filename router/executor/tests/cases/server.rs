//! A subgraph on loopback that answers with whatever bytes a case says.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Sends these bytes and closes the connection.
    Send(Vec<u8>),
    /// Sends these bytes and nothing more, but keeps the connection.
    Stall(Vec<u8>),
    /// Sends the first bytes, and the second ones again and again for as long as anybody listens.
    Flood(Vec<u8>, Vec<u8>),
}

#[derive(Debug)]
struct State {
    act: Act,
    requests: Vec<String>,
}

/// The server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
    /// Told when a connection has come to where it stalls.
    pub(crate) stalled: Arc<Notify>,
}

impl Server {
    /// Starts one on a port of its own.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State {
            act: Act::Send(Vec::new()),
            requests: Vec::new(),
        }));
        let stalled = Arc::new(Notify::new());
        let (own_state, own_stalled) = (state.clone(), stalled.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(converse(stream, own_state.clone(), own_stalled.clone()));
            }
        });
        Self {
            port,
            state,
            stalled,
        }
    }

    /// Answers like this from now on.
    pub(crate) fn will(&self, act: Act) {
        let mut state = self.state.lock().unwrap();
        state.act = act;
        state.requests.clear();
    }

    /// Whether it is going to be silent.
    pub(crate) fn will_stall(&self) -> bool {
        matches!(self.state.lock().unwrap().act, Act::Stall(_))
    }

    /// The requests since [`Self::will`].
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

async fn converse(mut stream: TcpStream, state: Arc<Mutex<State>>, stalled: Arc<Notify>) {
    let Some(request) = read_request(&mut stream).await else {
        return;
    };
    let act = {
        let mut state = state.lock().unwrap();
        state.requests.push(request);
        state.act.clone()
    };
    match act {
        // Whoever asked may have heard enough and be gone.
        Act::Send(bytes) => drop(stream.write_all(&bytes).await),
        Act::Stall(bytes) => {
            stream.write_all(&bytes).await.unwrap();
            stalled.notify_one();
            std::future::pending::<()>().await;
        }
        Act::Flood(first, again) => {
            let mut sent = stream.write_all(&first).await;
            while sent.is_ok() {
                sent = stream.write_all(&again).await;
            }
        }
    }
}

/// A whole request; `None` if the connection was closed before.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut received = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.ok()?;
        if count == 0 {
            return None;
        }
        received.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8(received.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            let length = lines.find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
    }
}
