//! Interfaces and unions.

use std::sync::Arc;

use schema_model::Supergraph;

use super::fixture::{check, supergraph};

fn media() -> Arc<Supergraph> {
    supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { media: [Media] @at(A) items: [Item] @at(A) }
        interface Media @on(A) { id: ID! title: String author: Author }
        type Book implements Media @impl(A, interface: "Media") @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          title: String @at(A)
          pages: Int @at(A)
          author: Author @at(A)
          reviews: [Review] @at(B)
        }
        type Film implements Media @impl(A, interface: "Media") @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          title: String @at(A)
          minutes: Int @at(A)
          author: Author @at(A)
          reviews: [Review] @at(B)
          rating: Int @at(B)
        }
        type Song implements Media @impl(A, interface: "Media") @on(A) {
          id: ID!
          title: String
          author: Author
        }
        union Item @on(A) @member(A, member: "Book") @member(A, member: "Author") = Book | Author
        type Author @on(A, key: "id") @on(B, key: "id") { id: ID! name: String @at(A) born: Int @at(B) }
        type Review @on(B) { body: String }
        "#,
    )
}

#[test]
fn a_field_of_the_interface_is_selected_on_it() {
    insta::assert_snapshot!(check(&media(), "{ media { id title author { name } } }"), @"
    0 a
      {media{__typename id title author{name}}}
    ");
}

#[test]
fn the_type_name_of_an_interface_is_asked_for() {
    insta::assert_snapshot!(check(&media(), "{ media { kind: __typename } }"), @"
    0 a
      {media{__typename}}
    ");
}

#[test]
fn fragments_select_by_type() {
    insta::assert_snapshot!(check(&media(), "{ media { title ... on Book { pages } ... on Film { minutes } } }"), @"
    0 a
      {media{__typename title...on Book{pages}...on Film{minutes}}}
    ");
}

#[test]
fn fields_of_other_subgraphs_are_fetched_by_type() {
    insta::assert_snapshot!(check(&media(), "{ media { title ... on Book { reviews { body } } ... on Film { reviews { body } rating } } }"), @"
    0 a
      {media{__typename title...on Book{id}...on Film{id}}}
    1 b after 0
      _e0: media.@ Book{id}
      _e1: media.@ Film{id}
      query($r0:[_Any!]!,$r1:[_Any!]!){_e0:_entities(representations:$r0){...on Book{reviews{body}}}_e1:_entities(representations:$r1){...on Film{reviews{body}rating}}}
    ");
}

#[test]
fn an_interface_field_leads_on_to_one_call() {
    insta::assert_snapshot!(check(&media(), "{ media { author { born } ... on Book { pages author { name } } } }"), @"
    0 a
      {media{__typename...on Book{author{name id}pages}...on Film{_author_0:author{id}}...on Song{_author_0:author{id}}}}
    1 b after 0
      media.@.author Author{id}
      media.@.author Author{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Author{born}}}
    ");
}

#[test]
fn members_of_a_union_are_told_apart() {
    insta::assert_snapshot!(check(&media(), "{ items { ... on Book { title } ... on Author { name born } } }"), @"
    0 a
      {items{__typename...on Book{title}...on Author{name id}}}
    1 b after 0
      items.@ Author{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Author{born}}}
    ");
}

#[test]
fn objects_matching_no_fragment_have_nothing() {
    insta::assert_snapshot!(check(&media(), "{ media { ... on Book { pages } } }"), @"
    0 a
      {media{__typename...on Book{pages}}}
    ");
}

#[test]
fn one_key_of_several_types_is_one_slot_or_an_alias() {
    insta::assert_snapshot!(check(&media(), "{ media { ... on Book { n: title x: pages } ... on Film { n: title x: minutes } ... on Song { y: id } } }"), @"
    0 a
      {media{__typename...on Book{n:title x:pages}...on Film{n:title x:minutes}...on Song{y:id}}}
    ");
    insta::assert_snapshot!(check(&media(), "{ media { ... on Book { a: author { name } } ... on Film { a: author { born } } } }"), @"
    0 a
      {media{__typename...on Book{a:author{name}}...on Film{_author_0:author{id}}}}
    1 b after 0
      media.@.a Author{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Author{born}}}
    ");
}

fn partial() -> Arc<Supergraph> {
    supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { a: [Node] @at(A) b: [Node] @at(B) }
        interface Node @on(A) @on(B) { id: ID! name: String @at(B) }
        type One implements Node @impl(A, interface: "Node") @impl(B, interface: "Node") @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          name: String @at(B)
        }
        type Two implements Node @impl(A, interface: "Node") @on(A, key: "id") @on(B, key: "id") {
          id: ID!
          name: String @at(B)
        }
        "#,
    )
}

#[test]
fn an_interface_field_that_a_subgraph_lacks_is_fetched_by_type() {
    insta::assert_snapshot!(check(&partial(), "{ a { id name } b { id name } }"), @"
    0 a
      {a{__typename id}}
    1 b
      {b{id name}}
    2 b after 0
      a.@ One{id} | Two{id}
      query($representations:[_Any!]!){_entities(representations:$representations){__typename...on One{name}...on Two{name}}}
    ");
}

#[test]
fn a_hundred_uniform_implementations_are_one_variant() {
    let mut types = String::from(
        "type Query @on(A) { all: [Node] } interface Node @on(A) { id: ID! next: Node }\n",
    );
    for number in 0..100 {
        types += &format!(
            "type T{number} implements Node @impl(A, interface: \"Node\") @on(A) {{ id: ID! next: Node }}\n"
        );
    }
    let graph = supergraph("A", &types);
    let plan = super::fixture::plan(&graph, "{ all { id next { id next { __typename } } } }");
    assert!(plan.objects.iter().all(|object| object.variants.len() == 1));
    insta::assert_snapshot!(plan.fetches[0].query, @"
    {all{__typename id next{__typename id next{__typename}}}}
    ");
}

fn interface_object() -> Arc<Supergraph> {
    supergraph(
        "A B C",
        r#"
        type Query @on(A) @on(B) @on(C) { media: [Media] @at(A) rated: [Media] @at(B) }
        interface Media @on(A, key: "id") @on(B, key: "id", isInterfaceObject: true) @on(C, key: "id", isInterfaceObject: true) {
          id: ID!
          title: String @at(A)
          rating: Int @at(B)
          votes: Int @at(C)
        }
        type Book implements Media @impl(A, interface: "Media") @on(A, key: "id") {
          id: ID!
          title: String @at(A)
          pages: Int @at(A)
          rating: Int @join__field
          votes: Int @join__field
        }
        type Film implements Media @impl(A, interface: "Media") @on(A, key: "id") {
          id: ID!
          title: String @at(A)
          rating: Int @join__field
          votes: Int @join__field
        }
        "#,
    )
}

#[test]
fn an_interface_object_is_asked_in_the_interfaces_name() {
    insta::assert_snapshot!(check(&interface_object(), "{ media { title rating } }"), @"
    0 a
      {media{__typename title id}}
    1 b after 0
      media.@ Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Media{rating}}}
    ");
}

#[test]
fn an_interface_object_needs_no_type_for_its_own_fields() {
    insta::assert_snapshot!(check(&interface_object(), "{ rated { id rating votes } }"), @"
    0 b
      {rated{id rating}}
    1 c after 0
      rated.@ Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Media{votes}}}
    ");
}

#[test]
fn an_interface_object_learns_its_type_where_implementations_are_known() {
    insta::assert_snapshot!(check(&interface_object(), "{ rated { __typename rating ... on Book { pages } } }"), @"
    0 b
      {rated{id rating}}
    1 a after 0
      rated.@ Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){__typename...on Book{pages}}}
    ");
    insta::assert_snapshot!(check(&interface_object(), "{ rated { title votes } }"), @"
    0 b
      {rated{id}}
    1 a after 0
      rated.@ Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){__typename...on Media{title id}}}
    2 c after 1
      rated.@ Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Media{votes}}}
    ");
}

