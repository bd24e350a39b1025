//! Where subgraphs are: connections to one host and port, kept for the next request.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::{Buf, Bytes};
use http::Uri;
use http::uri::Authority;
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::time::Instant;
use tower_service::Service;

use super::answer::Incoming;
use super::connection::{Answer, Connection, Failure};
use crate::transport::chain;
use crate::transport::client::IDLE;

/// Threads that have connections of their own; further ones share.
const SHARDS: usize = 64;
/// Connections that a thread keeps to one origin.
const MAX_IDLE: usize = 512;
/// What the head of an answer has at most, mostly.
const HEAD_BYTES: usize = 1 << 10;
/// Room that is made for an answer before anything of it came: at least, and at most.
const CAPACITY: (usize, usize) = (4 << 10, 1 << 20);

/// A request and what is known of its answer.
pub(in crate::transport) struct Call {
    pub(in crate::transport) head: Bytes,
    pub(in crate::transport) body: Bytes,
    /// Whether it may go out a second time, by a new connection, if a connection that was kept breaks before anything
    /// was answered.
    pub(in crate::transport) may_repeat: bool,
    /// Bytes that the answer will probably have.
    pub(in crate::transport) expected: usize,
    /// Bytes that it may have.
    pub(in crate::transport) limit: usize,
}

/// The origins that are known.
pub(in crate::transport) struct Origins {
    connector: HttpConnector,
    known: Mutex<HashMap<Authority, Weak<Origin>>>,
}

impl Origins {
    pub(in crate::transport) fn new(connector: HttpConnector) -> Self {
        Self {
            connector,
            known: Mutex::default(),
        }
    }

    /// The origin of `uri`, which has an authority; the same for all that have the same.
    pub(in crate::transport) fn of(&self, uri: &Uri, authority: &Authority) -> Arc<Origin> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(origin) = known.get(authority).and_then(Weak::upgrade) {
            return origin;
        }
        known.retain(|_, origin| origin.strong_count() > 0);
        let origin = Arc::new(Origin {
            uri: uri.clone(),
            connector: self.connector.clone(),
            shards: std::array::from_fn(|_| Shard::default()),
        });
        known.insert(authority.clone(), Arc::downgrade(&origin));
        origin
    }
}

/// One host and port.
pub(in crate::transport) struct Origin {
    uri: Uri,
    connector: HttpConnector,
    shards: [Shard; SHARDS],
}

/// A thread's connections: they are woken by the runtime they were made on.
#[derive(Default)]
struct Shard {
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// The one used last is at the back.
    connections: VecDeque<(Connection, Instant)>,
    /// Whether somebody will close those that are not used.
    is_watched: bool,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin")
            .field("uri", &self.uri)
            .finish_non_exhaustive()
    }
}

impl Origin {
    /// Sends a request.
    pub(in crate::transport) async fn call(
        self: &Arc<Self>,
        call: &Call,
    ) -> Result<Answer, Failure> {
        if let Some(connection) = self.kept() {
            match self.exchange(connection, call).await {
                // It was kept for too long, as were the others.
                Err(Failure::Unanswered(_)) if call.may_repeat => self.forget(),
                outcome => return outcome,
            }
        }
        let connection = self.connect().await?;
        self.exchange(connection, call).await
    }

    async fn exchange(
        self: &Arc<Self>,
        connection: Connection,
        call: &Call,
    ) -> Result<Answer, Failure> {
        let capacity = call.expected.saturating_add(HEAD_BYTES);
        let incoming = Incoming::new(capacity.clamp(CAPACITY.0, CAPACITY.1), call.limit);
        let request = call.head.clone().chain(call.body.clone());
        let (answer, connection) = connection.exchange(request, incoming).await?;
        if let Some(connection) = connection {
            self.keep(connection);
        }
        Ok(answer)
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let mut connector = self.connector.clone();
        let ready = std::future::poll_fn(|cx| connector.poll_ready(cx)).await;
        ready.map_err(|error| Failure::Connect(chain(&error)))?;
        let stream = connector.call(self.uri.clone()).await;
        let stream = stream.map_err(|error| Failure::Connect(chain(&error)))?;
        Ok(Connection::new(stream.into_inner(), shard_of_thread()))
    }

    fn shard(&self) -> &Shard {
        &self.shards[shard_of_thread()]
    }

    /// A connection that is in order.
    fn kept(&self) -> Option<Connection> {
        let mut idle = self.shard().lock();
        while let Some((connection, since)) = idle.connections.pop_back() {
            if since.elapsed() < IDLE && connection.is_idle() {
                return Some(connection);
            }
        }
        None
    }

    fn forget(&self) {
        self.shard().lock().connections.clear();
    }

    /// Keeps a connection for the thread that made it, whoever used it in between.
    fn keep(self: &Arc<Self>, connection: Connection) {
        let index = connection.shard;
        let mut idle = self.shards[index].lock();
        if idle.connections.len() < MAX_IDLE {
            idle.connections.push_back((connection, Instant::now()));
        }
        if !std::mem::replace(&mut idle.is_watched, true) {
            tokio::spawn(watch(Arc::downgrade(self), index));
        }
    }
}

impl Shard {
    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes connections of a shard that are not used, for as long as there are any.
async fn watch(origin: Weak<Origin>, index: usize) {
    loop {
        tokio::time::sleep(IDLE / 2).await;
        let Some(origin) = origin.upgrade() else {
            return;
        };
        let mut idle = origin.shards[index].lock();
        idle.connections
            .retain(|(connection, since)| since.elapsed() < IDLE && connection.is_idle());
        if idle.connections.is_empty() {
            idle.is_watched = false;
            return;
        }
    }
}

/// A number of this thread.
fn shard_of_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: usize = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
    }
    SHARD.with(|shard| *shard)
}
