//! `@context` and `@fromContext`: what is fetched first, and what is sent along.

use std::sync::Arc;

use schema_model::Supergraph;

use super::fixture::{check, supergraph};

/// A shop sets a context from which its items' prices take a currency. Rates are another subgraph's.
pub(crate) fn shops() -> Arc<Supergraph> {
    supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { shop: Shop @at(A) shops: [Shop] @at(A) far: Shop @at(B) item: Item @at(A) }
        type Shop @on(A, key: "id") @on(B, key: "id") @context(name: "a__shop") {
          id: ID!
          currency: String @at(A)
          rate: Float @at(B)
          place: Place @at(A)
          item: Item @at(A)
          items: [Item] @at(A)
          stock: Stock @at(B)
        }
        type Place @on(A) { country: Country @at(A) }
        type Country @on(A, key: "code") @on(B, key: "code") { code: ID! tax: Float @at(B) }
        type Stock @on(B, key: "id") { id: ID! best: Item @at(B) }
        type Item @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          name: String @at(A)
          parts: [Item] @at(B)
          price(rounded: Boolean): Int @at(A, contextArguments: [{context: "a__shop", name: "currency", type: "String", selection: "{ currency }"}])
          cost: Int @at(A, contextArguments: [{context: "a__shop", name: "rate", type: "Float", selection: "{ rate }"}])
          taxed: Int @at(A, contextArguments: [
            {context: "a__shop", name: "currency", type: "String", selection: "{ currency }"}
            {context: "a__shop", name: "tax", type: "Float", selection: "{ place { country { tax } } }"}
          ])
        }
        "#,
    )
}

#[test]
fn the_value_is_fetched_first_and_the_object_asked_about_again() {
    insta::assert_snapshot!(check(&shops(), "{ shop { item { name price } } }"), @"
    0 a
      {shop{currency item{name id}}}
    1 a after 0
      shop.item Item{id}, $context0: shop{currency}
      query($representations:[_Any!]!,$context0:String){_entities(representations:$representations){...on Item{price(currency:$context0)}}}
    ");
}

#[test]
fn the_value_may_be_another_subgraphs() {
    insta::assert_snapshot!(check(&shops(), "{ shop { item { cost } } }"), @"
    0 a
      {shop{id item{id}}}
    1 b after 0
      shop Shop{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Shop{rate}}}
    2 a after 1
      shop.item Item{id}, $context0: shop{rate}
      query($representations:[_Any!]!,$context0:Float){_entities(representations:$representations){...on Item{cost(rate:$context0)}}}
    ");
}

#[test]
fn several_values_nested_ones_among_them_fill_several_arguments() {
    insta::assert_snapshot!(check(&shops(), "{ shop { items { taxed price(rounded: true) } } }"), @"
    0 a
      {shop{currency place{country{code}}items{id}}}
    1 b after 0
      shop.place.country Country{code}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Country{tax}}}
    2 a after 1
      shop.items.@ Item{id}, $context0: shop{currency}, $context1: shop{place { country { tax } }}
      query($representations:[_Any!]!,$context0:String,$context1:Float){_entities(representations:$representations){...on Item{taxed(currency:$context0,tax:$context1)price(currency:$context0,rounded:true)}}}
    ");
}

#[test]
fn an_object_of_another_subgraph_is_asked_about_once() {
    insta::assert_snapshot!(check(&shops(), "{ far { stock { best { price } } } }"), @"
    0 b
      {far{id stock{best{id}}}}
    1 a after 0
      far Shop{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Shop{currency}}}
    2 a after 1
      far.stock.best Item{id}, $context0: far{currency}
      query($representations:[_Any!]!,$context0:String){_entities(representations:$representations){...on Item{price(currency:$context0)}}}
    ");
}

