//! Every rule of the specification's section 5 (September 2025): a document that breaks it, and one that does not.

use router_operation::Problem;

use super::fixture::parse;

/// `wrong` is refused with a message that has `part`, and a place; `right` is not.
fn check(wrong: &str, part: &str, right: &str) {
    if let Err(errors) = parse(right) {
        panic!("{right}: {errors:?}");
    }
    let errors = parse(wrong).expect_err(wrong);
    assert!(
        errors.iter().any(|error| error.message.contains(part)),
        "{wrong}: {errors:?}"
    );
    for error in &errors {
        assert_eq!(error.problem, Problem::Validation, "{wrong}: {errors:?}");
        assert!(!error.locations.is_empty(), "{wrong}: {errors:?}");
    }
}

#[test]
fn documents_and_operations() {
    check(
        "{ int } type Dog { barks: Boolean }",
        "must not contain",
        "{ int }",
    );
    check(
        "query A { int } mutation A { change }",
        "A",
        "query A { int } mutation B { change }",
    );
    check("{ int } { int }", "anonymous", "query A { int }");
    check("{ int } query A { int }", "anonymous", "{ int }");
    check(
        "query A { int } { int }",
        "anonymous",
        "query A { int } query B { int }",
    );
    check(
        "subscription { changed other }",
        "only have one root field",
        "subscription { changed }",
    );
    check(
        "subscription { ...A ...B } fragment A on Subscription { changed } fragment B on Subscription { other }",
        "only have one root field",
        "subscription { ...A ...A } fragment A on Subscription { changed }",
    );
    check(
        "subscription { __typename }",
        "introspection",
        "query { __typename }",
    );
    check(
        "subscription($x: Boolean!) { changed @skip(if: $x) }",
        "@skip",
        "query($x: Boolean!) { int @skip(if: $x) }",
    );
    check(
        "subscription($x: Boolean!) { ... @include(if: $x) { changed } }",
        "skip",
        "subscription { ... { changed } }",
    );
    check(
        "mutation { change __schema { description } }",
        "__schema",
        "query { __schema { description } }",
    );
    check(
        "mutation { __type(name: \"Dog\") { name } }",
        "__type",
        "query { __type(name: \"Dog\") { name } }",
    );
}

#[test]
fn fields() {
    check("{ nope }", "nope", "{ int }");
    check(
        "{ pet { barks } }",
        "barks",
        "{ pet { ... on Dog { barks } } }",
    );
    check("{ being { name } }", "name", "{ being { __typename } }");
    check("{ dog { name { x } } }", "String", "{ dog { name } }");
    check("{ dog }", "\"dog\"", "{ dog { barks } }");
    check("{ color { x } }", "Color", "{ color }");
    check("{ pet }", "\"pet\"", "{ pet { name } }");
    check(
        "{ being }",
        "\"being\"",
        "{ being { ... on Dog { name } } }",
    );
}

#[test]
fn fields_of_one_key_must_be_mergeable() {
    check("{ x: int x: float }", "x", "{ x: int x: int }");
    check(
        "{ needed(a: 1) needed(a: 2) }",
        "needed",
        "{ needed(a: 1) b: needed(a: 2) }",
    );
    check(
        "query($a: Int!) { needed(a: 1) needed(a: $a) }",
        "needed",
        "query($a: Int!) { needed(a: $a) needed(a: $a) }",
    );
    check("{ int int(a: 1) }", "int", "{ int(a: 1) int(a: 1) }");
    check(
        "{ pet { name ... on Dog { name(upper: true) } } }",
        "name",
        "{ pet { ... on Cat { name } ... on Dog { name(upper: true) } } }",
    );
    check(
        "{ pet { ... on Dog { age } ... on Cat { age } } }",
        "age",
        "{ pet { ... on Dog { age } ... on Cat { catAge: age } } }",
    );
    check(
        "{ pet { ... on Dog { owner } ... on Cat { owner } } }",
        "owner",
        "{ pet { ... on Dog { owner } ... on Dog { owner } } }",
    );
    check(
        "{ dog { friend { x: name } ...F } } fragment F on Dog { friend { x: __typename } }",
        "x",
        "{ dog { friend { x: name } ...F } } fragment F on Dog { friend { y: __typename } }",
    );
    check(
        "{ pet { ... on Dog { f: friend { x: name } } ... on Cat { f: friend { x: friend { name } } } } }",
        "x",
        "{ pet { ... on Dog { f: friend { x: name } } ... on Cat { f: friend { x: name(upper: true) } } } }",
    );
    check(
        "{ filter(a: {needed: 1, ids: [1]}) filter(a: {needed: 1, ids: [2]}) }",
        "filter",
        "{ filter(a: {needed: 1, ids: [1]}) filter(a: {ids: [1], needed: 1}) }",
    );
}

