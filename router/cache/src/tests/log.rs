//! A replica that reads a log to which everything happens, against one that knows the truth.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::{
    Mode, Position, Tag,
    log::{Applied, Log},
    news::{LogEntry, LogState, News, What},
    stamps::Standing,
    testing::at,
};

/// A log as Redis has it, as far as readers can see.
#[derive(Clone, Debug)]
struct Server {
    log: Option<LogState>,
    entries: Vec<LogEntry>,
    time: u64,
    generations: u64,
    counts_added: bool,
}

impl Server {
    fn new(counts_added: bool) -> Self {
        Self {
            log: None,
            entries: Vec::new(),
            time: 1000,
            generations: 0,
            counts_added,
        }
    }

    fn open(&mut self, after: Position, is_forced: bool) {
        if is_forced || self.log.is_none_or(|log| log.last < after) {
            let last = self.log.map_or(Position::ZERO, |log| log.last).max(after);
            self.generations += 1;
            self.time = self.time.max(last.milliseconds + 1);
            let added = self.log.map_or(0, |log| log.added.unwrap_or(0));
            self.log = Some(LogState {
                generation: self.generations,
                numbered: 0,
                last,
                added: self.counts_added.then_some(added),
                deleted: Position::ZERO,
            });
            self.append(What::Reset, true);
        }
    }

    fn append(&mut self, what: What, is_numbered: bool) -> Option<Position> {
        let log = self.log.as_mut()?;
        self.time += 1;
        log.numbered += u64::from(is_numbered);
        log.added = log.added.map(|added| added + 1);
        log.last = at(self.time).max(log.last.next());
        self.entries.push(LogEntry {
            at: log.last,
            number: is_numbered.then_some(log.numbered),
            what,
        });
        Some(log.last)
    }

    fn news(&self, from: Position, at_once: usize) -> News {
        let later = self.entries.iter().filter(|entry| entry.at > from);
        let entries: Vec<_> = later.take(at_once).cloned().collect();
        let end = entries.last().map_or(from, |entry| entry.at);
        News {
            asked_from: from,
            asked_at: Instant::now(),
            log: self.log,
            is_cut: entries.len() >= at_once && self.log.is_some_and(|log| log.last > end),
            entries,
        }
    }
}

fn tag() -> Tag {
    Tag::named("a")
}

fn invalidation() -> What {
    What::Tags {
        tags: vec![tag()],
        mode: Mode::Hard,
    }
}

/// Reads until the log is known; what the tail's task does.
fn follow(log: &Log, server: &mut Server, at_once: usize) {
    for _ in 0..100 {
        match log.apply(&server.news(log.position(), at_once)) {
            Applied::Complete => return,
            Applied::More => {}
            Applied::Reopen => {
                server.open(log.position(), log.is_suspect());
                log.adopt(&server.news(log.position(), at_once), &[]);
            }
        }
    }
    panic!("the end of the log is never reached: {server:?}");
}

fn opened(counts_added: bool) -> (Log, Server) {
    let (log, mut server) = (Log::new(1000), Server::new(counts_added));
    server.open(Position::ZERO, false);
    follow(&log, &mut server, 10);
    (log, server)
}

#[test]
fn a_fill_is_usable_after_the_log_was_opened() {
    let (log, _) = opened(true);
    assert_eq!(log.standing(log.position(), &[tag()]), Standing::Valid);
    assert_eq!(log.standing(at(999), &[tag()]), Standing::BelowFloor);
}

#[test]
fn news_in_any_order_is_applied_once() {
    let (log, mut server) = opened(true);
    let from = log.position();
    server.append(invalidation(), true);
    let early = server.news(from, 10);
    server.append(invalidation(), true);
    server.append(invalidation(), false);
    let late = server.news(from, 10);
    let floor = log.stamps.floor();
    for news in [&late, &early, &late, &early] {
        assert_eq!(log.apply(news), Applied::Complete);
        assert_eq!(log.position(), server.log.unwrap().last);
    }
    assert_eq!(log.stamps.floor(), floor);
}

