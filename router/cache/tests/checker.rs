//! The staleness checker: an origin that counts versions, replicas that cache them, readers and writers, and somebody
//! who does to Redis and the network whatever can happen to them.
//!
//! A **violation** is a read that began after a write was acknowledged (longer ago than the bound, if there is one) and
//! gave an older version. Reads never fail: what the cache does not have comes from the origin.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use router_cache::{Boarding, Cache, Consistency, Found, Key, Mode, Position, Settings};
use tokio::{sync::watch, task::JoinSet, time::sleep};

use crate::harness::{Proxy, Server, answer, key, replica_with, tags};

/// How many things there are to read and write.
const ITEMS: usize = 6;

/// How long the origin takes at most; without faults so long that much happens meanwhile.
const ORIGIN: Duration = Duration::from_millis(25);
const SLOW_ORIGIN: Duration = Duration::from_millis(200);

/// Beyond the bound: what a busy machine adds between looking at a clock and using what it said.
const SLACK: Duration = Duration::from_millis(50);

/// What is deliberately done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    None,
    /// A fill is stamped with what is known when the origin has answered.
    StampAfterFetch,
    /// Who joins somebody else's fetch uses what it brings, whatever was invalidated since it began.
    NaiveJoin,
    /// A replica that hears nothing of the log goes on with what it has.
    NoWatchdog,
}

/// What is read and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check {
    pub(crate) consistency: Consistency,
    /// Whether readers have the position of the last write that they know of.
    pub(crate) with_token: bool,
    pub(crate) mistake: Mistake,
    /// Whether Redis and the network are broken meanwhile.
    pub(crate) with_faults: bool,
    pub(crate) runs: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) reads: u64,
    pub(crate) hits: u64,
    pub(crate) joins: u64,
    pub(crate) writes: u64,
    pub(crate) unpublished: u64,
    pub(crate) faults: u64,
    pub(crate) violations: Vec<String>,
}

#[derive(Default)]
struct Item {
    version: AtomicU64,
    /// (when, version, position) of acknowledged writes; the latest last.
    acknowledged: Mutex<Vec<(Instant, u64, Position)>>,
}

/// What somebody else fetches, once he has it.
type UnderWay = watch::Receiver<Option<u64>>;

struct World {
    check: Check,
    items: Vec<Item>,
    replicas: Vec<Cache>,
    /// For the naive join: who fetches what.
    naive: Mutex<HashMap<(usize, usize), UnderWay>>,
    is_over: AtomicBool,
    counts: [AtomicU64; 5],
    violations: Mutex<Vec<String>>,
}

