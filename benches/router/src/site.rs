//! Where a bench takes place: a temporary folder, the subgraphs, and the routers that are tried over them.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::graph::Graph;
use crate::http;
use crate::load::{Client, Requests};
use crate::operation::Operation;
use crate::process::{Process, remove_on_interrupt};
use crate::wrk;

/// How long a router may take to answer its first request.
const START: Duration = Duration::from_secs(30);
/// How much of a log is shown when a router does not start.
const SHOWN_LOG: usize = 2000;

/// How identical requests under way at the same time are dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub(crate) enum Mode {
    /// Each is answered by itself.
    NoDedup,
    /// As the router does without being told.
    Default,
    /// Weft with its subgraphs in its process, beside Weft with the same subgraphs over HTTP.
    InProcess,
    /// Weft that keeps answers: whole ones, their parts, none; and a handler that does nothing but answer.
    Cached,
}

impl Mode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoDedup => "no-dedup",
            Self::Default => "default",
            Self::InProcess => "in-process",
            Self::Cached => "cached",
        }
    }
}

/// A router that can be started.
#[derive(Clone, Debug)]
pub(crate) enum Router {
    /// The program, and its configuration.
    Weft { program: PathBuf, config: String },
    /// This program as a router with the benchmark's subgraphs in it, and its configuration.
    InProcess { config: String },
    /// This program, which answers everything with the expected answer of an operation.
    Bytes,
    /// A shell command.
    Peer { command: String },
}

/// The folder, the subgraphs and the port on which routers listen.
pub(crate) struct Site {
    folder: TempDir,
    subgraphs: Process,
    address: SocketAddr,
    port: u16,
}

impl Site {
    /// Starts the subgraphs; with a memo they remember the answer to every request.
    pub(crate) fn open(memo: bool) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("bench-router").tempdir()?;
        remove_on_interrupt(folder.path());
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["subgraphs", "--listen", "127.0.0.1:0"]);
        if memo {
            command.arg("--memo");
        }
        let mut subgraphs = Process::start(command.stdout(Stdio::piped()), None)?;
        let address = subgraphs.first_line()?.parse();
        Ok(Self {
            folder,
            subgraphs,
            address: address.context("the subgraphs did not start")?,
            port: http::free_port()?,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What [`Router::Bytes`] answers.
    pub(crate) fn answer(&self) -> PathBuf {
        self.folder().join("answer.json")
    }

    /// Where routers listen.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The process of the subgraphs.
    pub(crate) fn subgraphs(&self) -> u32 {
        self.subgraphs.id()
    }

    /// Supergraph SDL over these subgraphs, as a file.
    pub(crate) fn supergraph(&self, graph: Graph) -> Result<PathBuf> {
        let path = self.folder().join(format!("{}.graphql", graph.name()));
        if !path.exists() {
            fs::write(&path, graph.supergraph(self.address)?)?;
        }
        Ok(path)
    }

    /// An operation as that client sends it, again and again.
    pub(crate) fn requests(&self, operation: &Operation, client: Client) -> Result<Requests> {
        let body = operation.body();
        Ok(match client {
            Client::Wrk => Requests::Wrk {
                script: wrk::script(self.folder(), &operation.name, &body)?,
            },
            Client::Light => Requests::Light { body },
        })
    }

    /// Starts a router over a supergraph file and waits until it answers.
    pub(crate) fn start(
        &self,
        router: &Router,
        supergraph: &Path,
        mode: Mode,
        log: bool,
    ) -> Result<Process> {
        let mut command = self.command(router, supergraph, mode)?;
        let log = log.then(|| self.folder().join("router.log"));
        let file = log.as_ref().map(File::create).transpose()?;
        let mut process = Process::start(command.stdout(Stdio::null()), file)?;
        let until = Instant::now() + START;
        loop {
            let answer = http::graphql(self.port, r#"{"query":"{ __typename }"}"#);
            let Err(error) = answer else {
                return Ok(process);
            };
            let said = log.as_deref().map(end_of).unwrap_or_default();
            ensure!(
                process.runs()?,
                "{command:?} ended before it served\n{said}"
            );
            if Instant::now() > until {
                bail!("{command:?} does not serve after {START:?}: {error:#}\n{said}");
            }
            sleep(Duration::from_millis(20));
        }
    }

    fn command(&self, router: &Router, supergraph: &Path, mode: Mode) -> Result<Command> {
        let listen = format!("127.0.0.1:{}", self.port);
        let with_config = |mut command: Command, role: &str, config: &str| -> Result<Command> {
            let path = self.folder().join("weft.yaml");
            fs::write(&path, config)?;
            command.args([role, "--listen", &listen]);
            command.arg("--supergraph").arg(supergraph);
            command.arg("--config").arg(path);
            Ok(command)
        };
        match router {
            Router::Weft { program, config } => {
                with_config(Command::new(program), "router", config)
            }
            Router::InProcess { config } => {
                let program = std::env::current_exe()?;
                with_config(Command::new(program), "serve-in-process", config)
            }
            Router::Bytes => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["serve-bytes", "--listen", &listen, "--file"]);
                command.arg(self.answer());
                Ok(command)
            }
            Router::Peer { command: text } => {
                let mut command = Command::new("sh");
                command
                    .args(["-c", text])
                    .env("BENCH_SUPERGRAPH", supergraph)
                    .env("BENCH_PORT", self.port.to_string())
                    .env("BENCH_MODE", mode.name());
                Ok(command)
            }
        }
    }

    /// How many requests the subgraphs have had, and begins to count again.
    pub(crate) fn take_requests(&self) -> Result<u64> {
        let port = self.address.port();
        let (_, counts) = http::send(port, "GET", "/requests", "")?;
        let counts: Value = serde_json::from_slice(&counts)?;
        http::send(port, "DELETE", "/requests", "")?;
        counts["total"].as_u64().context("no total")
    }
}

fn end_of(log: &Path) -> String {
    let log = fs::read_to_string(log).unwrap_or_default();
    let skipped = log.chars().count().saturating_sub(SHOWN_LOG);
    log.chars().skip(skipped).collect()
}
