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
    pub(crate) use shuttle::sync::{
        Mutex, MutexGuard, RwLock,
        atomic::{AtomicU64, Ordering},
    };
    pub(crate) use std::sync::PoisonError;
}

use std::{collections::HashMap, panic::catch_unwind, sync::Arc, time::Instant};

use flights::{Flight, Flights, Moment, Role};
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
const TRIED: (usize, usize) = (200, 20_000);

/// How many steps the origin takes, at least.
const ORIGIN: usize = 30;

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
    /// Who cannot hear of the log joins whoever is under way.
    JoinWithoutNews,
    /// Who cannot hear of the log takes an earlier moment for the one at which he began.
    BeganEarlier,
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
    /// The origin answers only when something was written since.
    is_slow: bool,
    version: AtomicU64,
    acknowledged: AtomicU64,
    /// How often somebody joined who could not hear of the log.
    joins: AtomicU64,
    server: RwLock<Vec<LogEntry>>,
    replicas: [Replica; 2],
}

fn item() -> [Tag; 1] {
    [Tag::named("item")]
}

impl World {
    /// With room for so few stamps that other tags push them out. `is_filled`: the first replica has read the item.
    fn new(mistake: Mistake, is_filled: bool) -> Arc<Self> {
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
            is_slow: !is_filled,
            version: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            joins: AtomicU64::new(0),
            server: RwLock::new(vec![reset]),
            replicas: [replica(), replica()],
        };
        for replica in &world.replicas {
            replica.log.adopt(&world.news(Position::ZERO), &[]);
        }
        if is_filled {
            let t0 = world.replicas[0].log.position();
            let filled = Filled { t0, version: 0 };
            world.replicas[0].memory.lock().unwrap().insert(0, filled);
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

    fn wait_for_a_write(&self) {
        while self.acknowledged.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
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
            None => self.fill(replica, |_| true),
        };
        self.check(version, at_least);
    }

    /// The same for a replica that cannot hear of the log now: it uses nothing, and joins who began later than this did.
    fn read_cut_off(&self, replica: &Replica, earlier: Moment) {
        let at_least = self.acknowledged.load(Ordering::SeqCst);
        let began = match self.mistake {
            Mistake::BeganEarlier => earlier,
            _ => replica.flights.moment(),
        };
        if self.mistake == Mistake::None {
            // There is time to come for others, as while Redis does not answer.
            (0..ORIGIN / 10).for_each(|_| thread::yield_now());
        }
        let may_join = |flight: &Flight<Filled>| {
            let joins = flight.moment > began || self.mistake == Mistake::JoinWithoutNews;
            if joins {
                self.joins.fetch_add(1, Ordering::SeqCst);
            }
            joins
        };
        self.check(self.fill(replica, may_join), at_least);
    }

    fn check(&self, version: u64, at_least: u64) {
        assert!(
            version >= at_least,
            "read {version} after {at_least} was acknowledged"
        );
    }

    fn fill(&self, replica: &Replica, may_join: impl FnOnce(&Flight<Filled>) -> bool) -> u64 {
        let position = replica.log.position();
        // Nothing is known of the tags: the check after landing is what must do.
        match replica.flights.board(0, position, Instant::now(), may_join) {
            Role::Lead(lead) => {
                let version = self.version.load(Ordering::SeqCst);
                if self.is_slow {
                    self.wait_for_a_write();
                }
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

type Act = fn(&World);

fn run(mistake: Mistake, is_filled: bool, acts: &[Act]) -> Arc<World> {
    let world = World::new(mistake, is_filled);
    let threads: Vec<_> = acts
        .iter()
        .map(|&act| {
            let world = Arc::clone(&world);
            thread::spawn(move || act(&world))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    world
}

const READ: Act = |world| (0..2).for_each(|_| world.read(&world.replicas[0]));
const READ_LATE: Act = |world| {
    world.wait_for_a_write();
    READ(world);
};
const READ_CUT_OFF: Act = |world| {
    let earlier = world.replicas[0].flights.moment();
    world.wait_for_a_write();
    world.read_cut_off(&world.replicas[0], earlier);
};
const READ_ELSEWHERE: Act = |world| world.read(&world.replicas[1]);
const WRITE: Act = |world| world.write(&world.replicas[1]);

/// The log is followed, and what was read of it is applied late; others' invalidations push stamps out.
const FOLLOW: Act = |world| {
    let replica = &world.replicas[0];
    let news = world.news(replica.log.position());
    thread::yield_now();
    replica.log.apply(&news);
    for number in 0..2u64 {
        // In the same part of the table as the item: it is forgotten.
        let other = Tag::from_bits(item()[0].bits() ^ (number + 1));
        world.append(vec![other]);
        replica.log.apply(&world.news(replica.log.position()));
    }
};

fn everything(is_filled: bool) {
    let acts = [READ, READ_CUT_OFF, READ_ELSEWHERE, WRITE, WRITE, FOLLOW];
    run(Mistake::None, is_filled, &acts);
}

/// With no more going on than it takes, so that it does not take long to be found.
fn is_found(mistake: Mistake) -> bool {
    let is_filled = matches!(
        mistake,
        Mistake::AcknowledgeEarly | Mistake::StrictWithoutNews
    );
    // Nobody else may hear of the log for the one who cannot.
    let other = match mistake {
        Mistake::JoinWithoutNews | Mistake::BeganEarlier => READ_CUT_OFF,
        _ => READ_LATE,
    };
    let scenario = move || {
        run(mistake, is_filled, &[READ, other, WRITE]);
    };
    catch_unwind(|| shuttle::check_random(scenario, TRIED.1)).is_err()
}

#[test]
fn nothing_acknowledged_before_a_read_is_missed_by_it() {
    for is_filled in [false, true] {
        shuttle::check_random(move || everything(is_filled), TRIED.0);
        shuttle::check_pct(move || everything(is_filled), TRIED.0, 3);
        let less = move || {
            run(
                Mistake::None,
                is_filled,
                &[READ, READ_LATE, READ_CUT_OFF, WRITE],
            );
        };
        shuttle::check_random(less, TRIED.0);
    }
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

#[test]
fn a_join_by_who_cannot_hear_of_the_log_is_found() {
    assert!(is_found(Mistake::JoinWithoutNews));
}

#[test]
fn a_join_by_who_says_that_he_began_earlier_is_found() {
    assert!(is_found(Mistake::BeganEarlier));
}

/// Of several who cannot hear of the log some do join each other, while others write.
#[test]
fn who_cannot_hear_of_the_log_joins_who_began_later() {
    let joins = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let counted = Arc::clone(&joins);
    let scenario = move || {
        let acts = [READ_CUT_OFF, READ_CUT_OFF, READ_CUT_OFF, WRITE, WRITE];
        let world = run(Mistake::None, false, &acts);
        counted.fetch_add(world.joins.load(Ordering::SeqCst), Ordering::SeqCst);
    };
    shuttle::check_random(scenario, TRIED.0);
    assert!(joins.load(Ordering::SeqCst) > 0);
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
