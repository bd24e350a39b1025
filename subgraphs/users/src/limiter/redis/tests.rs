//! What only the limiter on Redis does; the rules are in the tests of both.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use subgraphs_kit::testing::redis_url;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tracing::span;
use tracing::subscriber::Interest;

use super::super::tests::{LIMITS, account, address, start};
use super::*;

fn limiter(url: &str) -> RedisLimiter {
    let prefix = format!("test:{{{}}}:", uuid::Uuid::new_v4());
    let store = RedisStore::open(url, prefix).expect("a URL");
    RedisLimiter::new(store, LIMITS)
}

#[tokio::test]
async fn replicas_count_together_and_attempts_at_once_are_all_counted() {
    let store = limiter(&redis_url()).store;
    let replicas = [1, 2, 3].map(|_| RedisLimiter::new(store.clone(), LIMITS));
    let keys = [account("ann"), address("1")];
    let attempts = (0..60).map(|n| replicas[n % 3].begin(&keys, start()));
    let answers = futures::future::join_all(attempts).await;
    let passed = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(passed, 3, "as many as are free for one account");
}

#[tokio::test]
async fn keys_expire_and_show_no_name() {
    let limiter = limiter(&redis_url());
    let keys = [account("hunter2"), address("1")];
    assert!(limiter.begin(&keys, start()).await.is_ok());
    limiter.succeed(&keys[1..]).await;
    let expiry = Script::new("return redis.call('PTTL', KEYS[1])");
    for key in &keys {
        let name = name(key);
        assert!(!name.contains("hunter2"), "{name}");
        let left = limiter.store.run(&expiry, &[name], &[]).await;
        let left = left.expect("Redis answers");
        assert!((1..=MEMORY.num_milliseconds()).contains(&left), "{left}");
    }
}

#[tokio::test]
async fn an_outage_lets_attempts_through_with_one_warning_and_ends_by_itself() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let mut proxy = Proxy::start().await;
    let limiter = limiter(&proxy.url());
    let keys = [account("ann")];
    let blocked = async || limiter.begin(&keys, start()).await.is_err();
    for _ in 0..3 {
        assert!(!blocked().await);
    }
    assert!(blocked().await);
    assert_eq!(log.lines(), Vec::<String>::new());

    for outage in 1..=2 {
        proxy.cut().await;
        for _ in 0..5 {
            assert!(!blocked().await);
        }
        limiter.succeed(&keys).await;
        assert_eq!(log.lines().len(), 2 * outage - 1, "{:?}", log.lines());

        proxy.resume().await;
        assert!(blocked().await, "what was counted before counts still");
        assert!(blocked().await);
        assert_eq!(log.lines().len(), 2 * outage, "{:?}", log.lines());
    }
    assert!(log.lines()[0].starts_with("WARN"), "{:?}", log.lines());
    assert!(log.lines()[1].starts_with("INFO"), "{:?}", log.lines());
}

#[tokio::test]
async fn a_redis_absent_at_start_is_warned_of_once() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let mut proxy = Proxy::start().await;
    proxy.cut().await;
    let limiter = limiter(&proxy.url());
    limiter.check().await;
    assert!(limiter.begin(&[account("ann")], start()).await.is_ok());
    assert_eq!(log.lines().len(), 1, "{:?}", log.lines());
}

#[test]
fn a_url_of_something_else_is_refused() {
    assert!(RedisLimiter::open("postgres://h/d", LIMITS).is_err());
}

/// A way to the tests' Redis that can be cut.
struct Proxy {
    port: u16,
    target: String,
    connections: JoinSet<()>,
}

impl Proxy {
    async fn start() -> Self {
        let url = redis_url();
        let rest = url.split_once("://").expect("a URL").1;
        let host = rest.split('/').next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        let mut proxy = Self {
            port: 0,
            target: host.to_owned(),
            connections: JoinSet::new(),
        };
        proxy.resume().await;
        proxy
    }

    /// The URL of the tests' Redis with the proxy's address in it.
    fn url(&self) -> String {
        redis_url().replace(&self.target, &format!("127.0.0.1:{}", self.port))
    }

    async fn resume(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await;
        let listener = listener.expect("the port is ours");
        self.port = listener.local_addr().expect("bound").port();
        let target = self.target.clone();
        self.connections.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let target = target.clone();
                open.spawn(async move {
                    let mut server = TcpStream::connect(target).await.expect("Redis is there");
                    // How a connection ends is what the test is about.
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
    }

    async fn cut(&mut self) {
        self.connections.shutdown().await;
    }
}

/// What was logged by this crate, on the thread it is set for.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn lines(&self) -> Vec<String> {
        self.0.lock().expect("not poisoned").clone()
    }
}

impl tracing::Subscriber for Log {
    fn register_callsite(&self, _: &'static tracing::Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("subgraphs_users")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = event.metadata().level().to_string();
        event.record(
            &mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
                let _ = write!(line, " {field}={value:?}");
            },
        );
        self.0.lock().expect("not poisoned").push(line);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
