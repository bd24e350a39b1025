//! `@external`, `@requires` and `@provides`.

use std::sync::Arc;

use schema_model::Supergraph;

use super::fixture::{check, supergraph};

fn shipping() -> Arc<Supergraph> {
    supergraph(
        "A B C",
        r#"
        type Query @on(A) @on(B) @on(C) { products: [Product] @at(A) inventory: [Product] @at(B) }
        type Product @on(A, key: "id") @on(B, key: "id") @on(C, key: "id") {
          id: ID!
          price: Int @at(A) @at(B, external: true)
          weight: Int @at(C) @at(B, external: true)
          size: Size @at(A) @at(B, external: true)
          shipping: Int @at(B, requires: "price weight")
          box: String @at(B, requires: "size { width height }")
          label: String @at(C, requires: "shipping name")
          name: String @at(A) @at(C, external: true)
          stock: Int @at(B)
        }
        type Size @on(A) @on(B) { width: Int height: Int depth: Int @at(A) }
        "#,
    )
}

#[test]
fn what_is_required_is_fetched_first_from_two_subgraphs() {
    insta::assert_snapshot!(check(&shipping(), "{ products { shipping } }"), @"
    0 a
      {products{id price}}
    1 c after 0
      products.@ Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{weight}}}
    2 b after 1
      products.@ Product{id}+{price weight}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{shipping}}}
    ");
}

#[test]
fn an_object_already_there_is_asked_about_again_with_what_it_requires() {
    insta::assert_snapshot!(check(&shipping(), "{ inventory { stock shipping } }"), @"
    0 b
      {inventory{stock id}}
    1 a after 0
      inventory.@ Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{price}}}
    2 c after 0
      inventory.@ Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{weight}}}
    3 b after 1, 2
      inventory.@ Product{id}+{price weight}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{shipping}}}
    ");
}

#[test]
fn nested_fields_are_required() {
    insta::assert_snapshot!(check(&shipping(), "{ inventory { box } }"), @"
    0 b
      {inventory{id}}
    1 a after 0
      inventory.@ Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{size{width height}}}}
    2 b after 1
      inventory.@ Product{id}+{size{width height}}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{box}}}
    ");
}

#[test]
fn required_objects_share_the_clients_selection() {
    insta::assert_snapshot!(check(&shipping(), "{ products { size { depth } box } }"), @"
    0 a
      {products{size{depth width height}id}}
    1 b after 0
      products.@ Product{id}+{size{width height}}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{box}}}
    ");
}

#[test]
fn aliases_do_not_hide_required_fields() {
    insta::assert_snapshot!(check(&shipping(), "{ products { price: name weight: stock shipping } }"), @"
    0 a
      {products{price:name id _price_0:price}}
    1 c after 0
      products.@ Product{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{weight}}}
    2 b after 1
      products.@ Product{id}+{price weight}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{weight:stock shipping}}}
    ");
}

fn chain() -> Arc<Supergraph> {
    supergraph(
        "A B C",
        r#"
        type Query @on(A) @on(B) @on(C) { things: [Thing] @at(A) }
        type Thing @on(A, key: "id") @on(B, key: "id") @on(C, key: "id") {
          id: ID!
          one: Int @at(A) @at(B, external: true)
          two: Int @at(B, requires: "one") @at(C, external: true)
          three: Int @at(C, requires: "two") @at(B, external: true)
          four: Int @at(B, requires: "three")
          plain: Int @at(B)
        }
        "#,
    )
}

#[test]
fn requirements_chain() {
    insta::assert_snapshot!(check(&chain(), "{ things { three } }"), @"
    0 a
      {things{id one}}
    1 b after 0
      things.@ Thing{id}+{one}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{two}}}
    2 c after 1
      things.@ Thing{id}+{two}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{three}}}
    ");
}

#[test]
fn a_subgraph_may_be_needed_twice() {
    insta::assert_snapshot!(check(&chain(), "{ things { plain four } }"), @"
    0 a
      {things{id one}}
    1 b after 0
      things.@ Thing{id}+{one}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{plain two}}}
    2 c after 1
      things.@ Thing{id}+{two}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{three}}}
    3 b after 2
      things.@ Thing{id}+{three}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{four}}}
    ");
}

fn reviews() -> Arc<Supergraph> {
    supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) {
          reviews: [Review] @at(A)
          provided: [Review] @at(A, provides: "author { name address { city } }")
        }
        type Review @on(A) { body: String author: User @at(A) signed: User @at(A, provides: "name") }
        type User @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          name: String @at(A, external: true) @at(B)
          age: Int @at(B)
          address: Address @at(A, external: true) @at(B)
          friend: User @at(A)
        }
        type Address @on(A) @on(B) { city: String street: String }
        "#,
    )
}

