//! What is sent to a subgraph once, and what never is.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use http::{HeaderMap, HeaderName, HeaderValue};
use router_executor::{Identity, Moment, SubgraphBody};
use tokio::{
    sync::Semaphore,
    task::{JoinHandle, yield_now},
};

use super::*;

/// Answers each request with its number, when it may.
struct Slow {
    seen: Mutex<Vec<SubgraphRequest>>,
    dropped: AtomicUsize,
    go_on: Semaphore,
    fails: bool,
}

struct Dropped<'s>(&'s Slow);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

impl Subgraph for Slow {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        Box::pin(async move {
            let _dropped = Dropped(self);
            let number = {
                let mut seen = self.seen.lock().unwrap();
                seen.push(request);
                seen.len()
            };
            self.go_on.acquire().await.unwrap().forget();
            match self.fails {
                false => Ok(SubgraphResponse::json(number.to_string())),
                true => Err(SubgraphError::MalformedResponse {
                    detail: number.to_string(),
                }),
            }
        })
    }
}

struct Bench {
    slow: Arc<Slow>,
    port: Arc<Deduplicated>,
    joined: Counter,
}

impl Bench {
    fn new(fails: bool) -> Self {
        let slow = Arc::new(Slow {
            seen: Mutex::default(),
            dropped: AtomicUsize::new(0),
            go_on: Semaphore::new(0),
            fails,
        });
        let joined = Counter::default();
        let port = Deduplicated::new(Arc::clone(&slow) as Arc<dyn Subgraph>, Arc::default())
            .sharing(Duration::from_secs(30), joined.clone());
        Self {
            slow,
            port: Arc::new(port),
            joined,
        }
    }

    /// Asks in a task; the answer's text or the error's detail.
    async fn ask(&self, request: SubgraphRequest) -> JoinHandle<Result<String, String>> {
        let port = Arc::clone(&self.port);
        let task = tokio::spawn(async move {
            match port.call(request).await {
                Ok(response) => match response.body {
                    SubgraphBody::Json(body) => Ok(String::from_utf8_lossy(&body).into_owned()),
                    other => panic!("{other:?}"),
                },
                Err(error) => Err(error.detail().unwrap_or(error.code()).to_owned()),
            }
        });
        yield_now().await;
        task
    }

    fn calls(&self) -> usize {
        self.slow.seen.lock().unwrap().len()
    }
}

fn query() -> SubgraphRequest {
    SubgraphRequest::new(OperationType::Query, "{}".into())
}

#[tokio::test]
async fn equal_queries_are_sent_once() {
    let bench = Bench::new(false);
    let mut tasks = Vec::new();
    for id in ["r1", "r2", "r3"] {
        let mut request = query();
        request.request_id = Arc::from(id);
        request.headers = Arc::new(HeaderMap::new());
        request.identity = Arc::new(Identity::default());
        tasks.push(bench.ask(request).await);
    }
    assert_eq!((bench.calls(), bench.joined.get()), (1, 2));
    bench.slow.go_on.add_permits(1);
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), "1");
    }
    assert_eq!(&*bench.slow.seen.lock().unwrap()[0].request_id, "r1");
    let again = bench.ask(query()).await;
    bench.slow.go_on.add_permits(1);
    assert_eq!(again.await.unwrap().unwrap(), "2");
}