#[test]
fn values_travel_with_entities_fetched_in_between() {
    insta::assert_snapshot!(check(&shops(), "{ shops { items { parts { price } } } }"), @"
    0 a
      {shops{currency items{id}}}
    1 b after 0
      shops.@.items.@ Item{id}, kept: shops.@{currency}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Item{parts{id}}}}
    2 a after 1
      shops.@.items.@.parts.@ Item{id}, $context0: shops.@{currency}
      query($representations:[_Any!]!,$context0:String){_entities(representations:$representations){...on Item{price(currency:$context0)}}}
    ");
}

#[test]
fn the_clients_names_hide_nothing() {
    insta::assert_snapshot!(check(
        &shops(),
        "query($context0: Boolean) { s: shop { currency: rate id: currency item { price: name cost: price(rounded: $context0) } } }"
    ), @"
    0 a
      {s:shop{id:currency _id_0:id item{price:name id}}}
    1 a after 0
      s.item Item{id}, $_context0: s{currency}
      query($representations:[_Any!]!,$_context0:String,$context0:Boolean){_entities(representations:$representations){...on Item{cost:price(currency:$_context0,rounded:$context0)}}}
    2 b after 0
      s Shop{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Shop{currency:rate}}}
    ");
}

#[test]
fn what_nothing_around_sets_is_null() {
    insta::assert_snapshot!(check(&shops(), "{ item { price } }"), @"
    0 a
      {item{id}}
    1 a after 0
      item Item{id}, $context0: null
      query($representations:[_Any!]!,$context0:String){_entities(representations:$representations){...on Item{price(currency:$context0)}}}
    ");
}

#[test]
fn calls_of_one_request_have_variables_of_their_own() {
    insta::assert_snapshot!(check(&shops(), "{ shop { item { price } items { cost } } }"), @"
    0 a
      {shop{currency id item{id}items{id}}}
    1 b after 0
      shop Shop{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Shop{rate}}}
    2 a after 1
      _e0: shop.item Item{id}, $c0_0: shop{currency}
      _e1: shop.items.@ Item{id}, $c1_0: shop{rate}
      query($r0:[_Any!]!,$c0_0:String,$r1:[_Any!]!,$c1_0:Float){_e0:_entities(representations:$r0){...on Item{price(currency:$c0_0)}}_e1:_entities(representations:$r1){...on Item{cost(rate:$c1_0)}}}
    ");
}

#[test]
fn a_required_value_is_taken_too() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) { outer: Outer @at(A) }
        type Outer @on(A, key: "id") @on(B, key: "id") @context(name: "a__outer") {
          id: ID!
          base: Int @at(A) @at(B, external: true)
          value: Int @at(B, requires: "base")
          inner: Inner @at(A)
        }
        type Inner @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          weight: Int @at(B) @at(A, external: true)
          worth: Int @at(A, requires: "weight", contextArguments: [{context: "a__outer", name: "value", type: "Int", selection: "{ value }"}])
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ outer { inner { worth } } }"), @"
    0 a
      {outer{id base inner{id}}}
    1 b after 0
      _e0: outer Outer{id}+{base}
      _e1: outer.inner Inner{id}
      query($r0:[_Any!]!,$r1:[_Any!]!){_e0:_entities(representations:$r0){...on Outer{value}}_e1:_entities(representations:$r1){...on Inner{weight}}}
    2 a after 1
      outer.inner Inner{id}+{weight}, $context0: outer{value}
      query($representations:[_Any!]!,$context0:Int){_entities(representations:$representations){...on Inner{worth(value:$context0)}}}
    ");
}

