//! A router in a process of its own, asked over HTTP and watched through `/proc`.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use router_server::{Config, GraphSource, Setup, stop_signal};

/// What this program is called with to be the router.
pub(crate) const SERVE: &str = "serve";

/// How long a router may take to answer.
const PATIENCE: Duration = Duration::from_secs(120);

const SDL: &str = include_str!("../supergraph.graphql");

/// Is a router with the default configuration, and says its port.
pub(crate) fn serve() -> anyhow::Result<()> {
    let config = Config {
        listen: "127.0.0.1:0".parse().map_err(anyhow::Error::msg)?,
        ..Config::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let server = Setup::over(config, GraphSource::Sdl(SDL.to_owned()))
            .bind()
            .await?;
        println!("{}", server.address().port());
        server.run(stop_signal()).await;
        Ok(())
    })
}

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
    /// Starts this program again, as a router.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .arg(SERVE)
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().context("an output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let port = line.trim().parse().context("the router says its port")?;
        Ok(Self { process, port })
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
