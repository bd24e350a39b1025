//! Labels of progressive `@override`: who answers while a label is on, and while it is off.

use std::sync::Arc;

use router_planner::Planner;
use schema_model::Supergraph;

use super::fixture::{check_with, operation, supergraph};

/// What is asked of which subgraph, fetch by fetch.
fn asked(supergraph: &Arc<Supergraph>, labels: &[&str], source: &str) -> Vec<String> {
    let plan = check_with(supergraph, labels, source);
    let heads = plan.lines().filter(|line| !line.starts_with(' '));
    let operations = plan.lines().filter_map(|line| line.strip_prefix("  "));
    let operations = operations.filter(|line| line.starts_with(['{', 'q', 'm']));
    let operation = |line: &str| match line.split_once("representations){") {
        Some((_, entities)) => entities[..entities.len() - 2].to_owned(),
        None => line.to_owned(),
    };
    let name = |head: &str| head.split(' ').nth(1).unwrap_or_default().to_owned();
    let pairs = heads.zip(operations);
    pairs
        .map(|(head, line)| format!("{}: {}", name(head), operation(line)))
        .collect()
}

/// The plan while the label `new` is off, then while it is on; both go from subgraph to subgraph like this.
fn check(supergraph: &Arc<Supergraph>, source: &str, off: &[&str], on: &[&str]) {
    assert_eq!(asked(supergraph, &[], source), off, "off: {source}");
    assert_eq!(asked(supergraph, &["new"], source), on, "on: {source}");
}

fn labels_of(supergraph: &Arc<Supergraph>, source: &str) -> Vec<String> {
    let planner = Planner::new(Arc::clone(supergraph));
    let labels = planner.labels_of(&operation(supergraph, source));
    labels.iter().map(ToString::to_string).collect()
}

fn bills() -> Arc<Supergraph> {
    supergraph(
        "OLD NEW PRICES",
        r#"
        type Query @on(OLD) @on(NEW) {
          bill: Bill @at(OLD)
          total: Int @at(OLD, overrideLabel: "new") @at(NEW, override: "old", overrideLabel: "new")
          paper: Paper @at(OLD)
        }
        interface Paper @on(OLD) @on(NEW) { id: ID! amount: Int }
        type Bill implements Paper @impl(OLD, interface: "Paper") @impl(NEW, interface: "Paper")
          @on(OLD, key: "id") @on(NEW, key: "id") @on(PRICES, key: "id") {
          id: ID!
          amount: Int @at(OLD, overrideLabel: "new") @at(NEW, override: "old", overrideLabel: "new")
          rate: Float @at(PRICES) @at(NEW, external: true)
          tax: Int @at(OLD, overrideLabel: "new") @at(NEW, override: "old", overrideLabel: "new", requires: "rate")
          plain: Int @at(OLD)
          moved: Int @at(OLD, overrideLabel: "percent(5)") @at(NEW, override: "old", overrideLabel: "percent(5)")
          fee: Int @at(PRICES, requires: "amount")
          due: Int @at(NEW, external: true, overrideLabel: "late") @at(OLD, override: "new", overrideLabel: "late")
        }
        type Note implements Paper @impl(OLD, interface: "Paper") @on(OLD, key: "id") { id: ID! amount: Int }
        "#,
    )
}

#[test]
fn a_field_is_had_from_the_overridden_subgraph_until_its_label_is_on() {
    check(
        &bills(),
        "{ bill { plain amount } }",
        &["old: {bill{plain amount}}"],
        &["old: {bill{plain id}}", "new: ...on Bill{amount}"],
    );
    check(&bills(), "{ total }", &["old: {total}"], &["new: {total}"]);
}

#[test]
fn one_label_says_nothing_about_another() {
    check(
        &bills(),
        "{ bill { moved } }",
        &["old: {bill{moved}}"],
        &["old: {bill{moved}}"],
    );
}

#[test]
fn what_an_override_requires_is_fetched_only_while_it_holds() {
    check(
        &bills(),
        "{ bill { tax } }",
        &["old: {bill{tax}}"],
        &[
            "old: {bill{id}}",
            "prices: ...on Bill{rate}",
            "new: ...on Bill{tax}",
        ],
    );
}

