//! A long run: whether memory stays where it is while the graph is replaced again and again under load.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use crate::figures::median;
use crate::graph::Graph;
use crate::http;
use crate::load::{self, Client, Load, Outcome};
use crate::machine::Machine;
use crate::operation::{self, Likeness, Operation};
use crate::proc;
use crate::process::Process;
use crate::site::{Mode, Site};
use crate::weft::WeftArguments;

/// Memory that is so much more at the end than near the beginning has grown, in shares of it.
const GROWTH: f64 = 0.05;

/// Which fields the graph has: the changed one has `age`.
const FIELDS: &str = r#"{"query":"{ __type(name: \"User\") { fields { name } } }"}"#;

/// Load for a long time, the supergraph replaced meanwhile, memory sampled every second.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    weft: WeftArguments,
    /// How long the load lasts.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// How often the supergraph file is changed and SIGHUP sent.
    #[arg(long, default_value_t = 100)]
    reloads: u64,
    /// How many connections send requests at once.
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// Whether identical requests at the same time share an answer.
    #[arg(long, value_enum, default_value = "no-dedup")]
    mode: Mode,
    /// What makes the load.
    #[arg(long, value_enum, default_value = "wrk")]
    client: Client,
    /// Also write the figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What came of a run.
struct Run {
    /// Resident memory before the load and in every second of it, in kB.
    idle: u64,
    samples: Vec<u64>,
    peak: u64,
    /// Changes of the graph that were made, and that were seen to serve.
    reloads: u64,
    served: u64,
    outcome: Outcome,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    ensure!(arguments.seconds >= 20, "less than 20 seconds say nothing");
    let machine = Machine::with(&arguments.weft.program()?, arguments.client)?;
    println!("{}\n", machine.summary());
    let site = Site::open(true)?;
    let run = observe(&site, arguments)?;
    let verdict = report(&run);
    if let Some(file) = &arguments.json {
        let report = json!({
            "machine": machine,
            "idle": run.idle,
            "samples": run.samples,
            "peak": run.peak,
            "reloads": run.reloads,
            "reloads_served": run.served,
            "requests": run.outcome.requests,
            "refused": run.outcome.refused,
            "broken": run.outcome.broken,
        });
        fs::write(file, format!("{report:#}\n"))?;
    }
    verdict
}

/// Puts load on a router, and looks at it every second.
fn observe(site: &Site, arguments: &Arguments) -> Result<Run> {
    let graphs = [Graph::Benchmark, Graph::BenchmarkChanged];
    let graphs = graphs.map(|graph| fs::read_to_string(site.supergraph(graph)?).context("a graph"));
    let [plain, changed] = graphs;
    let graphs = [plain?, changed?];
    let file = site.folder().join("soak.graphql");
    replace(&file, &graphs[0])?;
    let router = arguments.weft.router(arguments.mode)?;
    // A log of so many requests would only fill the disk.
    let router = site.start(&router, &file, arguments.mode, false)?;
    let operation = Operation::named("benchmark")?;
    let answer = http::graphql(site.port(), &operation.body())?;
    operation::compare(&operation.expected(), &answer, Likeness::Bytes)?;
    let pids = router.tree()?;
    proc::wait_for_rest(&pids)?;
    let idle = proc::memory(&pids)?.resident;
    let load = Load {
        port: site.port(),
        connections: arguments.connections,
        seconds: arguments.seconds,
        requests: site.requests(&operation, arguments.client)?,
    };
    let mut reloads = Reloads {
        site,
        router: &router,
        file: &file,
        graphs: &graphs,
        made: 0,
        served: 0,
    };
    thread::scope(|scope| {
        let load = scope.spawn(|| load::attempt(&load));
        let samples = watch(arguments, &pids, &mut reloads);
        let outcome = load
            .join()
            .map_err(|_| anyhow::anyhow!("the load panicked"))??;
        let samples = samples?;
        Ok(Run {
            idle,
            samples,
            peak: proc::memory(&pids)?.peak,
            reloads: reloads.made,
            served: reloads.served,
            outcome,
        })
    })
}

/// Samples memory every second of the load, and replaces the graph as often as is wanted.
fn watch(arguments: &Arguments, pids: &[u32], reloads: &mut Reloads<'_>) -> Result<Vec<u64>> {
    let begin = Instant::now();
    let mut samples = Vec::new();
    for second in 1..=arguments.seconds {
        let due = arguments.reloads * second / arguments.seconds;
        while reloads.made < due {
            reloads.check()?;
            reloads.make()?;
        }
        let until = begin + Duration::from_secs(second);
        thread::sleep(until.saturating_duration_since(Instant::now()));
        samples.push(proc::memory(pids)?.resident);
    }
    reloads.check()?;
    Ok(samples)
}

/// The graph's replacements.
struct Reloads<'a> {
    site: &'a Site,
    router: &'a Process,
    file: &'a Path,
    graphs: &'a [String; 2],
    made: u64,
    served: u64,
}

impl Reloads<'_> {
    /// Writes the other graph and tells the router.
    fn make(&mut self) -> Result<()> {
        self.made += 1;
        replace(self.file, &self.graphs[(self.made % 2) as usize])?;
        self.router.signal("HUP")
    }

    /// Counts the last replacement if the router serves it.
    fn check(&mut self) -> Result<()> {
        if self.made == 0 {
            return Ok(());
        }
        let answer = http::graphql(self.site.port(), FIELDS)?;
        let has_age = String::from_utf8_lossy(&answer).contains("\"age\"");
        self.served += u64::from(has_age == (self.made % 2 == 1));
        Ok(())
    }
}

/// Replaces a file's contents at once: a router never reads half of them.
fn replace(file: &Path, text: &str) -> Result<()> {
    let new = file.with_extension("new");
    fs::write(&new, text)?;
    Ok(fs::rename(new, file)?)
}

/// Prints what was seen; what must not be is an error.
fn report(run: &Run) -> Result<()> {
    let Run {
        idle,
        samples,
        peak,
        outcome,
        ..
    } = run;
    let megabytes = |kilobytes: f64| kilobytes / 1e3;
    let at = |percent: usize| samples[(samples.len() * percent / 100).max(1) - 1] as f64;
    println!("resident memory, MB");
    println!("  idle          {:8.1}", megabytes(*idle as f64));
    for percent in [10, 50, 100] {
        println!("  at {percent:3} %      {:8.1}", megabytes(at(percent)));
    }
    println!("  peak          {:8.1}", megabytes(*peak as f64));
    let (early, late) = (tenth(samples, 1), tenth(samples, 9));
    let growth = late / early - 1.0;
    println!(
        "  second tenth  {:8.1}\n  last tenth    {:8.1} ({:+.1} %; medians)",
        megabytes(early),
        megabytes(late),
        growth * 100.0
    );
    let failed = outcome.refused + outcome.broken;
    println!(
        "requests {}, of which failed {failed}",
        outcome.requests + outcome.broken
    );
    println!(
        "graphs replaced {}, seen to serve {}",
        run.reloads, run.served
    );
    if failed > 0 {
        bail!("{failed} requests failed");
    }
    ensure!(run.served == run.reloads, "not every graph came to serve");
    ensure!(growth <= GROWTH, "memory grows");
    println!("memory does not grow");
    Ok(())
}

/// The median of one of ten equal parts of the samples.
fn tenth(samples: &[u64], number: usize) -> f64 {
    let part = &samples[samples.len() * number / 10..samples.len() * (number + 1) / 10];
    let part: Vec<f64> = part.iter().map(|sample| *sample as f64).collect();
    median(&part)
}
