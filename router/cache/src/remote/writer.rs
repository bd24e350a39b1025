//! The task that writes entries.

use std::sync::{Arc, atomic::Ordering};

use tokio::{sync::mpsc, time::timeout};

use super::{Shared, session::Write};
use crate::{codec::Stored, key::Key, stamps::Standing, stats::count};

/// Entries that are written with one round trip, and their bytes.
const AT_ONCE: (usize, usize) = (64, 1 << 18);

/// An entry that waits to be written.
pub(super) struct Put {
    pub(super) key: Key,
    pub(super) stored: Stored,
    /// What it counts among those that wait.
    pub(super) bytes: usize,
}

pub(super) async fn run(shared: Arc<Shared>, mut queue: mpsc::Receiver<Put>) {
    let mut batch = Vec::with_capacity(AT_ONCE.0);
    while queue.recv_many(&mut batch, AT_ONCE.0).await > 0 {
        let (mut writes, mut bytes) = (Vec::with_capacity(batch.len()), 0);
        for put in batch.drain(..) {
            shared.waiting_bytes.fetch_sub(put.bytes, Ordering::Relaxed);
            let Some(write) = prepare(&shared, &put) else {
                continue;
            };
            bytes += write.bytes.len();
            writes.push(write);
            if bytes >= AT_ONCE.1 {
                send(&shared, std::mem::take(&mut writes), bytes).await;
                bytes = 0;
            }
        }
        if !writes.is_empty() {
            send(&shared, writes, bytes).await;
        }
    }
}

/// The entry as it is written; nothing if it is of no use any more.
fn prepare(shared: &Shared, put: &Put) -> Option<Write> {
    let entry = &put.stored.entry;
    let standing = shared.log.standing(entry.t0, &entry.tags);
    if matches!(standing, Standing::Invalidated | Standing::BelowFloor) {
        count(&shared.stats.puts_outdated);
        return None;
    }
    let age = entry.age(shared.settings.clock.unix_milliseconds());
    let rest = entry.lifetime().saturating_sub(age).as_millis();
    // Redis takes no more than what it can add to its own time.
    let milliseconds = u64::try_from(rest).unwrap_or(u64::MAX).min(1 << 50);
    (milliseconds > 0).then(|| Write {
        key: put.key,
        bytes: put.stored.encode(),
        milliseconds,
    })
}

async fn send(shared: &Shared, writes: Vec<Write>, bytes: usize) {
    let sent = writes.len();
    let Some(session) = shared.session() else {
        let dropped = &shared.stats.redis_writes_dropped;
        dropped.fetch_add(sent as u64, Ordering::Relaxed);
        return;
    };
    let written = timeout(shared.settings.write_timeout, session.write(writes)).await;
    let (refused, reason) = match written {
        Ok(Ok(0)) => (0, String::new()),
        Ok(Ok(refused)) => (refused, "entries were refused".to_owned()),
        Ok(Err(error)) => {
            session.broken.cancel();
            (sent, error.to_string())
        }
        Err(_) => (sent, "no answer in time".to_owned()),
    };
    let stats = &shared.stats;
    stats
        .redis_writes
        .fetch_add((sent - refused) as u64, Ordering::Relaxed);
    stats
        .redis_writes_failed
        .fetch_add(refused as u64, Ordering::Relaxed);
    if refused == 0 {
        stats
            .redis_bytes_written
            .fetch_add(bytes as u64, Ordering::Relaxed);
    } else {
        shared.warn("entries cannot be written to the cache's Redis", &reason);
    }
}
