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
use super::random_graph::random_graph;
use super::random_operation::random_operation;

/// What is wrong with the plan of an operation; `None` also if it is not valid.
fn fault(supergraph: &Arc<Supergraph>, planner: &Planner, source: &str) -> Option<String> {
    let operation = try_operation(supergraph, source)?;
    let checked = catch_unwind(AssertUnwindSafe(|| match planner.plan(&operation) {
        Ok(plan) => {
            assert_consistent(supergraph, &plan);
            None
        }
        Err(error) => Some(error.to_string()),
    }));
    checked.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Some(text.unwrap_or_else(|| String::from("a panic")))
    })
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
        .filter_map(|seed| {
            let source = random_operation(supergraph.api(), seed);
            let fault = fault(&supergraph, &planner, &source)?;
            Some(format!("{fault}\n{source}"))
        })
        .collect()
}

/// The first words of what is wrong, which stay the same while a case is cut down.
fn kind(fault: &str) -> String {
    let words: Vec<&str> = fault.split_whitespace().take(2).collect();
    words.join(" ")
}

/// Takes lines away from the subgraphs and braces from the operation as long as the same is wrong.
fn cut_down(mut inputs: Vec<SubgraphInput>, mut source: String, wrong: &str) -> String {
    let is_same = |inputs: &[SubgraphInput], source: &str| {
        let supergraph = composed(inputs)?;
        let planner = Planner::new(Arc::clone(&supergraph));
        fault(&supergraph, &planner, source).filter(|fault| kind(fault) == kind(wrong))
    };
    let mut last = String::from(wrong);
    loop {
        let before = (
            source.len(),
            inputs.iter().map(|i| i.sdl.len()).sum::<usize>(),
        );
        for start in (0..source.len()).rev() {
            for end in ends(&source, start) {
                let shorter = format!("{}{}", &source[..start], &source[end..]);
                if let Some(fault) = is_same(&inputs, &shorter) {
                    (source, last) = (shorter, fault);
                    break;
                }
            }
        }
        for at in 0..inputs.len() {
            let mut lines: Vec<String> = inputs[at].sdl.lines().map(str::to_owned).collect();
            for line in (1..lines.len()).rev() {
                let mut fewer = lines.clone();
                fewer.remove(line);
                let mut changed = inputs.clone();
                changed[at].sdl = fewer.join("\n");
                if let Some(fault) = is_same(&changed, &source) {
                    (lines, inputs, last) = (fewer, changed, fault);
                }
            }
        }
        if before
            == (
                source.len(),
                inputs.iter().map(|i| i.sdl.len()).sum::<usize>(),
            )
        {
            break;
        }
    }
    let sdl = inputs.iter().map(|i| format!("# {}\n{}", i.name, i.sdl));
    format!("{last}\n{source}\n{}", sdl.collect::<Vec<_>>().join("\n"))
}

/// Where a word that starts here ends, alone and with the selection after it.
fn ends(source: &str, start: usize) -> Vec<usize> {
    let rest = source.get(start..).unwrap_or_default();
    let is_word = |c: char| c.is_alphanumeric() || "_.:".contains(c);
    let is_start = rest.starts_with(is_word) && !source[..start].ends_with(is_word);
    if !is_start {
        return Vec::new();
    }
    let Some(length) = rest.find(['{', '}']) else {
        return Vec::new();
    };
    let word = rest.find(' ').unwrap_or(length).min(length);
    let mut found = Vec::new();
    let mut depth = 0;
    for (index, byte) in rest.bytes().enumerate().skip(length) {
        depth += i32::from(byte == b'{') - i32::from(byte == b'}');
        if depth == 0 {
            found.push(start + index + 1);
            break;
        }
        if depth < 0 {
            break;
        }
    }
    found.push(start + word);
    found
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
    let count: u64 = number("SEEDS", 2);
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

#[test]
fn some_entities_with_many_keys_compose() {
    let composed = (0..100).filter(|seed| composed(&random_graph(*seed)).is_some());
    let count = composed.count();
    assert!(count > 10, "only {count} of 100 compose");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: number("GRAPHS", 30), max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_operation_of_entities_with_many_keys_has_a_plan(seed in any::<u64>()) {
        let inputs = random_graph(seed);
        if let Some(supergraph) = composed(&inputs) {
            let planner = Planner::new(Arc::clone(&supergraph));
            for number in 0..number("OPERATIONS", 20) {
                let source = random_operation(supergraph.api(), seed.wrapping_add(number));
                if let Some(wrong) = fault(&supergraph, &planner, &source) {
                    let case = cut_down(inputs, source, &wrong);
                    return Err(TestCaseError::fail(case));
                }
            }
        }
    }

    #[test]
    fn every_operation_of_a_random_graph_has_a_plan(inputs in any_subgraphs(), seed in any::<u32>()) {
        let seeds = (0..10).map(|number| u64::from(seed) << 8 | number);
        let found = faults(&inputs, seeds);
        let sdl: Vec<String> = inputs.iter().map(|input| format!("# {}\n{}", input.name, input.sdl)).collect();
        prop_assert!(found.is_empty(), "{}\n{}", found[0], sdl.join("\n"));
    }
}
