//! A graph that composes was proved to be satisfiable: every operation of it has a plan, and every plan is right in
//! itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use router_planner::Planner;
use schema_composition::{SubgraphInput, compose};
use schema_model::Supergraph;

use super::consistency::assert_consistent;
use super::fixture::try_operation;
use super::generator::any_subgraphs;
use super::random_operation::random_operation;

/// What is wrong with the plan of a random operation; `None` also if there is no such operation.
fn fault(supergraph: &Arc<Supergraph>, planner: &Planner, seed: u64) -> Option<String> {
    let source = random_operation(supergraph.api(), seed);
    let operation = try_operation(supergraph, &source)?;
    let checked = catch_unwind(AssertUnwindSafe(|| match planner.plan(&operation) {
        Ok(plan) => {
            assert_consistent(supergraph, &plan);
            None
        }
        Err(error) => Some(error.to_string()),
    }));
    let fault = checked.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Some(text.unwrap_or_else(|| String::from("a panic")))
    });
    fault.map(|fault| format!("{fault}\n{source}"))
}

fn composed(inputs: &[SubgraphInput]) -> Option<Arc<Supergraph>> {
    let supergraph = compose(inputs).ok()?.supergraph;
    Supergraph::parse(&supergraph).ok().map(Arc::new)
}

/// Faults of some operations of a graph.
fn faults(inputs: &[SubgraphInput], seeds: impl Iterator<Item = u64>) -> Vec<String> {
    let Some(supergraph) = composed(inputs) else {
        return Vec::new();
    };
    let planner = Planner::new(Arc::clone(&supergraph));
    seeds
        .filter_map(|seed| fault(&supergraph, &planner, seed))
        .collect()
}

/// The subgraphs of composition's case folders.
fn cases() -> Vec<(String, Vec<SubgraphInput>)> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/composition/tests/cases");
    let folders = std::fs::read_dir(cases).expect("composition's cases");
    let folders = folders.map(|entry| entry.expect("a folder").path());
    let read = |folder: std::path::PathBuf| {
        let files = std::fs::read_dir(folder.join("subgraphs")).ok()?;
        let mut inputs: Vec<SubgraphInput> = files
            .map(|entry| {
                let path = entry.expect("a file").path();
                let name = path.file_stem().expect("a name").to_string_lossy();
                SubgraphInput {
                    name: name.into_owned(),
                    url: String::from("http://example.com"),
                    sdl: std::fs::read_to_string(&path).expect("a schema"),
                    source: None,
                }
            })
            .collect();
        inputs.sort_by(|one, other| one.name.cmp(&other.name));
        let name = folder.file_name()?.to_string_lossy().into_owned();
        Some((name, inputs))
    };
    let mut found: Vec<_> = folders.filter_map(read).collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found
}

#[test]
fn every_graph_of_compositions_cases_can_be_planned() {
    let count: u64 = number("SEEDS", 5);
    let only = std::env::var("CASES").unwrap_or_default();
    let mut wrong = Vec::new();
    std::panic::set_hook(Box::new(|_| {}));
    for (name, inputs) in cases() {
        if !name.contains(&only) {
            continue;
        }
        let found = faults(&inputs, 0..count);
        wrong.extend(
            found
                .first()
                .map(|fault| format!("{name} ({}): {fault}", found.len())),
        );
    }
    drop(std::panic::take_hook());
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// A number from the environment, for longer runs.
fn number<N: std::str::FromStr>(name: &str, otherwise: N) -> N {
    let given = std::env::var(name).ok().and_then(|text| text.parse().ok());
    given.unwrap_or(otherwise)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: number("GRAPHS", 60), max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_operation_of_a_random_graph_has_a_plan(inputs in any_subgraphs(), seed in any::<u32>()) {
        let seeds = (0..10).map(|number| u64::from(seed) << 8 | number);
        let found = faults(&inputs, seeds);
        let sdl: Vec<String> = inputs.iter().map(|input| format!("# {}\n{}", input.name, input.sdl)).collect();
        prop_assert!(found.is_empty(), "{}\n{}", found[0], sdl.join("\n"));
    }
}