#[test]
fn arguments() {
    check("{ int(b: 1) }", "b", "{ int(a: 1) }");
    check("{ int(a: 1, a: 1) }", "a", "{ int(a: 1) }");
    check("{ needed }", "a", "{ needed(a: 1) defaulted }");
    check("{ needed(a: null) }", "a", "{ int(a: null) }");
    check("{ int @skip }", "if", "{ int @skip(if: true) }");
    check(
        "{ int @skip(unless: true) }",
        "unless",
        "{ int @include(if: true) }",
    );
}

#[test]
fn fragments() {
    check(
        "{ dog { ...A } } fragment A on Dog { name } fragment A on Dog { barks }",
        "A",
        "{ dog { ...A ...B } } fragment A on Dog { name } fragment B on Dog { barks }",
    );
    check(
        "{ dog { ...A } } fragment A on Wolf { name }",
        "Wolf",
        "{ dog { ...A } } fragment A on Dog { name }",
    );
    check(
        "{ dog { ... on Wolf { name } } }",
        "Wolf",
        "{ dog { ... on Dog { name } } }",
    );
    check(
        "{ dog { ...A } } fragment A on Color { name }",
        "A",
        "{ dog { ...A } } fragment A on Pet { name }",
    );
    check(
        "{ dog { ... on Filter { name } } }",
        "Filter",
        "{ dog { ... { name } } }",
    );
    check(
        "{ int } fragment A on Dog { name }",
        "A",
        "{ dog { ...A } } fragment A on Dog { name }",
    );
    check(
        "{ dog { ...A } }",
        "A",
        "{ dog { ...A } } fragment A on Dog { name }",
    );
    check(
        "{ dog { ...A } } fragment A on Dog { ...B } fragment B on Dog { ...A }",
        "A",
        "{ dog { ...A } } fragment A on Dog { ...B } fragment B on Dog { name }",
    );
    check(
        "{ dog { ...A } } fragment A on Dog { friend { ...A } }",
        "A",
        "{ dog { ...A } } fragment A on Dog { friend { name } }",
    );
    check(
        "{ dog { ... on Cat { name } } }",
        "Cat",
        "{ pet { ... on Cat { name } } }",
    );
    check(
        "{ dog { ...A } } fragment A on Cat { name }",
        "Cat",
        "{ dog { ...A } } fragment A on Being { ... on Cat { name } }",
    );
}

