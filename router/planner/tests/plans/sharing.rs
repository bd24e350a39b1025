//! Positions that could be answered in several ways are answered where others are answered anyway.

use std::sync::Arc;

use schema_model::Supergraph;

use super::fixture::{check, supergraph};

/// `left` and `right` are in two subgraphs each, of which only one has both; `late` comes a level later.
fn shared() -> Arc<Supergraph> {
    supergraph(
        "A B C D",
        r#"
        type Query @on(A) @on(B) @on(C) @on(D) { one: One @at(A) two: Two @at(A) list: [One] @at(A) }
        type One @on(A, key: "id") @on(B, key: "id") @on(C, key: "id") @on(D, key: "id") {
            id: ID!
            left: Int @at(B) @at(C)
            name: String @at(B)
        }
        type Two @on(A, key: "id") @on(C, key: "id") @on(D, key: "id") {
            id: ID!
            right: Int @at(C) @at(D)
            one: One @at(D)
            only: Int @at(C)
        }
        "#,
    )
}

#[test]
fn of_equal_subgraphs_the_one_is_asked_that_is_asked_anyway() {
    insta::assert_snapshot!(check(&shared(), "{ one { left } two { right only } }"), @"
    0 a
      {one{id}two{id}}
    1 c after 0
      _e0: one One{id}
      _e1: two Two{id}
      query($r0:[_Any!]!,$r1:[_Any!]!){_e0:_entities(representations:$r0){...on One{left}}_e1:_entities(representations:$r1){...on Two{right only}}}
    ");
}

#[test]
fn two_choices_meet_in_the_subgraph_that_they_have_in_common() {
    insta::assert_snapshot!(check(&shared(), "{ one { left } two { right } }"), @"
    0 a
      {one{id}two{id}}
    1 c after 0
      _e0: one One{id}
      _e1: two Two{id}
      query($r0:[_Any!]!,$r1:[_Any!]!){_e0:_entities(representations:$r0){...on One{left}}_e1:_entities(representations:$r1){...on Two{right}}}
    ");
}

#[test]
fn what_may_wait_joins_a_request_that_is_made_later() {
    insta::assert_snapshot!(check(&shared(), "{ one { name } two { one { name } } }"), @"
    0 a
      {one{id}two{id}}
    1 d after 0
      two Two{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Two{one{id}}}}
    2 b after 1
      one One{id}
      two.one One{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on One{name}}}
    ");
}

#[test]
fn the_same_selection_in_several_places_is_one_call() {
    insta::assert_snapshot!(check(&shared(), "{ one { name } again: one { name } list { name } }"), @"
    0 a
      {one{id}again:one{id}list{id}}
    1 b after 0
      one One{id}
      again One{id}
      list.@ One{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on One{name}}}
    ");
}