#[tokio::test]
async fn queries_that_differ_are_sent_each() {
    let bench = Bench::new(false);
    let with = |pairs: &[(&'static str, &'static str)]| {
        let mut request = query();
        let pairs = pairs.iter().map(|&(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        let headers = Arc::make_mut(&mut request.headers);
        for (name, value) in pairs {
            headers.append(name, value);
        }
        request
    };
    let of = |identity: Identity| {
        let mut request = query();
        request.identity = Arc::new(identity);
        request
    };
    let nobody = Identity::default;
    let text = |text: &str| Some(text.to_owned());
    let requests = [
        query(),
        SubgraphRequest::new(OperationType::Query, "{ }".into()),
        with(&[("a", "1")]),
        with(&[("a", "2")]),
        with(&[("a", "1"), ("a", "2")]),
        with(&[("a", "2"), ("a", "1")]),
        with(&[("a", "1"), ("b", "1")]),
        of(Identity {
            subject: text("u"),
            ..nobody()
        }),
        of(Identity {
            subject: text("u"),
            session: text("s"),
            ..nobody()
        }),
        of(Identity {
            subject: text("u"),
            scopes: vec!["s".to_owned()],
            ..nobody()
        }),
    ];
    let mut tasks = Vec::new();
    for request in &requests {
        tasks.push(bench.ask(request.clone()).await);
    }
    assert_eq!(bench.calls(), requests.len());
    // Not by their hash alone.
    for (index, one) in requests.iter().enumerate() {
        for (at, other) in requests.iter().enumerate() {
            assert_eq!(one.asks_the_same(other), index == at, "{one:?} {other:?}");
        }
    }
    // The order of different names says nothing.
    tasks.push(bench.ask(with(&[("b", "1"), ("a", "1")])).await);
    assert_eq!((bench.calls(), bench.joined.get()), (requests.len(), 1));
    bench.slow.go_on.add_permits(requests.len());
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

/// Of somebody who cannot learn of changes now, and began just now.
fn unknowing() -> SubgraphRequest {
    let mut request = query();
    request.shares_within = Some(Duration::ZERO);
    request.began = Some(Moment::now());
    request
}

#[tokio::test]
async fn many_who_cannot_learn_of_changes_are_two_requests() {
    let bench = Bench::new(false);
    // He began before the first request is sent, and asks for it after that.
    let before = unknowing();
    let first = bench.ask(unknowing()).await;
    let before = bench.ask(before).await;
    assert_eq!((bench.calls(), bench.joined.get()), (1, 1));
    let mut later = Vec::new();
    for _ in 0..1000 {
        later.push(bench.ask(unknowing()).await);
    }
    assert_eq!((bench.calls(), bench.joined.get()), (1, 1));
    bench.slow.go_on.add_permits(1);
    for task in [first, before] {
        assert_eq!(task.await.unwrap().unwrap(), "1");
    }
    bench.slow.go_on.add_permits(1);
    for task in later {
        assert_eq!(task.await.unwrap().unwrap(), "2");
    }
    assert_eq!((bench.calls(), bench.joined.get()), (2, 1000));
}

/// Whoever sent the request may go away, and one that hangs takes nobody along.
#[tokio::test(start_paused = true)]
async fn who_waits_for_the_next_request_does_not_wait_for_ever() {
    let bench = Bench::new(false);
    let hangs = bench.ask(unknowing()).await;
    let began = Instant::now();
    let next = bench.ask(unknowing()).await;
    assert_eq!(bench.calls(), 1);
    while bench.calls() < 2 {
        yield_now().await;
        tokio::time::advance(Duration::from_millis(10)).await;
    }
    assert!((1000..1100).contains(&began.elapsed().as_millis()));
    let after_that = bench.ask(unknowing()).await;
    // Both are given up.
    hangs.abort();
    next.abort();
    while bench.calls() < 3 {
        yield_now().await;
    }
    assert!(began.elapsed() < Duration::from_millis(1200));
    bench.slow.go_on.add_permits(1);
    assert_eq!(after_that.await.unwrap().unwrap(), "3");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_the_next_request_beyond_his_time() {
    let bench = Bench::new(false);
    let _hangs = bench.ask(unknowing()).await;
    let mut request = unknowing();
    request.deadline = Some((Instant::now() + Duration::from_millis(100)).into_std());
    let asked = bench.ask(request).await;
    assert!(asked.await.unwrap().is_err());
    assert_eq!(bench.calls(), 1);
}

#[tokio::test]
async fn mutations_are_never_shared_and_separate_queries() {
    let bench = Bench::new(false);
    let mutation = || SubgraphRequest::new(OperationType::Mutation, "{}".into());
    let first = bench.ask(query()).await;
    let mutations = [bench.ask(mutation()).await, bench.ask(mutation()).await];
    let during = bench.ask(query()).await;
    assert_eq!((bench.calls(), bench.joined.get()), (4, 0));
    // A mutation that is given up has ended, too.
    let [done, given_up] = mutations;
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    let after = bench.ask(query()).await;
    assert_eq!((bench.calls(), bench.joined.get()), (5, 0));
    let joined = bench.ask(query()).await;
    assert_eq!((bench.calls(), bench.joined.get()), (5, 1));
    bench.slow.go_on.add_permits(4);
    for task in [first, done, during, after, joined] {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn subscriptions_and_large_queries_are_sent_each() {
    let bench = Bench::new(false);
    let large = "x".repeat(MOST_BYTES + 1);
    let requests = [
        SubgraphRequest::new(OperationType::Subscription, "{}".into()),
        SubgraphRequest::new(OperationType::Query, large.into()),
    ];
    for request in requests.iter().chain(&requests) {
        drop(bench.ask(request.clone()).await);
    }
    assert_eq!((bench.calls(), bench.joined.get()), (4, 0));
}

#[tokio::test]
async fn a_failure_is_shared_and_forgotten() {
    let bench = Bench::new(true);
    let tasks = [bench.ask(query()).await, bench.ask(query()).await];
    bench.slow.go_on.add_permits(2);
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap_err(), "1");
    }
    let again = bench.ask(query()).await;
    assert_eq!(again.await.unwrap().unwrap_err(), "2");
}

#[tokio::test(start_paused = true)]
async fn each_waits_until_its_own_deadline() {
    let bench = Bench::new(false);
    let until = |seconds: u64| {
        let mut request = query();
        request.deadline = Some((Instant::now() + Duration::from_secs(seconds)).into_std());
        request
    };
    // The one who asks first has the least time, the last one more than the subgraph may take.
    let [short, long, longest] = [
        bench.ask(until(1)).await,
        bench.ask(until(5)).await,
        bench.ask(until(60)).await,
    ];
    assert_eq!(short.await.unwrap().unwrap_err(), "SUBREQUEST_TIMEOUT");
    assert!(!long.is_finished() && !longest.is_finished());
    bench.slow.go_on.add_permits(1);
    assert_eq!(long.await.unwrap().unwrap(), "1");
    assert_eq!(longest.await.unwrap().unwrap(), "1");
    assert_eq!(bench.slow.seen.lock().unwrap()[0].deadline, None);
    assert_eq!(bench.calls(), 1);
}

#[tokio::test]
async fn the_request_is_given_up_with_the_last_who_waits() {
    let bench = Bench::new(false);
    let tasks = [bench.ask(query()).await, bench.ask(query()).await];
    for (index, task) in tasks.into_iter().enumerate() {
        assert_eq!(bench.slow.dropped.load(Ordering::SeqCst), 0, "{index}");
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    assert_eq!(bench.slow.dropped.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn without_sharing_everything_is_sent() {
    let bench = Bench::new(false);
    let subgraph = Arc::clone(&bench.slow) as Arc<dyn Subgraph>;
    let port = Deduplicated::new(subgraph, Arc::default());
    let both = futures::future::join(port.call(query()), port.call(query()));
    bench.slow.go_on.add_permits(2);
    let (first, second) = both.await;
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(bench.calls(), 2);
}
