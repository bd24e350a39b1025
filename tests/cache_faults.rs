//! A Redis that is not there, hangs, is slow, full or new: nothing fails because of it, requests wait for it once and no
//! longer than they may, and answers come from the cache again by themselves. And many who want one thing at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::harness::{Answer, Client, RedisServer, Replica, Replicas, Versions};

const ITEMS: usize = 12;
const CLIENTS: usize = 8;

/// `cache.read_budget`: larger than the default, so that who waits for Redis can be told from who waits for the machine.
const BUDGET: Duration = Duration::from_millis(200);
/// A query that takes as long has probably waited for Redis; one in [`BUSY`] because the machine is busy.
const SLOW: Duration = Duration::from_millis(180);
const BUSY: usize = 50;
/// `append_wait`: how long a mutation waits for Redis.
const APPEND_WAIT: Duration = Duration::from_secs(2);
/// What a busy machine adds to that at most.
const SLACK: Duration = Duration::from_millis(1500);
/// How long something is broken.
const PHASE: Duration = Duration::from_secs(3);
/// Longer than it may take until Redis is used again.
const PATIENCE: Duration = Duration::from_secs(30);

const ONE: &str = "query($id: ID!) { item(id: $id) { id version detail } }";
const HALF: &str = "query($id: ID!) { item(id: $id) { id version } }";
const BUMP: &str = "mutation($id: ID!) { bump(id: $id) { id version } }";

/// An answer that came.
#[derive(Clone, Copy)]
struct Sample {
    began: Instant,
    took: Duration,
    is_query: bool,
    is_hit: bool,
}

