//! The part of a cache that is in Redis: one session at a time, and the tasks that work with it.
//!
//! - the *tail* connects, opens the log, follows it, and starts again when anything goes wrong;
//! - the *appender* publishes invalidations, as often as it takes;
//! - the *writer* writes entries, or drops them.

mod address;
mod appender;
mod replies;
mod session;
mod tail;
mod writer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) use self::address::Address;
use self::{
    appender::Pending,
    session::{Session, is_refusal},
    writer::Put,
};
use crate::{
    breaker::Breaker,
    codec::Stored,
    key::Key,
    log::{Applied, Log},
    look_up::Unavailable,
    news::News,
    position::Position,
    settings::Settings,
    stats::{Stats, count},
    tag::{Mode, Tag},
    warnings::Warnings,
};

/// The part of a cache that is in Redis. Its tasks end with it.
pub(crate) struct Remote {
    shared: Arc<Shared>,
    puts: mpsc::Sender<Put>,
    appends: mpsc::Sender<Pending>,
    _stop: DropGuard,
}

/// What the tasks have in common.
struct Shared {
    address: Address,
    settings: Settings,
    log: Arc<Log>,
    stats: Arc<Stats>,
    breaker: Breaker,
    warnings: Warnings,
    session: watch::Sender<Option<Arc<Session>>>,
    /// Told each time news was applied.
    progress: watch::Sender<()>,
    /// Invalidations that are not published yet.
    unpublished: AtomicUsize,
    /// Whether invalidations were lost for want of room: everything must be invalidated instead.
    owes_reset: AtomicBool,
    /// Bytes of entries that wait to be written.
    waiting_bytes: AtomicUsize,
    stop: CancellationToken,
}

impl Remote {
    /// Starts the tasks; whether Redis is there shows later.
    pub(crate) fn start(
        address: Address,
        settings: Settings,
        log: Arc<Log>,
        stats: Arc<Stats>,
    ) -> Self {
        let stop = CancellationToken::new();
        let (puts, queued_puts) = mpsc::channel(settings.write_queue.0.max(1));
        let (appends, queued_appends) = mpsc::channel(settings.append_queue.max(1));
        let shared = Arc::new(Shared {
            address,
            breaker: Breaker::new(settings.read_budget),
            settings,
            log,
            stats,
            warnings: Warnings::default(),
            session: watch::Sender::new(None),
            progress: watch::Sender::new(()),
            unpublished: AtomicUsize::new(0),
            owes_reset: AtomicBool::new(false),
            waiting_bytes: AtomicUsize::new(0),
            stop: stop.clone(),
        });
        tokio::spawn(
            stop.clone()
                .run_until_cancelled_owned(tail::run(shared.clone())),
        );
        tokio::spawn(
            stop.clone()
                .run_until_cancelled_owned(appender::run(shared.clone(), queued_appends)),
        );
        tokio::spawn(
            stop.clone()
                .run_until_cancelled_owned(writer::run(shared.clone(), queued_puts)),
        );
        Self {
            shared,
            puts,
            appends,
            _stop: stop.drop_guard(),
        }
    }

    /// The values of `keys`; with `with_news`, everything that was in the log by now has been applied.
    pub(crate) async fn read(
        &self,
        keys: &[Key],
        with_news: bool,
    ) -> Result<Vec<Option<Bytes>>, Unavailable> {
        let shared = &self.shared;
        let session = shared.session().ok_or(Unavailable::Disconnected)?;
        if !shared.breaker.admits() {
            return Err(Unavailable::Breaker);
        }
        count(&shared.stats.redis_reads);
        let read = shared.read(&session, keys, with_news);
        let read = timeout(shared.settings.read_budget, read).await;
        let now = shared.settings.clock.now();
        let (reason, unavailable) = match read {
            Ok(Ok(Some(values))) => {
                shared.breaker.succeeded(now);
                return Ok(values);
            }
            // Redis is well; it is the log that has to be opened again, which the tail does.
            Ok(Ok(None)) => {
                shared.breaker.succeeded(now);
                return Err(Unavailable::Log);
            }
            Ok(Err(error)) => {
                count(&shared.stats.redis_failures);
                if !is_refusal(&error) {
                    session.broken.cancel();
                }
                (error.to_string(), Unavailable::Failed)
            }
            Err(_) => {
                count(&shared.stats.redis_timeouts);
                ("no answer in time".to_owned(), Unavailable::Timeout)
            }
        };
        shared.breaker.failed(now);
        shared.warn("the cache's Redis cannot be read", &reason);
        Err(unavailable)
    }

