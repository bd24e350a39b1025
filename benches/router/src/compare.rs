//! The comparison: Weft, and another router if there is one, on the same port over the same subgraphs, by turns.

mod report;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::graph::Graph;
use crate::http;
use crate::load::Client;
use crate::machine::Machine;
use crate::measure::{Sample, Subject};
use crate::operation::{self, Likeness, NAMES, Operation};
use crate::peer::PeerArguments;
use crate::site::{Mode, Router, Site};
use crate::weft::WeftArguments;
use report::Report;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    weft: WeftArguments,
    #[command(flatten)]
    peer: PeerArguments,
    /// How long one run takes; runs of slow requests at many connections take up to 20 seconds.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// How often everything is measured; medians are reported.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How many connections send requests at once.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 50])]
    connections: Vec<usize>,
    /// What is asked.
    #[arg(long, value_delimiter = ',', default_values = NAMES)]
    operations: Vec<String>,
    /// How identical requests at the same time are dealt with, and where the subgraphs are.
    #[arg(long, value_delimiter = ',', value_enum, default_values = ["no-dedup", "default", "in-process"])]
    modes: Vec<Mode>,
    /// What makes the load.
    #[arg(long, value_enum, default_value = "wrk")]
    client: Client,
    /// Let the subgraphs work out each answer instead of remembering it.
    #[arg(long)]
    compute: bool,
    /// Also write everything to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Arguments {
    /// Refuses what cannot be measured, before anything is started.
    fn check(&self) -> Result<()> {
        ensure!(
            self.seconds > 0 && self.rounds > 0,
            "at least one round of one second"
        );
        ensure!(
            self.connections.iter().all(|connections| *connections > 0),
            "at least one connection"
        );
        Ok(())
    }
}

/// A router in a comparison.
struct Side {
    name: String,
    router: Router,
    likeness: Likeness,
    /// Whether what the process of the subgraphs uses counts as the router's.
    with_subgraphs: bool,
}

/// Figures of one router with one operation at so many connections, a sample a round.
struct Series {
    mode: Mode,
    operation: String,
    connections: usize,
    side: String,
    /// Memory before any load, in kB.
    idle: Vec<u64>,
    samples: Vec<Sample>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    arguments.check()?;
    let machine = Machine::with(&arguments.weft.program()?, arguments.client)?;
    let operations: Result<Vec<Operation>> = arguments
        .operations
        .iter()
        .map(|name| Operation::named(name))
        .collect();
    let operations = operations?;
    println!("{}\n", machine.summary());
    let mut report = Report::new(machine);
    for mode in &arguments.modes {
        let comparison = Comparison::new(arguments, *mode, &operations)?;
        let Some(comparison) = comparison else {
            println!(
                "{}: none of the operations is asked in this mode\n",
                mode.name()
            );
            continue;
        };
        let series = comparison.run()?;
        report.add(*mode, &series);
    }
    report.finish(arguments.json.as_deref())
}

/// Everything that is measured in one mode.
struct Comparison<'a> {
    arguments: &'a Arguments,
    mode: Mode,
    sides: Vec<Side>,
    operations: Vec<&'a Operation>,
    site: Site,
}

impl<'a> Comparison<'a> {
    fn new(
        arguments: &'a Arguments,
        mode: Mode,
        operations: &'a [Operation],
    ) -> Result<Option<Self>> {
        let in_process = mode == Mode::InProcess;
        // The subgraphs that can be in the router's process are the benchmark's.
        let operations = operations
            .iter()
            .filter(|operation| !in_process || operation.graph == Graph::Benchmark);
        let operations: Vec<&Operation> = operations.collect();
        if operations.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            arguments,
            mode,
            sides: sides(arguments, mode)?,
            operations,
            site: Site::open(!in_process && !arguments.compute)?,
        }))
    }

    fn run(&self) -> Result<Vec<Series>> {
        let mut series = self.empty_series();
        for round in 0..self.arguments.rounds {
            let mut order: Vec<&Side> = self.sides.iter().collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for operation in &self.operations {
                for side in &order {
                    let place = || {
                        let (mode, round) = (self.mode.name(), round + 1);
                        format!("{mode}, {}, round {round}, {}", operation.name, side.name)
                    };
                    eprintln!("{}", place());
                    self.turn(side, operation, &mut series)
                        .with_context(place)?;
                }
            }
        }
        Ok(series)
    }

    fn empty_series(&self) -> Vec<Series> {
        let mut series = Vec::new();
        for operation in &self.operations {
            for connections in &self.arguments.connections {
                series.extend(self.sides.iter().map(|side| Series {
                    mode: self.mode,
                    operation: operation.name.clone(),
                    connections: *connections,
                    side: side.name.clone(),
                    idle: Vec::new(),
                    samples: Vec::new(),
                }));
            }
        }
        series
    }

    /// Starts a router, checks what it answers to an operation, and measures it.
    fn turn(&self, side: &Side, operation: &Operation, series: &mut [Series]) -> Result<()> {
        let site = &self.site;
        let supergraph = site.supergraph(operation.graph)?;
        fs::write(site.answer(), operation.expected())?;
        let router = site.start(&side.router, &supergraph, self.mode, true)?;
        let besides = match side.with_subgraphs {
            true => vec![site.subgraphs()],
            false => Vec::new(),
        };
        let subject = Subject {
            site,
            router: &router,
            besides: &besides,
        };
        let idle = subject.resident()?;
        self.check(side, operation)?;
        let requests = site.requests(operation, self.arguments.client)?;
        let own = series
            .iter_mut()
            .filter(|series| series.side == side.name && series.operation == operation.name);
        for series in own {
            let connections = series.connections;
            let sample = subject.measure(&requests, connections, self.arguments.seconds);
            let sample = sample.with_context(|| format!("{connections} connections"))?;
            series.idle.push(idle);
            series.samples.push(sample);
        }
        Ok(())
    }

    fn check(&self, side: &Side, operation: &Operation) -> Result<()> {
        let answer = http::graphql(self.site.port(), &operation.body());
        answer
            .and_then(|answer| operation::compare(&operation.expected(), &answer, side.likeness))
            .with_context(|| format!("the answer to {}", operation.name))
    }
}

fn sides(arguments: &Arguments, mode: Mode) -> Result<Vec<Side>> {
    let weft = |name: &str, router| Side {
        name: name.to_owned(),
        router,
        likeness: Likeness::Bytes,
        with_subgraphs: false,
    };
    if mode == Mode::InProcess {
        let config = arguments.weft.config(Mode::NoDedup);
        return Ok(vec![
            weft("in process", Router::InProcess { config }),
            Side {
                with_subgraphs: true,
                ..weft("over HTTP", arguments.weft.router(Mode::NoDedup)?)
            },
        ]);
    }
    if mode == Mode::Cached {
        let kept = "cache:\n  default_max_age: 10m\n";
        let in_parts = format!("{kept}  response_memory: 1\n");
        let none = "cache:\n  enabled: false\n";
        return Ok(vec![
            Side {
                likeness: Likeness::Values,
                ..weft("bare axum", Router::Bytes)
            },
            weft("whole", arguments.weft.router_with(kept)?),
            weft("parts", arguments.weft.router_with(&in_parts)?),
            weft("uncached", arguments.weft.router_with(none)?),
        ]);
    }
    let peer = arguments.peer.router().map(|(name, router)| Side {
        name,
        router,
        likeness: Likeness::Values,
        with_subgraphs: false,
    });
    let weft = weft("weft", arguments.weft.router(mode)?);
    Ok([weft].into_iter().chain(peer).collect())
}
