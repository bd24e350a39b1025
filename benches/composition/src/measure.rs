//! One measurement, and the table of many.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use apollo_compiler::Schema;
use schema_composition::{SubgraphInput, compose};

/// Measurements of which the median is taken; fewer of what takes long.
const RUNS: usize = 9;
/// Time that all runs of one measurement may take together.
const BUDGET: Duration = Duration::from_secs(10);

/// What federation subgraphs use without defining it, for GraphQL's own validation of them.
const FEDERATION: &str = r#"
directive @link(url: String, as: String, for: String, import: [link__Import]) repeatable on SCHEMA
directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
directive @requires(fields: String!) on FIELD_DEFINITION
directive @provides(fields: String!) on FIELD_DEFINITION
directive @external on OBJECT | FIELD_DEFINITION
directive @shareable repeatable on OBJECT | FIELD_DEFINITION
directive @override(from: String!, label: String) on FIELD_DEFINITION
directive @interfaceObject on OBJECT
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
scalar link__Import
extend type Query { _service: String }
"#;

/// What one process found out.
struct Figures {
    median: Duration,
    /// Highest resident memory of the process, in bytes.
    peak: u64,
    outcome: String,
}

/// The table, line by line as the figures come in.
pub(crate) fn table<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<()> {
    println!(
        "| input | subgraphs | SDL | parse and validate | compose | ratio | peak memory | outcome |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---|");
    for name in names {
        let subgraphs = crate::subgraphs(name)?;
        let bytes: usize = subgraphs.iter().map(|one| one.sdl.len()).sum();
        let reference = in_process("reference", name)?;
        let composed = in_process("compose", name)?;
        let ratio = composed.median.as_secs_f64() / reference.median.as_secs_f64();
        println!(
            "| {name} | {} | {} kB | {} ms | {} ms | {ratio:.1} | {} MB | {} |",
            subgraphs.len(),
            bytes / 1000,
            reference.median.as_millis(),
            composed.median.as_millis(),
            composed.peak / 1_000_000,
            composed.outcome,
        );
    }
    Ok(())
}

fn in_process(what: &str, name: &str) -> Result<Figures> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--measure", what, name])
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{what} of {name}: {} {errors}",
        output.status
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let mut parts = text.trim().splitn(3, ' ');
    let mut next = || parts.next().context("a figure is missing");
    Ok(Figures {
        median: Duration::from_micros(next()?.parse()?),
        peak: next()?.parse()?,
        outcome: next()?.to_owned(),
    })
}

/// Prints `median-in-microseconds peak-memory-in-bytes outcome`.
pub(crate) fn once(what: &str, subgraphs: &[SubgraphInput]) -> Result<()> {
    let run: fn(&[SubgraphInput]) -> String = match what {
        "compose" => composed,
        "reference" => validated,
        _ => bail!("there is no measurement {what:?}"),
    };
    let begin = Instant::now();
    let mut times = Vec::new();
    let mut outcome = String::new();
    while times.len() < RUNS && (times.is_empty() || begin.elapsed() < BUDGET) {
        let start = Instant::now();
        outcome = run(subgraphs);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let median = times[times.len() / 2];
    println!("{} {} {outcome}", median.as_micros(), peak_memory()?);
    Ok(())
}

fn composed(subgraphs: &[SubgraphInput]) -> String {
    match compose(subgraphs) {
        Ok(composed) => format!("{} kB", composed.supergraph.len() / 1000),
        Err(failed) => {
            let codes: BTreeSet<&str> = failed.errors().map(|error| error.code.as_str()).collect();
            Vec::from_iter(codes).join(", ")
        }
    }
}

/// What no composer can do without, by the GraphQL library that ours is built on: every subgraph
/// is read and validated on its own.
fn validated(subgraphs: &[SubgraphInput]) -> String {
    let valid = subgraphs.iter().filter(|subgraph| {
        let built = Schema::builder()
            .adopt_orphan_extensions()
            .parse(subgraph.sdl.as_str(), "subgraph.graphql")
            .parse(FEDERATION, "federation.graphql")
            .build();
        black_box(built.map(Schema::validate)).is_ok_and(|validated| validated.is_ok())
    });
    format!("{} valid", valid.count())
}

/// The most memory this process has had, in bytes.
fn peak_memory() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    let kilobytes = kilobytes.context("the system does not say how much memory was used")?;
    Ok(kilobytes.trim().parse::<u64>()? * 1024)
}
