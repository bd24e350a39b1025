//! Time and memory of planning.

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use benches_planning::cases::{Case, cases, cases_of};
use benches_planning::table::{least, line};
use router_planner::Planner;

/// Plans of which the median is taken; fewer of what takes long.
const RUNS: usize = 51;

/// Time that all runs of one case may take together.
const BUDGET: Duration = Duration::from_secs(2);

/// The table, line by line.
pub(crate) fn table() -> Result<()> {
    println!(
        "| graph | operation | subgraphs | fetches | waves | least fetches | least waves | time | memory |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|");
    for case in &cases()? {
        let line = line(case)?;
        let (fetches, waves) = line.plan;
        let (least_fetches, least_waves) = match least(case, fetches) {
            Some((fetches, waves)) => (fetches.to_string(), waves.to_string()),
            None => ("?".to_owned(), "?".to_owned()),
        };
        let memory = memory(case)?;
        println!(
            "| {} | {} | {fetches} | {waves} | {least_fetches} | {least_waves} | {:.2} ms | {} kB |",
            line.name,
            line.subgraphs,
            median(case)?.as_secs_f64() * 1000.0,
            memory / 1024,
        );
    }
    Ok(())
}

/// The median of many plans, with nothing prepared but the planner.
pub(crate) fn median(case: &Case) -> Result<Duration> {
    let planner = Planner::new(case.supergraph.clone());
    let begin = Instant::now();
    let mut times = Vec::new();
    while times.len() < RUNS && (times.is_empty() || begin.elapsed() < BUDGET) {
        let start = Instant::now();
        black_box(planner.plan(&case.operation)?);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

/// What planning a case adds to the highest resident memory, in a process of its own.
fn memory(case: &Case) -> Result<u64> {
    let output = Command::new(std::env::current_exe()?)
        .args(["memory", &case.graph, &case.name])
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
}

/// Prints by how many bytes planning a case raised the highest resident memory of this process.
pub(crate) fn print_memory(graph: &str, name: &str) -> Result<()> {
    let cases = cases_of(graph)?;
    let mut named = cases.iter().filter(|case| case.name == name);
    let case = named.next().context("there is no such case")?;
    let planner = Planner::new(case.supergraph.clone());
    // Forgets what reading the cases took.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let before = peak()?;
    black_box(planner.plan(&case.operation)?);
    println!("{}", peak()?.saturating_sub(before));
    Ok(())
}

/// The most memory this process has had, in bytes.
pub(crate) fn peak() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    let kilobytes = kilobytes.context("the system does not say how much memory was used")?;
    Ok(kilobytes.trim().parse::<u64>()? * 1024)
}
