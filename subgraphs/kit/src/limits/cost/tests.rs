//! What operations cost, by hand.

use std::{fmt::Write, time::Instant};

use async_graphql::parser::parse_query;
use serde_json::{Value as Json, json};

use super::*;
use crate::limits::Limits;

/// The cost of the document's only operation.
fn cost(query: &str, variables: Json) -> u64 {
    let document = parse_query(query).expect("the query parses");
    let limits = Limits {
        fields: usize::MAX,
        depth: usize::MAX,
        ..Limits::default()
    };
    limits
        .check_document(&document)
        .expect("the document may be measured");
    let variables = Variables::from_json(variables);
    let mut operations = document.operations.iter();
    let (_, operation) = operations.next().expect("there is an operation");
    of_operation(&operation.node, &document.fragments, &variables)
}

fn check(cases: &[(&str, Json, u64)]) {
    for (query, variables, expected) in cases {
        let found = cost(query, variables.clone());
        assert_eq!(found, *expected, "{query} with {variables}");
    }
}

#[test]
fn a_page_multiplies_what_is_below_its_items_and_nothing_else() {
    let no = || json!({});
    check(&[
        ("{ a { b c } d }", no(), 4),
        ("{ x: a y: a }", no(), 2),
        ("{ p(first: 3) { nodes { a b } } }", no(), 2 + 3 * 2),
        (
            "{ p(first: 3) { edges { cursor node { a } } } }",
            no(),
            2 + 3 * 3,
        ),
        (
            "{ p(first: 3) { totalCount pageInfo { hasNextPage } i: nodes { a } } }",
            no(),
            5 + 3,
        ),
        (
            "{ p(first: 3) { nodes { a } edges { cursor } } }",
            no(),
            3 + 3 * 2,
        ),
        ("{ p(last: 7) { nodes { a } } }", no(), 2 + 7),
        ("{ p(first: 3, last: 7) { nodes { a } } }", no(), 2 + 7),
        ("{ p { nodes { a } } }", no(), 2 + 20),
        ("{ p(first: null) { nodes { a } } }", no(), 2 + 20),
        ("{ p(first: 0) { nodes { a } } }", no(), 2 + 1),
        ("{ p(first: -5) { nodes { a } } }", no(), 2 + 1),
        ("{ p(first: 5000) { nodes { a } } }", no(), 2 + 100),
        ("{ p(first: 1e30) { nodes { a } } }", no(), 2 + 100),
        ("{ p(first: \"1\") { nodes { a } } }", no(), 2 + 100),
        ("{ nodes { a } }", no(), 1 + 20),
        (
            "{ p(first: 3) { nodes { q(first: 5) { nodes { a } } } } }",
            no(),
            2 + 3 * (2 + 5),
        ),
        ("{ p(first: 3) { nodes @skip(if: true) { a } } }", no(), 5),
        (
            "mutation { m(input: {first: 9}) { p(first: 2) { nodes { a } } } }",
            no(),
            5,
        ),
    ]);
}

#[test]
fn a_page_may_be_as_large_as_the_variables_say() {
    let query = "query Q($n: Int, $m: Int = 4) { p(first: $n, last: $m) { nodes { a } } }";
    check(&[
        (query, json!({}), 2 + 4),
        (query, json!({ "n": 9 }), 2 + 9),
        (query, json!({ "n": null, "m": null }), 2 + 20),
        (query, json!({ "m": 2 }), 2 + 2),
        (query, json!({ "m": 1_000_000 }), 2 + 100),
        (query, json!({ "m": "many" }), 2 + 100),
        ("{ p(first: $unknown) { nodes { a } } }", json!({}), 2 + 20),
    ]);
}

#[test]
fn entities_cost_as_often_as_they_are_asked_for() {
    let variable = "query($r: [_Any!]!) { _entities(representations: $r) {
        ... on User { a p(first: 3) { nodes { b } } } } }";
    let each = 1 + 2 + 3;
    check(&[
        (variable, json!({ "r": [] }), 1),
        (variable, json!({ "r": [{}, {}, {}] }), 1 + 3 * each),
        (variable, json!({ "r": {} }), 1 + each),
        (variable, json!({}), 1 + each),
        (
            "query($v: _Any!) { _entities(representations: [$v, $v, {id: 1}]) { a } }",
            json!({ "v": {} }),
            1 + 3,
        ),
        (
            "query($a: [_Any!]!, $b: [_Any!]!) {
                x: _entities(representations: $a) { a } y: _entities(representations: $b) { a } }",
            json!({ "a": [{}, {}], "b": [{}, {}, {}] }),
            2 + 5,
        ),
    ]);
}

