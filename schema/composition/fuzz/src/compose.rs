//! Composition of any text: an answer that depends on no order, and a supergraph that can be read.
#![no_main]

mod input;
mod mutate;

use apollo_compiler::ast::Document;
use libfuzzer_sys::{Corpus, fuzz_crossover, fuzz_mutator, fuzz_target};
use schema_composition::{Code, Composed, Diagnostics, SubgraphInput, compose};
use schema_model::Supergraph;

fuzz_target!(|data: &[u8]| -> Corpus {
    let text = String::from_utf8_lossy(data);
    let inputs = input::subgraphs(&text);
    if inputs.len() > input::MAX_SUBGRAPHS {
        return Corpus::Reject;
    }
    check(&inputs);
    Corpus::Keep
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
    mutate::cross(one, other, out, seed)
});

fn check(inputs: &[SubgraphInput]) {
    let outcome = compose(inputs);
    match &outcome {
        Ok(composed) => readable(inputs, &composed.supergraph),
        Err(diagnostics) => {
            assert!(
                diagnostics.errors().next().is_some(),
                "failed without an error"
            );
            assert!(!diagnostics.render(true, inputs).is_empty());
        }
    }
    let reversed: Vec<SubgraphInput> = inputs.iter().rev().cloned().collect();
    assert_eq!(
        outcome,
        compose(&reversed),
        "the order of subgraphs matters"
    );
    if let Some(rewritten) = inputs
        .iter()
        .map(definitions_reversed)
        .collect::<Option<Vec<_>>>()
    {
        let other = compose(&rewritten);
        assert_eq!(
            essence(&outcome),
            essence(&other),
            "the order of definitions matters"
        );
    }
}

fn readable(inputs: &[SubgraphInput], sdl: &str) {
    let supergraph = match Supergraph::parse(sdl) {
        Ok(supergraph) => supergraph,
        Err(error) => panic!("the supergraph cannot be read: {error}\n{sdl}"),
    };
    let mut names: Vec<&str> = inputs.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    let read: Vec<&str> = supergraph
        .subgraphs()
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, read);
}

/// The same definitions from last to first; `None` if the text is no GraphQL, or cannot be written
/// as it was read.
fn definitions_reversed(input: &SubgraphInput) -> Option<SubgraphInput> {
    let parse = |text: String| Document::parse(text, "subgraph.graphql").ok();
    let mut document = parse(input.sdl.clone())?;
    document.definitions.reverse();
    let sdl = document.to_string();
    let again = parse(sdl.clone())?;
    (again == document).then(|| SubgraphInput {
        sdl,
        ..input.clone()
    })
}

/// The outcome without positions, which move when definitions do. What the GraphQL parser says is
/// about the first mistake of several, so only that it says something.
fn essence(outcome: &Result<Composed, Diagnostics>) -> Result<String, Vec<String>> {
    match outcome {
        Ok(composed) => Ok(composed.supergraph.clone()),
        Err(diagnostics) => {
            let mut errors: Vec<String> = diagnostics
                .errors()
                .map(|error| match error.code {
                    Code::InvalidGraphql => error.code.to_string(),
                    code => format!("{code} {}", error.message),
                })
                .collect();
            errors.sort();
            errors.dedup();
            Err(errors)
        }
    }
}