    /// Writes an entry some time, if there is room.
    pub(crate) fn put(&self, key: Key, stored: Stored) {
        let shared = &self.shared;
        let bytes = stored.entry.weight() as usize;
        let is_worth_it = shared.session.borrow().is_some()
            && shared.breaker.phase() == crate::breaker::BreakerPhase::Closed
            && shared.waiting_bytes.load(Ordering::Relaxed) + bytes
                <= shared.settings.write_queue.1;
        if is_worth_it {
            shared.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
            if self.puts.try_send(Put { key, stored, bytes }).is_ok() {
                return;
            }
            shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        count(&shared.stats.redis_writes_dropped);
    }

    /// Publishes an invalidation. `None`: not within the time for it; it will be as soon as possible.
    pub(crate) async fn append(&self, tags: Vec<Tag>, mode: Mode) -> Option<Position> {
        let shared = &self.shared;
        let (done, published) = oneshot::channel();
        shared.unpublished.fetch_add(1, Ordering::Relaxed);
        let pending = Pending { tags, mode, done };
        if self.appends.try_send(pending).is_err() {
            shared.unpublished.fetch_sub(1, Ordering::Relaxed);
            shared.owes_reset.store(true, Ordering::Release);
            return None;
        }
        let published = timeout(shared.settings.append_wait, published).await;
        published.ok()?.ok()
    }

    /// Waits until everything up to `position` is known here.
    pub(crate) async fn wait_until(&self, position: Position) {
        let mut progress = self.shared.progress.subscribe();
        while self.shared.log.position() < position {
            if progress.changed().await.is_err() {
                return;
            }
        }
    }

    /// Gives what is not published yet the time that an invalidation has, and stops.
    pub(crate) async fn shut_down(&self) {
        let published = async {
            while self.unpublished() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let _ = timeout(self.shared.settings.append_wait, published).await;
        self.shared.stop.cancel();
        self.shared.session.send_replace(None);
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.shared.session.borrow().is_some()
    }

    pub(crate) fn breaker(&self) -> &Breaker {
        &self.shared.breaker
    }

    pub(crate) fn unpublished(&self) -> usize {
        self.shared.unpublished.load(Ordering::Relaxed)
    }

    /// Waits until there is a session.
    pub(crate) async fn connected(&self) {
        let mut session = self.shared.session.subscribe();
        let _ = session.wait_for(Option::is_some).await;
    }
}

impl Shared {
    fn session(&self) -> Option<Arc<Session>> {
        self.session.borrow().clone()
    }

    /// `None`: the log has to be opened again.
    async fn read(
        &self,
        session: &Session,
        keys: &[Key],
        with_news: bool,
    ) -> redis::RedisResult<Option<Vec<Option<Bytes>>>> {
        let from = with_news.then(|| self.log.position());
        let (values, news) = session.read(keys, from).await?;
        let Some(mut news) = news else {
            return Ok(Some(values));
        };
        loop {
            match self.apply(&news) {
                Applied::Complete => return Ok(Some(values)),
                Applied::More => news = session.news(self.log.position()).await?,
                Applied::Reopen => return Ok(None),
            }
        }
    }

    fn apply(&self, news: &News) -> Applied {
        let applied = self.log.apply(news);
        self.has_progressed(news);
        applied
    }

    fn has_progressed(&self, news: &News) {
        let read = news.entries.len() as u64;
        self.stats.log_entries.fetch_add(read, Ordering::Relaxed);
        self.progress.send_replace(());
    }

    fn warn(&self, message: &str, reason: &str) {
        let now = self.settings.clock.now();
        self.warnings.warn(now, |held_back| {
            tracing::warn!(
                reason,
                cache.warnings_held_back = held_back,
                "{message}; answers come from the origin"
            );
        });
    }
}
