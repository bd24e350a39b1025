//! What counts as a failure of a subgraph, and what clients and operators see.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use apollo_compiler::ast::OperationType;
use http::StatusCode;

use super::*;

type Answer = Result<SubgraphResponse, SubgraphError>;

/// Answers as it is told, or never.
#[derive(Default)]
struct Scripted {
    answer: Mutex<Option<Answer>>,
    calls: AtomicUsize,
}

impl Subgraph for Scripted {
    fn call<'a>(&'a self, _: SubgraphRequest) -> BoxFuture<'a, Answer> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer.lock().unwrap().clone();
        Box::pin(async move {
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        })
    }
}

struct Bench {
    scripted: Arc<Scripted>,
    breaker: Breaker,
    open: Gauge,
}

impl Bench {
    fn new() -> Self {
        let thresholds = Thresholds {
            error_share: 0.5,
            minimum_requests: 2,
            window: Duration::from_secs(10),
            pause: Duration::from_secs(5),
        };
        let (scripted, open) = (Arc::new(Scripted::default()), Gauge::default());
        let subgraph = Arc::clone(&scripted) as Arc<dyn Subgraph>;
        Self {
            breaker: Breaker::new("s", subgraph, thresholds, open.clone()),
            scripted,
            open,
        }
    }

    async fn ask(&self, answer: Answer) -> Answer {
        *self.scripted.answer.lock().unwrap() = Some(answer);
        self.breaker.call(request()).await
    }

    /// Asks and goes away.
    async fn give_up(&self) {
        *self.scripted.answer.lock().unwrap() = None;
        let mut call = self.breaker.call(request());
        assert!(futures::poll!(&mut call).is_pending());
    }

    fn calls(&self) -> usize {
        self.scripted.calls.load(Ordering::SeqCst)
    }
}

fn request() -> SubgraphRequest {
    SubgraphRequest::new(OperationType::Query, "{}".into())
}

fn json(body: &'static str) -> Answer {
    Ok(SubgraphResponse::json(body))
}

fn http(status: u16) -> Answer {
    let status = StatusCode::from_u16(status).unwrap();
    Err(SubgraphError::Http { status })
}

fn is_open(answer: Answer) -> bool {
    matches!(answer, Err(SubgraphError::CircuitOpen))
}

#[tokio::test(start_paused = true)]
async fn what_a_failure_is() {
    let detail = String::new;
    let failures = [
        Err(SubgraphError::Timeout),
        Err(SubgraphError::ConnectionFailed { detail: detail() }),
        Err(SubgraphError::MalformedResponse { detail: detail() }),
        http(500),
        http(503),
        json(""),
        json("<html>"),
        json(r#"{"message":"no"}"#),
        json(r#"{"data":{"a":1"#),
    ];
    let answers = [
        json(r#"{"data":{"a":1}}"#),
        json(" {\"data\":null,\"errors\":[]} \n"),
        json(r#"{"errors":[{"message":"no"}]}"#),
        http(404),
        http(429),
        Err(SubgraphError::TooLarge { limit: 1 }),
        Err(SubgraphError::Request { detail: detail() }),
    ];
    let cases = failures.iter().map(|answer| (answer, true));
    for (answer, is_failure) in cases.chain(answers.iter().map(|answer| (answer, false))) {
        let bench = Bench::new();
        for _ in 0..2 {
            assert!(!is_open(bench.ask(answer.clone()).await));
        }
        assert_eq!(
            is_open(bench.ask(answer.clone()).await),
            is_failure,
            "{answer:?}"
        );
        assert_eq!(bench.open.get(), i64::from(is_failure), "{answer:?}");
        assert_eq!(bench.calls(), if is_failure { 2 } else { 3 });
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_pause_it_is_tried_once() {
    let bench = Bench::new();
    for _ in 0..2 {
        assert!(bench.ask(http(500)).await.is_err());
    }
    tokio::time::advance(Duration::from_secs(5)).await;
    // Whoever tries and goes away decides nothing.
    bench.give_up().await;
    *bench.scripted.answer.lock().unwrap() = None;
    let mut trial = bench.breaker.call(request());
    assert!(futures::poll!(&mut trial).is_pending());
    assert!(is_open(bench.breaker.call(request()).await));
    assert_eq!((bench.calls(), bench.open.get()), (4, 1));
    drop(trial);
    assert!(bench.ask(json(r#"{"data":{}}"#)).await.is_ok());
    assert_eq!((bench.calls(), bench.open.get()), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_given_up_count_as_nothing() {
    let bench = Bench::new();
    for _ in 0..10 {
        bench.give_up().await;
    }
    assert!(bench.ask(http(500)).await.is_err());
    bench.give_up().await;
    assert_eq!(bench.open.get(), 0);
    assert!(bench.ask(http(500)).await.is_err());
    assert_eq!(bench.open.get(), 1);
}