#[test]
fn a_type_that_one_of_two_parallel_subgraphs_does_not_know_is_not_asked_of_it() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { item: Item }
        union Item @on(A) @on(B) @member(A, member: "Book") @member(A, member: "Film") @member(B, member: "Book") = Book | Film
        type Book @on(A) @on(B) { title: String @at(A) pages: Int @at(B) }
        type Film @on(A) @on(B) { title: String @at(A) minutes: Int @at(A) }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ item { ... on Book { title pages } ... on Film { title minutes } } }"), @"
    0 a
      {item{__typename...on Book{title}}}
    1 b
      {item{...on Book{pages}}}
    ");
}

#[test]
fn covariant_fields_of_one_key_are_told_apart() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { all: [Node] @at(A) }
        interface Node @on(A) { id: ID! owner: Owner }
        interface Owner @on(A) { id: ID! }
        type Car implements Node @impl(A, interface: "Node") @on(A) { id: ID! owner: Person }
        type Shop implements Node @impl(A, interface: "Node") @on(A) { id: ID! owner: Company }
        type Person implements Owner @impl(A, interface: "Owner") @on(A, key: "id") @on(B, key: "id") { id: ID! name: String @at(B) }
        type Company implements Owner @impl(A, interface: "Owner") @on(A) { id: ID! }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ all { owner { id ... on Person { name } } } }"), @"
    0 a
      {all{__typename...on Car{owner{id}}...on Shop{_owner_0:owner{id}}}}
    1 b after 0
      all.@.owner Person{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Person{name}}}
    ");
}