/// The nearest object around that sets the context counts, whatever its type.
fn nodes() -> Arc<Supergraph> {
    supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) @context(name: "a__root") { node: Node @at(A) any: Any @at(A) limit: Int @at(B) }
        interface Node @on(A) { id: ID! next: Node leaf: Leaf }
        type Red implements Node @impl(A, interface: "Node") @on(A, key: "id") @on(B, key: "id") @context(name: "a__color") {
          id: ID!
          red: String @at(B)
          next: Node @at(A)
          leaf: Leaf @at(A)
        }
        type Blue implements Node @impl(A, interface: "Node") @on(A, key: "id") @context(name: "a__color") {
          id: ID!
          blue: String @at(A)
          next: Node @at(A)
          leaf: Leaf @at(A)
        }
        type Clear implements Node @impl(A, interface: "Node") @on(A, key: "id") { id: ID! next: Node @at(A) leaf: Leaf @at(A) }
        union Any @on(A) @member(A, member: "Red") @member(A, member: "Clear") = Red | Clear
        type Leaf @on(A, key: "id") {
          id: ID!
          color: String @at(A, contextArguments: [{context: "a__color", name: "in", type: "String", selection: "... on Red { red } ... on Blue { blue }"}])
          limited: Int @at(A, contextArguments: [{context: "a__root", name: "limit", type: "Int", selection: "{ limit }"}])
        }
        "#,
    )
}

#[test]
fn objects_of_each_type_give_what_is_selected_on_it() {
    insta::assert_snapshot!(check(&nodes(), "{ node { leaf { color } } }"), @"
    0 a
      {node{__typename...on Red{id leaf{id}}...on Blue{blue _leaf_0:leaf{id}}...on Clear{_leaf_1:leaf{id}}}}
    1 b after 0
      node Red{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Red{red}}}
    2 a after 1
      node.leaf Leaf{id}, $context0: node{... on Red { red } ... on Blue { blue }}
      node.leaf Leaf{id}, $context0: node{... on Red { red } ... on Blue { blue }}
      node.leaf Leaf{id}, $context0: null
      query($representations:[_Any!]!,$context0:String){_entities(representations:$representations){...on Leaf{color(in:$context0)}}}
    ");
}

#[test]
fn an_object_that_sets_nothing_passes_on_what_is_set_around_it() {
    insta::assert_snapshot!(check(&nodes(), "{ node { next { leaf { color } } } }"), @"
    0 a
      {node{__typename...on Red{id next{__typename...on Red{id leaf{id}}...on Blue{blue _leaf_0:leaf{id}}...on Clear{_leaf_1:leaf{id}}}}...on Blue{blue _next_0:next{__typename...on Red{id leaf{id}}...on Blue{blue _leaf_0:leaf{id}}...on Clear{_leaf_1:leaf{id}}}}...on Clear{_next_1:next{__typename...on Red{id leaf{id}}...on Blue{blue _leaf_0:leaf{id}}...on Clear{_leaf_1:leaf{id}}}}}}
    1 b after 0
      node Red{id}
      node.next Red{id}
      node.next Red{id}
      node.next Red{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Red{red}}}
    2 a after 1
      node.next.leaf Leaf{id}, $context0: node.next{... on Red { red } ... on Blue { blue }}
      node.next.leaf Leaf{id}, $context0: node.next{... on Red { red } ... on Blue { blue }}
      node.next.leaf Leaf{id}, $context0: node{... on Red { red } ... on Blue { blue }}
      node.next.leaf Leaf{id}, $context0: node.next{... on Red { red } ... on Blue { blue }}
      node.next.leaf Leaf{id}, $context0: node.next{... on Red { red } ... on Blue { blue }}
      node.next.leaf Leaf{id}, $context0: node{... on Red { red } ... on Blue { blue }}
      node.next.leaf Leaf{id}, $context0: node.next{... on Red { red } ... on Blue { blue }}
      node.next.leaf Leaf{id}, $context0: node.next{... on Red { red } ... on Blue { blue }}
      node.next.leaf Leaf{id}, $context0: null
      query($representations:[_Any!]!,$context0:String){_entities(representations:$representations){...on Leaf{color(in:$context0)}}}
    ");
}