#[test]
fn an_external_field_is_fetched_from_where_it_is_resolved() {
    insta::assert_snapshot!(check(&reviews(), "{ reviews { author { name } } }"), @"
    0 a
      {reviews{author{id}}}
    1 b after 0
      reviews.@.author User{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on User{name}}}
    ");
}

#[test]
fn a_path_provides_external_fields() {
    insta::assert_snapshot!(check(&reviews(), "{ provided { author { name address { city } } } reviews { signed { name } } }"), @"
    0 a
      {provided{author{name address{city}}}reviews{signed{name}}}
    ");
}

#[test]
fn a_path_provides_no_deeper_than_it_says() {
    insta::assert_snapshot!(check(&reviews(), "{ provided { author { friend { name } age } } }"), @"
    0 a
      {provided{author{friend{id}id}}}
    1 b after 0
      _e0: provided.@.author.friend User{id}
      _e1: provided.@.author User{id}
      query($r0:[_Any!]!,$r1:[_Any!]!){_e0:_entities(representations:$r0){...on User{name}}_e1:_entities(representations:$r1){...on User{age}}}
    ");
}

#[test]
fn required_fields_take_arguments_of_their_own() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { things: [Thing] @at(A) }
        type Thing @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          price(currency: String): Int @at(A) @at(B, external: true)
          tax: Int @at(B, requires: "price(currency: \"USD\")")
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ things { price(currency: \"EUR\") tax } }"), @r#"
    0 a
      {things{price(currency:"EUR")id _price_0:price(currency:"USD")}}
    1 b after 0
      things.@ Thing{id}+{price}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{tax}}}
    "#);
}

#[test]
fn requirements_reach_through_other_entities() {
    let graph = supergraph(
        "A B C",
        r#"
        type Query @on(A) @on(B) @on(C) { posts: [Post] @at(A) }
        type Post @on(A, key: "id") @on(C, key: "id") {
          id: ID!
          author: User @at(A) @at(C, external: true)
          byline: String @at(C, requires: "author { name }")
        }
        type User @on(A, key: "id") @on(B, key: "id") @on(C, key: "id") {
          id: ID!
          name: String @at(B) @at(C, external: true)
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ posts { byline } }"), @"
    0 a
      {posts{id author{id}}}
    1 b after 0
      posts.@.author User{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on User{name}}}
    2 c after 1
      posts.@ Post{id}+{author{name}}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Post{byline}}}
    ");
}

#[test]
fn two_fields_may_require_each_others_subgraph() {
    let graph = supergraph(
        "A B C",
        r#"
        type Query @on(A) @on(B) @on(C) { things: [Thing] @at(A) }
        type Thing @on(A, key: "id") @on(B, key: "id") @on(C, key: "id") {
          id: ID!
          b: Int @at(B) @at(C, external: true)
          c: Int @at(C) @at(B, external: true)
          fromB: Int @at(B, requires: "c")
          fromC: Int @at(C, requires: "b")
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ things { fromB fromC } }"), @"
    0 a
      {things{id}}
    1 b after 0
      things.@ Thing{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{b}}}
    2 c after 1
      things.@ Thing{id}+{b}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{fromC c}}}
    3 b after 2
      things.@ Thing{id}+{c}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{fromB}}}
    ");
}

#[test]
fn one_field_required_with_two_arguments_takes_two_calls() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { things: [Thing] @at(A) }
        type Thing @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          price(currency: String): Int @at(A) @at(B, external: true)
          usTax: Int @at(B, requires: "price(currency: \"USD\")")
          euTax: Int @at(B, requires: "price(currency: \"EUR\")")
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ things { usTax euTax } }"), @r#"
    0 a
      {things{id price(currency:"USD")_price_0:price(currency:"EUR")}}
    1 b after 0
      _e0: things.@ Thing{id}+{price}
      _e1: things.@ Thing{id}+{price}
      query($r0:[_Any!]!,$r1:[_Any!]!){_e0:_entities(representations:$r0){...on Thing{usTax}}_e1:_entities(representations:$r1){...on Thing{euTax}}}
    "#);
}

#[test]
fn required_objects_of_several_types_say_which_they_are() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { orders: [Order] @at(A) }
        type Order @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          item: Item @at(A) @at(B, external: true)
          weight: Int @at(B, requires: "item { ... on Book { pages } ... on Film { minutes } }")
        }
        union Item @on(A) @on(B) @member(A, member: "Book") @member(A, member: "Film") @member(B, member: "Book") @member(B, member: "Film") = Book | Film
        type Book @on(A) @on(B) { pages: Int @at(A) @at(B, external: true) }
        type Film @on(A) @on(B) { minutes: Int @at(A) @at(B, external: true) }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ orders { weight } }"), @"
    0 a
      {orders{id item{__typename...on Book{pages}...on Film{minutes}}}}
    1 b after 0
      orders.@ Order{id}+{item{...on Book{__typename pages} ...on Film{__typename minutes}}}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Order{weight}}}
    ");
}

