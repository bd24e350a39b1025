//! One measured run: load on a router, and what its processes used meanwhile.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::load::{self, Load, Requests};
use crate::proc;
use crate::process::Process;
use crate::site::Site;

/// Seconds of load before a measurement.
const WARM_UP: u64 = 1;
/// What a run cuts short has used processor time and is no request: of so many requests a connection it is little.
const REQUESTS_PER_CONNECTION: f64 = 40.0;
/// How long a run may become for that, in seconds.
const LONGEST: u64 = 20;

/// Figures of one run. Times are in microseconds, memory is in kB; processor time is for one request.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Sample {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    pub(crate) requests_per_second: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) user: f64,
    pub(crate) system: f64,
    pub(crate) cpu: f64,
    /// Of the client that made the load.
    pub(crate) client_cpu: f64,
    /// After the run.
    pub(crate) resident: u64,
    /// The most during the run.
    pub(crate) peak: u64,
    /// Requests to subgraphs for each request of a client.
    pub(crate) subgraph_requests: f64,
}

/// What is measured: a router that runs, and processes besides whose time counts as its own.
pub(crate) struct Subject<'a> {
    pub(crate) site: &'a Site,
    pub(crate) router: &'a Process,
    pub(crate) besides: &'a [u32],
}

impl Subject<'_> {
    /// Warms the router up and measures it; a run of slow requests may take longer than `seconds`.
    pub(crate) fn measure(
        &self,
        requests: &Requests,
        connections: usize,
        seconds: u64,
    ) -> Result<Sample> {
        let mut load = Load {
            port: self.site.port(),
            connections,
            seconds: WARM_UP,
            requests: requests.clone(),
        };
        let warm = load::attempt(&load)?;
        ensure!(
            warm.refused + warm.broken == 0,
            "requests fail while the router is warmed up: {warm:?}"
        );
        let wanted = REQUESTS_PER_CONNECTION * connections as f64;
        let needed = wanted / (warm.requests.max(1) as f64 / warm.seconds);
        load.seconds = seconds.max((needed.ceil() as u64).min(LONGEST));
        self.run(&load)
    }

    /// Resident memory at rest, in kB.
    pub(crate) fn resident(&self) -> Result<u64> {
        Ok(proc::memory(&self.at_rest()?)?.resident)
    }

    /// The processes, when they have nothing to do.
    fn at_rest(&self) -> Result<Vec<u32>> {
        let router = self.router.tree()?;
        let pids = [router.as_slice(), self.besides].concat();
        proc::wait_for_rest(&pids)?;
        Ok(pids)
    }

    /// Puts load on the router as it is.
    fn run(&self, load: &Load) -> Result<Sample> {
        let pids = self.at_rest()?;
        forget_peaks(&pids);
        self.site.take_requests()?;
        let before = proc::cpu(&pids)?;
        let outcome = load::run(load)?;
        let used = proc::cpu(&pids)? - before;
        let memory = proc::memory(&pids).context("the router's memory")?;
        let requests = outcome.requests as f64;
        let user = used.user.as_secs_f64() * 1e6 / requests;
        let system = used.system.as_secs_f64() * 1e6 / requests;
        Ok(Sample {
            requests: outcome.requests,
            seconds: outcome.seconds,
            requests_per_second: requests / outcome.seconds,
            p50: outcome.p50,
            p99: outcome.p99,
            user,
            system,
            cpu: user + system,
            client_cpu: outcome.client_cpu,
            resident: memory.resident,
            peak: memory.peak,
            subgraph_requests: self.site.take_requests()? as f64 / requests,
        })
    }
}

/// Lets the highest memory be that of what follows (proc(5), `clear_refs`). Where that is not allowed it stays that of
/// the process's whole life.
fn forget_peaks(pids: &[u32]) {
    for pid in pids {
        let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
    }
}
