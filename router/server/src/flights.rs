//! Work that several ask for while it is under way, done once: a flight, which those who come in time join.
//!
//! **Whose work it is.** A flight belongs to all who wait for it. One of them polls it; the others sleep until it has
//! landed, however often it is polled meanwhile. Those of one thread sleep behind one of theirs, who wakes them when he
//! was woken: a thread is woken from outside once, not for each. When the one who polls goes away (its client hung up, its
//! time is over) another goes on from where the work stands; when the last one goes, the work is dropped. Nobody's deadline
//! bounds a flight: each waits as long as he can, and the work bounds itself. Who waits may be polled by different
//! threads and runtimes.
//!
//! **What comes of it** is for all alike, a failure or a panic as well as an answer, and is forgotten once the flight
//! has landed: who asks later asks anew. This is no cache.
//!
//! **How old an answer may be.** Who joins gets an answer whose making began before he asked. Three things bound what
//! that can mean:
//!
//! - Nobody joins a flight that began before the last mutation through this router began or ended ([`Mutations`]): who
//!   has seen a mutation's answer reads what it wrote.
//! - Nobody joins a flight that is older than [`joinable_for`] says, at most a second. Changes that this router knows
//!   nothing of (through another router, past the API) are missed by no more than that.
//! - A flight that hangs takes along only those who came in its first moments.
//!
//! Who must know of every change from before he began, and cannot learn of any that others made, joins only a flight that
//! began after he did ([`Terms::began`]): that reads what was there when he began. He waits while one is under way that began before
//! ([`Flights::queue`]), with all who are in his position: the next flight is for all of them. So however many they are, there is
//! one flight at a time, and each waits for two at most.
//!
//! **What is equal** is decided by `Eq` of the key; its hash, keyed by chance, only leads there.

use std::{
    any::Any,
    convert::Infallible,
    fmt,
    future::poll_fn,
    hash::{Hash, Hasher},
    mem,
    panic::{AssertUnwindSafe, resume_unwind},
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    thread::{self, ThreadId},
    time::Duration,
};

use ahash::RandomState;
use futures::{FutureExt, future::BoxFuture};
use hashbrown::{HashTable, hash_table::Entry};
use http::HeaderMap;
use router_executor::Moment;
use smallvec::SmallVec;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

use crate::mutations::{Epoch, Mutations};

/// Larger requests are not compared with others: equal ones are rare, and reading them takes longer than it may save.
pub(crate) const MOST_BYTES: usize = 1 << 20;

/// No flight is joined when it is older.
const JOINABLE: Duration = Duration::from_secs(1);

/// A mistake of this module's.
const LOST: &str = "what came of shared work is lost";

/// How long after its beginning a flight is joined that may take `timeout`: whoever joins has most of his time left when
/// it gives up.
pub(crate) fn joinable_for(timeout: Duration) -> Duration {
    JOINABLE.min(timeout / 8)
}

/// Adds `headers` to a key's hash; equal ones alike, in whichever order their names came.
pub(crate) fn hash_headers<H: Hasher>(headers: &HeaderMap, state: &mut H) {
    static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let pairs = headers.iter().map(|pair| KEYS.hash_one(pair));
    state.write_u64(pairs.fold(headers.len() as u64, u64::wrapping_add));
}

/// What is under way, by what was asked.
pub(crate) struct Flights<K, T> {
    /// Those that can be found; each has somebody who waits for it.
    open: Mutex<HashTable<Arc<Flight<K, T>>>>,
    hasher: RandomState,
    joinable: Duration,
    mutations: Arc<Mutations>,
}

/// Which flights somebody joins, besides what holds for all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    /// Those that began less long ago; `None`: it does not matter.
    pub(crate) within: Option<Duration>,
    /// Those that began later than he did.
    pub(crate) began: Option<Moment>,
}

struct Flight<K, T> {
    key: K,
    hash: u64,
    began: Instant,
    /// Among the moments at which those began who want to join.
    moment: Moment,
    /// [`Mutations::epoch`] when it began.
    epoch: Epoch,
    /// How many wait; changed only while the table is locked.
    waiting: AtomicUsize,
    /// The one permit is for who polls; closed once the flight has landed.
    turn: Semaphore,
    /// For each thread that somebody asked from: the one permit is for who waits for `turn` there. Changed only while
    /// the table is locked.
    threads: Mutex<SmallVec<[TurnHere; 2]>>,
    /// What is left of the work. Only who has the permit locks it.
    work: Mutex<Option<BoxFuture<'static, Landed<T>>>>,
    landed: OnceLock<Result<T, Panicked>>,
    /// Closed once it has landed or is given up.
    ended: Semaphore,
}

