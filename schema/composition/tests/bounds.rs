//! Inputs made to hurt end soon, with an answer.

use std::fmt::Write;
use std::time::{Duration, Instant};

use schema_composition::{Code, Composed, Diagnostics, SubgraphInput, compose};

const FEDERATION: &str = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@interfaceObject"])
"#;

fn subgraph(name: impl Into<String>, sdl: impl AsRef<str>) -> SubgraphInput {
    SubgraphInput {
        name: name.into(),
        url: "http://example.com".to_owned(),
        sdl: format!("{FEDERATION}{}", sdl.as_ref()),
        source: None,
    }
}

/// Composes, within a time that only something worse than linear would need (without
/// optimisation, on a busy machine).
fn check(inputs: &[SubgraphInput]) -> Result<Composed, Diagnostics> {
    let start = Instant::now();
    let outcome = compose(inputs);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(60), "took {took:?}");
    outcome
}

fn codes(outcome: &Result<Composed, Diagnostics>) -> Vec<Code> {
    match outcome {
        Ok(_) => Vec::new(),
        Err(diagnostics) => {
            let mut codes: Vec<Code> = diagnostics.errors().map(|error| error.code).collect();
            codes.dedup();
            codes
        }
    }
}

fn lines(count: usize, mut line: impl FnMut(usize) -> String) -> String {
    let mut out = String::new();
    for index in 0..count {
        writeln!(out, "{}", line(index)).unwrap();
    }
    out
}

#[test]
fn deep_nesting_is_a_diagnostic() {
    const DEEP: usize = 10_000;
    let texts = [
        format!(
            "type Query {{ a: {}Int{} }}",
            "[".repeat(DEEP),
            "]".repeat(DEEP)
        ),
        format!(
            "type Query {{ a(x: Int = {}1{}): Int }}",
            "[".repeat(DEEP),
            "]".repeat(DEEP)
        ),
        format!(
            "type Query {{ a(x: Int = {}1{}): Int }}",
            "{a: ".repeat(DEEP),
            "}".repeat(DEEP)
        ),
    ];
    for text in texts {
        assert_eq!(
            codes(&check(&[subgraph("a", text)])),
            [Code::InvalidGraphql]
        );
    }
    let key = format!("{}id{}", "t { ".repeat(DEEP), " }".repeat(DEEP));
    let text = format!("type Query {{ t: T }} type T @key(fields: \"{key}\") {{ id: ID! t: T }}");
    assert_eq!(
        codes(&check(&[subgraph("a", text)])),
        [Code::KeyInvalidFields]
    );
}

#[test]
fn a_text_beyond_the_limit_is_a_diagnostic() {
    let text = format!("type Query {{ a: Int }} # {}", "x".repeat(50 << 20));
    assert_eq!(
        codes(&check(&[subgraph("a", text)])),
        [Code::InvalidGraphql]
    );
}

#[test]
fn recursive_inputs_and_interfaces_are_diagnostics() {
    let text = "type Query { a(x: A): I } input A { b: B! } input B { a: A! } interface I implements I { a: Int }";
    assert_eq!(
        codes(&check(&[subgraph("a", text)])),
        [Code::InvalidGraphql]
    );
}

#[test]
fn thousands_of_subgraphs_compose() {
    let inputs: Vec<SubgraphInput> = (0..2000)
        .map(|i| {
            subgraph(
                format!("sub-{i}"),
                format!(
                    "type Query {{ f{i}: E }} type E @key(fields: \"id\") {{ id: ID! e{i}: Int }}"
                ),
            )
        })
        .collect();
    let composed = check(&inputs).unwrap();
    assert!(composed.supergraph.contains("SUB_1999_"));
}

#[test]
fn thousands_of_extensions_compose() {
    let text = lines(20_000, |i| {
        format!("extend type T @shareable @key(fields: \"f{i}\") {{ f{i}: ID! }}")
    });
    let text = format!("type Query {{ t: T }} type T {{ id: ID }}\n{text}");
    check(&[subgraph("a", text)]).unwrap();
}

#[test]
fn errors_are_bounded_where_types_multiply() {
    // Every implementation lacks every field.
    let wide = format!(
        "type Query {{ a: I }} interface I {{ id: ID! {} }}",
        lines(2000, |i| format!("f{i}: Int"))
    );
    let many = format!(
        "type Query {{ b: I }} interface I {{ id: ID! }} {}",
        lines(2000, |i| format!(
            "type T{i} implements I @key(fields: \"id\") {{ id: ID! }}"
        ))
    );
    let outcome = check(&[subgraph("a", wide), subgraph("b", many)]);
    assert_eq!(codes(&outcome), [Code::InterfaceFieldNoImplem]);
    let diagnostics = outcome.unwrap_err();
    assert!(diagnostics.errors().count() <= 1000);
    // As many of each level.
    assert!(diagnostics.hints().count() <= 3000);
}

#[test]
fn interface_objects_cannot_multiply_without_bound() {
    let many = format!(
        "type Query {{ b: I }} interface I @key(fields: \"id\") {{ id: ID! }} {}",
        lines(2000, |i| format!(
            "type T{i} implements I @key(fields: \"id\") {{ id: ID! }}"
        ))
    );
    let wide = format!(
        "type I @interfaceObject @key(fields: \"id\") {{ id: ID! {} }}",
        lines(2000, |i| format!("f{i}: Int"))
    );
    let outcome = check(&[subgraph("a", many), subgraph("b", wide)]);
    assert_eq!(codes(&outcome), [Code::UnsupportedFeature]);
}

#[test]
fn large_field_sets_are_checked_in_linear_time() {
    let fields = lines(20_000, |i| format!("f{i}: Int @external"));
    let set: Vec<String> = (0..20_000).map(|i| format!("f{i}")).collect();
    let set = set.join(" ");
    let text = format!(
        "type Query {{ t: T }} type T @key(fields: \"id\") {{ id: ID! {fields} all: Int @requires(fields: \"{set}\") }}"
    );
    let resolving = format!(
        "type T @key(fields: \"id\") {{ id: ID! {} }}",
        lines(20_000, |i| format!("f{i}: Int"))
    );
    check(&[subgraph("a", text), subgraph("b", resolving)]).unwrap();
}

#[test]
fn one_endless_line_has_its_columns() {
    let padding = " ".repeat(1 << 20);
    let mistakes: String = (0..500).map(|i| format!("f{i}: Missing ")).collect();
    let outcome = check(&[subgraph(
        "a",
        format!("type Query {{ {padding} {mistakes} }}"),
    )]);
    let diagnostics = outcome.unwrap_err();
    let first = diagnostics.errors().next().unwrap();
    assert_eq!(
        first.locations[0].column,
        "type Query { ".len() + padding.len() + 2 + "f0: ".len()
    );
}
