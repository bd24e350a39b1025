//! A loader that asks for all keys of a level at once.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    future::poll_fn,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use indexmap::IndexMap;

use super::LoadQueue;

/// What loads many values of one kind of key at once. A type may load several kinds.
pub trait Loader<K: Key>: Send + Sync + 'static {
    /// What a key stands for.
    type Value: Clone + Send + 'static;
    /// Why nothing could be loaded.
    type Error: Clone + Send + 'static;

    /// Loads what there is of `keys`, which are all different and in the order they were first asked for.
    fn load(
        &self,
        keys: &[K],
    ) -> impl Future<Output = Result<HashMap<K, Self::Value>, Self::Error>> + Send;
}

/// What can be a key.
pub trait Key: Clone + Eq + Hash + Send + 'static {}

impl<K: Clone + Eq + Hash + Send + 'static> Key for K {}

/// Collects keys until its queue is driven. It keeps nothing between batches: a mutation's later fields must see
/// what its earlier fields wrote.
///
/// In place of async-graphql's `DataLoader`, which makes two maps, a set and a channel for each key.
pub struct BatchLoader<L> {
    shared: Arc<Shared<L>>,
    queue: LoadQueue,
}

struct Shared<L> {
    loader: L,
    /// By kind of key, the batch that keys are still added to: an `Arc<Batch<…>>`.
    open: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
}

type BatchOf<K, L> = Batch<K, <L as Loader<K>>::Value, <L as Loader<K>>::Error>;

impl<L> BatchLoader<L> {
    pub(super) fn new(loader: L, queue: LoadQueue) -> Self {
        let shared = Arc::new(Shared {
            loader,
            open: Mutex::default(),
        });
        Self { shared, queue }
    }

    /// Loads `key` with all others that are asked for before the execution has to wait.
    ///
    /// # Errors
    /// Those of the loader.
    pub async fn load_one<K: Key>(&self, key: K) -> Result<Option<L::Value>, L::Error>
    where
        L: Loader<K>,
    {
        let batch = self.open_batch();
        let key = batch.add(key);
        let mut waiter = None;
        poll_fn(|cx| batch.poll(key, &mut waiter, cx)).await
    }

    /// The batch that is still open, or a new one that runs when the queue is driven.
    fn open_batch<K: Key>(&self) -> Arc<BatchOf<K, L>>
    where
        L: Loader<K>,
    {
        let kind = TypeId::of::<K>();
        let mut open = lock(&self.shared.open);
        if let Some(batch) = open.get(&kind)
            && let Some(batch) = batch.downcast_ref::<Arc<BatchOf<K, L>>>()
        {
            return batch.clone();
        }
        let batch: Arc<BatchOf<K, L>> = Arc::default();
        open.insert(kind, Box::new(batch.clone()));
        let (shared, running) = (self.shared.clone(), batch.clone());
        self.queue.push(async move {
            lock(&shared.open).remove(&kind);
            let keys = running.keys();
            running.finish(shared.loader.load(&keys).await);
        });
        batch
    }
}

/// The keys that are loaded together, and who waits for them.
struct Batch<K, V, E>(Mutex<State<K, V, E>>);

struct State<K, V, E> {
    /// How many wait for each key.
    keys: IndexMap<K, usize, ahash::RandomState>,
    waiters: Vec<Waker>,
    /// The values in the order of the keys.
    outcome: Option<Result<Vec<Option<V>>, E>>,
}

impl<K, V, E> Default for Batch<K, V, E> {
    fn default() -> Self {
        Self(Mutex::new(State {
            keys: IndexMap::default(),
            waiters: Vec::new(),
            outcome: None,
        }))
    }
}

impl<K: Key, V: Clone, E: Clone> Batch<K, V, E> {
    /// Asks for a key; its place.
    fn add(&self, key: K) -> usize {
        let mut state = lock(&self.0);
        let entry = state.keys.entry(key);
        let place = entry.index();
        *entry.or_default() += 1;
        place
    }

    fn keys(&self) -> Vec<K> {
        lock(&self.0).keys.keys().cloned().collect()
    }

    fn finish(&self, loaded: Result<HashMap<K, V>, E>) {
        let waiters = {
            let mut state = lock(&self.0);
            let in_order = |mut values: HashMap<K, V>| {
                let values = state.keys.keys().map(|key| values.remove(key));
                values.collect()
            };
            state.outcome = Some(loaded.map(in_order));
            std::mem::take(&mut state.waiters)
        };
        waiters.into_iter().for_each(Waker::wake);
    }

    /// The value of the key at `place`, once it is loaded; only once. `waiter` is where the caller waits.
    fn poll(
        &self,
        place: usize,
        waiter: &mut Option<usize>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<V>, E>> {
        let state = &mut *lock(&self.0);
        let Some(outcome) = &mut state.outcome else {
            let known = waiter.and_then(|waiter| state.waiters.get(waiter));
            // Fields of one object have the same waker.
            let known = known.or(state.waiters.last());
            if !known.is_some_and(|known| known.will_wake(cx.waker())) {
                *waiter = Some(state.waiters.len());
                state.waiters.push(cx.waker().clone());
            }
            return Poll::Pending;
        };
        let values = match outcome {
            Ok(values) => values,
            Err(error) => return Poll::Ready(Err(error.clone())),
        };
        // The last one who waits for a value takes it.
        let waiting = state.keys.get_index_mut(place).map(|(_, waiting)| {
            *waiting = waiting.saturating_sub(1);
            *waiting
        });
        let value = values.get_mut(place).and_then(|value| match waiting {
            Some(0) => value.take(),
            _ => value.clone(),
        });
        Poll::Ready(Ok(value))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
