//! Accepting connections: as many at once as are allowed, each served by a task of its own.

use std::{net::TcpStream, sync::Arc, time::Duration};

use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    net::TcpListener,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};

use super::{connection::Connection, workers::Workers};
use crate::{
    client_address::PeerAddress,
    config::{Config, Timeouts},
    http::Routes,
};

/// HTTP/2 streams a connection may have open.
const MAX_STREAMS: u32 = 256;
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// How long to wait after a failed `accept`, which mostly means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// One address and what is answered there.
pub(super) struct Acceptor {
    listener: TcpListener,
    routes: Routes,
    /// Where connections are served; here if there are none.
    workers: Option<Workers>,
    room: Arc<Semaphore>,
    protocol: Arc<auto::Builder<TokioExecutor>>,
    timeouts: Timeouts,
}

impl Acceptor {
    pub(super) fn new(
        listener: TcpListener,
        routes: Routes,
        connections: usize,
        config: &Config,
    ) -> Self {
        Self {
            listener,
            routes,
            workers: None,
            room: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))),
            protocol: Arc::new(protocol(config)),
            timeouts: config.timeouts.clone(),
        }
    }

    /// The same, its connections being served by `workers`.
    pub(super) fn with_workers(self, workers: Workers) -> Self {
        Self {
            workers: Some(workers),
            ..self
        }
    }

    /// Accepts no more. The workers that serve the connections there are end when they are dropped.
    pub(super) fn close(self) -> Option<Workers> {
        self.workers
    }

    /// Serves for ever; its connections end with it.
    pub(super) async fn run(self) {
        let graceful = GracefulShutdown::new();
        self.accept_into(&mut JoinSet::new(), &graceful).await;
    }

    /// Accepts for ever; connections live in `open` and heed `graceful`.
    pub(super) async fn accept_into(&self, open: &mut JoinSet<()>, graceful: &GracefulShutdown) {
        loop {
            while open.try_join_next().is_some() {}
            let Some((stream, peer, permit)) = accept(&self.listener, &self.room).await else {
                continue;
            };
            let connection = Connection {
                stream,
                peer,
                permit,
                routes: self.routes.clone(),
                protocol: Arc::clone(&self.protocol),
                timeouts: self.timeouts.clone(),
                watcher: graceful.watcher(),
            };
            match &self.workers {
                Some(workers) => workers.spawn(open, connection.serve()),
                None => drop(open.spawn(connection.serve())),
            }
        }
    }
}

/// The next connection, once there is room for one.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, PeerAddress, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    let accepted = listener.accept().await;
    match accepted.and_then(|(stream, peer)| Ok((stream.into_std()?, peer))) {
        Ok((stream, peer)) => Some((stream, PeerAddress(peer.ip()), permit)),
        Err(error) => {
            tracing::warn!(%error, "cannot accept a connection");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

fn protocol(config: &Config) -> auto::Builder<TokioExecutor> {
    let header_bytes = config.limits.header_bytes.0;
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(config.timeouts.header_read.0)
        .max_buf_size(header_bytes)
        .keep_alive(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(header_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(MAX_STREAMS)
        .keep_alive_interval(PING_INTERVAL);
    builder
}
