//! The signals the program heeds.

use crate::graph::Reloader;

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

/// From now on SIGHUP does not end the process: the router reads its schemas again.
pub fn reload_on_hangup(reloader: Reloader) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::hangup()) {
            Ok(mut hangups) => {
                tokio::spawn(async move {
                    while hangups.recv().await.is_some() {
                        tracing::info!("SIGHUP: reading the schemas again");
                        reloader.reload();
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "SIGHUP cannot be listened for"),
        }
    }
    #[cfg(not(unix))]
    drop(reloader);
}

/// Completes when the signal comes; never, if it cannot be listened for.
#[cfg(unix)]
async fn received(signal: Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(mut signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
