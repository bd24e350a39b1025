//! What this replica knows of the invalidation log, and how it goes on knowing it.
//!
//! A reader trusts its stamps because it has read every entry of the log up to its position. That holds as long as
//! each piece of news continues the last one: the generation is the same, the numbers of the entries follow one
//! another, and when the end is reached both counts are what Redis says they are. Whatever breaks that (a log that was
//! trimmed, flushed, evicted, rolled back) raises the floor over what may have been missed.
//!
//! News may be applied by several readers and in any order: what was read earlier than what is known already changes
//! nothing.

use std::time::{Duration, Instant};

use crate::{
    news::{LogEntry, LogState, News, What},
    position::Position,
    stamps::{Stamps, Standing},
    sync::{PoisonError, RwLock},
    tag::{Mode, Tag},
};

/// What this replica knows of the log.
pub(crate) struct Log {
    pub(crate) stamps: Stamps,
    known: RwLock<Known>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    /// 0 before a log was seen.
    generation: u64,
    /// Everything up to here is in the stamps or below the floor.
    position: Position,
    numbered: u64,
    added: Option<u64>,
    /// When the log had nothing more than what is known, at the latest time that is certain.
    complete: Option<Instant>,
    /// Whether a loss cannot be told from none by positions: only a new generation helps.
    is_suspect: bool,
}

/// What came of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// Everything that was in the log when it was read is known.
    Complete,
    /// There is more to read.
    More,
    /// It is not the log that was read so far, or it lost something: it must be opened again.
    Reopen,
}

impl Log {
    /// Nothing is known; at most about `stamps` tags will be.
    pub(crate) fn new(stamps: usize) -> Self {
        Self {
            stamps: Stamps::new(stamps),
            known: RwLock::new(Known {
                generation: 0,
                position: Position::ZERO,
                numbered: 0,
                added: None,
                complete: None,
                is_suspect: false,
            }),
        }
    }

    /// A log that only this process writes, from `now` (in milliseconds since the Unix epoch) on.
    pub(crate) fn local(stamps: usize, now: u64) -> Self {
        let log = Self::new(stamps);
        log.change(|known| {
            known.generation = 1;
            known.position = Position {
                milliseconds: now,
                sequence: 0,
            };
        });
        log
    }

    /// Up to where everything is known. A fill that begins now has this for its `t0`.
    pub(crate) fn position(&self) -> Position {
        self.read().position
    }

    /// Of the log that positions are of now; 0 for none.
    pub(crate) fn generation(&self) -> u64 {
        self.read().generation
    }

    /// How long ago it was certain that nothing is missing.
    pub(crate) fn age(&self, now: Instant) -> Option<Duration> {
        let complete = self.read().complete?;
        Some(now.saturating_duration_since(complete))
    }

    /// Whether the next opening must begin a new generation.
    pub(crate) fn is_suspect(&self) -> bool {
        self.read().is_suspect
    }

    pub(crate) fn standing(&self, t0: Position, tags: &[Tag]) -> Standing {
        self.stamps.standing(t0, tags)
    }

    /// Appends to a log that only this process writes.
    pub(crate) fn append_locally(&self, tags: &[Tag], mode: Mode, now: u64) -> Position {
        self.change(|known| {
            let by_clock = Position {
                milliseconds: now,
                sequence: 0,
            };
            let at = by_clock.max(known.position.next());
            self.stamps.stamp(tags, mode, at);
            known.position = at;
            at
        })
    }

    /// Stamps `tags` ahead of their entry in the log. What is known by then is from before; a fill whose `t0` is later
    /// than this stamp began after it.
    pub(crate) fn stamp_ahead(&self, tags: &[Tag], mode: Mode) -> Position {
        self.change(|known| {
            let at = known.position.next();
            self.stamps.stamp(tags, mode, at);
            at
        })
    }

    /// Adds what was read.
    pub(crate) fn apply(&self, news: &News) -> Applied {
        self.change(|known| {
            let applied = known.apply(news, &self.stamps);
            if applied == Applied::Reopen {
                known.complete = None;
            }
            applied
        })
    }

    /// Goes over to the log that `news` is of, if it is another one. What is from before counts as stale.
    ///
    /// A replica that knew no log gets to know its `past`: what is left of it up to `news`, without a gap and in order.
    pub(crate) fn adopt(&self, news: &News, past: &[LogEntry]) -> Applied {
        let Some(log) = news.log else {
            return Applied::Reopen;
        };
        self.change(|known| {
            if known.generation == log.generation && !known.is_suspect {
                return known.apply(news, &self.stamps);
            }
            let floor = match (known.generation, past) {
                (0, [oldest, ..]) => oldest.at,
                // What was handed out as the known position is of the old log even if the new one gets there.
                _ if log.last <= known.position => known.position.next(),
                _ => log.last,
            };
            self.stamps.raise_floor(floor);
            past.iter().for_each(|entry| entry.stamp(&self.stamps));
            *known = Known::at_the_end_of(log, known.position, news.asked_at);
            Applied::Complete
        })
    }

    fn read(&self) -> Known {
        *self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut known)
    }
}

impl Known {
    fn at_the_end_of(log: LogState, position: Position, read: Instant) -> Self {
        Self {
            generation: log.generation,
            position: log.last.max(position),
            numbered: log.numbered,
            added: log.added,
            complete: Some(read),
            is_suspect: false,
        }
    }

    fn apply(&mut self, news: &News, stamps: &Stamps) -> Applied {
        let Some(log) = news.log else {
            return Applied::Reopen;
        };
        if log.generation != self.generation {
            return Applied::Reopen;
        }
        // The log was at `asked_from` before it was read, so an end before that is a log that was rolled back.
        if log.last < news.asked_from {
            self.is_suspect = true;
            return Applied::Reopen;
        }
        if log.last < self.position {
            // Read before what is known already.
            self.complete = self.complete.max(Some(news.asked_at));
            return Applied::Complete;
        }
        let before = self.position;
        let mut is_whole = self.add(&news.entries, stamps);
        if !news.is_cut {
            let is_at_end = self.position == log.last
                && self.numbered == log.numbered
                && (self.added.is_none() || log.added.is_none() || self.added == log.added);
            is_whole &= is_at_end;
        } else if is_whole {
            return Applied::More;
        }
        if !is_whole {
            if log.last <= before {
                // A loss at the very position that fills are stamped with now.
                self.is_suspect = true;
                return Applied::Reopen;
            }
            stamps.raise_floor(log.last);
        }
        *self = Self::at_the_end_of(log, self.position, news.asked_at);
        Applied::Complete
    }

    /// Whether those that were not known yet continue what was.
    fn add(&mut self, entries: &[LogEntry], stamps: &Stamps) -> bool {
        let mut is_whole = true;
        let known = self.position;
        for entry in entries.iter().filter(|entry| entry.at > known) {
            if let Some(number) = entry.number {
                is_whole &= number == self.numbered.wrapping_add(1);
                self.numbered = number;
            }
            self.added = self.added.map(|added| added.wrapping_add(1));
            entry.stamp(stamps);
            // Whoever takes the position for a `t0` finds the stamps up to it.
            self.position = entry.at;
        }
        is_whole
    }
}

impl LogEntry {
    fn stamp(&self, stamps: &Stamps) {
        match &self.what {
            What::Tags { tags, mode } => stamps.stamp(tags, *mode, self.at),
            What::Reset => stamps.raise_floor(self.at),
        }
    }
}
