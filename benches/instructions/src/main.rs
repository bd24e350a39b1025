//! Counts the instructions and allocations of the request path under callgrind and compares them with
//! `counts.txt`: figures that the load of the machine does not touch.
//!
//! Every case is a process of its own. What it needs is made ready and run a few times before anything is counted.

mod callgrind;
mod cases;
mod counts;
mod graph;

use std::process::ExitCode;

use anyhow::{Result, bail};

use cases::{CASES, Case};
use counts::Counts;

const USAGE: &str = "usage: benches-instructions [--accept] [CASE]...   compare these cases, or all, with counts.txt
       benches-instructions --profile CASE         keep what callgrind writes, and say where
       benches-instructions --time CASE ROUNDS     nanoseconds a run, outside valgrind";

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--help" | "-h"] => println!("{USAGE}"),
        ["--run", name, warm_up] => {
            callgrind::run_counted(&mut *case(name)?.ready()?, warm_up.parse()?)
        }
        ["--profile", name] => println!("{}", callgrind::profile(case(name)?.name)?.display()),
        ["--time", name, rounds] => time(case(name)?, rounds.parse()?)?,
        ["--accept", names @ ..] => return compare(names, true),
        names => return compare(names, false),
    }
    Ok(ExitCode::SUCCESS)
}

fn case(name: &str) -> Result<&'static Case> {
    match CASES.iter().find(|case| case.name == name) {
        Some(case) => Ok(case),
        None => bail!("there is no case `{name}`\n{USAGE}"),
    }
}

/// Counts the cases of these names, or all, and says what is not as it was.
fn compare(names: &[&str], accept: bool) -> Result<ExitCode> {
    let chosen: Vec<&Case> = match names {
        [] => CASES.iter().collect(),
        names => names.iter().map(|name| case(name)).collect::<Result<_>>()?,
    };
    let mut known = Counts::read()?;
    let mut complaints = Vec::new();
    println!("{}", counts::HEAD);
    for case in chosen {
        let count = callgrind::count(case.name)?;
        let before = known.get(case.name);
        println!("{}", counts::line(case.name, count, before));
        complaints.extend(before.map_or_else(
            || Some(format!("{} is not in {}", case.name, counts::FILE)),
            |before| count.complaint(case.name, before),
        ));
        known.set(case.name, count);
    }
    if accept {
        known.write(CASES.iter().map(|case| case.name))?;
        println!("accepted: {}", counts::FILE);
        return Ok(ExitCode::SUCCESS);
    }
    if complaints.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    for complaint in complaints {
        eprintln!("{complaint}");
    }
    eprintln!("where the instructions go: `just bench-instructions --profile CASE`");
    eprintln!("if it is meant, and for what became cheaper: `just bench-instructions --accept`");
    Ok(ExitCode::FAILURE)
}

fn time(case: &Case, rounds: u32) -> Result<()> {
    let mut run = case.ready()?;
    for _ in 0..rounds {
        run();
    }
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        run();
    }
    let each = start.elapsed() / rounds.max(1);
    println!("{}: {} ns", case.name, each.as_nanos());
    Ok(())
}
