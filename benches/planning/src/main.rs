//! The planner's quality and speed, as tables.

mod adversarial;
mod measure;

use anyhow::Result;
use benches_planning::compare::{Tally, waves};
use router_planner::Planner;

const USAGE: &str = "\
usage: benches-planning table                 the table of docs/plan-quality.md
       benches-planning adversarial           what is made to take long
       benches-planning compare SEED CASES    random cases beside the reference, until so many are optimal";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["table"] => measure::table()?,
        ["adversarial"] => adversarial()?,
        ["compare", seed, cases] => {
            let mut tally = Tally::default();
            let compared = tally.run(seed.parse()?, cases.parse()?);
            println!("{tally}");
            compared.map_err(anyhow::Error::msg)?;
        }
        ["memory", graph, name] => measure::print_memory(graph, name)?,
        _ => println!("{USAGE}"),
    }
    Ok(())
}

fn adversarial() -> Result<()> {
    println!("| graph | operation | fetches | waves | time |");
    println!("|---|---|---:|---:|---:|");
    for case in adversarial::cases()? {
        let plan = Planner::new(case.supergraph.clone()).plan(&case.operation)?;
        println!(
            "| {} | {} | {} | {} | {:.0} ms |",
            case.graph,
            case.name,
            plan.fetches.len(),
            waves(&plan),
            measure::median(&case)?.as_secs_f64() * 1000.0,
        );
    }
    println!("peak memory of all together: {} MB", measure::peak()? >> 20);
    Ok(())
}