/// Who waits for the flight on a thread.
type TurnHere = (ThreadId, Arc<Semaphore>);

type Landed<T> = Result<T, Box<dyn Any + Send>>;

/// The message of a panic, for those who did not see it.
struct Panicked(String);

/// One of those who wait for a flight.
#[must_use = "without anybody who waits the work is dropped"]
pub(crate) struct Waiter<'f, K, T> {
    flights: &'f Flights<K, T>,
    flight: Arc<Flight<K, T>>,
    /// That of the thread on which it was made; where it waits does not matter.
    turn_here: Arc<Semaphore>,
    joined: bool,
}

impl<K, T> Flights<K, T> {
    /// None yet; they are joined for `joinable` after their beginning.
    pub(crate) fn new(joinable: Duration, mutations: Arc<Mutations>) -> Self {
        Self {
            open: Mutex::default(),
            hasher: RandomState::new(),
            joinable,
            mutations,
        }
    }

    /// Nothing that could panic half-way is done with the table.
    fn open(&self) -> MutexGuard<'_, HashTable<Arc<Flight<K, T>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes `flight` out of the table, unless a later one is there in its place.
    fn close(
        open: &mut HashTable<Arc<Flight<K, T>>>,
        flight: &Arc<Flight<K, T>>,
    ) -> Option<Arc<Flight<K, T>>> {
        let found = open.find_entry(flight.hash, |other| Arc::ptr_eq(other, flight));
        Some(found.ok()?.remove().0)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.open().len()
    }
}

impl<K: Hash + Eq, T: Clone + Send + 'static> Flights<K, T> {
    /// Waits for what `key` asks for: a flight that is under way, if one can be joined, or else the work that `begin`
    /// gives. `begin` only makes the future; it is called while others wait to get in.
    pub(crate) fn join<W>(
        &self,
        key: K,
        terms: Terms,
        begin: impl FnOnce(&K) -> W,
    ) -> Waiter<'_, K, T>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let none = |_: &K| None::<Infallible>;
        match self.join_unless(key, terms, none, begin) {
            Ok(waiter) => waiter,
            Err(known) => match known {},
        }
    }

    /// The same, unless what it would come to is `known`, which is looked at when no flight can be joined: what the work
    /// left there before its flight landed is not missed. It is quick, for others wait to get in meanwhile.
    pub(crate) fn join_unless<N, W>(
        &self,
        key: K,
        terms: Terms,
        known: impl FnOnce(&K) -> Option<N>,
        begin: impl FnOnce(&K) -> W,
    ) -> Result<Waiter<'_, K, T>, N>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let hash = self.hasher.hash_one(&key);
        let now = Instant::now();
        let mut open = self.open();
        let epoch = self.mutations.epoch();
        let place = open.entry(hash, |flight| flight.key == key, |flight| flight.hash);
        if let Entry::Occupied(found) = &place
            && let flight = found.get()
            && self.may_join(flight, terms, epoch, now)
        {
            flight.waiting.fetch_add(1, Ordering::Relaxed);
            return Ok(Waiter {
                flights: self,
                turn_here: flight.turn_here(),
                flight: Arc::clone(flight),
                joined: true,
            });
        }
        if let Some(known) = known(&key) {
            return Err(known);
        }
        let work = AssertUnwindSafe(begin(&key)).catch_unwind().boxed();
        let flight = Arc::new(Flight {
            key,
            hash,
            began: now,
            // Before the work begins.
            moment: Moment::now(),
            epoch,
            waiting: AtomicUsize::new(1),
            turn: Semaphore::new(1),
            threads: Mutex::default(),
            work: Mutex::new(Some(work)),
            landed: OnceLock::new(),
            ended: Semaphore::new(0),
        });
        // One that cannot be joined any more goes on for those who wait for it.
        let replaced = match place {
            Entry::Occupied(mut found) => Some(mem::replace(found.get_mut(), Arc::clone(&flight))),
            Entry::Vacant(place) => {
                place.insert(Arc::clone(&flight));
                None
            }
        };
        drop(open);
        drop(replaced);
        Ok(Waiter {
            flights: self,
            turn_here: flight.turn_here(),
            flight,
            joined: false,
        })
    }

    fn may_join(&self, flight: &Flight<K, T>, terms: Terms, epoch: Epoch, now: Instant) -> bool {
        let age = now.duration_since(flight.began);
        let is_later = || terms.began.is_some_and(|began| flight.moment > began);
        let is_recent = || terms.within.is_none_or(|within| age < within);
        flight.epoch == epoch && age < self.joinable && (is_recent() || is_later())
    }

    /// Waits while a flight for `key` is under way that only whoever knows what happened since may join, if this is somebody
    /// who does not and says when he began: those who wait share the next one. Not for longer than flights are joined.
    pub(crate) async fn queue(&self, key: &K, terms: Terms) {
        if terms.within != Some(Duration::ZERO) || terms.began.is_none() {
            return;
        }
        let hash = self.hasher.hash_one(key);
        let now = Instant::now();
        let flight = {
            let open = self.open();
            let found = open.find(hash, |flight| flight.key == *key);
            let is_in_the_way = |flight: &&Arc<Flight<K, T>>| {
                let epoch = self.mutations.epoch();
                !self.may_join(flight, terms, epoch, now)
                    && self.may_join(flight, Terms::default(), epoch, now)
            };
            found.filter(is_in_the_way).cloned()
        };
        if let Some(flight) = flight {
            let _ = timeout_at(flight.began + self.joinable, flight.ended.acquire()).await;
        }
    }

    /// The flight of who polled it has landed: nobody joins it any more, and the others are woken.
    fn land(&self, flight: &Arc<Flight<K, T>>, landed: Landed<T>) -> Landed<T> {
        let mut open = self.open();
        let closed = Self::close(&mut open, flight);
        let is_alone = flight.waiting.load(Ordering::Relaxed) == 1;
        drop(open);
        drop(closed);
        if !is_alone {
            let shared = match &landed {
                Ok(answer) => Ok(answer.clone()),
                Err(panic) => Err(Panicked::with(panic)),
            };
            // Only one has the permit, and only until here.
            let _ = flight.landed.set(shared);
        }
        flight.turn.close();
        flight.ended.close();
        landed
    }
}

