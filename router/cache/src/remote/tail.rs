//! The task that follows the log.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use redis::RedisResult;
use tokio::time::{sleep, timeout};

use super::{
    Shared,
    address::{CONNECT, failure},
    session::Session,
};
use crate::{log::Applied, news::News, position::Position, stats::count};

/// How long after a failure it is tried again: at first, and at most. While invalidations wait, always the first.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

/// The longest that the server holds a read back when there is nothing new.
const STEP: Duration = Duration::from_millis(100);

/// How much longer an answer may take before the connection counts as dead.
const PATIENCE: Duration = Duration::from_millis(500);

/// The longest that opening the log takes, reading what is left of it included.
const OPENING: Duration = Duration::from_secs(10);

pub(super) async fn run(shared: Arc<Shared>) {
    let mut pause = PAUSES.0;
    loop {
        let connecting = Session::connect(&shared.address, &shared.settings);
        let failed = match timeout(CONNECT, connecting).await {
            Ok(Ok(session)) => {
                let session = Arc::new(session);
                count(&shared.stats.connections);
                let (reason, was_open) = follow(&shared, &session).await;
                session.broken.cancel();
                shared.session.send_replace(None);
                if was_open {
                    pause = PAUSES.0;
                }
                reason
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no connection in time".to_owned(),
        };
        shared.warn("the connection to the cache's Redis is lost", &failed);
        let is_waited_for = shared.unpublished.load(Ordering::Relaxed) > 0;
        sleep(if is_waited_for { PAUSES.0 } else { pause }).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Opens the log and follows it until something goes wrong: says what, and whether it was open.
async fn follow(shared: &Shared, session: &Arc<Session>) -> (String, bool) {
    let opened = timeout(OPENING, open(shared, session)).await;
    match opened.unwrap_or_else(|_| Err(failure("the log was not opened in time"))) {
        Ok(()) => {}
        Err(error) => return (error.to_string(), false),
    }
    shared.session.send_replace(Some(Arc::clone(session)));
    tracing::debug!(cache.position = %shared.log.position(), "the cache's Redis is connected");
    let steps = async {
        loop {
            if let Err(error) = step(shared, session).await {
                return error.to_string();
            }
        }
    };
    let reason = tokio::select! {
        reason = steps => reason,
        () = session.broken.cancelled() => "a command failed".to_owned(),
    };
    (reason, true)
}

/// Reads what is new, and waits for more.
async fn step(shared: &Shared, session: &Session) -> RedisResult<()> {
    let clock = &shared.settings.clock;
    loop {
        let news = news(shared, session).await?;
        shared.breaker.observed(
            clock.now().saturating_duration_since(news.asked_at),
            clock.now(),
        );
        match shared.apply(&news) {
            Applied::Complete => break,
            Applied::More => {}
            Applied::Reopen => {
                count(&shared.stats.log_reopened);
                let opening = timeout(OPENING, open(shared, session)).await;
                opening.unwrap_or_else(|_| Err(failure("the log was not opened in time")))?;
            }
        }
    }
    let step = STEP.min(shared.settings.max_log_lag / 3);
    let milliseconds = (step.as_millis() as u64).max(1);
    let wait = session.wait_for_news(shared.log.position(), milliseconds);
    in_time(step + PATIENCE, wait).await
}

/// Makes sure that there is a log, and goes over to it if it is not the one that was followed.
async fn open(shared: &Shared, session: &Session) -> RedisResult<()> {
    loop {
        session.open(&shared.log).await?;
        let news = news(shared, session).await?;
        let past = match news.log {
            Some(log) if shared.log.generation() == 0 => {
                session.past(log.last, log.numbered, log.deleted).await?
            }
            _ => Vec::new(),
        };
        let applied = shared.log.adopt(&news, &past);
        shared.has_progressed(&news);
        match applied {
            Applied::Complete | Applied::More => return Ok(()),
            // It was lost again, or lost something that only a new one makes up for.
            Applied::Reopen => {}
        }
    }
}

async fn news(shared: &Shared, session: &Session) -> RedisResult<News> {
    let from: Position = shared.log.position();
    in_time(PATIENCE, session.tail_news(from)).await
}

async fn in_time<T>(time: Duration, reply: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let reply = timeout(time, reply).await;
    reply.unwrap_or_else(|_| Err(failure("no answer in time")))
}
