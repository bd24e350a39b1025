//! The network between one router and its Redis, which can be made to hang, to break and to be slow.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// A way to a port of this machine.
pub(crate) struct Link {
    address: SocketAddr,
    weather: Arc<watch::Sender<Weather>>,
    _carrying: AbortOnDropHandle<()>,
}

#[derive(Clone, Copy, Default)]
struct Weather {
    /// What is sent waits, and nothing is lost.
    hangs: bool,
    /// How long everything takes, there and back each.
    delay: Duration,
    /// Connections from before the last cut are closed.
    cuts: u64,
}

impl Link {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let weather = Arc::new(watch::Sender::new(Weather::default()));
        let seen = Arc::clone(&weather);
        let carrying = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else {
                    continue;
                };
                // Small parts are not held back.
                let _ = (near.set_nodelay(true), far.set_nodelay(true));
                let (from_near, to_near) = near.into_split();
                let (from_far, to_far) = far.into_split();
                tokio::spawn(carry(from_near, to_far, seen.subscribe()));
                tokio::spawn(carry(from_far, to_near, seen.subscribe()));
            }
        });
        Self {
            address,
            weather,
            _carrying: AbortOnDropHandle::new(carrying),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    pub(crate) fn hang(&self) {
        self.weather.send_modify(|weather| weather.hangs = true);
    }

    pub(crate) fn flow(&self) {
        self.weather.send_modify(|weather| weather.hangs = false);
    }

    /// From now on everything takes so long, there and back each.
    pub(crate) fn delay(&self, delay: Duration) {
        self.weather.send_modify(|weather| weather.delay = delay);
    }

    /// Closes all connections.
    pub(crate) fn cut(&self) {
        self.weather.send_modify(|weather| weather.cuts += 1);
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
) {
    let cuts = weather.borrow().cuts;
    let mut bytes = vec![0; 1 << 16];
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read,
            _ = weather.wait_for(|weather| weather.cuts > cuts) => return,
        };
        let Ok(length @ 1..) = read else { return };
        let delay = weather.borrow().delay;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let calm = weather.wait_for(|weather| !weather.hangs || weather.cuts > cuts);
        let is_over = calm.await.is_err();
        if is_over || to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}