impl<K, T> Flight<K, T> {
    /// The semaphore of this thread.
    fn turn_here(&self) -> Arc<Semaphore> {
        let here = thread::current().id();
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, turn)) = threads.iter().find(|(thread, _)| *thread == here) {
            return Arc::clone(turn);
        }
        let turn = Arc::new(Semaphore::new(1));
        threads.push((here, Arc::clone(&turn)));
        turn
    }

    /// Goes on with the work; for who has the permit.
    fn poll(&self, context: &mut Context<'_>) -> Poll<Landed<T>> {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(future) = work.as_mut() else {
            return Poll::Ready(Err(Box::new(LOST)));
        };
        let landed = ready!(future.as_mut().poll(context));
        let finished = work.take();
        drop(work);
        drop(finished);
        Poll::Ready(landed)
    }
}

impl<K: Hash + Eq, T: Clone + Send + 'static> Waiter<'_, K, T> {
    /// Whether somebody else began the flight.
    pub(crate) fn has_joined(&self) -> bool {
        self.joined
    }

    /// When the flight began.
    pub(crate) fn began(&self) -> Instant {
        self.flight.began
    }

    /// What comes of it. Panics if the work does.
    pub(crate) async fn answer(self) -> T {
        // Without a permit somebody of this thread saw it land.
        if let Ok(_turn_here) = self.turn_here.acquire().await {
            let turn = self.flight.turn.acquire().await;
            let landed = match turn {
                Ok(_turn) => {
                    let landed = poll_fn(|context| self.flight.poll(context)).await;
                    Some(self.flights.land(&self.flight, landed))
                }
                Err(_) => None,
            };
            self.turn_here.close();
            if let Some(landed) = landed {
                return landed.unwrap_or_else(|panic| resume_unwind(panic));
            }
        }
        match self.flight.landed.get() {
            Some(Ok(answer)) => answer.clone(),
            Some(Err(Panicked(message))) => resume_unwind(Box::new(message.clone())),
            // Whoever lands a flight that others wait for leaves them the answer before he closes it.
            None => resume_unwind(Box::new(LOST)),
        }
    }
}

impl<K, T> Drop for Waiter<'_, K, T> {
    fn drop(&mut self) {
        if self.flight.turn.is_closed() {
            return;
        }
        let mut open = self.flights.open();
        let abandoned = match self.flight.waiting.fetch_sub(1, Ordering::Relaxed) {
            1 => Flights::close(&mut open, &self.flight),
            _ => None,
        };
        // The work is dropped with the flight, which may take its time: not while others wait to get in.
        drop(open);
        if let Some(flight) = abandoned {
            flight.ended.close();
        }
    }
}

impl<K, T> fmt::Debug for Flights<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights")
            .field("joinable", &self.joinable)
            .finish_non_exhaustive()
    }
}

impl Panicked {
    fn with(panic: &Box<dyn Any + Send>) -> Self {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Self(text.unwrap_or_else(|| "no message".to_owned()))
    }
}

#[cfg(test)]
mod tests;
