//! Moves between subgraphs by keys.

use std::sync::Arc;

use schema_model::Supergraph;

use super::fixture::{check, supergraph};

fn store() -> Arc<Supergraph> {
    supergraph(
        "A B C D",
        r#"
        type Query @on(A) @on(B) @on(C) @on(D) {
          products: [Product!]! @at(A)
          product(id: ID!): Product @at(A)
          top: Product @at(B)
        }
        type Product @on(A, key: "id") @on(B, key: "id") @on(B, key: "sku") @on(C, key: "sku") @on(D, key: "sku maker { code }") {
          id: ID! @at(A) @at(B)
          sku: ID! @at(B) @at(C) @at(D)
          maker: Maker! @at(C) @at(D)
          name: String @at(A)
          price(currency: String = "EUR"): Int @at(B)
          stock: Int @at(C)
          warranty: Int @at(D)
        }
        type Maker @on(C) @on(D) {
          code: ID!
          country: String @at(C)
        }
        "#,
    )
}

#[test]
fn a_key_leads_to_another_subgraph() {
    insta::assert_snapshot!(check(&store(), "{ products { name price } }"), @"
    0 a
      {products{name id}}
    1 b after 0
      products.@ Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{price}}}
    ");
}

#[test]
fn a_hop_supplies_the_key_that_is_missing() {
    insta::assert_snapshot!(check(&store(), "{ products { stock } }"), @"
    0 a
      {products{id}}
    1 b after 0
      products.@ Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{sku}}}
    2 c after 1
      products.@ Product{sku}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{stock}}}
    ");
}

#[test]
fn keys_chain_and_nest() {
    insta::assert_snapshot!(check(&store(), "{ products { name warranty } }"), @"
    0 a
      {products{name id}}
    1 b after 0
      products.@ Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{sku}}}
    2 c after 1
      products.@ Product{sku}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{maker{code}}}}
    3 d after 2
      products.@ Product{sku maker{code}}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{warranty}}}
    ");
}

#[test]
fn a_second_key_saves_a_hop() {
    insta::assert_snapshot!(check(&store(), "{ top { stock name } }"), @"
    0 b
      {top{id sku}}
    1 a after 0
      top Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{name}}}
    2 c after 0
      top Product{sku}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{stock}}}
    ");
}

#[test]
fn roots_of_several_subgraphs_start_together() {
    insta::assert_snapshot!(check(&store(), "{ top { price } products { name } }"), @"
    0 a
      {products{name}}
    1 b
      {top{price}}
    ");
}

#[test]
fn aliases_do_not_hide_keys() {
    insta::assert_snapshot!(
        check(&store(), "{ products { id: name sku: price other: stock } }"), @"
    0 a
      {products{id:name _id_0:id}}
    1 b after 0
      products.@ Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{sku:price _sku_0:sku}}}
    2 c after 1
      products.@ Product{sku}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{other:stock}}}
    ");
}

#[test]
fn one_field_under_two_arguments_is_asked_twice() {
    insta::assert_snapshot!(
        check(&store(), "{ products { price usd: price(currency: \"USD\") } }"), @r#"
    0 a
      {products{id}}
    1 b after 0
      products.@ Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{price usd:price(currency:"USD")}}}
    "#);
}

#[test]
fn variables_travel_only_where_they_are_used() {
    insta::assert_snapshot!(
        check(&store(), "query Q($id: ID!, $currency: String = \"CHF\") { product(id: $id) { name price(currency: $currency) stock } }"), @r#"
    0 a
      query($id:ID!){product(id:$id){name id}}
    1 b after 0
      product Product{id}
      query($representations:[_Any!]!,$currency:String="CHF"){_entities(representations:$representations){...on Product{price(currency:$currency)sku}}}
    2 c after 1
      product Product{sku}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{stock}}}
    "#);
}

#[test]
fn a_variable_may_be_called_like_ours() {
    insta::assert_snapshot!(
        check(&store(), "query Q($representations: String, $r0: ID!) { product(id: $r0) { price(currency: $representations) } top { name } }"), @"
    0 a
      query($r0:ID!){product(id:$r0){id}}
    1 b
      {top{id}}
    2 b after 0
      product Product{id}
      query($_representations:[_Any!]!,$representations:String){_entities(representations:$_representations){...on Product{price(currency:$representations)}}}
    3 a after 1
      top Product{id}
      query($_representations:[_Any!]!){_entities(representations:$_representations){...on Product{name}}}
    ");
}

#[test]
fn a_client_that_asks_for_nothing_but_the_type_name_gets_a_valid_selection() {
    insta::assert_snapshot!(check(&store(), "{ products { __typename } }"), @"
    0 a
      {products{__typename}}
    ");
}

#[test]
fn the_type_name_of_the_root_needs_no_fetch() {
    insta::assert_snapshot!(check(&store(), "{ __typename }"), @"");
}

#[test]
fn fields_merge_across_fragments() {
    insta::assert_snapshot!(
        check(&store(), "{ products { ...One ...Two name } } fragment One on Product { price stock } fragment Two on Product { stock id }"), @"
    0 a
      {products{id name}}
    1 b after 0
      products.@ Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{price sku}}}
    2 c after 1
      products.@ Product{sku}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{stock}}}
    ");
}