#[test]
fn a_required_field_is_taken_from_where_it_is_now() {
    check(
        &bills(),
        "{ bill { fee } }",
        &["old: {bill{id amount}}", "prices: ...on Bill{fee}"],
        &[
            "old: {bill{id}}",
            "new: ...on Bill{amount}",
            "prices: ...on Bill{fee}",
        ],
    );
}

#[test]
fn an_interfaces_field_moves_for_the_implementations_that_move() {
    check(
        &bills(),
        "{ paper { amount } }",
        &["old: {paper{__typename amount}}"],
        &[
            "old: {paper{__typename...on Bill{id}...on Note{amount}}}",
            "new: ...on Bill{amount}",
        ],
    );
}

#[test]
fn an_override_of_what_cannot_be_resolved_holds_always() {
    check(
        &bills(),
        "{ bill { due } }",
        &["old: {bill{due}}"],
        &["old: {bill{due}}"],
    );
}

#[test]
fn a_key_that_moves_still_leads_both_ways() {
    let graph = supergraph(
        "OLD NEW",
        r#"
        type Query @on(OLD) @on(NEW) { old: T @at(OLD) new: T @at(NEW) }
        type T @on(OLD, key: "id") @on(NEW, key: "id") {
          id: ID! @at(OLD, overrideLabel: "new", usedOverridden: true) @at(NEW, override: "old", overrideLabel: "new")
          a: Int @at(OLD)
          b: Int @at(NEW)
        }
        "#,
    );
    let there = &["old: {old{id}}", "new: ...on T{b}"];
    check(&graph, "{ old { b } }", there, there);
    let back = &["new: {new{id}}", "old: ...on T{a}"];
    check(&graph, "{ new { a } }", back, back);
}

#[test]
fn a_field_that_others_need_is_resolved_where_it_was_until_its_label_is_on() {
    let graph = supergraph(
        "OLD NEW",
        r#"
        type Query @on(OLD) @on(NEW) { t: T @at(OLD) }
        type T @on(OLD, key: "id") @on(NEW, key: "id") {
          id: ID!
          size: Int @at(OLD, overrideLabel: "new", usedOverridden: true) @at(NEW, override: "old", overrideLabel: "new")
          area: Int @at(OLD, requires: "size")
        }
        "#,
    );
    check(
        &graph,
        "{ t { size } }",
        &["old: {t{size}}"],
        &["old: {t{id}}", "new: ...on T{size}"],
    );
}

#[test]
fn labels_of_what_contexts_take_belong_to_an_operation() {
    let graph = supergraph(
        "OLD NEW",
        r#"
        type Query @on(OLD) @on(NEW) { shop: Shop @at(OLD) }
        type Shop @on(OLD, key: "id") @on(NEW, key: "id") @context(name: "new__shop") {
          id: ID!
          currency: String @at(OLD, overrideLabel: "new", usedOverridden: true) @at(NEW, override: "old", overrideLabel: "new")
          item: Item @at(NEW)
        }
        type Item @on(NEW, key: "id") {
          id: ID!
          price: Int @at(NEW, contextArguments: [{context: "new__shop", name: "in", type: "String", selection: "{ currency }"}])
        }
        "#,
    );
    assert_eq!(labels_of(&graph, "{ shop { item { price } } }"), ["new"]);
    assert!(labels_of(&graph, "{ shop { item { id } } }").is_empty());
}

#[test]
fn only_labels_that_may_make_a_difference_belong_to_an_operation() {
    let graph = bills();
    let cases: &[(&str, &[&str])] = &[
        ("{ bill { plain id } }", &[]),
        ("{ __typename }", &[]),
        ("{ bill { amount } }", &["new"]),
        ("{ bill { moved amount } }", &["new", "percent(5)"]),
        ("{ bill { ... on Bill { moved } } }", &["percent(5)"]),
        ("{ bill { fee } }", &["new"]),
        ("{ paper { amount } }", &["new"]),
        ("{ paper { id } }", &[]),
        ("{ total }", &["new"]),
        ("{ bill { due } }", &[]),
    ];
    for (source, labels) in cases {
        assert_eq!(labels_of(&graph, source), *labels, "{source}");
    }
    let planner = Planner::new(graph);
    let all: Vec<&str> = planner.labels().iter().map(|label| &**label).collect();
    assert_eq!(all, ["late", "new", "percent(5)"]);
}
