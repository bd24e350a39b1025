//! Measures execution over hostile answers: a table of time and peak memory per input, for some size and for four
//! times as much, since what is not linear shows in the ratio.
//!
//! Every measurement is a process of its own, so that one's memory is not another's.

mod inputs;
mod run;

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use inputs::{INPUTS, Input};

const USAGE: &str = "usage: benches-execution [INPUT]...   the table for these inputs, or for all";

/// Runs of which the fastest counts.
const RUNS: usize = 5;
/// Time that all runs of one measurement may take together.
const BUDGET: Duration = Duration::from_secs(5);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--help" | "-h"] => println!("{USAGE}"),
        ["--measure", name, size] => measure(input(name)?, size.parse()?)?,
        [] => table(INPUTS.iter())?,
        names => {
            let inputs: Result<Vec<&Input>> = names.iter().map(|name| input(name)).collect();
            table(inputs?.into_iter())?;
        }
    }
    Ok(())
}

fn input(name: &str) -> Result<&'static Input> {
    let found = INPUTS.iter().find(|input| input.name == name);
    found.with_context(|| format!("there is no input `{name}`\n{USAGE}"))
}

/// What one process found out.
struct Figures {
    time: Duration,
    /// Highest resident memory of the process, in bytes.
    peak: u64,
    bytes_in: u64,
    bytes_out: u64,
    errors: u64,
}

fn table(inputs: impl Iterator<Item = &'static Input>) -> Result<()> {
    println!(
        "| input | size | answers | client's answer | errors | time | a quarter of it | ratio | peak memory |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for input in inputs {
        let small = in_process(input.name, input.size / 4)?;
        let large = in_process(input.name, input.size)?;
        println!(
            "| {} | {} | {} kB | {} kB | {} | {:.1} ms | {:.1} ms | {:.1} | {} MB |",
            input.name,
            input.size,
            large.bytes_in / 1000,
            large.bytes_out / 1000,
            large.errors,
            large.time.as_secs_f64() * 1000.0,
            small.time.as_secs_f64() * 1000.0,
            large.time.as_secs_f64() / small.time.as_secs_f64(),
            large.peak / 1_000_000,
        );
    }
    Ok(())
}

fn in_process(name: &str, size: usize) -> Result<Figures> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--measure", name, &size.to_string()])
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{name}: {} {errors}",
        output.status
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(str::parse);
    let mut next = || -> Result<u64> { Ok(numbers.next().context("a figure is missing")??) };
    Ok(Figures {
        time: Duration::from_micros(next()?.max(1)),
        peak: next()?,
        bytes_in: next()?,
        bytes_out: next()?,
        errors: next()?,
    })
}

/// Prints the figures of one input.
fn measure(input: &Input, size: usize) -> Result<()> {
    let ready = run::Ready::new(input.operation, (input.answers)(size))?;
    let begin = Instant::now();
    let mut best = Duration::MAX;
    let mut output = None;
    for _ in 0..RUNS {
        let start = Instant::now();
        output = Some(ready.run());
        best = best.min(start.elapsed());
        if begin.elapsed() > BUDGET {
            break;
        }
    }
    let output = output.context("at least one run")?;
    println!(
        "{} {} {} {} {}",
        best.as_micros(),
        peak_memory()?,
        ready.bytes(),
        output.body.len(),
        output.errors,
    );
    Ok(())
}

/// The most memory this process has had, in bytes.
fn peak_memory() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    let kilobytes = kilobytes.context("the system does not say how much memory was used")?;
    Ok(kilobytes.trim().parse::<u64>()? * 1024)
}
