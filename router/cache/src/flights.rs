//! Fills that several want at once, done by one of them.
//!
//! Who comes first leads: he asks the origin and lands what it answered. Who comes while he does waits for that. If the
//! leader goes away, or has nothing to share, the others are told so and ask themselves.
//!
//! **How old an answer may be.** A flight began before those who join it came, so an invalidation may lie between. Two
//! checks keep them from what it ended: nobody joins a flight when something that is known to concern it was
//! invalidated since it began, and what has landed is judged again, with the tags it turned out to have, before
//! anybody who joined uses it. The first saves waiting in vain; it is the second that makes it right.
//!
//! Both are worth what is known of the log. Who cannot learn of it joins a flight all the same that began after he did: it reads
//! what was there when he began, and nobody needs to tell him what happened before.

use std::{
    collections::{HashMap, hash_map::Entry},
    future::poll_fn,
    hash::Hash,
    mem,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Instant,
};

use crate::{
    position::Position,
    sync::{AtomicU64, Mutex, MutexGuard, Ordering, PoisonError},
};

/// What is under way, by what is wanted.
pub(crate) struct Flights<K, T> {
    open: Mutex<HashMap<K, Arc<Flight<T>>, ahash::RandomState>>,
    moments: AtomicU64,
}

/// A moment among those of the flights: of two the later one is known, however near they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// A fill that is under way.
pub(crate) struct Flight<T> {
    /// Known of the log before the origin was asked.
    pub(crate) t0: Position,
    pub(crate) began: Instant,
    /// When that was, among the moments at which those began who want to join.
    pub(crate) moment: Moment,
    state: Mutex<State<T>>,
}

enum State<T> {
    Flying(Vec<Waker>),
    /// `None`: there is nothing to share.
    Landed(Option<T>),
}

/// What somebody who wants to fill is to do.
pub(crate) enum Role<K: Hash + Eq, T> {
    Lead(Lead<K, T>),
    Join(Join<T>),
}

/// The one who fills. Dropped without landing it lets the others know.
pub(crate) struct Lead<K: Hash + Eq, T> {
    flights: Arc<Flights<K, T>>,
    key: K,
    flight: Arc<Flight<T>>,
}

/// One who waits for what somebody else fills.
pub(crate) struct Join<T> {
    flight: Arc<Flight<T>>,
    /// His place among those who are to be woken.
    place: Option<usize>,
}

impl<K, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self {
            open: Mutex::new(HashMap::default()),
            moments: AtomicU64::new(0),
        }
    }
}

impl<K: Hash + Eq + Clone, T: Clone> Flights<K, T> {
    /// Joins the flight for `key` if there is one and `may_join` says so; otherwise leads one that takes its place,
    /// with `t0` known of the log by now.
    pub(crate) fn board(
        self: &Arc<Self>,
        key: K,
        t0: Position,
        now: Instant,
        may_join: impl FnOnce(&Flight<T>) -> bool,
    ) -> Role<K, T> {
        let mut open = self.open();
        let place = open.entry(key.clone());
        if let Entry::Occupied(found) = &place
            && may_join(found.get())
        {
            return Role::Join(Join {
                flight: Arc::clone(found.get()),
                place: None,
            });
        }
        let flight = Arc::new(Flight {
            t0,
            began: now,
            moment: self.moment(),
            state: Mutex::new(State::Flying(Vec::new())),
        });
        place.insert_entry(Arc::clone(&flight));
        Role::Lead(Lead {
            flights: Arc::clone(self),
            key,
            flight,
        })
    }
}

impl<K, T> Flights<K, T> {
    /// Now: later than all moments before.
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.moments.fetch_add(1, Ordering::SeqCst))
    }

    /// How many are under way.
    pub(crate) fn len(&self) -> usize {
        self.open().len()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<K, Arc<Flight<T>>, ahash::RandomState>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq, T> Lead<K, T> {
    /// Known of the log before the origin is asked.
    pub(crate) fn t0(&self) -> Position {
        self.flight.t0
    }

    /// Gives what was filled to those who wait for it.
    pub(crate) fn land(self, filled: T) {
        self.flight.land(Some(filled));
    }
}

impl<K: Hash + Eq, T> Drop for Lead<K, T> {
    fn drop(&mut self) {
        let mut open = self.flights.open();
        let is_current = open
            .get(&self.key)
            .is_some_and(|flight| Arc::ptr_eq(flight, &self.flight));
        if is_current {
            open.remove(&self.key);
        }
        drop(open);
        self.flight.land(None);
    }
}

impl<T> Flight<T> {
    /// Only the first landing counts.
    fn land(&self, filled: Option<T>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Flying(waiting) = &mut *state {
            let waiting = mem::take(waiting);
            *state = State::Landed(filled);
            drop(state);
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}

impl<T: Clone> Join<T> {
    /// What was filled; `None` if the leader went away or has nothing to share. It must be judged before it is used.
    pub(crate) async fn landed(mut self) -> Option<T> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let state = self.flight.state.lock();
        match &mut *state.unwrap_or_else(PoisonError::into_inner) {
            State::Landed(filled) => Poll::Ready(filled.clone()),
            State::Flying(waiting) => {
                match self.place {
                    Some(place) => waiting[place].clone_from(context.waker()),
                    None => {
                        self.place = Some(waiting.len());
                        waiting.push(context.waker().clone());
                    }
                }
                Poll::Pending
            }
        }
    }
}
