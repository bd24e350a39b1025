//! The public gateway benchmark, and a graph made to defeat planners.

use std::path::Path;
use std::sync::Arc;

use schema_model::Supergraph;

use super::fixture::{check, plan, supergraph};

fn published(folder: &str) -> (Arc<Supergraph>, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file| std::fs::read_to_string(root.join(folder).join(file)).expect("test data");
    let supergraph = Supergraph::parse(&read("supergraph.graphql")).expect("a supergraph");
    (Arc::new(supergraph), read("operation.graphql"))
}

#[test]
fn the_benchmark_takes_six_fetches_in_four_waves() {
    let (supergraph, source) = published("../../benches/data");
    insta::assert_snapshot!(check(&supergraph, &source), @"
    0 accounts
      {users{id username name}}
    1 products
      {topProducts{name price upc weight}}
    2 reviews after 0, 1
      _e0: users.@ User{id}
      _e1: topProducts.@ Product{upc}
      query($r0:[_Any!]!,$r1:[_Any!]!){_e0:_entities(representations:$r0){...on User{reviews{id body product{upc reviews{id body author{id username reviews{id body product{upc}}}}}}}}_e1:_entities(representations:$r1){...on Product{reviews{id body author{id username reviews{id body product{upc}}}}}}}
    3 products after 2
      users.@.reviews.@.product.reviews.@.author.reviews.@.product Product{upc}
      users.@.reviews.@.product Product{upc}
      topProducts.@.reviews.@.author.reviews.@.product Product{upc}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{name price weight}}}
    4 accounts after 2
      users.@.reviews.@.product.reviews.@.author User{id}
      topProducts.@.reviews.@.author User{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on User{name}}}
    5 inventory after 3
      users.@.reviews.@.product.reviews.@.author.reviews.@.product Product{upc}+{price weight}
      users.@.reviews.@.product Product{upc}+{price weight}
      topProducts.@ Product{upc}+{price weight}
      topProducts.@.reviews.@.author.reviews.@.product Product{upc}+{price weight}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{inStock shippingEstimate}}}
    ");
}

#[test]
fn many_plans_stay_few_fetches() {
    let (supergraph, source) = published("tests/data/many-plans");
    let plan = plan(&supergraph, &source);
    // The best published planner makes 83 requests of it.
    assert_eq!(
        (plan.fetches.len(), plan.waves().iter().max()),
        (6, Some(&4))
    );
}

/// Twelve subgraphs share the fields of one recursive entity, each having two thirds of them.
fn shared_entity() -> Arc<Supergraph> {
    let subgraphs = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"];
    let keys = subgraphs.map(|name| format!("@on({name}, key: \"id\") "));
    let on = subgraphs.map(|name| format!("@on({name}) "));
    let mut types = format!("type Query {} {{ node: Node }}\n", on.concat());
    types += &format!("type Node {} {{ id: ID! ", keys.concat());
    for field in 0..24 {
        let ty = if field < 12 { "Node" } else { "Int" };
        types += &format!("f{field}: {ty} ");
        for (index, name) in subgraphs.iter().enumerate() {
            if (index * 7 + field * 5) % 3 != 0 {
                types += &format!("@at({name}) ");
            }
        }
    }
    types += "}";
    supergraph(&subgraphs.join(" "), &types)
}

#[test]
fn deep_operations_are_planned_in_bounded_work() {
    let mut deep = String::from("{ f12 f13 f14 }");
    for level in 0..45 {
        let (on, beside) = (level % 12, (level + 1) % 12);
        deep = format!("{{ f{on} {deep} f{beside} {{ f{} id }} f20 f21 }}", 12 + on);
    }
    let plan = plan(&shared_entity(), &format!("{{ node {deep} }}"));
    // Two subgraphs have everything between them, so no level needs more than both.
    assert!(
        plan.fetches.len() <= 2 * 46,
        "{} fetches",
        plan.fetches.len()
    );
}

#[test]
fn wide_operations_are_planned_in_bounded_work() {
    let aliases = (0..150).map(|n| {
        let (outer, inner, leaf) = (n % 12, n % 7, 13 + n % 9);
        format!("n{n}: f{outer} {{ f{inner} {{ f12 f{leaf} }} f23 }}")
    });
    let aliases: Vec<String> = aliases.collect();
    let plan = plan(
        &shared_entity(),
        &format!("{{ node {{ {} }} }}", aliases.join(" ")),
    );
    assert!(plan.fetches.len() <= 8, "{} fetches", plan.fetches.len());
}
