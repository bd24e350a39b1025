//! The real `weft` program, started in one of its roles or run to its end.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use super::client::Client;

/// Longer than any start or end may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// `weft` with `arguments`, in an environment of its own.
pub(crate) fn weft(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// Runs `command` to its end.
    pub(crate) async fn run(mut command: Command) -> Self {
        let output = tokio::time::timeout(PATIENCE, command.output())
            .await
            .unwrap_or_else(|_| panic!("{command:?} did not end within {PATIENCE:?}"))
            .expect("the program starts");
        Self {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Its standard output, if it succeeded.
    pub(crate) fn success(self) -> String {
        assert!(self.status.success(), "{self:?}");
        self.stdout
    }
}

/// A server that is up. It is killed when dropped.
pub(crate) struct Program {
    child: Child,
    origin: String,
    output: Output,
}

/// Everything the program has printed so far.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<String>>);

impl Output {
    fn push(&self, line: &str) {
        let mut text = self.0.lock().expect("no test panics while printing");
        text.push_str(line);
        text.push('\n');
    }

    fn text(&self) -> String {
        let text = self.0.lock().expect("no test panics while printing");
        text.clone()
    }
}

impl Program {
    /// Starts a server and waits until it says where it listens.
    pub(crate) async fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let output = Output::default();
        let (found, mut address) = watch::channel(None);
        let found = Arc::new(found);
        let stdout = child.stdout.take().expect("its output is a pipe");
        let stderr = child.stderr.take().expect("its output is a pipe");
        tokio::spawn(follow(stdout, output.clone(), Arc::clone(&found)));
        tokio::spawn(follow(stderr, output.clone(), found));
        // Both followers ending means that the program closed its output without an address.
        let listening = tokio::time::timeout(PATIENCE, address.wait_for(Option::is_some)).await;
        let Ok(Ok(Some(origin))) = listening.map(|found| found.map(|origin| origin.clone())) else {
            panic!("{command:?} does not listen:\n{}", output.text());
        };
        Self {
            child,
            origin,
            output,
        }
    }

    /// `http://host:port`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.origin)
    }

    /// What it has printed so far.
    pub(crate) fn output(&self) -> String {
        self.output.text()
    }

    /// The most memory it has had resident so far, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        let pid = self.child.id().expect("it is running");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
        let status = status.expect("the kernel tells a process's memory");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        kibibytes
            .expect("a line of kB")
            .parse::<u64>()
            .expect("a number")
            * 1024
    }

    /// Sends it SIGHUP.
    pub(crate) async fn hang_up(&self) {
        self.signal("-HUP").await;
    }

    async fn signal(&self, signal: &str) {
        let pid = self.child.id().expect("it is running").to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().await;
        assert!(sent.expect("kill runs").success());
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    pub(crate) async fn stop(mut self) -> ExitStatus {
        self.signal("-TERM").await;
        tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .unwrap_or_else(|_| panic!("it did not stop:\n{}", self.output()))
            .expect("it can be waited for")
    }

    /// Kills it (SIGKILL) and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- {}\n{}", self.origin, self.output());
        }
    }
}

async fn follow(
    stream: impl AsyncRead + Unpin,
    output: Output,
    address: Arc<watch::Sender<Option<String>>>,
) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        output.push(&line);
        if let Some(origin) = listening_address(&line) {
            address.send_if_modified(|known| {
                let is_first = known.is_none();
                known.get_or_insert(origin);
                is_first
            });
        }
    }
}

/// The address in a line that says where the program serves.
fn listening_address(line: &str) -> Option<String> {
    let (_, after) = line.split_once("127.0.0.1:")?;
    let serves = line.contains("serving") || line.contains("listening");
    let port: String = after.chars().take_while(char::is_ascii_digit).collect();
    (serves && !port.is_empty()).then(|| format!("http://127.0.0.1:{port}"))
}
