//! Contexts and access rules that multiply end soon, with an answer.

use std::fmt::Write;
use std::time::{Duration, Instant};

use schema_composition::{Code, Composed, Diagnostics, SubgraphInput, compose};

/// Composes one subgraph, within a time that only something worse than linear would need (without
/// optimisation, on a busy machine).
fn check(sdl: &str) -> Result<Composed, Diagnostics> {
    let link = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@context", "@fromContext", "@requiresScopes"])"#;
    let input = SubgraphInput {
        name: "shop".to_owned(),
        url: "http://example.com".to_owned(),
        sdl: format!("{link}\n{sdl}"),
        source: None,
    };
    let start = Instant::now();
    let outcome = compose(&[input]);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(60), "took {took:?}");
    outcome
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    let mut out = String::new();
    for index in 0..count {
        writeln!(out, "{}", line(index)).unwrap();
    }
    out
}

#[test]
fn a_context_that_many_set_and_many_use_is_refused_with_a_place() {
    let types = lines(1500, |index| {
        format!(
            "type Set{index} @context(name: \"c\") {{ value: Int use: Use{index} }} type Use{index} @key(fields: \"id\") {{ id: ID f(x: Int @fromContext(field: \"$c {{ value }}\")): Int }}"
        )
    });
    let failed = check(&format!("type Query {{ set: Set0 }}\n{types}")).unwrap_err();
    let errors: Vec<_> = failed.errors().collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].code, Code::UnsupportedFeature);
    assert!(errors[0].locations[0].line > 0);
}

#[test]
fn what_implementations_ask_for_becomes_stricter_rather_than_endless() {
    let types = lines(2000, |index| {
        format!(
            "type T{index} implements I {{ f: Int @requiresScopes(scopes: [[\"a{index}\"], [\"b{index}\"]]) }}"
        )
    });
    let sdl = format!("type Query {{ i: I }} interface I {{ f: Int }}\n{types}");
    let composed = check(&sdl).unwrap();
    // There are 2^2000 ways to fulfil them all, so everything that is named anywhere is asked for.
    assert!(composed.supergraph.contains(r#""a999", "b0""#));
}
