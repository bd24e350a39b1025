//! Listening, accepting, draining.
//!
//! Own accept loop rather than `axum::serve`: header timeouts, header sizes, idle connections and
//! the number of connections are limits a public server must set.

mod connection;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};

use crate::{
    app::App, client_address::PeerAddress, config::Config, error::ServerError, http::routes,
};

/// HTTP/2 streams a connection may have open.
const MAX_STREAMS: u32 = 256;
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// How long to wait after a failed `accept`, which mostly means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A router that is bound to its address and not yet serving.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: Arc<App>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Server {
    pub(crate) async fn listen(app: Arc<App>) -> Result<Self, ServerError> {
        let address = app.config.listen.as_str();
        let failed = |source| ServerError::Listen {
            address: address.to_owned(),
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            address,
            app,
        })
    }

    /// The address that was bound; the port is the real one even if 0 was configured.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` completes; then refuses new connections, lets requests under way end
    /// within `timeouts.shutdown_grace`, and returns.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self {
            listener,
            address,
            app,
        } = self;
        let service = routes(&app);
        let connections = Arc::new(Semaphore::new(
            app.config.limits.connections.min(Semaphore::MAX_PERMITS),
        ));
        let protocol = Arc::new(protocol(&app.config));
        let graceful = GracefulShutdown::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(app.authenticator.refresh());
        let background = tasks;
        let mut open = JoinSet::new();
        tracing::info!(server.address = %address, "serving");

        tokio::pin!(shutdown);
        loop {
            while open.try_join_next().is_some() {}
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = accept(&listener, &connections) => accepted,
            };
            let Some((stream, peer, permit)) = accepted else {
                continue;
            };
            let connection = connection::Connection {
                stream,
                peer,
                permit,
                service: service.clone(),
                protocol: Arc::clone(&protocol),
                timeouts: app.config.timeouts.clone(),
                watcher: graceful.watcher(),
            };
            open.spawn(connection.serve());
        }

        app.drain();
        drop(listener);
        let grace = app.config.timeouts.shutdown_grace.0;
        tracing::info!(
            server.connections = graceful.count(),
            grace_seconds = grace.as_secs_f64(),
            "stopping"
        );
        if tokio::time::timeout(grace, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!(
                server.connections = open.len(),
                "closing connections whose requests did not end in time"
            );
        }
        open.shutdown().await;
        drop(background);
        tracing::info!("stopped");
    }
}

/// The next connection, once there is room for one.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, PeerAddress, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
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

/// A future that completes on SIGTERM or ctrl-c. From the call on, before the future is polled, the signals no longer
/// end the process by themselves: call it before saying that the server is up.
pub fn stop_signal() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok())
    };
    async move {
        #[cfg(unix)]
        {
            let [interrupted, terminated] = signals;
            tokio::select! {
                () = received(interrupted) => {}
                () = received(terminated) => {}
            }
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Completes when the signal comes; never, if it cannot be listened for.
#[cfg(unix)]
async fn received(signal: Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(mut signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
