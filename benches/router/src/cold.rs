//! What an operation costs that the router has not seen before: reading it and planning it.

use anyhow::{Context, Result};

use crate::figures::{Table, median};
use crate::graph::Graph;
use crate::http;
use crate::load::{Client, Requests};
use crate::machine::Machine;
use crate::measure::{Sample, Subject};
use crate::operation::{self, Likeness, Operation};
use crate::peer::PeerArguments;
use crate::site::{Mode, Router, Site};
use crate::weft::WeftArguments;
use crate::wrk;

/// Measure operations that are new to the router: CPU beside that of the same operation known to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    weft: WeftArguments,
    #[command(flatten)]
    peer: PeerArguments,
    /// How long one run takes.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// How often everything is measured; medians are reported.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let machine = Machine::with(&arguments.weft.program()?, Client::Wrk)?;
    println!("{}\n", machine.summary());
    let site = Site::open(true)?;
    let requests = requests(&site)?;
    let weft = ("weft".to_owned(), arguments.weft.router(Mode::NoDedup)?);
    let routers: Vec<(String, Router)> =
        [weft].into_iter().chain(arguments.peer.router()).collect();
    let mut samples = vec![[Vec::new(), Vec::new()]; routers.len()];
    for _ in 0..arguments.rounds {
        for ((name, router), samples) in routers.iter().zip(&mut samples) {
            let found = turn(&site, router, &requests, arguments.seconds);
            let found = found.with_context(|| name.clone())?;
            for (samples, sample) in samples.iter_mut().zip(found) {
                samples.push(sample);
            }
        }
    }
    println!(
        "CPU of the benchmark's operation at one connection, in µs a request (medians of the rounds)"
    );
    let mut table = Table::new(1, ["router", "never seen", "known", "difference"]);
    for ((name, _), [cold, warm]) in routers.into_iter().zip(&samples) {
        let cpu = |samples: &[Sample]| {
            let values: Vec<f64> = samples.iter().map(|sample| sample.cpu).collect();
            median(&values)
        };
        let (cold, warm) = (cpu(cold), cpu(warm));
        let cells = [cold, warm, cold - warm].map(|figure| format!("{figure:.0}"));
        let [cold, warm, difference] = cells;
        table.row([name, cold, warm, difference]);
    }
    println!("{table}");
    Ok(())
}

/// Operations of which each is new, and one operation.
fn requests(site: &Site) -> Result<[Requests; 2]> {
    let known = Operation::named("benchmark")?;
    let unseen = operation::unseen("NUMBER");
    let body = serde_json::json!({"query": unseen}).to_string();
    let (before, after) = body
        .split_once("NUMBER")
        .context("a number in the operation")?;
    let script = wrk::numbered_script(site.folder(), "unseen", before, after)?;
    let unseen = Requests::Wrk { script };
    Ok([unseen, site.requests(&known, Client::Wrk)?])
}

/// Figures of operations never seen, and of a known one.
fn turn(
    site: &Site,
    router: &Router,
    requests: &[Requests; 2],
    seconds: u64,
) -> Result<[Sample; 2]> {
    let supergraph = site.supergraph(Graph::Benchmark)?;
    let router = site.start(router, &supergraph, Mode::NoDedup, true)?;
    check(site)?;
    let subject = Subject {
        site,
        router: &router,
        besides: &[],
    };
    let [unseen, known] = requests;
    Ok([
        subject.measure(unseen, 1, seconds)?,
        subject.measure(known, 1, seconds)?,
    ])
}

/// An operation with a number in it must be answered like the one without, but for the field it has more.
fn check(site: &Site) -> Result<()> {
    let known = Operation::named("benchmark")?.expected();
    let known = String::from_utf8(known)?;
    let expected = known.replacen("{\"data\":{", "{\"data\":{\"x0\":\"Query\",", 1);
    let body = serde_json::json!({"query": operation::unseen("0")}).to_string();
    let answer = http::graphql(site.port(), &body)?;
    operation::compare(expected.as_bytes(), &answer, Likeness::Values)
}
