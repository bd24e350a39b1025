//! Listening, accepting, draining.
//!
//! Own accept loop rather than `axum::serve`: header timeouts, header sizes, idle connections and
//! the number of connections are limits a public server must set.

mod acceptor;
mod connection;
mod signals;
mod workers;

use std::{net::SocketAddr, pin::Pin, sync::Arc};

use hyper_util::server::graceful::GracefulShutdown;
use tokio::{net::TcpListener, task::JoinSet};

use self::{acceptor::Acceptor, workers::Workers};
pub use signals::{reload_on_hangup, stop_signal};

use crate::{
    app::App,
    config::ListenAddress,
    error::ServerError,
    graph::{Recomposer, Reloader},
    http::{admin_routes, routes},
};

/// Connections operators may have open; scrapers and probes need few.
const MAX_ADMIN_CONNECTIONS: usize = 100;

/// A router that is bound to its address and not yet serving.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    admin: Option<(TcpListener, SocketAddr)>,
    workers: Workers,
    app: Arc<App>,
    recomposer: Recomposer,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Server {
    pub(crate) async fn listen(app: Arc<App>, recomposer: Recomposer) -> Result<Self, ServerError> {
        let (listener, address) = bind(&app.config.listen).await?;
        let admin = match &app.config.admin.listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let workers = Workers::start(app.config.workers);
        let workers = workers.map_err(|source| ServerError::Workers { source })?;
        Ok(Self {
            listener,
            address,
            admin,
            workers,
            app,
            recomposer,
        })
    }

    /// The address that was bound; the port is the real one even if 0 was configured.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where operators are answered, if not with the clients.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(|(_, address)| *address)
    }

    /// Makes the router read its schemas again while it serves.
    #[must_use]
    pub fn reloader(&self) -> Reloader {
        self.recomposer.reloader()
    }

    /// Serves until `shutdown` completes; then refuses new connections, lets requests under way end
    /// within `timeouts.shutdown_grace`, and returns.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        self.run_until(Box::pin(shutdown)).await;
    }

    /// Not generic, so that it is compiled once, here.
    async fn run_until(self, shutdown: Pin<Box<dyn Future<Output = ()> + Send + '_>>) {
        let Self {
            listener,
            address,
            admin,
            workers,
            app,
            recomposer,
        } = self;
        let connections = app.config.limits.connections;
        let clients = Acceptor::new(listener, routes(&app), connections, &app.config);
        let clients = clients.with_workers(workers);
        let mut background = JoinSet::new();
        background.spawn(app.authenticator.refresh());
        background.spawn(recomposer.run());
        tracing::info!(server.address = %address, "serving");
        match admin {
            Some((listener, address)) => {
                let routes = admin_routes(&app);
                let operators = Acceptor::new(listener, routes, MAX_ADMIN_CONNECTIONS, &app.config);
                background.spawn(operators.run());
                tracing::info!(server.address = %address, "answering operators");
            }
            None if !address.ip().is_loopback() => tracing::warn!(
                "`admin.listen` is not set: whoever reaches {address} may read /metrics and the details of /ready"
            ),
            None => {}
        }

        let graceful = GracefulShutdown::new();
        let mut open = JoinSet::new();
        tokio::select! {
            () = shutdown => {}
            () = clients.accept_into(&mut open, &graceful) => {}
        }

        app.drain();
        let workers = clients.close();
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
        drop(workers);
        drop(background);
        tracing::info!("stopped");
    }
}

async fn bind(address: &ListenAddress) -> Result<(TcpListener, SocketAddr), ServerError> {
    let failed = |source| ServerError::Listen {
        address: address.to_string(),
        source,
    };
    let listener = TcpListener::bind(address.as_str()).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

#[cfg(test)]
mod tests;
