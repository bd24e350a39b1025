//! A Redis server of a test's own, on a free loopback port, to which anything may happen.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longer than a start may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that keeps nothing when it ends, which it does with the test.
pub(crate) struct RedisServer {
    port: u16,
    folder: TempDir,
    process: Option<Child>,
}

impl RedisServer {
    /// A place for one, where nothing listens yet.
    pub(crate) fn stopped() -> Self {
        Self {
            port: free_port(),
            folder: TempDir::new().expect("there is room for a folder"),
            process: None,
        }
    }

    pub(crate) fn start() -> Self {
        let mut server = Self::stopped();
        server.run();
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Starts it, empty.
    pub(crate) fn run(&mut self) {
        assert!(self.process.is_none(), "it runs already");
        let log = self.folder.path().join("log");
        // The server ends with this process even when that is killed.
        let process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", "redis-server"])
            .args(["--port", &self.port.to_string()])
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .arg("--dir")
            .arg(self.folder.path())
            .arg("--logfile")
            .arg(&log)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        self.process = Some(process);
        let began = Instant::now();
        while self.try_command(&["PING"]).is_err() {
            let log = || std::fs::read_to_string(&log).unwrap_or_default();
            assert!(began.elapsed() < PATIENCE, "{}", log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it is ours");
            process.wait().expect("it can be waited for");
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

    /// Carries out a command.
    pub(crate) fn command(&self, words: &[&str]) {
        let done = self.try_command(words);
        done.unwrap_or_else(|error| panic!("{words:?}: {error}"));
    }

    /// Carries out a command, or says why not.
    pub(crate) fn try_command(&self, words: &[&str]) -> Result<(), String> {
        let answer = self.first_line(words).map_err(|error| error.to_string())?;
        match answer.strip_prefix('-') {
            _ if answer.is_empty() => Err("no answer".to_owned()),
            Some(error) => Err(error.to_owned()),
            None => Ok(()),
        }
    }

    /// The first line of the answer to a command (RESP 2).
    fn first_line(&self, words: &[&str]) -> std::io::Result<String> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        let words = words.iter();
        let parts = words.map(|word| format!("${}\r\n{word}\r\n", word.len()));
        let request = format!("*{}\r\n{}", parts.len(), parts.collect::<String>());
        connection.write_all(request.as_bytes())?;
        let mut line = String::new();
        BufReader::new(connection).read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    fn signal(&self, signal: &str) {
        let pid = self.process.as_ref().expect("it runs").id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.expect("kill runs").success());
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port on which nobody listens, below those that the system hands out by itself.
fn free_port() -> u16 {
    loop {
        let port = rand::random_range(20_000..30_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
