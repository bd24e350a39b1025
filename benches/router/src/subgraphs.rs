//! All subgraphs of all graphs in one process, cheap enough not to be what is measured.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use benches_subgraphs::{Estimate, Schemas, Subgraph};
use bytes::Bytes;
use http::{HeaderName, StatusCode, header};
use tokio::net::TcpListener;

use crate::synthetic::{self, Service};

/// Answers remembered at most, and the bytes of requests and answers they may have together.
const MEMO_ENTRIES: usize = 10_000;
const MEMO_BYTES: usize = 512 << 20;
/// The longest request: representations of many entities.
const BODY_BYTES: usize = 64 << 20;

/// Serve the subgraphs of every graph of the bench.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:4200")]
    listen: SocketAddr,
    /// Remember the answer to every request, byte for byte, so that it costs next to nothing the next time.
    #[arg(long)]
    memo: bool,
}

/// Serves until the process is stopped.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // One thread: the processors are for the router.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(arguments.listen).await?;
        println!("{}", listener.local_addr()?);
        let listener = listener.tap_io(|stream| {
            // Without it the end of a long answer waits for an acknowledgement. A connection that is gone needs none.
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router(arguments.memo)).await?;
        Ok(())
    })
}

fn router(memo: bool) -> Router {
    let subgraphs = Subgraphs {
        schemas: Schemas::new(Estimate::Unknown),
        memo: memo.then(Mutex::default),
        requests: Mutex::default(),
    };
    Router::new()
        .route("/requests", get(show_requests).delete(forget_requests))
        .route("/health", get(async || "ok"))
        .route("/{subgraph}", post(answer))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(Arc::new(subgraphs))
}

struct Subgraphs {
    schemas: Schemas,
    memo: Option<Mutex<Memo>>,
    requests: Mutex<BTreeMap<String, u64>>,
}

type Answer = ([(HeaderName, &'static str); 1], Bytes);

async fn answer(
    State(subgraphs): State<Arc<Subgraphs>>,
    Path(subgraph): Path<String>,
    request: Bytes,
) -> Result<Answer, (StatusCode, String)> {
    *lock(&subgraphs.requests)
        .entry(subgraph.clone())
        .or_default() += 1;
    let known = subgraphs.memo.as_ref();
    let known = known.and_then(|memo| lock(memo).get(&subgraph, &request));
    let body = match known {
        Some(body) => body,
        None => {
            let body = subgraphs.execute(&subgraph, &request).await?;
            if let Some(memo) = &subgraphs.memo {
                lock(memo).insert(subgraph, request, body.clone());
            }
            body
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], body))
}

impl Subgraphs {
    async fn execute(&self, name: &str, request: &[u8]) -> Result<Bytes, (StatusCode, String)> {
        if let Some(service) = Service::named(name) {
            return Ok(synthetic::answer(service, request).into());
        }
        let subgraph = Subgraph::ALL.into_iter().find(|s| s.name() == name);
        let subgraph = subgraph.ok_or((StatusCode::NOT_FOUND, String::new()))?;
        let answer = self.schemas.answer(subgraph, request).await;
        let answer = answer.map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
        Ok(answer.into())
    }
}

async fn show_requests(State(subgraphs): State<Arc<Subgraphs>>) -> Json<BTreeMap<String, u64>> {
    let mut shown = lock(&subgraphs.requests).clone();
    let total = shown.values().sum();
    shown.insert("total".to_owned(), total);
    Json(shown)
}

async fn forget_requests(State(subgraphs): State<Arc<Subgraphs>>) {
    lock(&subgraphs.requests).clear();
}

/// Answers by subgraph and exact request. What does not fit any more is not remembered.
#[derive(Default)]
struct Memo {
    answers: HashMap<String, HashMap<Bytes, Bytes>>,
    entries: usize,
    bytes: usize,
}

impl Memo {
    fn get(&self, subgraph: &str, request: &Bytes) -> Option<Bytes> {
        self.answers.get(subgraph)?.get(request).cloned()
    }

    fn insert(&mut self, subgraph: String, request: Bytes, answer: Bytes) {
        let bytes = request.len() + answer.len();
        if self.entries < MEMO_ENTRIES && self.bytes + bytes <= MEMO_BYTES {
            self.entries += 1;
            self.bytes += bytes;
            let answers = self.answers.entry(subgraph).or_default();
            // The request may be a window into a larger buffer.
            answers.insert(Bytes::copy_from_slice(&request), answer);
        }
    }
}

/// No state here can be left half changed.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_remembered_by_subgraph_and_request() {
        let mut memo = Memo::default();
        memo.insert("a".to_owned(), Bytes::from("1"), Bytes::from("one"));
        let cases = [("a", "1", Some("one")), ("a", "2", None), ("b", "1", None)];
        for (subgraph, request, answer) in cases {
            let found = memo.get(subgraph, &Bytes::from(request));
            assert_eq!(found, answer.map(Bytes::from), "{subgraph} {request}");
        }
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let mut memo = Memo::default();
        for number in 0..=MEMO_ENTRIES {
            memo.insert("a".to_owned(), number.to_string().into(), Bytes::new());
        }
        assert_eq!(memo.entries, MEMO_ENTRIES);
        assert_eq!(memo.get("a", &MEMO_ENTRIES.to_string().into()), None);
        let mut memo = Memo {
            bytes: MEMO_BYTES,
            ..Memo::default()
        };
        memo.insert("a".to_owned(), Bytes::from("1"), Bytes::from("one"));
        assert_eq!(memo.entries, 0);
    }
}
