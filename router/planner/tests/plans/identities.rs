//! Mutations that say which entities they changed: their keys are selected although no client asked for them.

use super::fixture::{check, check_identifying, supergraph};

const SHOP: &str = r#"
type Query @on(A) @on(B) { a: Int @at(A) thing: Thing @at(A) }
type Mutation @on(A) @on(B) {
  rename(id: ID!): Thing @at(A)
  order: Payload @at(A)
  any: Any @at(A)
  node: Node @at(A)
  only: Only @at(A)
  elsewhere: Thing @at(B)
  count: Int @at(A)
}
type Payload @on(A) { thing: Thing things: [Part!] note: String }
type Thing @on(A, key: "id") @on(B, key: "id") {
  id: ID! @at(A) @at(B, external: true)
  name: String @at(A)
  part: Part @at(A)
  b: Int @at(B)
}
type Part implements Node @on(A, key: "shop serial") @impl(A, interface: "Node") {
  shop: ID serial: Int! size: Int text: String
}
type Plate implements Node & Only @on(A, key: "code") @impl(A, interface: "Node") @impl(A, interface: "Only") {
  code: String! text: String only: Int
}
type Leaf @on(A) { text: String }
union Any @on(A) @member(A, member: "Part") @member(A, member: "Plate") @member(A, member: "Leaf") = Part | Plate | Leaf
interface Node @on(A) { text: String }
interface Only @on(A) { only: Int }
"#;

const KEYS: &[(&str, &[&str])] = &[
    ("Thing", &["id"]),
    ("Part", &["serial", "shop"]),
    ("Plate", &["code"]),
    ("Leaf", &["text"]),
];

fn identifying(source: &str) -> String {
    check_identifying(&supergraph("A B", SHOP), KEYS, source)
}

#[test]
fn keys_are_selected_where_entities_may_stand() {
    insta::assert_snapshot!(identifying("mutation { rename(id: 1) { name part { size } } }"), @"
    0 a
      mutation{rename(id:1){name part{size serial shop}id}}
    ");
    insta::assert_snapshot!(identifying("mutation { order { note thing { name } things { size } } count }"), @"
    0 a
      mutation{order{note thing{name id}things{size serial shop}}count}
    ");
}

#[test]
fn what_the_client_or_a_later_request_selects_is_not_selected_again() {
    insta::assert_snapshot!(identifying("mutation { rename(id: 1) { id name } }"), @"
    0 a
      mutation{rename(id:1){id name}}
    ");
    insta::assert_snapshot!(identifying("mutation { rename(id: 1) { mine: id b } }"), @"
    0 a
      mutation{rename(id:1){mine:id}}
    1 b after 0
      rename Thing{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{b}}}
    ");
}

#[test]
fn a_clients_alias_never_hides_a_key() {
    insta::assert_snapshot!(identifying("mutation { rename(id: 1) { id: name _id_0: name } }"), @"
    0 a
      mutation{rename(id:1){id:name _id_0:name _id_1:id}}
    ");
}

#[test]
fn of_several_types_each_has_its_own_key() {
    insta::assert_snapshot!(identifying("mutation { any { __typename ... on Part { size } } }"), @"
    0 a
      mutation{any{__typename...on Part{size serial shop}...on Plate{code}}}
    ");
    insta::assert_snapshot!(identifying("mutation { node { text } }"), @"
    0 a
      mutation{node{__typename text...on Part{serial shop}...on Plate{code}}}
    ");
}

#[test]
fn an_interface_of_one_type_is_told_to_be_that_type() {
    insta::assert_snapshot!(identifying("mutation { only { only } }"), @"
    0 a
      mutation{only{__typename only...on Plate{code}}}
    ");
}

#[test]
fn what_a_subgraph_does_not_answer_is_not_selected() {
    insta::assert_snapshot!(identifying("mutation { elsewhere { b } }"), @"
    0 b
      mutation{elsewhere{b}}
    ");
}

#[test]
fn queries_and_planners_that_nobody_told_are_as_they_were() {
    let graph = supergraph("A B", SHOP);
    let mutation = "mutation { rename(id: 1) { name } only { only } }";
    insta::assert_snapshot!(check(&graph, mutation), @"
    0 a
      mutation{rename(id:1){name}only{only}}
    ");
    let query = "{ thing { name part { size } } }";
    assert_eq!(check_identifying(&graph, KEYS, query), check(&graph, query));
}
