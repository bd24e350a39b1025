//! What holds for any input: no panic, and an outcome that does not depend on any order.

use std::fs;
use std::path::{Path, PathBuf};

use apollo_compiler::ast::Document;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use schema_composition::{Composed, Diagnostics, SubgraphInput, compose};

fn case_folders() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    folders
}

fn subgraphs(case: &Path) -> Vec<SubgraphInput> {
    let mut inputs: Vec<SubgraphInput> = fs::read_dir(case.join("subgraphs"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            SubgraphInput {
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                url: "http://example.com".to_owned(),
                sdl: fs::read_to_string(&path).unwrap(),
                source: None,
            }
        })
        .collect();
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    inputs
}

/// The outcome without positions, which do move when definitions move.
fn essence(outcome: Result<Composed, Diagnostics>) -> Result<String, Vec<String>> {
    match outcome {
        Ok(composed) => Ok(composed.supergraph),
        Err(diagnostics) => {
            let mut codes: Vec<String> = diagnostics
                .errors()
                .map(|error| format!("{} {}", error.code, error.message))
                .collect();
            codes.sort();
            Err(codes)
        }
    }
}

fn any_case() -> impl Strategy<Value = Vec<SubgraphInput>> {
    select(case_folders()).prop_map(|case| subgraphs(&case))
}

/// One edit of a text: a piece is removed, doubled, or replaced by a token.
#[derive(Clone, Debug)]
struct Edit {
    subgraph: Index,
    from: Index,
    length: usize,
    put: &'static str,
    twice: bool,
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let tokens = vec![
        "",
        " ",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "!",
        ":",
        "@",
        "\"",
        "\"\"\"",
        "...",
        "|",
        "&",
        "=",
        "#",
        "\u{feff}",
        "ö",
        "\0",
        "\\u0000",
        "type",
        "extend",
        "interface",
        "union",
        "input",
        "enum",
        "schema",
        "Query",
        "ID",
        "id",
        "@key(fields: \"id { id }\")",
        "@external",
        "@shareable",
        "@override(from: \"a\")",
        "@inaccessible",
        "implements",
        "$FieldSet",
        "99999999999",
    ];
    (
        any::<Index>(),
        any::<Index>(),
        0..40_usize,
        select(tokens),
        any::<bool>(),
    )
        .prop_map(|(subgraph, from, length, put, twice)| Edit {
            subgraph,
            from,
            length,
            put,
            twice,
        })
}

fn apply(edit: &Edit, inputs: &mut [SubgraphInput]) {
    let index = edit.subgraph.index(inputs.len());
    let characters: Vec<char> = inputs[index].sdl.chars().collect();
    if characters.is_empty() {
        return;
    }
    let from = edit.from.index(characters.len());
    let to = (from + edit.length).min(characters.len());
    let piece = &characters[from..to];
    let mut text: String = characters[..from].iter().collect();
    text.push_str(edit.put);
    if edit.twice {
        text.extend(piece.iter().chain(piece));
    }
    text.extend(&characters[to..]);
    inputs[index].sdl = text;
}

fn definitions_shuffled(input: &SubgraphInput) -> BoxedStrategy<SubgraphInput> {
    let input = input.clone();
    let Ok(document) = Document::parse(input.sdl.clone(), "subgraph.graphql") else {
        return Just(input).boxed();
    };
    let texts: Vec<String> = document
        .definitions
        .iter()
        .map(|definition| definition.to_string())
        .collect();
    Just(texts)
        .prop_shuffle()
        .prop_map(move |texts| SubgraphInput {
            sdl: texts.join("\n"),
            ..input.clone()
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_subgraphs_get_an_answer(mut inputs in any_case(), edits in prop::collection::vec(any_edit(), 1..4)) {
        for edit in &edits {
            apply(edit, &mut inputs);
        }
        let outcome = compose(&inputs);
        if let Err(diagnostics) = &outcome {
            prop_assert!(diagnostics.errors().count() > 0);
            prop_assert!(!diagnostics.render(true, &inputs).is_empty());
        }
        inputs.reverse();
        prop_assert_eq!(outcome, compose(&inputs));
    }

    #[test]
    fn the_order_of_definitions_makes_no_difference(
        (inputs, shuffled) in any_case().prop_flat_map(|inputs| {
            let shuffled: Vec<_> = inputs.iter().map(definitions_shuffled).collect();
            (Just(inputs), shuffled)
        })
    ) {
        prop_assert_eq!(essence(compose(&inputs)), essence(compose(&shuffled)));
    }
}
