//! One connection: served until it ends, is idle too long, or the server drains.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::{conn::auto, graceful::Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::{Notify, OwnedSemaphorePermit},
    time::{Instant, sleep_until},
};

use crate::{client_address::PeerAddress, config::Timeouts, http::Routes};

pub(super) struct Connection {
    /// Not yet known to the runtime that serves it.
    pub(super) stream: std::net::TcpStream,
    pub(super) peer: PeerAddress,
    pub(super) permit: OwnedSemaphorePermit,
    pub(super) routes: Routes,
    pub(super) protocol: Arc<auto::Builder<TokioExecutor>>,
    pub(super) timeouts: Timeouts,
    pub(super) watcher: Watcher,
}

impl Connection {
    pub(super) async fn serve(self) {
        let Self {
            stream,
            peer,
            permit: _permit,
            routes,
            protocol,
            timeouts,
            watcher,
        } = self;
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => return tracing::warn!(%error, "cannot serve a connection"),
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot switch off Nagle's algorithm");
        }
        let activity = Arc::new(Activity::new());
        let stream = ActiveStream {
            stream,
            activity: Arc::clone(&activity),
        };
        let observed = Arc::clone(&activity);
        let service = service_fn(move |request: http::Request<Incoming>| {
            let under_way = UnderWay::new(&observed);
            let routes = routes.clone();
            async move {
                let response = routes.answer(request, Some(peer)).await;
                drop(under_way);
                Ok::<_, Infallible>(response)
            }
        });
        let connection = protocol
            .serve_connection(TokioIo::new(stream), service)
            .into_owned();
        tokio::select! {
            result = watcher.watch(connection) => {
                if let Err(error) = result {
                    tracing::debug!(error = %error, "a connection ended early");
                }
            }
            () = activity.until_idle(&timeouts) => tracing::debug!("closed an idle connection"),
        }
    }
}

/// What a connection has been doing.
struct Activity {
    opened: Instant,
    /// When bytes last moved.
    moved: Mutex<Instant>,
    under_way: AtomicUsize,
    /// Says that a first request has arrived: until then the header timeout holds.
    first: Notify,
}

impl Activity {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            opened: now,
            moved: Mutex::new(now),
            under_way: AtomicUsize::new(0),
            first: Notify::new(),
        }
    }

    fn touch(&self) {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn last_moved(&self) -> Instant {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Completes when the connection has not brought its first request in time, or when nothing has
    /// moved for the idle time while no request is being worked on.
    async fn until_idle(&self, timeouts: &Timeouts) {
        tokio::select! {
            () = self.first.notified() => {}
            () = sleep_until(self.opened + timeouts.header_read.0) => return,
        }
        loop {
            let deadline = self.last_moved() + timeouts.idle.0;
            let now = Instant::now();
            if now < deadline {
                sleep_until(deadline).await;
            } else if self.under_way.load(Ordering::Acquire) > 0 {
                // Whoever works on a request has its own timeout.
                sleep_until(now + timeouts.idle.0).await;
            } else {
                return;
            }
        }
    }
}

/// Counts a request as under way for as long as it exists.
struct UnderWay(Arc<Activity>);

impl UnderWay {
    fn new(activity: &Arc<Activity>) -> Self {
        activity.first.notify_one();
        activity.under_way.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(activity))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.touch();
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A stream that notes when bytes move.
struct ActiveStream {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl AsyncRead for ActiveStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.activity.touch();
        }
        polled
    }
}

impl AsyncWrite for ActiveStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if matches!(polled, Poll::Ready(Ok(1..))) {
            self.activity.touch();
        }
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        if matches!(polled, Poll::Ready(Ok(1..))) {
            self.activity.touch();
        }
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
