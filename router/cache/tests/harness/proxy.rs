//! A network between a cache and its Redis, which a test can make slow, hang or cut.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::AbortHandle,
};

pub(crate) struct Proxy {
    port: u16,
    weather: Arc<watch::Sender<Weather>>,
    task: AbortHandle,
}

#[derive(Clone, Copy, Debug, Default)]
struct Weather {
    /// What is sent waits, and nothing is lost.
    hangs: bool,
    /// How long everything takes, there and back each.
    delay: Duration,
    /// Connections from before the last cut are closed.
    cuts: u64,
}

impl Proxy {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let weather = Arc::new(watch::Sender::new(Weather::default()));
        let seen = Arc::clone(&weather);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else {
                    continue;
                };
                // Small parts are not held back.
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(carry(from_client, to_server, seen.subscribe()));
                tokio::spawn(carry(from_server, to_client, seen.subscribe()));
            }
        });
        Self {
            port: own,
            weather,
            task: task.abort_handle(),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn hang(&self) {
        self.weather.send_modify(|weather| weather.hangs = true);
    }

    pub(crate) fn flow(&self) {
        self.weather.send_modify(|weather| weather.hangs = false);
    }

    pub(crate) fn delay(&self, delay: Duration) {
        self.weather.send_modify(|weather| weather.delay = delay);
    }

    /// Closes all connections.
    pub(crate) fn cut(&self) {
        self.weather.send_modify(|weather| weather.cuts += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
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
