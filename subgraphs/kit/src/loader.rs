//! Per-request loaders without a timer.
//!
//! async-graphql's `DataLoader` waits a millisecond to collect keys. Here batches go to a queue
//! instead, and [`LoadQueue::drive`] polls the execution first: only when the execution cannot go on
//! without data does the queue run. All the keys one level of a query asks for are then in the queue,
//! so a level costs exactly one batch per loader, whatever the number of keys, and no time is slept.

mod batch;

use std::{
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures::{
    future::{BoxFuture, poll_fn},
    stream::{FuturesUnordered, Stream},
};

pub use batch::{BatchLoader, Key, Loader};

/// How often an execution that wakes itself is polled again before the runtime gets its turn.
const SELF_WAKES_PER_TURN: usize = 64;

/// The batches one request waits for. Clones share the queue.
#[derive(Clone, Default)]
pub struct LoadQueue(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

impl LoadQueue {
    /// A loader whose batches run when this queue is driven.
    pub fn loader<L>(&self, loader: L) -> BatchLoader<L> {
        BatchLoader::new(loader, self.clone())
    }

    /// Runs `execution` to its end, and queued batches whenever it cannot proceed.
    ///
    /// A new round of batches starts when the previous round is complete, which makes the number of
    /// batches depend on the query's shape alone and not on which database answer came first.
    pub async fn drive<F: Future>(&self, execution: F) -> F::Output {
        // Batches hold what holds this queue; a request given up half-way must not keep itself alive.
        let _abandoned = ClearOnDrop(self);
        let mut execution = pin!(execution);
        let signal = Arc::new(Signal::default());
        let waker = Waker::from(signal.clone());
        let mut running = FuturesUnordered::new();
        signal.woken.store(true, Ordering::Release);
        poll_fn(move |cx| {
            signal.set_parent(cx.waker());
            let mut turns = 0;
            loop {
                if signal.woken.swap(false, Ordering::AcqRel) {
                    if let Poll::Ready(output) =
                        execution.as_mut().poll(&mut Context::from_waker(&waker))
                    {
                        return Poll::Ready(output);
                    }
                    // Nested lists yield by waking themselves although fields below them have not
                    // been polled yet; starting batches now would split a level in two.
                    if signal.woken.load(Ordering::Acquire) {
                        turns += 1;
                        if turns < SELF_WAKES_PER_TURN {
                            continue;
                        }
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                }
                if running.is_empty() {
                    running.extend(self.take());
                    if running.is_empty() {
                        return Poll::Pending;
                    }
                }
                while let Poll::Ready(Some(())) = std::pin::Pin::new(&mut running).poll_next(cx) {}
                if !running.is_empty() && !signal.woken.load(Ordering::Acquire) {
                    return Poll::Pending;
                }
            }
        })
        .await
    }

    fn push(&self, batch: impl Future<Output = ()> + Send + 'static) {
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        batches.push(Box::pin(batch));
    }

    fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct ClearOnDrop<'a>(&'a LoadQueue);

impl Drop for ClearOnDrop<'_> {
    fn drop(&mut self) {
        drop(self.0.take());
    }
}

/// The execution's waker: remembers that it was woken and passes the wake on to the task.
#[derive(Default)]
struct Signal {
    woken: AtomicBool,
    parent: Mutex<Option<Waker>>,
}

impl Signal {
    fn set_parent(&self, waker: &Waker) {
        let mut parent = self.parent.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *parent {
            Some(current) => current.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // A wake during the execution's own poll needs no second notice, but cannot be told apart
        // from one that comes from another thread, so the task is woken in both cases.
        if !self.woken.swap(true, Ordering::AcqRel)
            && let Some(parent) = &*self.parent.lock().unwrap_or_else(PoisonError::into_inner)
        {
            parent.wake_by_ref();
        }
    }
}

/// Groups loader keys by the part that must be equal within one statement (page arguments, filter),
/// in the order of first appearance, each with its parents sorted.
pub fn group_by_args<P, A>(keys: &[(P, A)]) -> Vec<(A, Vec<P>)>
where
    P: Clone + Ord,
    A: Clone + Eq,
{
    let mut groups: Vec<(A, Vec<P>)> = Vec::new();
    for (parent, args) in keys {
        match groups.iter_mut().find(|(known, _)| known == args) {
            Some((_, parents)) => parents.push(parent.clone()),
            None => groups.push((args.clone(), vec![parent.clone()])),
        }
    }
    for (_, parents) in &mut groups {
        parents.sort_unstable();
        parents.dedup();
    }
    groups
}

#[cfg(test)]
mod tests;
