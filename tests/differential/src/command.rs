//! Worlds, operations, and what came of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use clap::Parser;

use crate::check::{Kind, check};
use crate::generate::{Features, subgraphs};
use crate::operation::request;
use crate::random::hash;
use crate::report::render;
use crate::shrink::{Case, shrink};
use crate::world::{Rejected, World};

/// Compares the router's answers to random operations over random supergraphs with those of one schema.
#[derive(Debug, Parser)]
pub struct Arguments {
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
    /// Print the subgraphs of every world.
    #[arg(long)]
    print: bool,
    /// Only the world of this seed.
    #[arg(long)]
    world: Option<u64>,
    /// Print why subgraphs do not compose.
    #[arg(long)]
    rejections: bool,
    /// How many differences are shown.
    #[arg(long, default_value_t = 5)]
    show: usize,
}

/// Runs the command line; whether there was no difference.
///
/// # Errors
/// There is no such feature.
pub fn run() -> Result<bool> {
    let arguments = Arguments::parse();
    let features = match arguments.features.is_empty() {
        true => Features::without(&arguments.without),
        false => Features::only(&arguments.features),
    };
    let features = features.map_err(anyhow::Error::msg)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let seed = arguments.seed.unwrap_or_else(|| now.as_secs());
    println!("seed {seed}");
    let mut rejected: BTreeMap<String, usize> = BTreeMap::new();
    let mut constructs: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    let (mut worlds, mut attempts, mut operations, mut invalid) = (0, 0_u64, 0, 0);
    let (mut requests, mut errors, mut shown) = (0, 0, 0);
    while worlds < arguments.worlds && attempts < 50 * arguments.worlds as u64 {
        let world_seed = arguments.world.unwrap_or_else(|| hash((seed, attempts)));
        attempts += 1;
        let parts = subgraphs(world_seed, &features);
        if arguments.print {
            for (name, sdl) in &parts {
                println!("# {name}\n{sdl}");
            }
        }
        let world = match World::new(&parts) {
            Ok(world) => Arc::new(world),
            Err(Rejected::Composition(errors)) => {
                if arguments.print {
                    println!("rejected {errors:#?}");
                }
                if arguments.rejections {
                    println!("rejected {world_seed} {}", errors[0]);
                }
                let code = errors
                    .first()
                    .map_or("", |e| e.split(':').next().unwrap_or(""));
                *rejected.entry(code.to_owned()).or_default() += 1;
                continue;
            }
            Err(Rejected::Unreadable(why)) => {
                println!("UNREADABLE {why}");
                for (name, sdl) in &parts {
                    println!("# {name}\n{sdl}");
                }
                continue;
            }
        };
        worlds += 1;
        for number in 0..arguments.operations / arguments.worlds {
            let Some(generated) = request(&world, hash((world_seed, number))) else {
                invalid += 1;
                continue;
            };
            operations += 1;
            for (construct, count) in generated.constructs {
                *constructs.entry(construct).or_default() += count;
            }
            match check(&world, &generated.request, None) {
                Ok(agreement) => {
                    requests += agreement.requests;
                    errors += agreement.errors;
                }
                Err(difference_before) => {
                    *kinds.entry(difference_before.kind).or_default() += 1;
                    shown += 1;
                    if shown <= arguments.show {
                        let case = Case {
                            parts: parts.clone(),
                            request: generated.request.clone(),
                        };
                        let (small, difference) = shrink(&case, None);
                        let difference = difference.unwrap_or(difference_before);
                        println!("---- world {world_seed}\n{}", render(&small, &difference));
                    }
                }
            }
        }
    }
    println!(
        "worlds {worlds} of {attempts}; operations {operations} (invalid {invalid}); requests {requests}; errors {errors}"
    );
    println!("rejected {rejected:#?}\nconstructs {constructs:#?}\ndifferences {kinds:?}");
    Ok(kinds.is_empty())
}