#[test]
fn equal_calls_from_two_places_are_one() {
    insta::assert_snapshot!(check(&store(), "{ a: products { price } b: product(id: 1) { price } }"), @"
    0 a
      {a:products{id}b:product(id:1){id}}
    1 b after 0
      a.@ Product{id}
      b Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{price}}}
    ");
}

#[test]
fn different_calls_to_one_subgraph_are_one_request() {
    insta::assert_snapshot!(check(&store(), "{ a: products { price } b: product(id: 1) { sku } }"), @"
    0 a
      {a:products{id}b:product(id:1){id}}
    1 b after 0
      _e0: a.@ Product{id}
      _e1: b Product{id}
      query($r0:[_Any!]!,$r1:[_Any!]!){_e0:_entities(representations:$r0){...on Product{price}}_e1:_entities(representations:$r1){...on Product{sku}}}
    ");
}

#[test]
fn keys_that_are_not_resolvable_are_no_way_in() {
    let graph = supergraph(
        "A B C",
        r#"
        type Query @on(A) @on(B) @on(C) { a: Thing @at(A) b: Thing @at(B) }
        type Thing @on(A, key: "id") @on(B, key: "id", resolvable: false) @on(C, key: "id") {
          id: ID!
          onlyA: Int @at(A)
          onlyC: Int @at(C)
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ a { onlyC } b { onlyA onlyC } }"), @"
    0 a
      {a{id}}
    1 b
      {b{id}}
    2 c after 0, 1
      a Thing{id}
      b Thing{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{onlyC}}}
    3 a after 1
      b Thing{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{onlyA}}}
    ");
}

#[test]
fn a_key_may_come_from_two_subgraphs() {
    let graph = supergraph(
        "A B C D",
        r#"
        type Query @on(A) @on(B) @on(C) @on(D) { thing: Thing @at(A) }
        type Thing @on(A, key: "id") @on(B, key: "id") @on(C, key: "id") @on(D, key: "left right") {
          id: ID! @at(A) @at(B) @at(C)
          left: ID! @at(B) @at(D)
          right: ID! @at(C) @at(D)
          whole: Int @at(D)
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ thing { whole } }"), @"
    0 a
      {thing{id}}
    1 b after 0
      thing Thing{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{left}}}
    2 c after 0
      thing Thing{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{right}}}
    3 d after 1, 2
      thing Thing{left right}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{whole}}}
    ");
}

#[test]
fn a_nested_key_may_need_another_entity() {
    let graph = supergraph(
        "A B C",
        r#"
        type Query @on(A) @on(B) @on(C) { thing: Thing @at(A) }
        type Thing @on(A) @on(C, key: "owner { email }") {
          owner: Owner @at(A) @at(C)
          rank: Int @at(C)
        }
        type Owner @on(A, key: "id") @on(B, key: "id") @on(C) {
          id: ID! @at(A) @at(B)
          email: String @at(B) @at(C)
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ thing { rank } }"), @"
    0 a
      {thing{owner{id}}}
    1 b after 0
      thing.owner Owner{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Owner{email}}}
    2 c after 1
      thing Thing{owner{email}}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{rank}}}
    ");
}

#[test]
fn a_field_that_nothing_leads_to_is_named() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { thing: Thing @at(A) }
        type Thing @on(A) @on(B, key: "id") { id: ID! @at(B) a: Int @at(A) b: Int @at(B) }
        "#,
    );
    let planner = router_planner::Planner::new(Arc::clone(&graph));
    let operation = super::fixture::operation(&graph, "{ thing { a b } }");
    let error = planner.plan(&operation).expect_err("nothing leads to b");
    insta::assert_snapshot!(error, @"
    no plan: `Thing.b` cannot be reached: b has it, but no key or required field leads there from a
    ");
}

#[test]
fn a_progressive_override_leaves_the_field_where_it_was() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { thing: Thing @at(A) }
        type Thing @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          moved: Int @at(A) @at(B, override: "a", overrideLabel: "percent(5)")
          gone: Int @at(A, usedOverridden: true) @at(B, override: "a")
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ thing { moved gone } }"), @"
    0 a
      {thing{moved id}}
    1 b after 0
      thing Thing{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{gone}}}
    ");
}
