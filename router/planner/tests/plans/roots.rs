//! Root fields: shared ones, mutations, value types known in part by several subgraphs.

use super::fixture::{check, supergraph};

#[test]
fn a_shared_root_field_goes_where_it_costs_least() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { user: User a: Int @at(A) }
        type User @on(A, key: "id") @on(B, key: "id") { id: ID! name: String @at(B) }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ user { id name } }"), @"
    0 b
      {user{id name}}
    ");
    insta::assert_snapshot!(check(&graph, "{ a user { id } }"), @"
    0 a
      {a user{id}}
    ");
}

#[test]
fn a_value_type_is_put_together_from_two_subgraphs() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { config: Config list: [Config] }
        type Config @on(A) @on(B) { shared: Int a: Int @at(A) b: Int @at(B) inner: Inner }
        type Inner @on(A) @on(B) { x: Int @at(A) y: Int @at(B) }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ config { shared a b inner { x y } } list { b } }"), @"
    0 a
      {config{shared a inner{x}}}
    1 b
      {config{b inner{y}}list{b}}
    ");
    insta::assert_snapshot!(check(&graph, "{ config { shared b } }"), @"
    0 b
      {config{shared b}}
    ");
}

#[test]
fn a_value_type_below_an_entity_is_put_together() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { user: User @at(A) }
        type User @on(A, key: "id") @on(B, key: "id") { id: ID! address: Address }
        type Address @on(A) @on(B) { city: String @at(A) street: String @at(B) }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ user { address { city street } } }"), @"
    0 a
      {user{id address{city}}}
    1 b after 0
      user User{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on User{address{street}}}}
    ");
}

const SHOP: &str = r#"
type Query @on(A) @on(B) { a: Int @at(A) }
type Mutation @on(A) @on(B) {
  addA(name: String!): Thing @at(A)
  addB: Thing @at(B)
  plainA: Int @at(A)
}
type Thing @on(A, key: "id") @on(B, key: "id") { id: ID! a: Int @at(A) b: Int @at(B) }
"#;

#[test]
fn mutations_run_in_the_clients_order_with_their_follow_ups() {
    let graph = supergraph("A B", SHOP);
    insta::assert_snapshot!(check(&graph, "mutation { one: addA(name: \"x\") { b } two: addB { a } three: plainA }"), @r#"
    0 a
      mutation{one:addA(name:"x"){id}}
    1 b after 0
      one Thing{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{b}}}
    2 b after 1
      mutation{two:addB{id}}
    3 a after 2
      two Thing{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{a}}}
    4 a after 3
      mutation{three:plainA}
    "#);
}

#[test]
fn neighbouring_mutations_of_one_subgraph_share_a_request() {
    let graph = supergraph("A B", SHOP);
    insta::assert_snapshot!(check(&graph, "mutation M($n: String!) { one: plainA two: addA(name: $n) { a } three: addA(name: \"y\") { b } four: plainA }"), @r#"
    0 a
      mutation($n:String!){one:plainA two:addA(name:$n){a}three:addA(name:"y"){id}}
    1 b after 0
      three Thing{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{b}}}
    2 a after 1
      mutation{four:plainA}
    "#);
}

pub(crate) const AGAIN: &str = r#"
type Query @on(A) @on(B) {
  a: Int @at(A)
  b(n: Int): Int @at(B)
  both: Int
  places: [Place!] @at(A)
  thing: Thing @at(B)
}
type Mutation @on(A) @on(B) { doA: Payload @at(A) doB: Done @at(B) }
type Payload @on(A) { ok: Boolean query: Query }
type Done @on(B) { query: Query! }
type Place @on(A) { name: String query: Query! }
type Thing @on(A, key: "id") @on(B, key: "id") { id: ID! query: Query! @at(A) }
"#;

#[test]
fn a_root_type_below_the_root_is_entered_again() {
    let graph = supergraph("A B", AGAIN);
    insta::assert_snapshot!(check(&graph, "mutation($n: Int) { doA { ok query { a b(n: $n) } } doB { query { a } } }"), @"
    0 a
      mutation{doA{ok query{a}}}
    1 b after 0
      doA.query is the root
      query($n:Int){b(n:$n)}
    2 b after 1
      mutation{doB{query{__typename}}}
    3 a after 2
      doB.query is the root
      {a}
    ");
    insta::assert_snapshot!(check(&graph, "{ places { name query { both places { query { b } } } } }"), @"
    0 a
      {places{name query{both places{query{__typename}}}}}
    1 b after 0
      places.@.query.places.@.query is the root
      {b}
    ");
    insta::assert_snapshot!(check(&graph, "{ places { query { b thing { query { b } } } } thing { query { b } } }"), @"
    0 a
      {places{query{__typename}}}
    1 b
      {thing{id}}
    2 b after 0
      places.@.query is the root
      {b thing{id}}
    3 a after 1
      thing Thing{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{query{__typename}}}}
    4 a after 2
      places.@.query.thing Thing{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{query{__typename}}}}
    5 b after 3
      thing.query is the root
      {b}
    6 b after 4
      places.@.query.thing.query is the root
      {b}
    ");
}

#[test]
fn equal_selections_of_a_root_type_are_fetched_once() {
    let graph = supergraph("A B", AGAIN);
    insta::assert_snapshot!(check(&graph, "{ one: places { query { b } } two: places { name query { b both } } three: places { query { b } } }"), @"
    0 a
      {one:places{query{__typename}}two:places{name query{both}}three:places{query{__typename}}}
    1 b after 0
      one.@.query is the root
      two.@.query is the root
      three.@.query is the root
      {b}
    ");
}
