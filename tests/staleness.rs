//! No answer of any router is staler than promised, whatever happens to the Redis they share and to their way there.
//!
//! Readers and writers of things that have a version each, through routers taken by chance. An answer is **stale for**
//! as long as, when it was asked for, a write had been acknowledged whose version it does not have. A **violation** is
//! one that is stale for longer than the bound: not at all with `consistency: strict`, [`BOUND`] with `bounded`; and
//! with the position of a write, anything older than that write.
//!
//! A write that could not be published in time holds on the router that carried it out, as `router/cache` says, and is
//! demanded from that one alone; its position is as good as any other.
//!
//! `WEFT_STALENESS_SECONDS=60 cargo nextest run --test stack staleness` runs it longer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::harness::{Answer, Client, RedisServer, Replicas, Versions};

const ITEMS: usize = 12;
const READERS: usize = 12;
const WRITERS: usize = 3;

/// How long a query takes the subgraphs at most.
const ORIGIN: Duration = Duration::from_millis(60);

/// `cache.max_log_lag`, and what a busy machine adds between looking at a clock and using what it said.
const BOUND: Duration = Duration::from_millis(250 + 50);

/// `append_wait`: an acknowledgement that took as long is of a write that may not be published.
const APPEND_WAIT: Duration = Duration::from_secs(2);

const ONE: &str = "query($id: ID!) { item(id: $id) { id version detail } }";
const HALF: &str = "query($id: ID!) { item(id: $id) { id version } }";
const ALL: &str = "{ items { id version detail } }";
const BUMP: &str = "mutation($id: ID!) { bump(id: $id) { id version } }";

