//! The router's model reads every supergraph that composition writes, and finds in it what the
//! subgraphs say.

#[path = "subgraphs/cases.rs"]
mod cases;
#[path = "subgraphs/facts.rs"]
mod facts;
#[path = "subgraphs/generator.rs"]
mod generator;

use apollo_compiler::ast::Document;
use proptest::prelude::*;
use schema_composition::{SubgraphInput, compose};
use schema_model::Supergraph;

/// What is wrong with the supergraph of these subgraphs; `None` if there is none.
fn wrong_with(inputs: &[SubgraphInput]) -> Option<Vec<String>> {
    let composed = compose(inputs).ok()?;
    let sdl = &composed.supergraph;
    let supergraph = match Supergraph::parse(sdl) {
        Ok(supergraph) => supergraph,
        Err(error) => return Some(vec![error.to_string()]),
    };
    let mut wrong = facts::differences(inputs, &supergraph);
    let written = Document::parse(sdl.clone(), "supergraph.graphql").unwrap();
    if written.to_string() != *sdl {
        wrong.push("read and written again, the text is another".to_owned());
    }
    let mut names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    names.sort_unstable();
    let read = supergraph.subgraphs().iter().map(|one| one.name.as_str());
    if read.collect::<Vec<_>>() != names {
        wrong.push(format!("other subgraphs than {names:?}"));
    }
    Some(wrong)
}

#[test]
fn supergraphs_of_the_cases_say_what_their_subgraphs_say() {
    let mut all = Vec::new();
    let mut read = 0;
    for case in cases::folders() {
        if let Some(wrong) = wrong_with(&cases::subgraphs(&case)) {
            read += 1;
            let name = case.file_name().unwrap().display();
            all.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    assert!(read > 100, "only {read} supergraphs were read");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn supergraphs_of_random_subgraphs_say_what_these_say(inputs in generator::any_subgraphs()) {
        let wrong = wrong_with(&inputs).unwrap_or_default();
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn most_random_subgraphs_compose() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let composed = (0..200).filter(|_| {
        let inputs = generator::any_subgraphs()
            .new_tree(&mut runner)
            .unwrap()
            .current();
        compose(&inputs).is_ok()
    });
    let count = composed.count();
    assert!(count > 100, "only {count} of 200 compose");
}

#[test]
fn only_federations_own_directive_hides() {
    let mut folders = cases::folders().into_iter();
    let case = folders.find(|one| one.ends_with("compose-directive-named-like-inaccessible"));
    let composed = compose(&cases::subgraphs(&case.unwrap())).unwrap();
    let supergraph = Supergraph::parse(&composed.supergraph).unwrap();
    let api = supergraph.api().to_string();
    assert!(api.contains("shown: String"), "{api}");
    assert!(!api.contains("secret"), "{api}");
    assert!(!api.contains('@'), "{api}");
}