#[test]
fn uniform_entities_are_asked_about_by_their_interface() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { all: [Node] @at(A) }
        interface Node @on(A) @on(B) { id: ID! name(upper: Boolean): String @at(B) rank: Int @at(B) }
        interface Named @on(A) { label: String }
        type One implements Node & Named @impl(A, interface: "Node") @impl(B, interface: "Node") @impl(A, interface: "Named") @on(A, key: "id") @on(B, key: "id") {
          id: ID! name(upper: Boolean): String @at(B) rank: Int @at(B) label: String @at(A)
        }
        type Two implements Node & Named @impl(A, interface: "Node") @impl(B, interface: "Node") @impl(A, interface: "Named") @on(A, key: "id") @on(B, key: "id") {
          id: ID! name(upper: Boolean): String @at(B) rank: Int @at(B) label: String @at(A)
        }
        type Three implements Node @impl(A, interface: "Node") @impl(B, interface: "Node") @on(A, key: "id") @on(B, key: "id") {
          id: ID! name(upper: Boolean): String @at(B) rank: Int @at(B)
        }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ all { name(upper: true) ... on Named { label } } }"), @"
    0 a
      {all{__typename id...on Named{label}}}
    1 b after 0
      _e0: all.@ One{id} | Two{id}
      _e1: all.@ Three{id}
      query($r0:[_Any!]!,$r1:[_Any!]!){_e0:_entities(representations:$r0){__typename...on Node{name(upper:true)}}_e1:_entities(representations:$r1){...on Three{name(upper:true)}}}
    ");
    insta::assert_snapshot!(check(&graph, "{ all { rank ... on One { name } } }"), @"
    0 a
      {all{__typename id}}
    1 b after 0
      _e0: all.@ One{id}
      _e1: all.@ Two{id} | Three{id}
      query($r0:[_Any!]!,$r1:[_Any!]!){_e0:_entities(representations:$r0){...on One{rank name}}_e1:_entities(representations:$r1){__typename...on Node{rank}}}
    ");
}

#[test]
fn an_object_may_be_two_interface_objects_of_one_subgraph() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) { x: X @at(A) i: I @at(A) }
        interface I @on(A, key: "id") @on(B, key: "id", isInterfaceObject: true) { id: ID! one: Int @at(B) both: Int @at(B) }
        interface J @on(A, key: "id") @on(B, key: "id", isInterfaceObject: true) { id: ID! two: Int @at(B) both: Int @at(B) }
        type X implements I & J @on(A, key: "id") @impl(A, interface: "I") @impl(A, interface: "J") { id: ID! one: Int @join__field two: Int @join__field both: Int @join__field }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ x { one two } i { one ... on X { two both } } }"), @"
    0 a
      {x{id}i{id}}
    1 b after 0
      _e0: x I{id}
      _e1: x J{id}
      _e1: i J{id}
      _e2: i I{id}
      query($r0:[_Any!]!,$r1:[_Any!]!,$r2:[_Any!]!){_e0:_entities(representations:$r0){...on I{one}}_e1:_entities(representations:$r1){...on J{two}}_e2:_entities(representations:$r2){...on I{one both}}}
    ");
}

