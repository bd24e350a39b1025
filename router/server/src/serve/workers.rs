//! Threads that serve connections, each with a runtime of its own.
//!
//! A connection stays on one thread, and so do the calls to subgraphs that its requests make: nothing that happens to
//! a request wakes another thread. `docs/decisions/0008` has the figures.

use std::{
    io,
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
    task::JoinSet,
};

/// Shorter than usual time limits.
const BEAT: Duration = Duration::from_secs(1);

/// The threads. They end, and whatever runs on them, when this is dropped.
pub(super) struct Workers(Vec<Worker>);

struct Worker {
    runtime: Handle,
    /// How many tasks run there.
    load: Arc<AtomicUsize>,
    /// Its end is the thread's.
    _running: oneshot::Sender<()>,
}

impl Workers {
    /// As many threads as asked for; without a number one for each processor that this process may use.
    pub(super) fn start(count: Option<NonZero<usize>>) -> io::Result<Self> {
        let count = match count {
            Some(count) => count,
            None => thread::available_parallelism()?,
        };
        (0..count.get())
            .map(Worker::start)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Runs `task`, which is part of `tasks`, on the thread that has the fewest.
    pub(super) fn spawn(
        &self,
        tasks: &mut JoinSet<()>,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let least = self
            .0
            .iter()
            .min_by_key(|worker| worker.load.load(Ordering::Relaxed));
        let Some(worker) = least else { return };
        let counted = Counted::new(&worker.load);
        let task = async move {
            task.await;
            drop(counted);
        };
        tasks.spawn_on(task, &worker.runtime);
    }
}

impl Worker {
    fn start(index: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel::<()>();
        let name = format!("weft-worker-{index}");
        thread::Builder::new().name(name).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    // Nothing is ever sent: the other side is dropped.
                    _ = ended => {}
                    () = beat() => {}
                }
            });
            // A planner that still thinks is not waited for.
            runtime.shutdown_background();
        })?;
        Ok(Self {
            runtime: handle,
            load: Arc::default(),
            _running: running,
        })
    }
}

/// Never ends. A runtime tells itself of each timer that is earlier than all others, by a write and an empty wait, and
/// time limits of requests often are. With this one they are not.
async fn beat() {
    loop {
        tokio::time::sleep(BEAT).await;
    }
}

/// One more task for as long as it exists.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(load: &Arc<AtomicUsize>) -> Self {
        load.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(load))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
