//! Temporary.
use router_operation::{Document, Limits};
use router_planner::Planner;
use schema_model::Supergraph;
use std::sync::Arc;
use std::time::Instant;
fn main() -> anyhow::Result<()> {
    let a: Vec<String> = std::env::args().collect();
    if a[1] == "compare" {
        let mut tally = benches_planning::compare::Tally::default();
        let t = Instant::now();
        let r = tally.run(a[2].parse()?, a[3].parse()?);
        println!("{tally} in {:?}", t.elapsed());
        if let Err(e) = r {
            println!("{e}");
        }
        return Ok(());
    }
    if a[1] == "debug" {
        for i in 0..a[2].parse::<u64>()? {
            let t = Instant::now();
            let o = benches_planning::compare::debug(i);
            println!("{i} {:?} {o}", t.elapsed());
        }
        return Ok(());
    }
    let sdl = std::fs::read_to_string(&a[1])?;
    let op = std::fs::read_to_string(&a[2])?;
    let sg = Arc::new(Supergraph::parse(&sdl)?);
    let doc = Document::parse(&sg, &op, &Limits::default()).map_err(|e| e[0].clone())?;
    let req = doc.request(&sg, None)?;
    let cond = req.unconditional().unwrap();
    let operation = req.normalize(&sg, &cond);
    let t = Instant::now();
    let planner = Planner::new(Arc::clone(&sg));
    println!("new {:?}", t.elapsed());
    let mut times = vec![];
    let mut n = 0;
    for _ in 0..21 {
        let t = cpu();
        let p = planner.plan(&operation)?;
        n = p.fetches.len();
        times.push(cpu() - t);
    }
    times.sort();
    let p = planner.plan(&operation)?;
    println!("{} waves", benches_planning::compare::waves(&p));
    println!("{n} fetches median {:?} min {:?}", times[10], times[0]);
    let status = std::fs::read_to_string("/proc/self/status")?;
    println!(
        "{}",
        status.lines().find(|l| l.starts_with("VmHWM")).unwrap()
    );
    Ok(())
}

fn cpu() -> std::time::Duration {
    let s = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    std::time::Duration::from_nanos(s.split(' ').next().unwrap().parse().unwrap())
}
