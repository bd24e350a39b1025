//! Many worlds, many operations in each, and what came of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::{Difference, Kind, check};
use crate::coverage::Coverage;
use crate::execute::Mistake;
use crate::generate::{Features, subgraphs};
use crate::operation::request;
use crate::random::hash;
use crate::shrink::Case;
use crate::world::{Rejected, World};

/// How much to do.
#[derive(Clone, Debug)]
pub struct Settings {
    pub seed: u64,
    pub worlds: usize,
    /// Over all worlds.
    pub operations: usize,
    pub features: Features,
    pub mistake: Option<Mistake>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    pub worlds: usize,
    /// Sets of subgraphs that do not compose, by the first error.
    pub rejected: BTreeMap<String, usize>,
    pub operations: usize,
    pub requests: usize,
    pub errors: usize,
    pub coverage: Coverage,
    pub kinds: BTreeMap<Kind, usize>,
}

/// Compares; every difference is handed over as it is found. Stops when `found` says so.
pub fn run(
    settings: &Settings,
    mut found: impl FnMut(u64, Case, Box<Difference>) -> bool,
) -> Outcome {
    let mut outcome = Outcome::default();
    let per_world = settings.operations.div_ceil(settings.worlds.max(1));
    for attempt in 0..20 * settings.worlds {
        if outcome.worlds == settings.worlds {
            break;
        }
        let seed = hash((settings.seed, attempt));
        let Some(world) = world(seed, &settings.features, &mut outcome) else {
            continue;
        };
        outcome.worlds += 1;
        for number in 0..per_world {
            let Some(generated) = request(&world, hash((seed, number))) else {
                continue;
            };
            outcome.operations += 1;
            match check(&world, &generated.request, settings.mistake) {
                Ok(agreement) => {
                    outcome.requests += agreement.requests;
                    outcome.errors += agreement.errors;
                    outcome.coverage.include(&agreement.coverage);
                    for (construct, count) in generated.constructs {
                        outcome.coverage.add(construct, count);
                    }
                }
                Err(difference) => {
                    *outcome.kinds.entry(difference.kind).or_default() += 1;
                    let case = Case {
                        parts: world.parts(),
                        request: generated.request,
                    };
                    if !found(seed, case, difference) {
                        return outcome;
                    }
                }
            }
        }
    }
    outcome
}

fn world(seed: u64, features: &Features, outcome: &mut Outcome) -> Option<Arc<World>> {
    match World::new(&subgraphs(seed, features)) {
        Ok(world) => Some(Arc::new(world)),
        Err(Rejected::Composition(errors)) => {
            let first = errors.into_iter().next().unwrap_or_default();
            *outcome.rejected.entry(first).or_default() += 1;
            None
        }
        Err(Rejected::Unsound(why)) => {
            *outcome
                .rejected
                .entry(format!("unsound: {why}"))
                .or_default() += 1;
            None
        }
        Err(Rejected::Unreadable(why)) => panic!("world {seed} cannot be read: {why}"),
    }
}