impl Check {
    /// Runs it on a Redis of its own.
    pub(crate) async fn run(self) -> Report {
        let mut server = Server::start();
        let mut proxies = Vec::new();
        let mut replicas = Vec::new();
        for _ in 0..3 {
            let proxy = Proxy::to(server.port).await;
            replicas.push(replica_with(&proxy.url(), self.settings()).await);
            proxies.push(proxy);
        }
        let world = Arc::new(World {
            check: self,
            items: (0..ITEMS).map(|_| Item::default()).collect(),
            replicas,
            naive: Mutex::default(),
            is_over: AtomicBool::new(false),
            counts: Default::default(),
            violations: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        for number in 0..24 {
            tasks.spawn(Arc::clone(&world).reads(number % 3));
        }
        for number in 0..6 {
            tasks.spawn(Arc::clone(&world).writes(number % 3));
        }
        let faults = world.break_things(&mut server, &proxies).await;
        world.is_over.store(true, Ordering::Relaxed);
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
        world.report(faults)
    }

    fn settings(self) -> Settings {
        let settings = Settings {
            // The machine is busy; what is slow is not the point here.
            read_budget: Duration::from_millis(250),
            ..Settings::default()
        };
        match self.mistake {
            Mistake::NoWatchdog => Settings {
                max_log_lag: Duration::from_secs(3600),
                ..settings
            },
            _ => settings,
        }
    }

    /// How long ago a write must have been acknowledged for every read to see it.
    fn bound(self) -> Duration {
        match self.consistency {
            Consistency::Bounded if !self.with_token => Settings::default().max_log_lag + SLACK,
            _ => Duration::ZERO,
        }
    }
}

impl World {
    /// One reader of one replica.
    async fn reads(self: Arc<Self>, replica: usize) {
        while !self.is_over.load(Ordering::Relaxed) {
            let item = rand::random_range(0..ITEMS);
            let began = Instant::now();
            let (expected, token) = self.acknowledged(item, began);
            let got = self.read(replica, item, token).await;
            self.counts[0].fetch_add(1, Ordering::Relaxed);
            if got < expected {
                let took = began.elapsed();
                let message =
                    format!("item {item} replica {replica}: {got} < {expected}, read in {took:?}");
                self.violations.lock().unwrap().push(message);
            }
            sleep(Duration::from_micros(rand::random_range(0..1500))).await;
        }
    }

    async fn read(&self, replica: usize, item: usize, token: Option<Position>) -> u64 {
        let cache = &self.replicas[replica];
        let key = key(cache, &item.to_string());
        let found = cache.look_up(&[key], self.check.consistency, token).await;
        if let Found::Hit(hit) = &found.entries[0] {
            self.counts[1].fetch_add(1, Ordering::Relaxed);
            return version(&hit.entry.payload);
        }
        if self.check.mistake == Mistake::NaiveJoin {
            return self.join_naively(replica, item, key, found.position).await;
        }
        let names = ["item", &item.to_string()];
        match cache.board(key, &[], &found) {
            Boarding::Lead(landing) => {
                let t0 = landing.t0();
                let got = self.ask(item).await;
                let t0 = match self.check.mistake {
                    Mistake::StampAfterFetch => cache.position(),
                    _ => t0,
                };
                landing.land(answer(t0, &names, got.to_string()));
                got
            }
            Boarding::Join(waiting) => match waiting.entry().await {
                Some(entry) => {
                    self.counts[2].fetch_add(1, Ordering::Relaxed);
                    version(&entry.payload)
                }
                None => {
                    let t0 = cache.position();
                    let got = self.ask(item).await;
                    cache.put(key, answer(t0, &names, got.to_string()));
                    got
                }
            },
        }
    }

    async fn join_naively(&self, replica: usize, item: usize, key: Key, t0: Position) -> u64 {
        let place = (replica, item);
        let (send, receive) = watch::channel(None);
        let under_way = {
            let mut naive = self.naive.lock().unwrap();
            let under_way = naive.get(&place).cloned();
            if under_way.is_none() {
                naive.insert(place, receive);
            }
            under_way
        };
        if let Some(mut under_way) = under_way {
            let landed = under_way.wait_for(Option::is_some).await;
            if let Some(got) = landed.ok().and_then(|landed| *landed) {
                self.counts[2].fetch_add(1, Ordering::Relaxed);
                return got;
            }
            return self.ask(item).await;
        }
        let got = self.ask(item).await;
        let names = ["item", &item.to_string()];
        self.replicas[replica].put(key, answer(t0, &names, got.to_string()));
        self.naive.lock().unwrap().remove(&place);
        send.send_replace(Some(got));
        got
    }

    /// What the origin says: the version at some moment of the time it takes.
    async fn ask(&self, item: usize) -> u64 {
        let (before, after) = (rand::random_range(0.0..1.0), rand::random_range(0.0..1.0));
        let takes = match self.check.with_faults {
            true => ORIGIN,
            false => SLOW_ORIGIN,
        };
        sleep(takes.mul_f64(before / 2.0)).await;
        let version = self.items[item].version.load(Ordering::SeqCst);
        sleep(takes.mul_f64(after / 2.0)).await;
        version
    }

    /// One writer, through one replica.
    async fn writes(self: Arc<Self>, replica: usize) {
        while !self.is_over.load(Ordering::Relaxed) {
            let item = rand::random_range(0..ITEMS);
            let version = self.items[item].version.fetch_add(1, Ordering::SeqCst) + 1;
            let tags = tags(&[&item.to_string()]);
            match self.replicas[replica].invalidate(&tags, Mode::Hard).await {
                Ok(position) => {
                    let acknowledged = (Instant::now(), version, position);
                    self.items[item]
                        .acknowledged
                        .lock()
                        .unwrap()
                        .push(acknowledged);
                    self.counts[3].fetch_add(1, Ordering::Relaxed);
                }
                // Nobody was told that it is everywhere.
                Err(_) => {
                    self.counts[4].fetch_add(1, Ordering::Relaxed);
                }
            }
            sleep(Duration::from_millis(rand::random_range(1..15))).await;
        }
    }

    /// The version that a read which begins now must give at least, and the position of the write that made it.
    fn acknowledged(&self, item: usize, now: Instant) -> (u64, Option<Position>) {
        let acknowledged = self.items[item].acknowledged.lock().unwrap();
        let old_enough = acknowledged
            .iter()
            .filter(|(at, ..)| now.saturating_duration_since(*at) >= self.check.bound());
        let latest = old_enough.max_by_key(|(_, version, _)| *version);
        let token = latest.filter(|_| self.check.with_token);
        (
            latest.map_or(0, |(_, version, _)| *version),
            token.map(|(_, _, position)| *position),
        )
    }

    /// Everything that can happen, again and again in another order.
    async fn break_things(&self, server: &mut Server, proxies: &[Proxy]) -> u64 {
        let ends = Instant::now() + self.check.runs;
        if !self.check.with_faults {
            sleep(self.check.runs).await;
        }
        let mut faults = 0;
        while Instant::now() < ends {
            sleep(Duration::from_millis(rand::random_range(100..400))).await;
            let proxy = &proxies[rand::random_range(0..proxies.len())];
            let a_while = Duration::from_millis(rand::random_range(100..1200));
            match rand::random_range(0..9) {
                0 => {
                    server.kill();
                    sleep(a_while / 4).await;
                    server.run();
                }
                1 => {
                    server.halt();
                    sleep(a_while).await;
                    server.resume();
                }
                2 => server.command(&["FLUSHALL"]),
                3 => server.command(&["XTRIM", "{weft}:inv", "MAXLEN", "0"]),
                4 => {
                    let name = ["{weft}:inv", "{weft}:head"][rand::random_range(0..2)];
                    server.command(&["DEL", name])
                }
                5 => server.command(&["CLIENT", "KILL", "TYPE", "normal"]),
                6 => proxy.cut(),
                _ => {
                    proxy.hang();
                    sleep(a_while).await;
                    proxy.flow();
                }
            }
            faults += 1;
        }
        faults
    }

    fn report(&self, faults: u64) -> Report {
        let [reads, hits, joins, writes, unpublished] =
            [0, 1, 2, 3, 4].map(|index| self.counts[index].load(Ordering::Relaxed));
        Report {
            reads,
            hits,
            joins,
            writes,
            unpublished,
            faults,
            violations: std::mem::take(&mut self.violations.lock().unwrap()),
        }
    }
}

fn version(payload: &Bytes) -> u64 {
    std::str::from_utf8(payload).unwrap().parse().unwrap()
}
