//! The planner beside the reference, on random cases.

use std::fmt;
use std::sync::Arc;

use router_operation::{Document, Limits, Operation};
use router_planner::{Planner, QueryPlan, render_text};
use schema_composition::compose;
use schema_model::Supergraph;

use crate::optimal::{NoOptimum, Optimum, optimum};
use crate::random::{Case, Numbers, case, tape_of};

/// How many sets of requests the reference may try for one case.
const SETS: usize = 3_000;

/// What came of a case.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The graph does not compose, or the operation is not valid.
    Rejected,
    /// The reference gave up.
    TooLarge,
    /// The plan is as good as can be: fetches and waves.
    Optimal(usize, usize),
    /// It is not.
    Worse(String),
    /// There is no plan although there is a set of requests that suffices, or a plan although there is none.
    Contradiction(String),
}

/// How often each outcome came up.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Cases that were none.
    pub rejected: usize,
    /// Cases too large for the reference.
    pub too_large: usize,
    /// Cases planned as well as can be.
    pub optimal: usize,
    /// Of those, cases of three fetches and more.
    pub interesting: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} optimal ({} of three fetches and more), {} too large, {} no cases",
            self.optimal, self.interesting, self.too_large, self.rejected
        )
    }
}

impl Tally {
    /// Compares random cases until so many were planned as well as can be.
    ///
    /// # Errors
    /// A case that was not, made as small as was possible.
    pub fn run(&mut self, seed: u64, cases: usize) -> Result<(), String> {
        let mut numbers = Numbers::new(seed);
        while self.optimal < cases {
            let tape = tape_of(&mut numbers);
            match outcome(&tape) {
                Outcome::Rejected => self.rejected += 1,
                Outcome::TooLarge => self.too_large += 1,
                Outcome::Optimal(fetches, _) => {
                    self.optimal += 1;
                    self.interesting += usize::from(fetches > 2);
                }
                failed => return Err(format!("seed {seed}: {}", smallest(tape, &failed))),
            }
        }
        Ok(())
    }
}

/// What comes of the case that a tape makes.
pub fn outcome(tape: &[u32]) -> Outcome {
    let case = case(tape);
    let Some((supergraph, operation)) = compile(&case) else {
        return Outcome::Rejected;
    };
    let planner = Planner::new(Arc::clone(&supergraph));
    match planner.plan(&operation) {
        Ok(plan) => {
            let (fetches, waves) = (plan.fetches.len(), waves(&plan));
            match optimum(&supergraph, &operation, fetches, SETS) {
                Ok(least) if (least.fetches(), least.waves()) == (fetches, waves) => {
                    Outcome::Optimal(fetches, waves)
                }
                Ok(least) => Outcome::Worse(told(&case, &supergraph, Some(&plan), Some(&least))),
                Err(NoOptimum::TooManySets | NoOptimum::Unknown) => Outcome::TooLarge,
                Err(NoOptimum::Unreachable) => {
                    Outcome::Contradiction(told(&case, &supergraph, Some(&plan), None))
                }
            }
        }
        Err(error) => match optimum(&supergraph, &operation, 6, SETS) {
            Ok(least) => {
                let told = told(&case, &supergraph, None, Some(&least));
                Outcome::Contradiction(format!("{error}\n{told}"))
            }
            Err(_) => Outcome::TooLarge,
        },
    }
}

fn compile(case: &Case) -> Option<(Arc<Supergraph>, Operation)> {
    let composed = compose(&case.subgraphs).ok()?;
    let supergraph = Arc::new(Supergraph::parse(&composed.supergraph).ok()?);
    let document = Document::parse(&supergraph, &case.operation, &Limits::default()).ok()?;
    let request = document.request(&supergraph, None).ok()?;
    let conditions = request.unconditional()?;
    let operation = request.normalize(&supergraph, &conditions);
    Some((supergraph, operation))
}

/// How many fetches of a plan have to be carried out one after another.
pub fn waves(plan: &QueryPlan) -> usize {
    let mut waves: Vec<usize> = Vec::with_capacity(plan.fetches.len());
    for fetch in &plan.fetches {
        let before = fetch.after.iter().map(|before| waves[before.index()]);
        waves.push(before.max().unwrap_or(0) + 1);
    }
    waves.into_iter().max().unwrap_or(0)
}

fn told(
    case: &Case,
    supergraph: &Supergraph,
    plan: Option<&QueryPlan>,
    least: Option<&Optimum>,
) -> String {
    let mut out = String::new();
    for subgraph in &case.subgraphs {
        let sdl = subgraph.sdl.lines().skip(1).collect::<Vec<_>>().join("\n");
        out += &format!("# {}\n{sdl}\n", subgraph.name);
    }
    out += &format!("{}\n", case.operation);
    match plan {
        Some(plan) => {
            out += &format!(
                "our plan: {} fetches, {} waves\n",
                plan.fetches.len(),
                waves(plan)
            );
            out += &render_text(supergraph, plan);
        }
        None => out += "no plan\n",
    }
    match least {
        Some(least) => {
            let name = |subgraph| &supergraph.subgraph(subgraph).name;
            let requests = least.requests.iter();
            let requests: Vec<String> = requests
                .map(|(level, subgraph)| format!("{}@{level}", name(*subgraph)))
                .collect();
            out += &format!(
                "optimal: {} fetches, {} waves: {}\n",
                least.fetches(),
                least.waves(),
                requests.join(" ")
            );
        }
        None => out += "the reference finds no plan\n",
    }
    out
}

/// The smallest case found that fails in the same way.
fn smallest(mut tape: Vec<u32>, failed: &Outcome) -> String {
    let mut failed = failed.clone();
    let is_same = |one: &Outcome, other: &Outcome| {
        std::mem::discriminant(one) == std::mem::discriminant(other)
    };
    loop {
        let next = simpler(&tape).find_map(|candidate| {
            let found = outcome(&candidate);
            is_same(&found, &failed).then_some((candidate, found))
        });
        match next {
            Some(next) => (tape, failed) = next,
            None => break,
        }
    }
    match failed {
        Outcome::Worse(told) | Outcome::Contradiction(told) => told,
        other => format!("{other:?}"),
    }
}

fn simpler(tape: &[u32]) -> impl Iterator<Item = Vec<u32>> + '_ {
    let lengths = [64, 32, 16, 8, 4, 2, 1];
    let cut = lengths.into_iter().flat_map(move |length| {
        let starts = (0..tape.len().saturating_sub(length - 1)).rev();
        starts.map(move |start| {
            let mut shorter = tape.to_vec();
            shorter.drain(start..start + length);
            shorter
        })
    });
    let zero = (0..tape.len()).filter(|at| tape[*at] != 0).map(|at| {
        let mut simpler = tape.to_vec();
        simpler[at] = 0;
        simpler
    });
    cut.chain(zero)
}