/// What is read and how.
#[derive(Clone, Copy, Debug)]
struct Check {
    consistency: &'static str,
    /// Whether readers have the position of the last write that they know of.
    with_position: bool,
    /// `cache.namespace` of each router; different ones do not hear of each other.
    namespaces: [&'static str; 3],
    with_faults: bool,
    runs: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
struct Report {
    reads: u64,
    hits: u64,
    partial: u64,
    writes: u64,
    /// Writes that were not published in time.
    late: u64,
    faults: u64,
    /// The longest for which an answer was stale, violation or not.
    stale_for: Duration,
    violations: Vec<String>,
    failures: Vec<String>,
}

/// A write that was acknowledged.
struct Write {
    at: Instant,
    version: u64,
    router: usize,
    is_published: bool,
    position: String,
}

struct World {
    check: Check,
    replicas: Replicas,
    writes: Vec<Mutex<Vec<Write>>>,
    is_over: AtomicBool,
    reads: [AtomicU64; 3],
    report: Mutex<Report>,
}

impl Check {
    const fn of(consistency: &'static str) -> Self {
        Self {
            consistency,
            with_position: false,
            namespaces: ["weft"; 3],
            with_faults: true,
            runs: Duration::ZERO,
        }
    }

    /// Runs it on a Redis of its own, for `WEFT_STALENESS_SECONDS` if it does not say how long.
    async fn run(mut self) -> Report {
        if self.runs.is_zero() {
            let seconds = std::env::var("WEFT_STALENESS_SECONDS");
            let seconds = seconds.map_or(6, |text| text.parse().expect("a number of seconds"));
            self.runs = Duration::from_secs(seconds);
        }
        let (versions, mut redis) = (Versions::start(ITEMS).await, RedisServer::start());
        versions.take(ORIGIN);
        let world = Arc::new(World {
            check: self,
            replicas: routers(&versions, &redis, self.consistency, &self.namespaces).await,
            writes: (0..ITEMS).map(|_| Mutex::default()).collect(),
            is_over: AtomicBool::new(false),
            reads: Default::default(),
            report: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        (0..READERS).for_each(|_| drop(tasks.spawn(Arc::clone(&world).read_on())));
        (0..WRITERS).for_each(|_| drop(tasks.spawn(Arc::clone(&world).write_on())));
        let faults = world.break_things(&mut redis).await;
        world.is_over.store(true, Ordering::Relaxed);
        while let Some(ended) = tasks.join_next().await {
            ended.expect("readers and writers do not panic");
        }
        let [reads, hits, partial] = world.reads.each_ref().map(|n| n.load(Ordering::Relaxed));
        let report = Report {
            reads,
            hits,
            partial,
            faults,
            ..std::mem::take(&mut *world.report())
        };
        println!("{self:?}\n{}", report.summary());
        assert!(report.failures.is_empty(), "{:#?}", report.failures);
        // Something must have happened, and have been answered from the cache, however busy the machine is.
        let is_telling = reads > 100 && hits > reads / 50 && report.writes > 20;
        assert!(is_telling, "{}", report.summary());
        assert!(faults > 1 || !self.with_faults, "{}", report.summary());
        report
    }

    /// How long an answer may be stale.
    fn bound(self) -> Duration {
        match self.consistency {
            "bounded" => BOUND,
            _ => Duration::ZERO,
        }
    }
}

impl Report {
    fn summary(&self) -> String {
        let Self {
            reads,
            hits,
            partial,
            writes,
            late,
            faults,
            stale_for,
            violations,
            failures,
        } = self;
        format!(
            "{reads} reads ({hits} hits, {partial} in part), {writes} writes ({late} not published in time), \
             {faults} faults, {} failures, {} violations, stale for at most {stale_for:?}",
            failures.len(),
            violations.len()
        )
    }
}

async fn routers(
    versions: &Versions,
    redis: &RedisServer,
    consistency: &str,
    namespaces: &[&str],
) -> Replicas {
    let settings: Vec<[(&str, &str); 3]> = namespaces
        .iter()
        .map(|namespace| {
            [
                ("WEFT_CACHE__CONSISTENCY", consistency),
                ("WEFT_CACHE__NAMESPACE", namespace),
                // The machine is busy; what is slow is not the point here.
                ("WEFT_CACHE__READ_BUDGET", "250ms"),
            ]
        })
        .collect();
    let settings: Vec<&[(&str, &str)]> = settings.iter().map(|one| &one[..]).collect();
    let replicas = Replicas::start(versions, redis, &settings).await;
    replicas.connected().await;
    replicas
}

async fn ask(client: &Client, query: &str, id: usize, position: Option<&str>) -> Answer {
    let body = json!({ "query": query, "variables": { "id": id.to_string() } }).to_string();
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(position.map(|position| ("x-cache-pos", position)));
    client.send(Method::POST, "/graphql", &headers, body).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let value = answer.headers.get(name);
    value.map_or("", |value| value.to_str().expect("it is text"))
}

/// The things in an answer: which, and the versions that it has of them.
fn items(answer: &Value) -> Vec<(usize, u64)> {
    let data = &answer["data"];
    let items = match data["items"].as_array() {
        Some(items) => items.iter().collect(),
        None => vec![&data["item"]],
    };
    let read = |item: &Value| {
        let id = item["id"].as_str()?.parse().ok()?;
        let version = item["version"].as_u64()?;
        let detail = item.get("detail").map_or(Some(version), Value::as_u64)?;
        Some((id, version.min(detail)))
    };
    let items: Option<Vec<_>> = items.into_iter().map(read).collect();
    items.unwrap_or_default()
}

impl World {
    fn report(&self) -> std::sync::MutexGuard<'_, Report> {
        self.report.lock().expect("nobody panics with it")
    }

    async fn read_on(self: Arc<Self>) {
        while !self.is_over.load(Ordering::Relaxed) {
            let id = rand::random_range(0..ITEMS);
            let router = rand::random_range(0..self.replicas.routers.len());
            let query = [ONE, ONE, HALF, ALL][rand::random_range(0..4)];
            let began = Instant::now();
            let known = self.latest(id);
            let position = known.as_ref().map(|(_, position)| position.as_str());
            let client = &self.replicas.routers[router].client;
            let answer = ask(client, query, id, position).await;
            self.judge(
                &answer,
                router,
                began,
                known.map(|(version, _)| (id, version)),
            );
            sleep(Duration::from_micros(rand::random_range(0..6000))).await;
        }
    }

    /// The version of the last write that is known and its position, if readers are to present it.
    fn latest(&self, id: usize) -> Option<(u64, String)> {
        let writes = self.writes[id].lock().expect("nobody panics with it");
        let latest = writes.iter().max_by_key(|write| write.version);
        let latest = latest.filter(|_| self.check.with_position);
        latest.map(|write| (write.version, write.position.clone()))
    }

    fn judge(&self, answer: &Answer, router: usize, began: Instant, known: Option<(usize, u64)>) {
        let status = header(answer, "cache-status");
        let is_counted = [true, status.contains("; hit"), status.contains("=partial")];
        for (count, is_counted) in self.reads.iter().zip(is_counted) {
            count.fetch_add(u64::from(is_counted), Ordering::Relaxed);
        }
        let json = answer.json();
        let items = items(&json);
        if answer.status != 200 || json.get("errors").is_some() || items.is_empty() {
            self.report().failures.push(answer.text());
        }
        for (id, got) in items {
            let stale_for = self.stale_for(id, got, router, began);
            let is_old = stale_for.is_some_and(|time| time >= self.check.bound());
            let is_older_than_known = known.is_some_and(|(of, version)| of == id && got < version);
            let mut report = self.report();
            report.stale_for = report.stale_for.max(stale_for.unwrap_or_default());
            if is_old || is_older_than_known {
                let took = began.elapsed();
                report.violations.push(format!(
                    "router {router}, item {id}: {got}, stale for {stale_for:?}, known {known:?}; {status}; \
                     took {took:?}"
                ));
            }
        }
    }

    /// How long before `began` a write was acknowledged that `router` must know of and that is later than `version`.
    fn stale_for(
        &self,
        id: usize,
        version: u64,
        router: usize,
        began: Instant,
    ) -> Option<Duration> {
        let writes = self.writes[id].lock().expect("nobody panics with it");
        let missed = writes.iter().rev().filter(|write| {
            write.version > version
                && write.at <= began
                && (write.is_published || write.router == router)
        });
        missed.map(|write| began - write.at).max()
    }

    async fn write_on(self: Arc<Self>) {
        while !self.is_over.load(Ordering::Relaxed) {
            let id = rand::random_range(0..ITEMS);
            let router = rand::random_range(0..self.replicas.routers.len());
            let began = Instant::now();
            let answer = ask(&self.replicas.routers[router].client, BUMP, id, None).await;
            let at = Instant::now();
            let json = answer.json();
            let version = json["data"]["bump"]["version"].as_u64();
            let position = header(&answer, "x-cache-pos").to_owned();
            let is_published = at - began < APPEND_WAIT;
            match version {
                Some(version) if json.get("errors").is_none() && !position.is_empty() => {
                    let mut report = self.report();
                    report.writes += 1;
                    report.late += u64::from(!is_published);
                    drop(report);
                    let mut writes = self.writes[id].lock().expect("nobody panics with it");
                    writes.push(Write {
                        at,
                        version,
                        router,
                        is_published,
                        position,
                    });
                }
                _ => self.report().failures.push(answer.text()),
            }
            sleep(Duration::from_millis(rand::random_range(5..80))).await;
        }
    }

    /// Everything that can happen, again and again in another order.
    async fn break_things(&self, redis: &mut RedisServer) -> u64 {
        let ends = Instant::now() + self.check.runs;
        if !self.check.with_faults {
            sleep(self.check.runs).await;
        }
        let mut faults = 0;
        while Instant::now() < ends {
            sleep(Duration::from_millis(rand::random_range(200..600))).await;
            let routers = &self.replicas.routers;
            let link = &routers[rand::random_range(0..routers.len())].link;
            // Now and then for longer than a write waits for its publication.
            let a_while = match rand::random_range(0..8) {
                0 => Duration::from_millis(2500),
                _ => Duration::from_millis(rand::random_range(100..700)),
            };
            match rand::random_range(0..8) {
                0 => {
                    redis.kill();
                    sleep(a_while / 4).await;
                    redis.run();
                }
                1 => {
                    redis.halt();
                    sleep(a_while).await;
                    redis.resume();
                }
                2 => redis.command(&["FLUSHALL"]),
                3 => redis.command(&["XTRIM", "{weft}:inv", "MAXLEN", "0"]),
                4 => redis.command(&["CLIENT", "KILL", "TYPE", "normal"]),
                5 => link.cut(),
                _ => {
                    link.hang();
                    sleep(a_while).await;
                    link.flow();
                }
            }
            faults += 1;
        }
        faults
    }
}

async fn check_has_no_violation(check: Check) {
    let report = check.run().await;
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_answers_are_never_stale() {
    check_has_no_violation(Check::of("strict")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bounded_answers_are_never_staler_than_the_bound() {
    check_has_no_violation(Check::of("bounded")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_to_who_has_the_position_of_a_write_have_it() {
    check_has_no_violation(Check {
        with_position: true,
        ..Check::of("bounded")
    })
    .await;
}

/// A mistake in the deployment, which the checker must see.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_router_that_hears_nothing_of_the_others_is_seen() {
    for consistency in ["strict", "bounded"] {
        let report = Check {
            namespaces: ["weft", "weft", "other"],
            with_faults: false,
            runs: Duration::from_secs(3),
            ..Check::of(consistency)
        }
        .run()
        .await;
        assert!(!report.violations.is_empty(), "{}", report.summary());
    }
}

/// How long before it is asked for that a router must know what another one wrote.
#[derive(Clone, Copy, Debug)]
enum Promise {
    Strict,
    Bounded,
    Position,
    /// The same where nothing is kept.
    PositionAlone,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_requests_share_nothing_older_when_no_writes_are_heard_of() {
    check_that_nothing_old_is_shared(Promise::Strict).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bounded_requests_share_nothing_beyond_the_bound_when_no_writes_are_heard_of() {
    check_that_nothing_old_is_shared(Promise::Bounded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_with_a_position_share_nothing_older_when_no_writes_are_heard_of() {
    check_that_nothing_old_is_shared(Promise::Position).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_with_a_position_share_nothing_older_of_what_may_not_be_kept() {
    check_that_nothing_old_is_shared(Promise::PositionAlone).await;
}

/// A router that cannot hear of writes does not let who asks after one share an answer from before it.
async fn check_that_nothing_old_is_shared(promise: Promise) {
    let (versions, redis) = (Versions::start(ITEMS).await, RedisServer::start());
    let consistency = match promise {
        Promise::Strict => "strict",
        Promise::Bounded | Promise::Position | Promise::PositionAlone => "bounded",
    };
    let replicas = routers(&versions, &redis, consistency, &["weft"; 2]).await;
    let [deaf, writer] = &replicas.routers[..] else {
        panic!("there are two")
    };
    if let Promise::PositionAlone = promise {
        versions.forbid_keeping();
        // It learns that.
        for _ in 0..20 {
            ask(&deaf.client, HALF, 0, None).await;
        }
    }
    let asked = versions.asked();
    deaf.link.hang();
    versions.hold();
    let before = {
        let client = deaf.client.clone();
        tokio::spawn(async move { ask(&client, HALF, 0, None).await })
    };
    versions.until_asked(asked + 1).await;
    let written = ask(&writer.client, BUMP, 0, None).await;
    let position = match promise {
        Promise::Position | Promise::PositionAlone => {
            Some(header(&written, "x-cache-pos").to_owned())
        }
        Promise::Strict => None,
        Promise::Bounded => {
            // Nothing tells that so much time has passed.
            sleep(BOUND).await;
            None
        }
    };
    let after = {
        let client = deaf.client.clone();
        tokio::spawn(async move { ask(&client, HALF, 0, position.as_deref()).await })
    };
    // It asks the subgraph itself, or waits for what was asked before; that shows only in what it gets.
    let _ = tokio::time::timeout(Duration::from_millis(500), versions.until_asked(asked + 2)).await;
    versions.release();
    let [before, after] = [before.await, after.await].map(|answer| answer.expect("it is answered"));
    assert_eq!(items(&before.json()), [(0, 0)], "{promise:?}");
    assert_eq!(items(&after.json()), [(0, 1)], "{promise:?}");
}

/// A write of which the other routers cannot be told yet: who presents its position is answered from it everywhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_position_of_a_write_that_is_not_published_holds_on_every_router() {
    let (versions, redis) = (Versions::start(ITEMS).await, RedisServer::start());
    let replicas = routers(&versions, &redis, "bounded", &["weft"; 2]).await;
    let [deaf, other] = &replicas.routers[..] else {
        panic!("there are two")
    };
    deaf.link.hang();
    // The log goes on without it.
    ask(&other.client, BUMP, 1, None).await;
    let before = ask(&other.client, HALF, 0, None).await;
    assert_eq!(items(&before.json()), [(0, 0)]);
    let written = ask(&deaf.client, BUMP, 0, None).await;
    let position = Some(header(&written, "x-cache-pos"));
    let after = ask(&other.client, HALF, 0, position).await;
    assert_eq!(items(&after.json()), [(0, 1)], "{position:?}");
    deaf.link.flow();
    deaf.until("weft_cache_unpublished_invalidations", 0).await;
    let later = ask(&other.client, HALF, 0, None).await;
    assert_eq!(items(&later.json()), [(0, 1)]);
}