#[test]
fn several_interface_objects_add_to_one_interface() {
    let graph = supergraph(
        "A B C",
        r#"
        type Query @on(A) @on(B) { all: [Media] @at(A) rated: Media @at(B) }
        interface Media @on(A, key: "id") @on(B, key: "id", isInterfaceObject: true) @on(C, key: "id", isInterfaceObject: true) {
          id: ID!
          title: String @at(A) @at(B, external: true) @at(C, external: true)
          rating: Int @at(B)
          label: String @at(C, requires: "title")
        }
        type Book implements Media @on(A, key: "id") @impl(A, interface: "Media") { id: ID! title: String @at(A) rating: Int @join__field label: String @join__field pages: Int @at(A) }
        type Film implements Media @on(A, key: "id") @impl(A, interface: "Media") { id: ID! title: String @at(A) rating: Int @join__field label: String @join__field }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ all { rating label ... on Film { __typename } } }"), @"
    0 a
      {all{__typename id title}}
    1 b after 0
      all.@ Media{id}
      all.@ Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Media{rating}}}
    2 c after 0
      all.@ Media{id}+{title}
      all.@ Media{id}+{title}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Media{label}}}
    ");
    insta::assert_snapshot!(check(&graph, "{ rated { rating label } }"), @"
    0 b
      {rated{id rating}}
    1 a after 0
      rated Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){__typename...on Media{id title}}}
    2 c after 1
      rated Media{id}+{title}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Media{label}}}
    ");
    insta::assert_snapshot!(check(&graph, "{ rated { __typename label ... on Book { pages rating } } }"), @"
    0 b
      {rated{id rating}}
    1 a after 0
      rated Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){__typename...on Media{id title}...on Book{pages}}}
    2 c after 1
      rated Media{id}+{title}
      rated Media{id}+{title}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Media{label}}}
    ");
}

#[test]
fn a_path_provides_exactly_as_deep_as_it_says() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { item: Item @at(A, provides: "owner { name }") any: [Node] @at(A, provides: "... on Item { owner { name } }") }
        interface Node @on(A) { id: ID! }
        type Item implements Node @on(A, key: "id") @on(B, key: "id") @impl(A, interface: "Node") { id: ID! owner: Owner @at(A, external: true) @at(B) }
        type Owner @on(A, key: "id") @on(B, key: "id") { id: ID! name: String @at(A, external: true) @at(B) age: Int @at(B) friend: Owner @at(A) @at(B) }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ item { owner { name } } }"), @"
    0 a
      {item{owner{name}}}
    ");
    insta::assert_snapshot!(check(&graph, "{ item { owner { name friend { name } } } }"), @"
    0 a
      {item{owner{name friend{id}}}}
    1 b after 0
      item.owner.friend Owner{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Owner{name}}}
    ");
    insta::assert_snapshot!(check(&graph, "{ any { id ... on Item { owner { name age } } } }"), @"
    0 a
      {any{id...on Item{owner{name id}}}}
    1 b after 0
      any.@.owner Owner{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Owner{age}}}
    ");
}

#[test]
fn members_that_a_subgraph_does_not_know_are_asked_for_only_where_it_cannot_answer() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { item: Item sole: Item @at(A) holder: Holder @at(A) }
        type Holder @on(A, key: "id") @on(B, key: "id") { id: ID! item: Item own: Item @at(A) }
        union Item @on(A) @on(B) @member(A, member: "Book") @member(A, member: "Film") @member(B, member: "Book") @member(B, member: "Song") = Book | Film | Song
        type Book @on(A) @on(B) { title: String }
        type Film @on(A) { title: String minutes: Int }
        type Song @on(B) { title: String }
        "#,
    );
    let all =
        "{ __typename ... on Book { title } ... on Film { title minutes } ... on Song { title } }";
    insta::assert_snapshot!(check(&graph, &format!("{{ item {all} sole {all} }}")), @"
    0 a
      {item{__typename...on Book{title}}sole{__typename...on Book{title}...on Film{title minutes}}}
    ");
    insta::assert_snapshot!(check(&graph, &format!("{{ holder {{ item {all} own {all} }} }}")), @"
    0 a
      {holder{item{__typename...on Book{title}}own{__typename...on Book{title}...on Film{title minutes}}}}
    ");
}

#[test]
fn an_interface_object_is_led_on_from_another_one_beside_the_true_type() {
    let graph = supergraph(
        "A B C",
        r#"
        type Query @on(A) { found: Media @at(A) }
        interface Media @on(A, key: "id", isInterfaceObject: true) @on(B, key: "id", isInterfaceObject: true) @on(C, key: "id") {
          id: ID!
          one: Int @at(A) @at(B, external: true)
          two: Int @at(A) @at(B, external: true)
          sum: Int @at(B, requires: "one two")
          title: String @at(C)
        }
        type Book implements Media @on(C, key: "id") @impl(C, interface: "Media") { id: ID! one: Int @join__field two: Int @join__field sum: Int @join__field title: String @at(C) }
        type Film implements Media @on(C, key: "id") @impl(C, interface: "Media") { id: ID! one: Int @join__field two: Int @join__field sum: Int @join__field title: String @at(C) }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ found { two sum title } }"), @"
    0 a
      {found{id}}
    1 c after 0
      found Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){__typename...on Media{title id}}}
    2 a after 1
      found Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Media{two one}}}
    3 b after 2
      found Media{id}+{one two}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Media{sum}}}
    ");
}

