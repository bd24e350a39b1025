//! A Redis server on a free loopback port with a folder of its own; it ends with the test.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use redis::{FromRedisValue, cmd};
use tempfile::TempDir;

pub(crate) struct Server {
    pub(crate) port: u16,
    options: Vec<String>,
    /// Of its configuration.
    file: Option<PathBuf>,
    folder: TempDir,
    process: Option<Child>,
}

impl Server {
    /// One that keeps nothing when it ends.
    pub(crate) fn start() -> Self {
        Self::with(&["--save", "", "--appendonly", "no"])
    }

    pub(crate) fn with(options: &[&str]) -> Self {
        let mut server = Self::stopped(options);
        server.run();
        server
    }

    /// One that watches the master at `port` of this machine, and is quick to replace it.
    pub(crate) fn sentinel(name: &str, port: u16) -> Self {
        let mut server = Self::stopped(&["--sentinel"]);
        let lines = [
            format!("sentinel monitor {name} 127.0.0.1 {port} 1"),
            format!("sentinel down-after-milliseconds {name} 500"),
            format!("sentinel failover-timeout {name} 2000"),
        ];
        let file = server.folder().join("sentinel.conf");
        std::fs::write(&file, lines.join("\n") + "\n").unwrap();
        server.file = Some(file);
        server.run();
        server
    }

    /// A place for one, where nothing listens yet.
    pub(crate) fn stopped(options: &[&str]) -> Self {
        Self {
            port: free_port(),
            options: options.iter().map(ToString::to_string).collect(),
            file: None,
            folder: tempfile::tempdir().unwrap(),
            process: None,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts it, or starts it again with what it has on disk.
    pub(crate) fn run(&mut self) {
        assert!(self.process.is_none());
        let log = self.folder().join("log");
        // The server ends with this process even when that is killed.
        let process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", "redis-server"])
            .args(&self.file)
            .args(["--port", &self.port.to_string()])
            .args(["--bind", "127.0.0.1", "--logfile"])
            .arg(&log)
            .arg("--dir")
            .arg(self.folder())
            .args(&self.options)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        self.process = Some(process);
        let began = Instant::now();
        while self.try_command::<String>(&["PING"]).is_err() {
            let is_over = began.elapsed() > Duration::from_secs(20);
            assert!(
                !is_over,
                "{}",
                std::fs::read_to_string(&log).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Lets it hang: the system still accepts connections and data for it.
    pub(crate) fn halt(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    /// What it answers to a command.
    pub(crate) fn command<T: FromRedisValue>(&self, words: &[&str]) -> T {
        self.try_command(words).unwrap()
    }

    pub(crate) fn try_command<T: FromRedisValue>(&self, words: &[&str]) -> redis::RedisResult<T> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_connection_with_timeout(Duration::from_secs(5))?;
        cmd(words[0]).arg(&words[1..]).query(&mut connection)
    }

    fn signal(&self, signal: &str) {
        let pid = self.process.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port on which nobody listens, and below those that the system hands out by itself.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = rand::random_range(20_000..30_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
