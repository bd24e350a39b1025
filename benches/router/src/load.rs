//! Load on a router: what it is made of, and what came of it, whichever client makes it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::light::{self, Sequence};
use crate::wrk;

/// How long a client waits for one answer; a later one counts as lost.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What makes the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Client {
    /// The program wrk, which reads every answer.
    Wrk,
    /// A thread of this program that has the kernel throw answers away, for less CPU where they are long.
    Light,
}

/// What is sent again and again, as its client needs it.
#[derive(Clone, Debug)]
pub(crate) enum Requests {
    /// What a script for wrk makes.
    Wrk { script: PathBuf },
    /// One body.
    Light { body: String },
    /// Different requests, from the light client.
    Sequence(Sequence),
}

/// What a run is made of.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) port: u16,
    pub(crate) connections: usize,
    pub(crate) seconds: u64,
    pub(crate) requests: Requests,
}

/// What a client saw in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// Requests that were answered.
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    /// Latencies in microseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Answers that are refusals: to wrk another status than 2xx or 3xx, to the light client one but 200, or another
    /// length than the other answers'.
    pub(crate) refused: u64,
    /// Connections and answers that were lost.
    pub(crate) broken: u64,
    /// Processor time of the client for a request, in microseconds.
    pub(crate) client_cpu: f64,
}

/// Puts load on a router. Any answer that is none is a failure and gives no figures.
pub(crate) fn run(load: &Load) -> Result<Outcome> {
    let outcome = attempt(load)?;
    ensure!(
        outcome.refused == 0 && outcome.broken == 0 && outcome.requests > 0,
        "of {} requests {} were refused and {} lost",
        outcome.requests,
        outcome.refused,
        outcome.broken
    );
    Ok(outcome)
}

/// Puts load on a router, whatever comes back.
pub(crate) fn attempt(load: &Load) -> Result<Outcome> {
    match &load.requests {
        Requests::Wrk { script } => wrk::attempt(load, script),
        Requests::Light { body } => light::attempt(load, body),
        Requests::Sequence(sequence) => light::attempt_sequence(load, sequence),
    }
}