#[test]
fn a_shared_interface_object_stands_for_all_implementations() {
    let graph = supergraph(
        "A B C",
        r#"
        type Query @on(A) { product: Product @at(A) }
        type Product @on(A, key: "id") @on(B, key: "id") @on(C, key: "id") {
          id: ID!
          media: Media @at(A) @at(B) @at(C, external: true)
          rank: Int @at(C, requires: "media { id }")
        }
        interface Media @on(A, key: "id", isInterfaceObject: true) @on(B, key: "id") @on(C, key: "id") { id: ID! mood: Int @at(A) }
        type Book implements Media @on(B, key: "id") @on(C, key: "id") @impl(B, interface: "Media") @impl(C, interface: "Media") { id: ID! mood: Int @join__field }
        type Film implements Media @on(B, key: "id") @on(C, key: "id") @impl(B, interface: "Media") @impl(C, interface: "Media") { id: ID! mood: Int @join__field }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ product { media { mood } } }"), @"
    0 a
      {product{media{mood}}}
    ");
    insta::assert_snapshot!(check(&graph, "{ product { rank media { __typename mood } } }"), @"
    0 a
      {product{media{id mood}id}}
    1 b after 0
      product.media Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){__typename...on Media{id}}}
    2 c after 1
      product Product{id}+{media{...on Book|Film{__typename id}}}
      query($representations:[_Any!]!){_entities(representations:$representations){...on Product{rank}}}
    ");
}

#[test]
fn an_interface_object_may_be_one_of_several_members() {
    let graph = supergraph(
        "A B",
        r#"
        type Query @on(A) @on(B) { nodes: [Node] @at(B) }
        interface Node @on(A) @on(B) { id: ID! }
        interface Media implements Node @on(A, key: "id") @on(B, key: "id", isInterfaceObject: true) @impl(A, interface: "Node") @impl(B, interface: "Node") { id: ID! title: String @at(A) rating: Int @at(B) }
        type Book implements Media & Node @on(A, key: "id") @impl(A, interface: "Media") @impl(A, interface: "Node") { id: ID! title: String @at(A) rating: Int @join__field pages: Int @at(A) }
        type Film implements Media & Node @on(A, key: "id") @impl(A, interface: "Media") @impl(A, interface: "Node") { id: ID! title: String @at(A) rating: Int @join__field }
        type Person implements Node @on(B, key: "id") @impl(B, interface: "Node") { id: ID! name: String @at(B) }
        "#,
    );
    insta::assert_snapshot!(check(&graph, "{ nodes { id ... on Person { name } ... on Media { rating } } }"), @"
    0 b
      {nodes{__typename id...on Person{name}...on Media{rating}}}
    ");
    insta::assert_snapshot!(check(&graph, "{ nodes { __typename id ... on Media { rating title } } }"), @"
    0 b
      {nodes{__typename id...on Media{rating}}}
    1 a after 0
      nodes.@ Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){__typename...on Media{id title}}}
    ");
    insta::assert_snapshot!(check(&graph, "{ nodes { ... on Node { id } ... on Book { pages rating } ... on Person { name } } }"), @"
    0 b
      {nodes{__typename id...on Person{name}...on Media{rating}}}
    1 a after 0
      nodes.@ Media{id}
      query($representations:[_Any!]!){_entities(representations:$representations){__typename...on Media{id}...on Book{pages}}}
    ");
}
