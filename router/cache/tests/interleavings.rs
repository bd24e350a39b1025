//! The stamps, the log and the flights under shuttle: whatever order their steps happen in, nothing is used that is
//! older than an invalidation that was acknowledged before the read began. Each planted mistake is found.
//!
//! The modules are compiled here with shuttle's locks in place of the standard library's.

#[path = "../src/flights.rs"]
#[expect(dead_code, reason = "the cache uses more of it than the model")]
mod flights;
#[path = "../src/log.rs"]
#[expect(dead_code, reason = "the cache uses more of it than the model")]
mod log;
#[path = "../src/news.rs"]
mod news;
#[path = "../src/position.rs"]
#[expect(unreachable_pub, reason = "public in the crate")]
mod position;
#[path = "../src/stamps.rs"]
#[expect(dead_code, reason = "the cache uses more of it than the model")]
mod stamps;
#[path = "../src/tag.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "public in the crate, which uses more of it than the model"
)]
mod tag;

mod sync {
    pub(crate) use shuttle::sync::{Mutex, MutexGuard, RwLock};
    pub(crate) use std::sync::PoisonError;
}

use std::{collections::HashMap, panic::catch_unwind, sync::Arc, time::Instant};

use flights::{Flights, Role};
use log::Log;
use news::{LogEntry, LogState, News, What};
use position::Position;
use shuttle::{
    future::block_on,
    sync::{
        Mutex, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};
use stamps::Standing;
use tag::{Mode, Tag};

/// How many orders of steps are tried of what must hold, and at most until a mistake is found.
const TRIED: (usize, usize) = (3_000, 20_000);

/// How many steps of others the origin takes about.
const ORIGIN: usize = 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mistake {
    None,
    /// A fill is stamped with what is known when the origin has answered.
    StampAfterFetch,
    /// Who joins a flight uses what it brings without looking at its tags.
    NaiveJoin,
    /// An invalidation is acknowledged before it is in the log.
    AcknowledgeEarly,
    /// A strict read judges by what is known already.
    StrictWithoutNews,
}

/// A version as it was read, with its stamp.
#[derive(Clone, Copy)]
struct Filled {
    t0: Position,
    version: u64,
}

struct Replica {
    log: Log,
    flights: Arc<Flights<u8, Filled>>,
    memory: Mutex<HashMap<u8, Filled>>,
}

/// The origin, the log that replicas share, and the replicas.
struct World {
    mistake: Mistake,
    version: AtomicU64,
    acknowledged: AtomicU64,
    server: RwLock<Vec<LogEntry>>,
    replicas: [Replica; 2],
}

fn item() -> [Tag; 1] {
    [Tag::named("item")]
}

impl World {
    /// With room for so few stamps that other tags push them out.
    fn new(mistake: Mistake) -> Arc<Self> {
        let reset = LogEntry {
            at: Position::ZERO.next(),
            number: Some(1),
            what: What::Reset,
        };
        let replica = || Replica {
            log: Log::new(16),
            flights: Arc::default(),
            memory: Mutex::default(),
        };
        let world = Self {
            mistake,
            version: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            server: RwLock::new(vec![reset]),
            replicas: [replica(), replica()],
        };
        for replica in &world.replicas {
            replica.log.adopt(&world.news(Position::ZERO), &[]);
        }
        Arc::new(world)
    }

    fn news(&self, from: Position) -> News {
        let entries = self.server.read().unwrap();
        let last = entries.last().unwrap().at;
        let count = entries.len() as u64;
        News {
            asked_from: from,
            asked_at: Instant::now(),
            log: Some(LogState {
                generation: 1,
                numbered: count,
                last,
                added: Some(count),
                deleted: Position::ZERO,
            }),
            entries: entries
                .iter()
                .filter(|entry| entry.at > from)
                .cloned()
                .collect(),
            is_cut: false,
        }
    }

    fn append(&self, tags: Vec<Tag>) -> Position {
        let mut entries = self.server.write().unwrap();
        let at = entries.last().unwrap().at.next();
        let number = Some(entries.len() as u64 + 1);
        let mode = Mode::Hard;
        let what = What::Tags { tags, mode };
        entries.push(LogEntry { at, number, what });
        at
    }

    /// What a mutation does: commit, invalidate, acknowledge.
    fn write(&self, replica: &Replica) {
        let version = self.version.fetch_add(1, Ordering::SeqCst) + 1;
        if self.mistake == Mistake::AcknowledgeEarly {
            self.acknowledged.fetch_max(version, Ordering::SeqCst);
        }
        replica.log.stamp_ahead(&item(), Mode::Hard);
        let at = self.append(item().to_vec());
        replica.log.stamps.stamp(&item(), Mode::Hard, at);
        self.acknowledged.fetch_max(version, Ordering::SeqCst);
    }

    /// What a query does: look up, board, ask the origin, put.
    fn read(&self, replica: &Replica) {
        let at_least = self.acknowledged.load(Ordering::SeqCst);
        if self.mistake != Mistake::StrictWithoutNews {
            let from = replica.log.position();
            replica.log.apply(&self.news(from));
        }
        let is_valid =
            |filled: &Filled| replica.log.standing(filled.t0, &item()) == Standing::Valid;
        let found = replica.memory.lock().unwrap().get(&0).copied();
        let version = match found.filter(is_valid) {
            Some(filled) => filled.version,
            None => self.fill(replica),
        };
        assert!(
            version >= at_least,
            "read {version} after {at_least} was acknowledged"
        );
    }

    fn fill(&self, replica: &Replica) -> u64 {
        let position = replica.log.position();
        // Nothing is known of the tags: the check after landing is what must do.
        match replica.flights.board(0, position, Instant::now(), |_| true) {
            Role::Lead(lead) => {
                let version = self.version.load(Ordering::SeqCst);
                // The origin takes its time to answer.
                (0..ORIGIN).for_each(|_| thread::yield_now());
                let t0 = match self.mistake {
                    Mistake::StampAfterFetch => replica.log.position(),
                    _ => lead.t0(),
                };
                let filled = Filled { t0, version };
                replica.memory.lock().unwrap().insert(0, filled);
                lead.land(filled);
                version
            }
            Role::Join(join) => match block_on(join.landed()) {
                Some(filled)
                    if self.mistake == Mistake::NaiveJoin
                        || replica.log.standing(filled.t0, &item()) == Standing::Valid =>
                {
                    filled.version
                }
                _ => self.version.load(Ordering::SeqCst),
            },
        }
    }
}

/// Two replicas, of which each reads and one writes, while other tags push stamps out and the log is followed.
fn scenario(mistake: Mistake) {
    let world = World::new(mistake);
    let mut threads = Vec::new();
    let mut spawn = |act: fn(&World)| {
        let world = Arc::clone(&world);
        threads.push(thread::spawn(move || act(&world)));
    };
    for _ in 0..2 {
        spawn(|world| (0..2).for_each(|_| world.read(&world.replicas[0])));
    }
    spawn(|world| (0..2).for_each(|_| world.read(&world.replicas[1])));
    spawn(|world| (0..2).for_each(|_| world.write(&world.replicas[1])));
    spawn(|world| {
        let replica = &world.replicas[0];
        let from = replica.log.position();
        let news = world.news(from);
        thread::yield_now();
        replica.log.apply(&news);
        // In the same part of the table as the item: it is forgotten.
        for number in 0..2u64 {
            let other = Tag::from_bits(item()[0].bits() ^ (number + 1));
            world.append(vec![other]);
            replica.log.apply(&world.news(replica.log.position()));
        }
    });
    for thread in threads {
        thread.join().unwrap();
    }
}

fn is_found(mistake: Mistake) -> bool {
    catch_unwind(|| shuttle::check_random(move || scenario(mistake), TRIED.1)).is_err()
}

#[test]
fn nothing_acknowledged_before_a_read_is_missed_by_it() {
    shuttle::check_random(|| scenario(Mistake::None), TRIED.0);
    shuttle::check_pct(|| scenario(Mistake::None), TRIED.0, 3);
}

#[test]
fn a_stamp_taken_after_the_fetch_is_found() {
    assert!(is_found(Mistake::StampAfterFetch));
}

#[test]
fn a_join_without_a_second_look_is_found() {
    assert!(is_found(Mistake::NaiveJoin));
}

#[test]
fn an_early_acknowledgement_is_found() {
    assert!(is_found(Mistake::AcknowledgeEarly));
}

#[test]
fn a_strict_read_without_news_is_found() {
    assert!(is_found(Mistake::StrictWithoutNews));
}

/// The waker of each who waits is called, whatever he does meanwhile.
#[test]
fn whoever_joins_a_flight_that_is_given_up_hears_of_it() {
    shuttle::check_random(
        || {
            let flights: Arc<Flights<u8, u64>> = Arc::default();
            let mut threads = Vec::new();
            for number in 0..3 {
                let flights = Arc::clone(&flights);
                threads.push(thread::spawn(move || {
                    match flights.board(0, Position::ZERO, Instant::now(), |_| true) {
                        Role::Lead(lead) if number == 0 => lead.land(7),
                        Role::Lead(lead) => drop(lead),
                        Role::Join(join) => {
                            let landed = block_on(join.landed());
                            assert!(landed.is_none_or(|landed| landed == 7));
                        }
                    }
                }));
            }
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            assert_eq!(flights.len(), 0);
        },
        TRIED.0,
    );
}