#[test]
fn fragments_cost_where_they_are_spread() {
    let no = || json!({});
    check(&[
        (
            "{ p(first: 3) { ...F } } fragment F on PConnection { nodes { a } totalCount }",
            no(),
            3 + 3,
        ),
        (
            "{ p(first: 3) { ...F } q(first: 5) { ... on X { ...F } } }
             fragment F on PConnection { nodes { ...G } } fragment G on P { a b }",
            no(),
            4 + 3 * 2 + 5 * 2,
        ),
        ("{ ...Unknown a }", no(), 1),
    ]);
}

#[test]
fn introspection_in_circles_is_costly_and_the_usual_one_is_not() {
    let nested = |levels: usize| {
        let (open, close) = ("fields { type { ".repeat(levels), " } }".repeat(levels));
        format!("{{ __schema {{ types {{ {open} name {close} }} }} }}")
    };
    let limit = Limits::default().cost;
    assert!(cost(&nested(2), json!({})) <= limit);
    assert!(cost(&nested(8), json!({})) > limit);
    let through_fragment = "{ __type(name: \"A\") { ...F } }
        fragment F on __Type { fields { args { name } } }";
    check(&[
        (through_fragment, json!({}), 1 + 1 + 10 * (1 + 10)),
        ("{ fields { args { name } } }", json!({}), 3),
    ]);
    let usual = include_str!("../../../../../src/introspection.graphql");
    assert!(cost(usual, json!({})) <= limit);
}

/// The triple posts, nodes, author in each other.
fn posts_of_authors(levels: usize, first: u64) -> String {
    let open = format!("posts(first: {first}) {{ nodes {{ author {{ ").repeat(levels);
    let close = " } } }".repeat(levels);
    format!(
        "query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on User {{ {open} id {close} }} }} }}"
    )
}

#[test]
fn lists_nested_in_lists_are_refused_at_once_and_what_pages_show_is_not() {
    let users = |count: usize| json!({ "r": vec![json!({ "__typename": "User" }); count] });
    let page = |posts: u64, comments: u64| {
        format!(
            "query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on User {{
               posts(first: {posts}) {{ nodes {{ id title
                 comments(first: {comments}) {{ nodes {{ id body author {{ __typename id }} }} }} }} }} }} }} }}"
        )
    };
    let cases = [
        (posts_of_authors(1, 100), users(100), true),
        (posts_of_authors(2, 20), users(100), true),
        (posts_of_authors(2, 50), users(50), true),
        (posts_of_authors(2, 100), users(50), false),
        (posts_of_authors(6, 100), users(50), false),
        (posts_of_authors(12, 100), users(50), false),
        (page(5, 5), users(20), true),
        (page(5, 5), users(100), true),
        (page(100, 5), users(20), true),
        (page(5, 100), users(20), true),
        (page(20, 20), users(100), true),
        (page(100, 100), users(100), false),
    ];
    let limit = Limits::default().cost;
    for (query, variables, fits) in cases {
        let started = Instant::now();
        let cost = cost(&query, variables);
        assert_eq!(cost <= limit, fits, "{query}: {cost}");
        assert!(started.elapsed().as_millis() < 500, "{query}");
    }
}

#[test]
fn neither_sums_nor_time_run_away() {
    let deep = "p(first: 100) { nodes { ".repeat(20) + "a" + &" } }".repeat(20);
    assert_eq!(cost(&format!("{{ {deep} }}"), json!({})), u64::MAX);
    let bomb = (0..200).fold(
        "{ ...F0 } fragment F200 on Q { a }".to_owned(),
        |mut q, n| {
            let next = n + 1;
            // Writing to a string cannot fail.
            let _ = write!(q, " fragment F{n} on Q {{ ...F{next} ...F{next} }}");
            q
        },
    );
    let started = Instant::now();
    let document = parse_query(&bomb).expect("the query parses");
    let mut operations = document.operations.iter();
    let (_, operation) = operations.next().expect("there is an operation");
    let found = of_operation(&operation.node, &document.fragments, &Variables::default());
    assert_eq!(found, u64::MAX);
    assert!(started.elapsed().as_secs() < 2);
}