#[test]
fn a_circle_of_requirements_through_two_entities_is_followed() {
    let graph = supergraph(
        "A B C",
        r#"
        type Query @on(A) @on(B) @on(C) { posts: [Post] @at(A) }
        type Post @on(A, key: "id") @on(B, key: "id") @on(C, key: "id") {
          id: ID!
          author: User @at(B) @at(A, external: true) @at(C, external: true)
          byExpert: Boolean @at(A, requires: "author { years }") @at(C, external: true)
          score: Int @at(C, requires: "byExpert")
        }
        type User @on(A) @on(B, key: "id") @on(C, key: "id") {
          id: ID! @at(B) @at(C)
          years: Int @at(C) @at(A, external: true)
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ posts { score } }"), @"
    0 a
      {posts{id}}
    1 b after 0
      posts.@ Post{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Post{author{id}}}}
    2 c after 1
      posts.@.author User{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on User{years}}}
    3 a after 2
      posts.@ Post{id}+{author{years}}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Post{byExpert}}}
    4 c after 3
      posts.@ Post{id}+{byExpert}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Post{score}}}
    ");
}

#[test]
fn what_is_required_of_a_value_type_may_come_from_several_subgraphs() {
    let graph = supergraph(
        "A B C",
        r#"
        type Query @on(A) { t: T @at(A) list: [T] @at(A) }
        type T @on(A, key: "id") @on(B, key: "id") @on(C, key: "id") {
          id: ID!
          v: V @at(A) @at(B) @at(C, external: true)
          need: Int @at(C, requires: "v { a b }")
        }
        type V @on(A) @on(B) @on(C) { a: Int @at(A) @at(C, external: true) b: Int @at(B) @at(C, external: true) }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ t { need } }"), @"
    0 a
      {t{id v{a}}}
    1 b after 0
      t T{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on T{v{b}}}}
    2 c after 1
      t T{id}+{v{a b}}
      query($representations:[_Any!]!){_entities(representations:$representations){...on T{need}}}
    ");
}

#[test]
fn arguments_that_differ_below_a_required_field_are_two_calls() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) { t: T @at(A) }
        type T @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          v: V @at(A) @at(B, external: true)
          one: Int @at(B, requires: "v { x(n: 1) y }")
          two: Int @at(B, requires: "v { x(n: 2) }")
          three: Int @at(B, requires: "v { y }")
        }
        type V @on(A) @on(B) { x(n: Int): Int @at(A) @at(B, external: true) y: Int @at(A) @at(B, external: true) }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ t { one two three v { x(n: 3) } } }"), @"
    0 a
      {t{v{x(n:3)_x_0:x(n:1)y _x_1:x(n:2)}id}}
    1 b after 0
      _e0: t T{id}+{v{x y}}
      _e1: t T{id}+{v{x}}
      query($r0:[_Any!]!,$r1:[_Any!]!){_e0:_entities(representations:$r0){...on T{one three}}_e1:_entities(representations:$r1){...on T{two}}}
    ");
}

#[test]
fn a_field_of_a_key_may_itself_require_others() {
    let graph = supergraph(
        "A B C",
        r#"
        type Query @on(A) { t: T @at(A) }
        type T @on(A, key: "one") @on(B, key: "one") @on(C, key: "two") {
          one: ID! @at(A) @at(B)
          name: String @at(A) @at(B, external: true)
          two: ID! @at(B, requires: "name") @at(C)
          c: Int @at(C)
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ t { c } }"), @"
    0 a
      {t{one name}}
    1 b after 0
      t T{one}+{name}
      query($representations:[_Any!]!){_entities(representations:$representations){...on T{two}}}
    2 c after 1
      t T{two}
      query($representations:[_Any!]!){_entities(representations:$representations){...on T{c}}}
    ");
}

#[test]
fn requirements_that_need_each_other_in_turn_are_put_in_order() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) { t: T @at(A) }
        type T @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          a1: Int @at(A) @at(B, external: true)
          b1: Int @at(B, requires: "a1") @at(A, external: true)
          a2: Int @at(A, requires: "b1") @at(B, external: true)
          b2: Int @at(B, requires: "a2") @at(A, external: true)
          a3: Int @at(A, requires: "b1 b2")
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ t { a3 b1 } }"), @"
    0 a
      {t{id a1}}
    1 b after 0
      t T{id}+{a1}
      query($representations:[_Any!]!){_entities(representations:$representations){...on T{b1}}}
    2 a after 1
      t T{id}+{b1}
      query($representations:[_Any!]!){_entities(representations:$representations){...on T{a2}}}
    3 b after 2
      t T{id}+{a2}
      query($representations:[_Any!]!){_entities(representations:$representations){...on T{b2}}}
    4 a after 3
      t T{id}+{b1 b2}
      query($representations:[_Any!]!){_entities(representations:$representations){...on T{a3}}}
    ");
}
