//! A router in a process of its own, asked over HTTP and watched through `/proc`.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

/// How long a router may take to be ready, and to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running router; killed when dropped.
pub(crate) struct Router {
    process: Child,
    port: u16,
}

/// What a request costs.
pub(crate) struct Cost {
    pub(crate) cpu: Duration,
    pub(crate) memory_kb: u64,
}

impl Router {
    /// Starts `weft router` over the supergraph in `sdl`.
    pub(crate) fn start(weft: &Path, sdl: &Path) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = Command::new(weft)
            .args(["router", "--listen", &format!("127.0.0.1:{port}")])
            .arg("--supergraph")
            .arg(sdl)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be run", weft.display()))?;
        let router = Self { process, port };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(began.elapsed() < PATIENCE, "the router does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(router)
    }

    /// Sends one GraphQL request by POST: the status and the body.
    pub(crate) fn post(&self, body: &[u8]) -> anyhow::Result<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             accept: application/graphql-response+json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.context("an HTTP response")?;
        let status = answer.get(9..12).context("a status")?;
        let status = std::str::from_utf8(status)?.parse()?;
        Ok((status, answer.split_off(end + 4)))
    }

    /// What `work` costs the router.
    pub(crate) fn watch<T>(
        &self,
        work: impl FnOnce(&Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<(T, Cost)> {
        let (cpu, memory) = (self.cpu()?, self.peak_memory_kb()?);
        let result = work(self)?;
        let cost = Cost {
            cpu: self.cpu()?.saturating_sub(cpu),
            memory_kb: self.peak_memory_kb()?.saturating_sub(memory),
        };
        Ok((result, cost))
    }

    /// The processor time of all threads; those that ended are missing, but the router keeps its own.
    fn cpu(&self) -> anyhow::Result<Duration> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.process.id()))?;
        let mut nanoseconds = 0;
        for task in tasks {
            let statistics = fs::read_to_string(task?.path().join("schedstat"))?;
            let own = statistics.split_whitespace().next();
            nanoseconds += own.context("schedstat")?.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    fn peak_memory_kb(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.context("VmHWM")?.parse()?)
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