/// (what is done to a log that had an invalidation that was not read, whether Redis counts what is added).
type Loss = fn(&mut Server);

#[test]
fn what_is_lost_raises_the_floor() {
    let flushed: Loss = |server| {
        server.log = None;
        server.entries.clear();
    };
    let cases: &[(&str, Loss)] = &[
        ("flushed", flushed),
        ("trimmed", |server| server.entries.clear()),
        ("one deleted", |server| {
            server.append(invalidation(), true);
            let unread = server.entries.len() - 2;
            server.entries.remove(unread);
        }),
        ("trimmed, then appended to", |server| {
            server.entries.clear();
            server.append(invalidation(), true);
        }),
        ("rolled back", |server| {
            let log = server.log.as_mut().unwrap();
            server.entries.pop();
            server.entries.pop();
            log.numbered -= 2;
            log.added = log.added.map(|added| added - 2);
            log.last = server.entries.last().unwrap().at;
        }),
        ("rolled back, then appended to", |server| {
            let log = server.log.as_mut().unwrap();
            server.entries.pop();
            server.entries.pop();
            log.numbered -= 2;
            log.added = log.added.map(|added| added - 2);
            log.last = server.entries.last().unwrap().at;
            server.append(
                What::Tags {
                    tags: vec![Tag::named("b")],
                    mode: Mode::Hard,
                },
                true,
            );
            server.append(
                What::Tags {
                    tags: vec![Tag::named("b")],
                    mode: Mode::Hard,
                },
                true,
            );
        }),
    ];
    for counts_added in [false, true] {
        for (name, lose) in cases {
            let (log, mut server) = opened(counts_added);
            server.append(invalidation(), true);
            follow(&log, &mut server, 10);
            let t0 = log.position();
            assert_eq!(log.standing(t0, &[tag()]), Standing::Valid);
            server.append(invalidation(), true);
            lose(&mut server);
            follow(&log, &mut server, 10);
            assert_ne!(
                log.standing(t0, &[tag()]),
                Standing::Valid,
                "{name} {counts_added}"
            );
            let now = log.position();
            assert_eq!(
                log.standing(now, &[tag()]),
                Standing::Valid,
                "{name}: usable again"
            );
        }
    }
}

#[test]
fn others_entries_that_are_lost_are_noticed_where_redis_counts_them() {
    let (log, mut server) = opened(true);
    let t0 = log.position();
    server.append(invalidation(), false);
    server.entries.clear();
    server.append(
        What::Tags {
            tags: vec![Tag::named("b")],
            mode: Mode::Hard,
        },
        true,
    );
    follow(&log, &mut server, 10);
    assert_ne!(log.standing(t0, &[tag()]), Standing::Valid);
}

#[test]
fn a_replica_that_starts_knows_what_is_left_of_the_log() {
    let (_, mut server) = opened(true);
    let mut positions = Vec::new();
    for _ in 0..5 {
        positions.extend(server.append(invalidation(), true));
    }
    server.entries.drain(..3);
    let log = Log::new(1000);
    let past = server.entries.clone();
    assert_eq!(
        log.adopt(&server.news(Position::ZERO, 10), &past),
        Applied::Complete
    );
    assert_eq!(log.position(), server.log.unwrap().last);
    let tags = [Tag::named("b")];
    assert_eq!(
        log.standing(positions[1], &tags),
        Standing::BelowFloor,
        "may have been invalidated"
    );
    assert_eq!(log.standing(positions[2], &tags), Standing::Valid);
    assert_eq!(log.standing(positions[2], &[tag()]), Standing::Invalidated);
}

