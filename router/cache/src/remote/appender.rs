//! The task that publishes invalidations.
//!
//! An append that was not answered in time may be carried out all the same, even much later. It is repeated: a tag that
//! is stamped twice costs a miss at most.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};

use super::{Shared, session::is_refusal};
use crate::{
    position::Position,
    tag::{Mode, Tag},
};

/// Invalidations that are published with one round trip.
const AT_ONCE: usize = 64;

/// How long after a failure it is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// An invalidation that is not published yet.
pub(super) struct Pending {
    pub(super) tags: Vec<Tag>,
    pub(super) mode: Mode,
    /// Who waits, if he still does.
    pub(super) done: oneshot::Sender<Position>,
}

pub(super) async fn run(shared: Arc<Shared>, mut queue: mpsc::Receiver<Pending>) {
    let mut batch = Vec::with_capacity(AT_ONCE);
    while queue.recv_many(&mut batch, AT_ONCE).await > 0 {
        let published = loop {
            if let Some(published) = publish(&shared, &batch).await {
                break published;
            }
            sleep(PAUSE).await;
        };
        for (pending, at) in batch.drain(..).zip(published) {
            shared.unpublished.fetch_sub(1, Ordering::Relaxed);
            // Who does not wait any more was told that it is not published.
            let _ = pending.done.send(at);
        }
    }
}

/// Where in the log `batch` is, and this replica knows it; `None` if that cannot be said yet.
async fn publish(shared: &Shared, batch: &[Pending]) -> Option<Vec<Position>> {
    let mut sessions = shared.session.subscribe();
    let session = sessions.wait_for(Option::is_some).await.ok()?.clone()?;
    let owes_reset = shared.owes_reset.swap(false, Ordering::AcqRel);
    let invalidations: Vec<_> = batch
        .iter()
        .map(|pending| (&pending.tags[..], pending.mode))
        .collect();
    let append = session.append(&invalidations, owes_reset, &shared.log);
    let reason = match timeout(shared.settings.write_timeout, append).await {
        Ok(Ok((positions, news))) => {
            for (pending, &at) in batch.iter().zip(&positions) {
                shared.log.stamps.stamp(&pending.tags, pending.mode, at);
            }
            shared.apply(&news);
            return Some(positions);
        }
        Ok(Err(error)) => {
            if !is_refusal(&error) {
                session.broken.cancel();
            }
            error.to_string()
        }
        Err(_) => "no answer in time".to_owned(),
    };
    if owes_reset {
        shared.owes_reset.store(true, Ordering::Release);
    }
    shared.warn("invalidations are not published", &reason);
    None
}
