//! The command line.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use clap::Parser;

use crate::generate::{Features, subgraphs};
use crate::report::render;
use crate::run::{Outcome, Settings, run};
use crate::shrink::{Case, shrink};

/// Compares the router's answers to random operations over random supergraphs with those of one schema.
#[derive(Debug, Parser)]
#[command(name = "tests-differential")]
struct Arguments {
    /// How many operations, over all worlds.
    #[arg(long, default_value_t = 10_000)]
    operations: usize,
    /// How many supergraphs.
    #[arg(long, default_value_t = 60)]
    worlds: usize,
    /// What everything follows from; the clock if it is not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Features to leave out.
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// The only features.
    #[arg(long, value_delimiter = ',')]
    features: Vec<String>,
    /// Print why subgraphs do not compose.
    #[arg(long)]
    rejections: bool,
    /// Kinds of differences that are counted but not shown.
    #[arg(long, value_delimiter = ',')]
    hide: Vec<String>,
    /// How many differences are made small and shown.
    #[arg(long, default_value_t = 5)]
    show: usize,
    /// A folder that these are written to.
    #[arg(long)]
    save: Option<PathBuf>,
    /// Run the case in this folder instead.
    #[arg(long)]
    replay: Option<PathBuf>,
    /// Make that case small first.
    #[arg(long)]
    shrink: bool,
    /// Print the subgraphs of the world with this seed instead.
    #[arg(long)]
    world: Option<u64>,
}

/// Runs the command line; whether there was no difference.
///
/// # Errors
/// There is no such feature or case.
pub fn execute() -> Result<bool> {
    let arguments = Arguments::parse();
    let features = match arguments.features.is_empty() {
        true => Features::without(&arguments.without),
        false => Features::only(&arguments.features),
    };
    let features = features.map_err(anyhow::Error::msg)?;
    if let Some(folder) = &arguments.replay {
        let case = Case::load(folder)?;
        let case = match arguments.shrink {
            true => shrink(&case, None).0,
            false => case,
        };
        if let Some(folder) = &arguments.save {
            case.save(folder)?;
        }
        return replay(&case);
    }
    if let Some(seed) = arguments.world {
        for (name, sdl) in subgraphs(seed, &features) {
            println!("# {name}.graphql\n{sdl}");
        }
        return Ok(true);
    }
    compare(&arguments, features)
}

fn replay(case: &Case) -> Result<bool> {
    match case.run(None) {
        None => anyhow::bail!("the subgraphs do not compose, or the operation is not valid"),
        Some(Ok(())) => {
            println!("no difference");
            Ok(true)
        }
        Some(Err(difference)) => {
            println!("{}", render(case, &difference));
            Ok(false)
        }
    }
}

fn compare(arguments: &Arguments, features: Features) -> Result<bool> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let settings = Settings {
        seed: arguments.seed.unwrap_or(now.as_secs()),
        worlds: arguments.worlds,
        operations: arguments.operations,
        features,
        mistake: None,
    };
    println!("seed {}", settings.seed);
    let started = Instant::now();
    let mut shown = 0;
    let mut failure = Ok(());
    let outcome = run(&settings, |world, case, difference| {
        let is_hidden = arguments.hide.contains(&format!("{:?}", difference.kind));
        if shown < arguments.show && !is_hidden {
            shown += 1;
            let (small, last) = shrink(&case, None);
            let rendered = render(&small, &last.unwrap_or(difference));
            println!("---- {shown}, world {world}\n{rendered}");
            if let Some(folder) = &arguments.save {
                let folder = folder.join(format!("{}-{shown}", settings.seed));
                failure = small
                    .save(&folder)
                    .and_then(|()| case.save(&folder.join("whole")));
            }
        }
        true
    });
    failure?;
    print(&outcome, arguments.rejections);
    println!("{:.1} s", started.elapsed().as_secs_f64());
    Ok(outcome.kinds.is_empty())
}

fn print(outcome: &Outcome, with_rejections: bool) {
    let rejected: usize = outcome.rejected.values().sum();
    println!(
        "{} worlds ({rejected} more do not compose), {} operations, {} requests to subgraphs, {} errors in answers",
        outcome.worlds, outcome.operations, outcome.requests, outcome.errors
    );
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for (error, count) in &outcome.rejected {
        if with_rejections {
            println!("{count:>9}  {error}");
        }
        *codes
            .entry(error.split(':').next().unwrap_or(""))
            .or_default() += count;
    }
    for (code, count) in codes {
        println!("{count:>9}  {code}");
    }
    println!("Exercised:\n{}", outcome.coverage.render());
    let differences: usize = outcome.kinds.values().sum();
    println!("{differences} differences");
    for (kind, count) in &outcome.kinds {
        println!("{count:>9}  {kind:?}");
    }
}