#[test]
fn a_member_of_a_union_sets_the_context() {
    insta::assert_snapshot!(check(&nodes(), "{ any { ... on Red { leaf { color } } ... on Clear { next { leaf { color } } } } }"), @"
    0 a
      {any{__typename...on Red{id leaf{id}}...on Clear{next{__typename...on Red{id leaf{id}}...on Blue{blue _leaf_0:leaf{id}}...on Clear{_leaf_1:leaf{id}}}}}}
    1 b after 0
      any Red{id}
      any.next Red{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Red{red}}}
    2 a after 1
      any.leaf Leaf{id}, $context0: any{... on Red { red } ... on Blue { blue }}
      any.next.leaf Leaf{id}, $context0: any.next{... on Red { red } ... on Blue { blue }}
      any.next.leaf Leaf{id}, $context0: any.next{... on Red { red } ... on Blue { blue }}
      any.next.leaf Leaf{id}, $context0: null
      query($representations:[_Any!]!,$context0:String){_entities(representations:$representations){...on Leaf{color(in:$context0)}}}
    ");
}

#[test]
fn the_root_sets_a_context_for_everything() {
    insta::assert_snapshot!(check(&nodes(), "{ node { leaf { limited } } }"), @"
    0 a
      {node{__typename leaf{id}}}
    1 b
      {limit}
    2 a after 0, 1
      node.leaf Leaf{id}, $context0: {limit}
      query($representations:[_Any!]!,$context0:Int){_entities(representations:$representations){...on Leaf{limited(limit:$context0)}}}
    ");
}

#[test]
fn what_is_selected_beside_the_value_does_not_wait_for_itself() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) { outer: Outer @at(A) }
        type Outer @on(A, key: "part { id }") @on(B, key: "part { id }") @context(name: "a__outer") {
          part: Part
          value: Int @at(B)
        }
        type Part @on(A) @on(B) { id: ID! unit: String @at(A) inner: Inner @at(A) }
        type Inner @on(A, key: "id") {
          id: ID!
          far: Int @at(A, contextArguments: [{context: "a__outer", name: "value", type: "Int", selection: "{ value }"}])
          near: Int @at(A, contextArguments: [{context: "a__outer", name: "unit", type: "String", selection: "{ part { unit } }"}])
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ outer { part { inner { far } } } }"), @"
    0 a
      {outer{_part_0:part{id}part{inner{id}}}}
    1 b after 0
      outer Outer{part{id}}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Outer{value}}}
    2 a after 1
      outer.part.inner Inner{id}, $context0: outer{value}
      query($representations:[_Any!]!,$context0:Int){_entities(representations:$representations){...on Inner{far(value:$context0)}}}
    ");
    insta::assert_snapshot!(check(&graph, "{ outer { part { unit inner { near } } } }"), @"
    0 a
      {outer{_part_0:part{unit}part{unit inner{id}}}}
    1 a after 0
      outer.part.inner Inner{id}, $context0: outer{part { unit }}
      query($representations:[_Any!]!,$context0:String){_entities(representations:$representations){...on Inner{near(unit:$context0)}}}
    ");
}

#[test]
fn types_that_set_nothing_share_what_is_below_them() {
    let mut types = String::from(
        r#"
        type Query @on(A) { shop: Shop @at(A) }
        type Shop @on(A, key: "id") @context(name: "a__shop") { id: ID! currency: String node: Node }
        interface Node @on(A) { next: Node item: Item }
        type Item @on(A, key: "id") {
          id: ID!
          price: Int @at(A, contextArguments: [{context: "a__shop", name: "currency", type: "String", selection: "{ currency }"}])
        }
        "#,
    );
    for number in 0..50 {
        types += &format!(
            "type T{number} implements Node @impl(A, interface: \"Node\") @on(A) {{ next: Node item: Item }}\n"
        );
    }
    let graph = supergraph("A", &types);
    let source = "{ shop { node { next { next { next { item { price } } } } } } }";
    insta::assert_snapshot!(check(&graph, source), @"
    0 a
      {shop{currency node{__typename next{__typename next{__typename next{__typename item{id}}}}}}}
    1 a after 0
      shop.node.next.next.next.item Item{id}, $context0: shop{currency}
      query($representations:[_Any!]!,$context0:String){_entities(representations:$representations){...on Item{price(currency:$context0)}}}
    ");
}