#[test]
fn values() {
    check("{ int(a: \"1\") }", "Int", "{ int(a: -1) }");
    check("{ int(a: 1.0) }", "Int", "{ float(a: 1.0) }");
    check(
        "{ int(a: 2147483648) }",
        "32-bit",
        "{ int(a: -2147483648) }",
    );
    check("{ int(a: RED) }", "Int", "{ color(a: RED) }");
    check("{ float(a: \"1\") }", "Float", "{ float(a: 1) }");
    check("{ string(a: 1) }", "String", "{ string(a: \"1\") }");
    check(
        "{ string(a: RED) }",
        "String",
        "{ string(a: \"\"\"RED\"\"\") }",
    );
    check("{ boolean(a: 1) }", "Boolean", "{ boolean(a: true) }");
    check(
        "{ boolean(a: \"true\") }",
        "Boolean",
        "{ boolean(a: false) }",
    );
    check("{ id(a: 1.5) }", "ID", "{ id(a: 12345678901234567890) }");
    check("{ id(a: true) }", "ID", "{ id(a: \"x\") }");
    check("{ color(a: GREEN) }", "GREEN", "{ color(a: BLUE) }");
    check("{ color(a: \"RED\") }", "Color", "{ json(a: \"RED\") }");
    check("{ int(a: [1]) }", "Int", "{ list(a: 1) }");
    check(
        "{ list(a: [1, null]) }",
        "Int",
        "{ matrix(a: [null, [null, 1], 2]) }",
    );
    check("{ list(a: [1, \"2\"]) }", "Int", "{ list(a: [1, 2]) }");
    check("{ filter(a: 1) }", "Filter", "{ filter(a: {needed: 1}) }");
    check(
        "{ filter(a: [{needed: 1}]) }",
        "Filter",
        "{ json(a: [{needed: 1}]) }",
    );
    check(
        "{ filter(a: {needed: 1, nope: 1}) }",
        "nope",
        "{ filter(a: {needed: 1, most: 1}) }",
    );
    check(
        "{ filter(a: {most: 1}) }",
        "needed",
        "{ filter(a: {needed: 1}) }",
    );
    check(
        "{ filter(a: {needed: null}) }",
        "needed",
        "{ filter(a: {needed: 1, color: null}) }",
    );
    check(
        "{ filter(a: {needed: 1, most: null}) }",
        "Int!",
        "{ filter(a: {needed: 1, below: null}) }",
    );
    check(
        "{ filter(a: {needed: 1, needed: 1}) }",
        "twice",
        "{ filter(a: {needed: 1, below: {needed: 1}}) }",
    );
    check(
        "{ json(a: {x: 1, x: 2}) }",
        "twice",
        "{ json(a: {x: 1, y: {x: 2}}) }",
    );
    check(
        "{ filter(a: {needed: 1, below: {needed: \"1\"}}) }",
        "Int",
        "{ filter(a: {needed: 1, ids: 7}) }",
    );
}

#[test]
fn one_of() {
    check("{ select(a: {}) }", "exactly one", "{ select(a: {id: 1}) }");
    check(
        "{ select(a: {id: 1, name: \"x\"}) }",
        "exactly one",
        "{ select(a: {name: \"x\"}) }",
    );
    check(
        "{ select(a: {id: null}) }",
        "exactly one",
        "{ select(a: null) }",
    );
    check(
        "query($a: ID) { select(a: {id: $a}) }",
        "ID!",
        "query($a: ID!) { select(a: {id: $a}) }",
    );
    check(
        "query($a: ID = 1) { select(a: {id: $a}) }",
        "ID!",
        "query($a: ID! = 1) { select(a: {id: $a}) }",
    );
    check(
        "query($a: ID!, $b: String!) { select(a: {id: $a, name: $b}) }",
        "exactly one",
        "query($a: Select) { select(a: $a) }",
    );
    check(
        "{ filter(a: {needed: 1, select: {id: 1, name: \"x\"}}) }",
        "exactly one",
        "{ filter(a: {needed: 1, select: {id: 1}}) }",
    );
    check(
        "query($a: Select = {id: 1, name: \"x\"}) { select(a: $a) }",
        "exactly one",
        "query($a: Select = {id: 1}) { select(a: $a) }",
    );
    check(
        "{ int @note(on: {}) }",
        "exactly one",
        "{ int @note(on: {id: 1}) }",
    );
}

#[test]
fn directives() {
    check("{ int @nope }", "nope", "{ int @note }");
    check(
        "query @skip(if: true) { int }",
        "skip",
        "query @note { int }",
    );
    check(
        "{ dog { ...A @note } } fragment A on Dog { name }",
        "note",
        "{ dog { ...A } } fragment A on Dog @note { name }",
    );
    check(
        "query($a: Int @skip(if: true)) { int(a: $a) }",
        "skip",
        "query($a: Int @note) { int(a: $a) }",
    );
    check(
        "{ int @skip(if: true) @skip(if: true) }",
        "skip",
        "{ int @note @note }",
    );
    check(
        "{ int @deprecated }",
        "deprecated",
        "{ int @include(if: true) @skip(if: false) }",
    );
}

