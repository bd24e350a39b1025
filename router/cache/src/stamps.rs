//! Which tags were invalidated when: a bounded table, and a floor below which nothing is known.
//!
//! What must be forgotten raises the floor to its stamp, so forgetting costs misses and never staleness.
//!
//! **Order.** A writer raises the floor before it forgets; a reader looks at the tags before it looks at the floor. So
//! who does not find a stamp any more finds the floor that took its place.

use std::collections::{HashMap, VecDeque};

use crate::{
    position::Position,
    sync::{Mutex, PoisonError, RwLock},
    tag::{Mode, Tag},
};

/// Locks are taken for a part of the table only.
const PARTS: usize = 16;

/// Which tags were invalidated when.
pub(crate) struct Stamps {
    parts: Box<[Part]>,
    floor: RwLock<Position>,
    /// Tags a part keeps.
    capacity: usize,
}

/// What the stamps say of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing it depends on was invalidated.
    Valid,
    /// A tag was invalidated softly, first at this position or later.
    Softly(Position),
    /// A tag was invalidated.
    Invalidated,
    /// It is from before what is known.
    BelowFloor,
}

#[derive(Default)]
struct Part {
    stamps: RwLock<HashMap<Tag, Stamp, ahash::RandomState>>,
    /// One for each stamp, about in the order in which they will be forgotten; locked before `stamps`.
    order: Mutex<VecDeque<(Tag, Position)>>,
}

/// When a tag was last invalidated.
#[derive(Clone, Copy, Default)]
struct Stamp {
    hard: Position,
    soft: Position,
}

impl Stamp {
    fn latest(self) -> Position {
        self.hard.max(self.soft)
    }
}

impl Stamps {
    /// A table that remembers about `capacity` tags.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            parts: (0..PARTS).map(|_| Part::default()).collect(),
            floor: RwLock::new(Position::ZERO),
            capacity: capacity.div_ceil(PARTS).max(1),
        }
    }

    /// `tags` were invalidated at `at`. Holds for every reader that begins after this has returned.
    pub(crate) fn stamp(&self, tags: &[Tag], mode: Mode, at: Position) {
        for &tag in tags {
            self.stamp_one(tag, mode, at);
        }
    }

    /// Nothing is known of what was before `to`.
    pub(crate) fn raise_floor(&self, to: Position) {
        let mut floor = self.floor.write().unwrap_or_else(PoisonError::into_inner);
        *floor = to.max(*floor);
    }

    pub(crate) fn floor(&self) -> Position {
        *self.floor.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of an entry whose origin was asked when the log was at `t0`.
    pub(crate) fn standing(&self, t0: Position, tags: &[Tag]) -> Standing {
        let mut softly: Option<Position> = None;
        for &tag in tags {
            let stamps = self.part(tag).stamps.read();
            let stamps = stamps.unwrap_or_else(PoisonError::into_inner);
            let Some(stamp) = stamps.get(&tag) else {
                continue;
            };
            if stamp.hard > t0 {
                return Standing::Invalidated;
            }
            if stamp.soft > t0 {
                softly = Some(softly.map_or(stamp.soft, |other| other.min(stamp.soft)));
            }
        }
        if t0 < self.floor() {
            return Standing::BelowFloor;
        }
        softly.map_or(Standing::Valid, Standing::Softly)
    }

    /// How many tags are remembered.
    pub(crate) fn len(&self) -> usize {
        let of_part = |part: &Part| {
            let stamps = part.stamps.read();
            stamps.unwrap_or_else(PoisonError::into_inner).len()
        };
        self.parts.iter().map(of_part).sum()
    }

    fn part(&self, tag: Tag) -> &Part {
        &self.parts[(tag.bits() >> 32) as usize % PARTS]
    }

    fn stamp_one(&self, tag: Tag, mode: Mode, at: Position) {
        let part = self.part(tag);
        let mut order = part.order.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = part.set(tag, mode, at);
        if is_new {
            order.push_back((tag, at));
        }
        while order.len() > self.capacity {
            let Some((tag, recorded)) = order.pop_front() else {
                return;
            };
            let latest = part.latest(tag);
            if latest > recorded {
                // Stamped again since: it goes to the end.
                order.push_back((tag, latest));
                continue;
            }
            self.raise_floor(latest);
            part.forget(tag);
        }
    }
}

impl Part {
    /// Whether `tag` was not there.
    fn set(&self, tag: Tag, mode: Mode, at: Position) -> bool {
        let mut stamps = self.stamps.write().unwrap_or_else(PoisonError::into_inner);
        let before = stamps.len();
        let stamp = stamps.entry(tag).or_default();
        let place = match mode {
            Mode::Hard => &mut stamp.hard,
            Mode::Soft => &mut stamp.soft,
        };
        *place = at.max(*place);
        stamps.len() > before
    }

    fn latest(&self, tag: Tag) -> Position {
        let stamps = self.stamps.read().unwrap_or_else(PoisonError::into_inner);
        stamps.get(&tag).copied().unwrap_or_default().latest()
    }

    fn forget(&self, tag: Tag) {
        let mut stamps = self.stamps.write().unwrap_or_else(PoisonError::into_inner);
        stamps.remove(&tag);
    }
}
