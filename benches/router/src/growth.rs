//! How the router's processor time grows with what is asked: with entities, with fields, with subgraphs.

mod fit;
mod plot;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::json;

use crate::figures::{Table, median};
use crate::graph::Graph;
use crate::http;
use crate::load::Client;
use crate::machine::Machine;
use crate::measure::Subject;
use crate::operation::{self, Likeness, Operation};
use crate::site::{Mode, Site};
use crate::synthetic::{PARTS, SCALARS};
use crate::weft::WeftArguments;
use fit::{Line, Point};

/// Items where fields are varied, and where subgraphs are.
const ITEMS_FOR_FIELDS: usize = 500;
const ITEMS_FOR_SUBGRAPHS: usize = 100;

/// Measure how CPU grows with entities, fields and subgraphs, and draw it.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    weft: WeftArguments,
    /// How long each point is measured in a round.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// How often every point is measured; medians are reported.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Draw the figures into this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Also write the figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What is varied, and how much of it there is.
struct Series {
    title: String,
    /// One of what is counted.
    unit: &'static str,
    counts: Vec<usize>,
    text: fn(usize) -> String,
    /// Whether the counts span orders of magnitude.
    logarithmic: bool,
}

/// What came of it; y is microseconds of CPU a request.
#[derive(Serialize)]
struct Measured {
    title: String,
    unit: &'static str,
    logarithmic: bool,
    points: Vec<Point>,
    line: Line,
}

fn series() -> [Series; 3] {
    [
        Series {
            title: "Entities in the answer".to_owned(),
            unit: "entity",
            counts: vec![10, 30, 100, 300, 1000, 3000, 10_000],
            text: operation::entities,
            logarithmic: true,
        },
        Series {
            title: format!("Fields selected of {ITEMS_FOR_FIELDS} objects"),
            unit: "field",
            counts: vec![1, 2, 4, 8, 16, 24, 32, 2 * SCALARS],
            text: |fields| operation::scalars(ITEMS_FOR_FIELDS, fields),
            logarithmic: false,
        },
        Series {
            title: format!("Subgraphs with {ITEMS_FOR_SUBGRAPHS} entities each"),
            unit: "subgraph",
            counts: vec![1, 2, 3, 4, 6, 8, 10, PARTS],
            text: |parts| operation::parts(ITEMS_FOR_SUBGRAPHS, parts),
            logarithmic: false,
        },
    ]
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let machine = Machine::with(&arguments.weft.program()?, Client::Wrk)?;
    println!("{}\n", machine.summary());
    let site = Site::open(true)?;
    let supergraph = site.supergraph(Graph::Synthetic)?;
    let router = arguments.weft.router(Mode::NoDedup)?;
    let router = site.start(&router, &supergraph, Mode::NoDedup, true)?;
    let subject = Subject {
        site: &site,
        router: &router,
        besides: &[],
    };
    let mut cpu = [const { Vec::new() }; 3];
    for _ in 0..arguments.rounds {
        for (series, cpu) in series().iter().zip(&mut cpu) {
            cpu.push(measure(&subject, series, arguments.seconds)?);
        }
    }
    let measured = series().into_iter().zip(&cpu);
    let measured: Vec<Measured> = measured.map(|(series, cpu)| series.with(cpu)).collect();
    print(&measured);
    if let Some(file) = &arguments.svg {
        fs::write(file, plot::draw(&measured, &machine))?;
        println!("the picture is {}", file.display());
    }
    if let Some(file) = &arguments.json {
        let report = json!({"machine": machine, "series": measured});
        fs::write(file, format!("{report:#}\n"))?;
    }
    Ok(())
}

/// CPU of every point of a series, in microseconds a request.
fn measure(subject: &Subject<'_>, series: &Series, seconds: u64) -> Result<Vec<f64>> {
    let measure = |count: &usize| {
        let name = format!("{}-{count}", series.unit);
        eprintln!("{name}");
        let operation = Operation::synthetic(&name, (series.text)(*count));
        let answer = http::graphql(subject.site.port(), &operation.body())?;
        operation::compare(&operation.expected(), &answer, Likeness::Bytes)
            .with_context(|| format!("the answer to {}", operation.name))?;
        let requests = subject.site.requests(&operation, Client::Wrk)?;
        let sample = subject.measure(&requests, 1, seconds)?;
        Ok(sample.cpu)
    };
    series.counts.iter().map(measure).collect()
}

impl Series {
    /// The series with what its points took in every round.
    fn with(self, rounds: &[Vec<f64>]) -> Measured {
        let points = self.counts.iter().enumerate().map(|(index, count)| {
            let times: Vec<f64> = rounds.iter().map(|round| round[index]).collect();
            Point {
                x: *count as f64,
                y: median(&times),
            }
        });
        let points: Vec<Point> = points.collect();
        Measured {
            line: Line::through(&points),
            title: self.title,
            unit: self.unit,
            logarithmic: self.logarithmic,
            points,
        }
    }
}

fn print(measured: &[Measured]) {
    println!("CPU of the router at one connection, in µs a request");
    for Measured {
        title,
        unit,
        points,
        line,
        ..
    } in measured
    {
        println!("\n{title}");
        let mut table = Table::new(0, [unit, "CPU µs", "the line"]);
        for point in points {
            let line = format!("{:.0}", line.at(point.x));
            table.row([point.x.to_string(), format!("{:.0}", point.y), line]);
        }
        print!("{table}");
        println!(
            "{:.0} µs + {:.2} µs per {unit}; R² {:.4}; log-log slope {:.2}",
            line.base, line.slope, line.r_squared, line.exponent
        );
    }
}
