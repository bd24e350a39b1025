//! Listening, accepting, draining.
//!
//! Own accept loop rather than `axum::serve`, which lets a client take for ever to send its headers.

use std::{sync::Arc, time::Duration};

use axum::Router;
use hyper::{
    body::Incoming,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
};

/// A connection must have brought its first request's headers within this time.
const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// And every further one within this time after the one before. Longer than the router keeps idle
/// connections, so that it does not write to one that is being closed.
const NEXT_REQUEST: Duration = Duration::from_secs(75);
/// How often a silent HTTP/2 connection is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// How long to wait after a failed `accept`, which mostly means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

type Protocol = auto::Builder<TokioExecutor>;

/// Serves `router` until `shutdown`, then lets requests under way end for at most `drain`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
    drain: Duration,
) {
    let protocol = Arc::new(protocol());
    let graceful = GracefulShutdown::new();
    let mut open = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        while open.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let (protocol, router) = (Arc::clone(&protocol), router.clone());
                open.spawn(serve_connection(
                    stream,
                    protocol,
                    router,
                    graceful.watcher(),
                ));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let drained = tokio::time::timeout(drain, graceful.shutdown()).await;
    if drained.is_err() {
        tracing::warn!(
            drain.ms = drain.as_millis() as u64,
            "requests were cut off at shutdown"
        );
    }
    open.shutdown().await;
}

fn protocol() -> Protocol {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(NEXT_REQUEST);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL);
    builder
}

async fn serve_connection(
    stream: TcpStream,
    protocol: Arc<Protocol>,
    router: Router,
    watcher: Watcher,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot switch off Nagle's algorithm");
    }
    let arrived = Arc::new(Notify::new());
    let first = Arc::clone(&arrived);
    let routes = TowerToHyperService::new(router);
    let service = service_fn(move |request: ::http::Request<Incoming>| {
        first.notify_one();
        routes.call(request)
    });
    let connection = protocol
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    let first_is_late = async {
        if tokio::time::timeout(FIRST_REQUEST, arrived.notified())
            .await
            .is_ok()
        {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        ended = watcher.watch(connection) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
        }
        () = first_is_late => tracing::debug!("closed a connection that brought no request in time"),
    }
}
