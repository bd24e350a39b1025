//! Programs that are started, watched and stopped: a group each, so that whatever they start goes with them.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::proc;

/// How long a program may take to stop after it was asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Groups that run and folders that are to be removed, for the case that this program is stopped.
static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A running program; it is stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts a program in a group of its own. Its standard error goes into `log`, or nowhere.
    pub(crate) fn start(command: &mut Command, log: Option<File>) -> Result<Self> {
        stop_all_on_interrupt();
        let errors = log.map_or_else(Stdio::null, Stdio::from);
        command.stdin(Stdio::null()).stderr(errors).process_group(0);
        let child = command.spawn();
        let child = child.with_context(|| format!("{command:?} cannot be started"))?;
        groups().push(child.id());
        Ok(Self { child })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The process and everything it has started.
    pub(crate) fn tree(&self) -> Result<Vec<u32>> {
        proc::tree(self.id())
    }

    /// The first line it writes to its standard output, which must be piped.
    pub(crate) fn first_line(&mut self) -> Result<String> {
        let output = self.child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Sends a signal to the process alone.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        signal(name, &self.id().to_string())
    }

    fn stop(&mut self) -> Result<()> {
        let group = format!("-{}", self.id());
        // One that has ended by itself cannot be told.
        let _ = signal("TERM", &group);
        let until = Instant::now() + GRACE;
        while self.runs()? && Instant::now() < until {
            sleep(Duration::from_millis(10));
        }
        // Whatever is left of the group; there may be nothing.
        let _ = signal("KILL", &group);
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let id = self.id();
        if let Err(error) = self.stop() {
            eprintln!("process {id} cannot be stopped: {error:#}");
        }
        groups().retain(|group| *group != id);
    }
}

fn signal(name: &str, target: &str) -> Result<()> {
    let status = Command::new("sh")
        .args(["-c", &format!("kill -s {name} -- {target}")])
        .stderr(Stdio::null())
        .status()?;
    anyhow::ensure!(status.success(), "no signal can be sent to {target}");
    Ok(())
}

fn groups() -> MutexGuard<'static, Vec<u32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn folders() -> MutexGuard<'static, Vec<PathBuf>> {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes a folder also when this program is stopped.
pub(crate) fn remove_on_interrupt(folder: &Path) {
    folders().push(folder.to_owned());
}

/// Groups of their own do not hear a terminal's ctrl-c: they are told, once, from a thread that waits for it.
fn stop_all_on_interrupt() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else { return };
            // Signals are listened for from the call on, which must happen in the runtime.
            runtime.block_on(async { router_server::stop_signal().await });
            for group in groups().iter() {
                let _ = signal("KILL", &format!("-{group}"));
            }
            for folder in folders().iter() {
                let _ = fs::remove_dir_all(folder);
            }
            std::process::exit(130);
        });
    });
}
