//! What holds for any input: no panic, and an outcome that does not depend on any order.

#[path = "subgraphs/cases.rs"]
mod cases;
#[path = "subgraphs/generator.rs"]
mod generator;

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{Definition, Document, ObjectTypeExtension};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use schema_composition::{Composed, Diagnostic, Diagnostics, SubgraphInput, compose};

/// What was found, without positions, which do move when definitions move.
fn messages<'d>(found: impl Iterator<Item = &'d Diagnostic>) -> BTreeSet<String> {
    found
        .map(|one| format!("{} {}", one.code, one.message))
        .collect()
}

/// Supergraph, errors and hints of an outcome.
fn essence(
    outcome: Result<Composed, Diagnostics>,
) -> (Option<String>, BTreeSet<String>, BTreeSet<String>) {
    match outcome {
        Ok(composed) => {
            let hints = messages(composed.hints.iter());
            (Some(composed.supergraph), BTreeSet::new(), hints)
        }
        Err(found) => (None, messages(found.errors()), messages(found.hints())),
    }
}

/// The same, with the supergraph's elements in no order.
fn unordered(
    outcome: Result<Composed, Diagnostics>,
) -> (BTreeMap<String, BTreeSet<String>>, BTreeSet<String>) {
    let (supergraph, errors, _) = essence(outcome);
    let elements = supergraph.map(|sdl| elements(&sdl)).unwrap_or_default();
    (elements, errors)
}

/// What is said of every type and field.
fn elements(sdl: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let document = Document::parse(sdl.to_owned(), "supergraph.graphql").unwrap();
    for definition in &document.definitions {
        let name = definition.name().map_or("schema", |name| name.as_str());
        let directives = definition.directives().iter().map(ToString::to_string);
        all.entry(name.to_owned()).or_default().extend(directives);
        let fields = match definition {
            Definition::ObjectTypeDefinition(ty) => &ty.fields,
            Definition::InterfaceTypeDefinition(ty) => &ty.fields,
            _ => continue,
        };
        for field in fields {
            let facts = all.entry(format!("{name}.{}", field.name)).or_default();
            facts.insert(field.ty.to_string());
            facts.extend(field.arguments.iter().map(ToString::to_string));
            facts.extend(field.directives.iter().map(ToString::to_string));
        }
    }
    all
}

fn any_case() -> impl Strategy<Value = Vec<SubgraphInput>> {
    select(cases::folders()).prop_map(|case| cases::subgraphs(&case))
}

fn any_input() -> impl Strategy<Value = Vec<SubgraphInput>> {
    prop_oneof![any_case(), generator::any_subgraphs()]
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

/// The same subgraph with directives the other way round, and the later half of every type's
/// fields in an extension.
fn rewritten(input: &SubgraphInput) -> SubgraphInput {
    let mut document = Document::parse(input.sdl.clone(), "subgraph.graphql").unwrap();
    let mut extensions = Vec::new();
    for definition in &mut document.definitions {
        let Definition::ObjectTypeDefinition(ty) = definition else {
            continue;
        };
        let ty = ty.make_mut();
        ty.directives.reverse();
        for field in &mut ty.fields {
            field.make_mut().directives.reverse();
        }
        let moved = ty.fields.split_off(ty.fields.len().div_ceil(2));
        if !moved.is_empty() {
            extensions.push(Definition::ObjectTypeExtension(
                ObjectTypeExtension {
                    name: ty.name.clone(),
                    implements_interfaces: Vec::new(),
                    directives: Default::default(),
                    fields: moved,
                }
                .into(),
            ));
        }
    }
    document.definitions.extend(extensions);
    SubgraphInput {
        sdl: document.to_string(),
        ..input.clone()
    }
}

/// A subgraph that has nothing to do with any other.
fn unrelated() -> SubgraphInput {
    let sdl =
        "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\"])
        type Query { unrelated: Unrelated }
        type Unrelated @key(fields: \"id\") { id: ID! kind: UnrelatedKind }
        enum UnrelatedKind { A B }";
    SubgraphInput {
        name: "unrelated".to_owned(),
        url: "http://unrelated.example".to_owned(),
        sdl: sdl.to_owned(),
        source: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_subgraphs_get_an_answer(mut inputs in any_input(), edits in prop::collection::vec(any_edit(), 1..4)) {
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
    fn the_order_of_subgraphs_makes_no_difference(
        (inputs, shuffled) in any_input().prop_flat_map(|inputs| (Just(inputs.clone()), Just(inputs).prop_shuffle()))
    ) {
        prop_assert_eq!(compose(&inputs), compose(&shuffled));
    }

    #[test]
    fn the_order_of_definitions_makes_no_difference(
        (inputs, shuffled) in any_input().prop_flat_map(|inputs| {
            let shuffled: Vec<_> = inputs.iter().map(definitions_shuffled).collect();
            (Just(inputs), shuffled)
        })
    ) {
        prop_assert_eq!(essence(compose(&inputs)), essence(compose(&shuffled)));
    }

    #[test]
    fn extensions_and_the_order_of_directives_make_no_difference(mut inputs in generator::any_subgraphs()) {
        // In Federation 1 an extension says that the type is another's.
        inputs.retain(|input| input.sdl.contains("@link"));
        let rewritten: Vec<_> = inputs.iter().map(rewritten).collect();
        prop_assert_eq!(unordered(compose(&inputs)), unordered(compose(&rewritten)));
    }

    #[test]
    fn an_unrelated_subgraph_does_no_harm(mut inputs in any_input()) {
        let before = compose(&inputs);
        inputs.push(unrelated());
        let after = compose(&inputs);
        if before.is_ok() {
            prop_assert!(after.is_ok(), "{}", after.unwrap_err());
        }
    }
}