#[test]
fn time_since_the_log_was_known_counts_from_the_question() {
    let (log, server) = opened(true);
    let news = server.news(log.position(), 10);
    let answered = news.asked_at + Duration::from_millis(200);
    log.apply(&news);
    assert_eq!(log.age(answered), Some(Duration::from_millis(200)));
}

#[test]
fn a_local_log_never_stands_still_or_goes_back() {
    let log = Log::local(100, 5000);
    let mut last = log.position();
    for now in [5000, 5000, 4000, 6000, 5999] {
        let next = log.append_locally(&[tag()], Mode::Hard, now);
        assert!(next > last && log.position() == next);
        last = next;
    }
    assert_eq!(log.standing(log.position(), &[tag()]), Standing::Valid);
}

#[derive(Clone, Debug)]
enum Event {
    Append(bool),
    Fill,
    Read(usize),
    /// Reads, but what was read is applied only after the next events.
    ReadLate,
    ApplyLate,
    Trim(usize),
    Delete(usize),
    Flush,
    /// Back to how it was some events ago, as after a failover that lost them.
    RollBack,
    Save,
    StampAhead,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => any::<bool>().prop_map(Event::Append),
        4 => Just(Event::Fill),
        6 => (1usize..4).prop_map(Event::Read),
        2 => Just(Event::ReadLate),
        2 => Just(Event::ApplyLate),
        1 => (0usize..4).prop_map(Event::Trim),
        1 => (0usize..4).prop_map(Event::Delete),
        1 => Just(Event::Flush),
        1 => Just(Event::RollBack),
        1 => Just(Event::Save),
        1 => Just(Event::StampAhead),
    ];
    prop::collection::vec(event, 1..60)
}

proptest! {
    /// A fill that began before an invalidation is never valid for a reader that has read the log since.
    #[test]
    fn nothing_invalidated_is_ever_valid_again(events in events()) {
        let (log, mut server) = opened(true);
        let mut saved = server.clone();
        let mut late = None;
        // Each fill: its t0, and whether something was invalidated since, by a log that accepted it.
        let mut fills: Vec<(Position, bool)> = Vec::new();
        for event in events {
            match event {
                Event::Append(is_numbered) => {
                    if server.append(invalidation(), is_numbered).is_some() {
                        fills.iter_mut().for_each(|fill| fill.1 = true);
                    }
                }
                Event::Fill => fills.push((log.position(), false)),
                Event::Read(at_once) => {
                    follow(&log, &mut server, at_once);
                    for (t0, is_invalidated) in &fills {
                        let standing = log.standing(*t0, &[tag()]);
                        prop_assert!(!is_invalidated || standing != Standing::Valid, "{t0}");
                    }
                    let now = log.position();
                    prop_assert_eq!(log.standing(now, &[Tag::named("b")]), Standing::Valid);
                }
                Event::ReadLate => late = Some(server.news(log.position(), 10)),
                Event::ApplyLate => {
                    if let Some(news) = late.take() {
                        log.apply(&news);
                    }
                }
                Event::Trim(kept) => {
                    let trimmed = server.entries.len().saturating_sub(kept);
                    server.entries.drain(..trimmed);
                }
                Event::Delete(back) => {
                    if let Some(index) = server.entries.len().checked_sub(back + 1) {
                        server.entries.remove(index);
                    }
                }
                Event::Flush => {
                    server.log = None;
                    server.entries.clear();
                }
                Event::RollBack => {
                    // A server that was restarted or took over is opened anew by whoever finds it.
                    server = Server { generations: server.generations, time: server.time, ..saved.clone() };
                    server.open(log.position(), true);
                }
                Event::Save => saved = server.clone(),
                Event::StampAhead => {
                    log.stamp_ahead(&[tag()], Mode::Hard);
                    fills.iter_mut().for_each(|fill| fill.1 = true);
                    let all_ended = fills.iter().all(|(t0, _)| log.standing(*t0, &[tag()]) != Standing::Valid);
                    prop_assert!(all_ended);
                }
            }
        }
    }
}
