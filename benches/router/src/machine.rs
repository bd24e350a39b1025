//! What the figures depend on besides the routers: the machine and the versions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde::Serialize;

use crate::load::Client;
use crate::wrk;

/// Where and when a bench ran.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) date: String,
    pub(crate) processor: String,
    pub(crate) processors: usize,
    pub(crate) kernel: String,
    pub(crate) versions: BTreeMap<&'static str, String>,
    pub(crate) arguments: Vec<String>,
}

impl Machine {
    /// This machine, now, with that program under load from that client.
    pub(crate) fn with(weft: &Path, client: Client) -> Result<Self> {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo")?;
        let models = cpuinfo
            .lines()
            .filter_map(|line| line.strip_prefix("model name"));
        let models: Vec<&str> = models
            .map(|rest| rest.trim_start_matches([' ', '\t', ':']))
            .collect();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
        let client = match client {
            Client::Wrk => wrk::version()?,
            Client::Light => "light client".to_owned(),
        };
        let versions = [
            ("weft", said_by(Command::new(weft).arg("--version"))),
            ("rustc", said_by(Command::new("rustc").arg("--version"))),
            ("client", client),
        ];
        Ok(Self {
            date: chrono::Utc::now().format("%Y-%m-%d %H:%M UTC").to_string(),
            processor: models.first().copied().unwrap_or("unknown").to_owned(),
            processors: std::thread::available_parallelism()?.get(),
            kernel: kernel.trim().to_owned(),
            versions: versions.into(),
            arguments: std::env::args().skip(1).collect(),
        })
    }

    /// In a line, for people.
    pub(crate) fn summary(&self) -> String {
        let versions: Vec<&str> = self.versions.values().map(String::as_str).collect();
        format!(
            "{}; {} × {}; Linux {}; {}",
            self.date,
            self.processors,
            self.processor,
            self.kernel,
            versions.join(", ")
        )
    }
}

/// The first line that a program says of itself; one that is not there says nothing.
fn said_by(command: &mut Command) -> String {
    let output = command
        .output()
        .map(|output| output.stdout)
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&output);
    text.lines().next().unwrap_or("unknown").to_owned()
}
