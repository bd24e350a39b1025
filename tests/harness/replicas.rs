//! Several routers over the same subgraphs that share a Redis, each by a network of its own.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::client::Client;
use super::link::Link;
use super::program::{Program, weft};
use super::redis::RedisServer;
use super::versions::Versions;

/// Longer than it may take until Redis is used again.
const PATIENCE: Duration = Duration::from_secs(30);

/// Routers; each stops when this is dropped.
pub(crate) struct Replicas {
    pub(crate) routers: Vec<Replica>,
    _folder: TempDir,
}

pub(crate) struct Replica {
    pub(crate) program: Program,
    /// Between it and Redis.
    pub(crate) link: Link,
    pub(crate) client: Client,
}

impl Replicas {
    /// One for each of `settings`: environment variables of its own. None waits for Redis.
    pub(crate) async fn start(
        versions: &Versions,
        redis: &RedisServer,
        settings: &[&[(&str, &str)]],
    ) -> Self {
        let folder = TempDir::new().expect("there is room for a folder");
        let file = folder.path().join("supergraph.graphql");
        std::fs::write(&file, versions.supergraph()).expect("the folder is ours");
        let file = file.to_str().expect("temporary folders have plain names");
        let mut routers = Vec::new();
        for settings in settings {
            let link = Link::to(redis.port()).await;
            let arguments = ["router", "--supergraph", file, "--listen", "127.0.0.1:0"];
            let mut command = weft(&arguments);
            command
                .env("WEFT_CACHE__REDIS", link.url())
                // A line for each request would bury what is looked for.
                .env("WEFT_LOG__LEVEL", "info,router_server::http=warn")
                .envs(settings.iter().copied());
            let program = Program::start(command).await;
            routers.push(Replica {
                client: program.client(),
                program,
                link,
            });
        }
        Self {
            routers,
            _folder: folder,
        }
    }

    /// Waits until every router works with Redis.
    pub(crate) async fn connected(&self) {
        for replica in &self.routers {
            replica.until("weft_cache_connected", 1).await;
        }
    }
}

impl Replica {
    /// A number of `/metrics`.
    pub(crate) async fn metric(&self, name: &str) -> Option<f64> {
        let text = self.client.get("/metrics").await.text();
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.and_then(|value| value.trim().parse().ok())
    }

    /// Waits until a number of `/metrics` is `wanted`.
    pub(crate) async fn until(&self, name: &str, wanted: u32) {
        let deadline = Instant::now() + PATIENCE;
        while self.metric(name).await != Some(f64::from(wanted)) {
            let output = self.program.output();
            assert!(
                Instant::now() < deadline,
                "{name} is not {wanted}\n{output}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