#[test]
fn variables() {
    check(
        "query($a: Int, $a: Int) { int(a: $a) }",
        "a",
        "query($a: Int, $b: Int) { int(a: $a) x: int(a: $b) }",
    );
    check(
        "query($a: Dog) { int(a: $a) }",
        "Dog",
        "query($a: Filter) { filter(a: $a) }",
    );
    check(
        "query($a: Wolf) { int(a: $a) }",
        "Wolf",
        "query($a: Int) { int(a: $a) }",
    );
    check("{ int(a: $a) }", "a", "query($a: Int) { int(a: $a) }");
    check(
        "query A($a: Int) { ...F } query B { ...F } fragment F on Query { int(a: $a) }",
        "a",
        "query A($a: Int) { ...F } query B($a: Int) { ...F } fragment F on Query { int(a: $a) }",
    );
    check(
        "{ list(a: [$a]) }",
        "a",
        "query($a: Int!) { list(a: [$a]) }",
    );
    check(
        "{ json(a: {x: [{y: $a}]}) }",
        "not declared",
        "query($a: Int) { json(a: {x: [{y: $a}]}) }",
    );
    check(
        "query($a: Int) { int }",
        "a",
        "query($a: Int) { ...F } fragment F on Query { int(a: $a) }",
    );
    check(
        "query($a: Boolean!) { int }",
        "a",
        "query($a: Boolean!) { int @skip(if: $a) }",
    );
    check(
        "query($a: Int = \"1\") { int(a: $a) }",
        "Int",
        "query($a: Int = 1) { int(a: $a) }",
    );
    check(
        "query($a: Int! = null) { int(a: $a) }",
        "Int",
        "query($a: Int = null) { int(a: $a) }",
    );
    check(
        "query($a: [Int!] = [1, null]) { list(a: $a) }",
        "Int",
        "query($a: [Int!] = 1) { list(a: $a) }",
    );
}

#[test]
fn variables_where_they_are_allowed() {
    check(
        "query($a: String) { int(a: $a) }",
        "String",
        "query($a: Int!) { int(a: $a) }",
    );
    check(
        "query($a: Int) { needed(a: $a) }",
        "Int",
        "query($a: Int = 1) { needed(a: $a) }",
    );
    check(
        "query($a: Int = null) { needed(a: $a) }",
        "Int",
        "query($a: Int) { defaulted(a: $a) }",
    );
    check(
        "query($a: Int) { list(a: $a) }",
        "Int",
        "query($a: [Int!]!) { list(a: $a) }",
    );
    check(
        "query($a: [Int]) { list(a: $a) }",
        "Int",
        "query($a: [Int!]) { list(a: $a) }",
    );
    check(
        "query($a: [Int]) { int(a: $a) }",
        "Int",
        "query($a: [[Int]]) { matrix(a: $a) }",
    );
    check(
        "query($a: Boolean) { int @skip(if: $a) }",
        "Boolean",
        "query($a: Boolean = true) { int @skip(if: $a) }",
    );
    check(
        "query($a: Int) { list(a: [$a]) }",
        "Int!",
        "query($a: Int!) { list(a: [1, $a]) }",
    );
    check(
        "query($a: [Int]) { matrix(a: [[$a]]) }",
        "Int",
        "query($a: [Int]) { matrix(a: [$a]) }",
    );
    check(
        "query($a: Int) { filter(a: {needed: $a}) }",
        "Int!",
        "query($a: Int) { filter(a: {needed: 1, most: $a}) }",
    );
    check(
        "query($a: Int = null) { filter(a: {needed: $a}) }",
        "Int!",
        "query($a: Int = 1) { filter(a: {needed: $a}) }",
    );
    check(
        "query($a: [ID]) { filter(a: {needed: 1, ids: $a}) }",
        "[ID!]",
        "query($a: [ID!]) { filter(a: {needed: 1, ids: $a}) }",
    );
    check(
        "query($a: String) { filter(a: {needed: 1, below: {needed: 1, ids: [$a]}}) }",
        "ID",
        "query($a: ID!) { filter(a: {needed: 1, below: {needed: 1, ids: [$a]}}) }",
    );
}