/// Clients that ask all the time, and one that writes.
struct Load {
    samples: Mutex<Vec<Sample>>,
    failures: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

async fn ask(client: &Client, query: &str, id: usize) -> Answer {
    client.graphql(query, json!({ "id": id.to_string() })).await
}

fn is_hit(answer: &Answer) -> bool {
    let status = answer.headers.get("cache-status");
    status.is_some_and(|status| status.to_str().is_ok_and(|text| text.contains("; hit")))
}

impl Load {
    fn on(client: &Client) -> (Arc<Self>, JoinSet<()>) {
        let load = Arc::new(Self {
            samples: Mutex::default(),
            failures: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let mut tasks = JoinSet::new();
        for _ in 0..CLIENTS {
            let pause = Duration::from_millis(10);
            tasks.spawn(Arc::clone(&load).ask_on(client.clone(), ONE, pause));
        }
        let pause = Duration::from_millis(300);
        tasks.spawn(Arc::clone(&load).ask_on(client.clone(), BUMP, pause));
        (load, tasks)
    }

    async fn ask_on(self: Arc<Self>, client: Client, query: &str, pause: Duration) {
        while !self.is_over.load(Ordering::Relaxed) {
            let began = Instant::now();
            let answer = ask(&client, query, rand::random_range(0..ITEMS)).await;
            let took = began.elapsed();
            if answer.status != 200 || answer.json().get("errors").is_some() {
                let mut failures = self.failures.lock().expect("nobody panics with it");
                failures.push(answer.text());
            }
            let sample = Sample {
                began,
                took,
                is_query: query != BUMP,
                is_hit: is_hit(&answer),
            };
            self.note(sample);
            sleep(pause).await;
        }
    }

    fn note(&self, sample: Sample) {
        let mut samples = self.samples.lock().expect("nobody panics with it");
        samples.push(sample);
    }

    fn since(&self, since: Instant) -> Vec<Sample> {
        let samples = self.samples.lock().expect("nobody panics with it");
        let later = samples.iter().filter(|sample| sample.began >= since);
        later.copied().collect()
    }

    /// Lets what was just broken be broken for a while: who waits for it are those who came first.
    async fn bears(&self, what: &str) {
        let broken = Instant::now();
        sleep(PHASE).await;
        // Those who began at its end have been answered, too.
        let ended = Instant::now();
        sleep(BUDGET).await;
        let samples = self.since(broken);
        let samples = samples.iter().filter(|sample| sample.began < ended);
        let (queries, mutations): (Vec<&Sample>, Vec<&Sample>) =
            samples.partition(|sample| sample.is_query);
        let slow: Vec<&Sample> = queries
            .iter()
            .copied()
            .filter(|query| query.took >= SLOW)
            .collect();
        let at_first = |sample: &&&Sample| sample.began < broken + BUDGET;
        let first = slow.iter().filter(at_first).count();
        let longest = |samples: &[&Sample]| samples.iter().map(|sample| sample.took).max();
        let hits = queries.iter().filter(|query| query.is_hit).count();
        println!(
            "{what}: {} queries ({hits} hits), {} took {SLOW:?} or longer ({first} of them came at first), the \
             longest {:?}; {} mutations, the longest {:?}",
            queries.len(),
            slow.len(),
            longest(&queries).unwrap_or_default(),
            mutations.len(),
            longest(&mutations).unwrap_or_default(),
        );
        let failures = self.failures.lock().expect("nobody panics with it");
        assert!(failures.is_empty(), "{what}: {failures:#?}");
        assert!(queries.len() > 50, "{what}: {} queries", queries.len());
        let (later, busy) = (slow.len() - first, queries.len() / BUSY);
        assert!(first <= CLIENTS + busy, "{what}: {first} waited");
        assert!(later <= 2 + busy, "{what}: {later} waited afterwards");
        // Two lookups, one after the other, may each be the first.
        assert!(longest(&queries) < Some(2 * BUDGET + SLACK), "{what}");
        assert!(longest(&mutations) < Some(APPEND_WAIT + SLACK), "{what}");
    }

    /// Waits until answers come from the cache again.
    async fn recovers(&self, what: &str) {
        let mended = Instant::now();
        loop {
            let samples = self.since(mended);
            let hits = samples.iter().filter(|sample| sample.is_hit).count();
            if hits >= 2 * CLIENTS {
                println!("{what}: {hits} hits after {:?}", mended.elapsed());
                return;
            }
            assert!(mended.elapsed() < PATIENCE, "{what}: {hits} hits");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_redis_does_nothing_fails_and_hits_come_back() {
    let (versions, mut redis) = (Versions::start(ITEMS).await, RedisServer::stopped());
    versions.take(Duration::from_millis(20));
    let budget = format!("{}ms", BUDGET.as_millis());
    let settings: &[(&str, &str)] = &[("WEFT_CACHE__READ_BUDGET", &budget)];
    let replicas = Replicas::start(&versions, &redis, &[settings]).await;
    let router = &replicas.routers[0];
    let (load, mut tasks) = Load::on(&router.client);

    load.bears("down at the start").await;
    redis.run();
    load.recovers("started").await;

    redis.kill();
    load.bears("killed").await;
    redis.run();
    load.recovers("restarted").await;

    redis.halt();
    load.bears("stopped").await;
    redis.resume();
    load.recovers("continued").await;

    router.link.delay(Duration::from_millis(125));
    load.bears("slow").await;
    router.link.delay(Duration::ZERO);
    load.recovers("quick again").await;

    redis.command(&["SET", "something else", &"-".repeat(1 << 20)]);
    redis.command(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    redis.command(&["CONFIG", "SET", "maxmemory", "1mb"]);
    let refused = redis.try_command(&["SET", "another", "-"]);
    assert!(refused.is_err(), "it is not full: {refused:?}");
    load.bears("full").await;
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    load.recovers("no longer full").await;

    load.is_over.store(true, Ordering::Relaxed);
    while let Some(ended) = tasks.join_next().await {
        ended.expect("clients do not panic");
    }
}

/// Each router asks once for what many want that nobody has. With `strict` each of them asks Redis first, which hardly answers in
/// time while a thousand want something of a router on this machine: who is not told what is new waits for the fetch under way
/// and shares the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_want_one_cold_thing_are_one_fetch_of_each_router() {
    // A thousand requests at once keep this machine from anything else.
    const PATIENT: &[(&str, &str)] = &[
        ("WEFT_CACHE__READ_BUDGET", "10s"),
        ("WEFT_CACHE__MAX_LOG_LAG", "10s"),
    ];
    const STRICT: &[(&str, &str)] = &[("WEFT_CACHE__CONSISTENCY", "strict")];
    for (consistency, settings) in [("bounded", PATIENT), ("strict", STRICT)] {
        let wanted = 1000;
        let (versions, redis) = (Versions::start(ITEMS).await, RedisServer::start());
        let replicas = Replicas::start(&versions, &redis, &[settings; 3]).await;
        replicas.connected().await;
        for (id, router) in replicas.routers.iter().enumerate() {
            let (asked, untold) = (versions.asked(), untold(router).await);
            versions.hold();
            let mut clients = JoinSet::new();
            for _ in 0..wanted {
                let client = router.client.clone();
                clients.spawn(async move { ask(&client, HALF, id).await });
            }
            versions.until_asked(asked + 1).await;
            sleep(Duration::from_millis(500)).await;
            versions.release();
            let began = Instant::now();
            let (mut hits, expected) = (0, json!({ "id": id.to_string(), "version": 0 }));
            while let Some(answer) = clients.join_next().await {
                let answer = answer.expect("it is answered");
                assert_eq!(answer.json()["data"]["item"], expected, "{consistency}");
                hits += usize::from(is_hit(&answer));
            }
            let fetches = versions.asked() - asked;
            let untold = self::untold(router).await - untold;
            println!(
                "{consistency}, router {id}: {fetches} fetches for {wanted} requests, {hits} hits, {untold} lookups in vain, {:?}",
                began.elapsed()
            );
            let most = match consistency {
                "strict" => MOST_STRICT,
                _ => 1,
            };
            assert!(
                (1..=most).contains(&fetches),
                "{consistency}, router {id}: {fetches}"
            );
        }
    }
}

/// There is one fetch at a time while they come, and each takes a while; 4 to 9 on two cores that are shared.
const MOST_STRICT: u64 = 50;

/// Lookups of a router that Redis did not answer.
async fn untold(router: &Replica) -> f64 {
    let name = "weft_cache_events_total{event=\"misses_unavailable\"}";
    router.metric(name).await.expect("it is counted")
}
