//! Whole operations over subgraphs that know the same types differently: each case is a mistake that routers have made.

use serde_json::{Value, json};

use super::fixture::{Case, JOIN, Scripts, scripts};

/// A supergraph of A and B; `@on`, `@at`, `@impl` and `@member` abbreviate the join specification's directives.
fn sdl(types: &str) -> String {
    let graphs = r#"enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") }"#;
    let mutation = match types.contains("type Mutation") {
        true => "",
        false => "type Mutation @join__type(graph: A) { none: Int }",
    };
    let types = types.replace("@on(", "@join__type(graph: ");
    let types = types.replace("@at(", "@join__field(graph: ");
    let types = types.replace("@impl(", "@join__implements(graph: ");
    let types = types.replace("@member(", "@join__unionMember(graph: ");
    format!("{JOIN}{graphs}{types}{mutation}")
}

async fn check(types: &str, operation: &str, scripts: Scripts, expected: &str) {
    let case = Case::new(&sdl(types), operation, json!({}));
    assert_eq!(scripts.run_case(&case).await, expected, "{operation}");
}

const SHOP: &str = r#"
type Query @on(A) @on(B) { products: [Product] @at(A) media: [Media] @at(A) things: [Thing] @at(A) holder: Holder @at(A) }
type Product @on(A, key: "id") @on(B, key: "id") {
  id: ID!
  sku: String @at(A)
  price: Int @at(A) @at(B, external: true)
  tax: Int @at(B, requires: "price")
  name: String @at(B)
}
interface Media @on(A) { id: ID! title: String }
type Book implements Media @on(A, key: "id") @on(B, key: "id") @impl(A, interface: "Media") { id: ID! title: String @at(A) pages: Int @at(A) stars: Int @at(B) }
type Film implements Media @on(A, key: "id") @on(B, key: "id") @impl(A, interface: "Media") { id: ID! title: String @at(A) minutes: Int @at(A) stars: Int @at(B) }
type Draft implements Media @on(A, key: "id") @impl(A, interface: "Media") @inaccessible { id: ID! title: String }
union Thing @on(A) @member(A, member: "Book") @member(A, member: "Film") = Book | Film
type Holder @on(A, key: "id") @on(B, key: "id") { id: ID! media: Media @at(A) @at(B, external: true) note: String @at(B, requires: "media { title }") }
"#;

fn named(product: &Value) -> Value {
    let id = product["id"].as_str().unwrap();
    json!({"name": format!("name of {id}"), "tax": product["price"].as_i64().map(|price| price / 10)})
}

#[tokio::test]
async fn aliases_of_the_client_hide_neither_keys_nor_required_fields() {
    check(
        SHOP,
        "{ products { id: sku name } }",
        scripts()
            .answer(
                "a",
                r#"{"data":{"products":[{"id":"s1","_id_0":"1"},{"id":"s2","_id_0":"2"}]}}"#,
            )
            .entities("b", named),
        r#"{"data":{"products":[{"id":"s1","name":"name of 1"},{"id":"s2","name":"name of 2"}]}}"#,
    )
    .await;
    check(
        SHOP,
        "{ products { price: sku tax } }",
        scripts()
            .answer(
                "a",
                r#"{"data":{"products":[{"price":"s1","id":"1","_price_0":50}]}}"#,
            )
            .entities("b", named),
        r#"{"data":{"products":[{"price":"s1","tax":5}]}}"#,
    )
    .await;
}

#[tokio::test]
async fn fields_first_seen_in_another_types_fragment_keep_the_order_of_their_own_type() {
    check(
        SHOP,
        "{ media { ... on Book { pages title } ... on Film { title minutes } title id } }",
        scripts().answer(
            "a",
            r#"{"data":{"media":[{"__typename":"Film","title":"f","id":"1","minutes":90},{"__typename":"Book","title":"b","id":"2","pages":3}]}}"#,
        ),
        r#"{"data":{"media":[{"title":"f","minutes":90,"id":"1"},{"pages":3,"title":"b","id":"2"}]}}"#,
    )
    .await;
}

#[tokio::test]
async fn an_aliased_typename_is_the_objects_own() {
    check(
        SHOP,
        "{ media { kind: __typename } things { kind: __typename ... on Book { own: __typename } } }",
        scripts().answer(
            "a",
            r#"{"data":{"media":[{"__typename":"Film"}],"things":[{"__typename":"Book"},{"__typename":"Film"}]}}"#,
        ),
        r#"{"data":{"media":[{"kind":"Film"}],"things":[{"kind":"Book","own":"Book"},{"kind":"Film"}]}}"#,
    )
    .await;
}

#[tokio::test]
async fn a_hidden_runtime_type_is_null_for_clients_and_read_by_requirements() {
    check(
        SHOP,
        "{ media { kind: __typename } }",
        scripts().answer("a", r#"{"data":{"media":[{"__typename":"Draft"},{"__typename":"Book"}]}}"#),
        r#"{"data":{"media":[null,{"kind":"Book"}]},"errors":[{"message":"an object is of no type that `Media` may have","path":["media",0],"extensions":{"code":"SUBREQUEST_INVALID_VALUE","service":"a"}}]}"#,
    )
    .await;
    let subgraphs = scripts()
        .answer(
            "a",
            r#"{"data":{"holder":{"id":"1","media":{"__typename":"Draft","title":"secret"}}}}"#,
        )
        .entities(
            "b",
            |holder| json!({"note": format!("about {}", holder["media"]["title"])}),
        );
    let case = Case::new(&sdl(SHOP), "{ holder { note } }", json!({}));
    assert_eq!(
        subgraphs.run_case(&case).await,
        r#"{"data":{"holder":{"note":"about \"secret\""}}}"#
    );
    assert_eq!(
        subgraphs.variables("b"),
        [
            r#"{"representations":[{"__typename":"Holder","id":"1","media":{"__typename":"Draft","title":"secret"}}]}"#
        ]
    );
}

#[tokio::test]
async fn entities_of_a_list_are_not_mixed_up_when_one_carries_a_fragment() {
    check(
        SHOP,
        "{ media { title ... on Film { stars } } }",
        scripts()
            .answer(
                "a",
                r#"{"data":{"media":[{"__typename":"Book","title":"b"},{"__typename":"Film","title":"f","id":"2"},{"__typename":"Book","title":"c"},{"__typename":"Film","title":"g","id":"1"}]}}"#,
            )
            .entities("b", |film| json!({"stars": film["id"].as_str().unwrap().parse::<i32>().unwrap()})),
        r#"{"data":{"media":[{"title":"b"},{"title":"f","stars":2},{"title":"c"},{"title":"g","stars":1}]}}"#,
    )
    .await;
}

const AGAIN: &str = r#"
type Query @on(A) @on(B) { a: Int @at(A) b: Int @at(B) strict: Int! @at(B) places: [Place] @at(A) }
type Place @on(A) { name: String query: Query }
type Mutation @on(A) @on(B) { doA: Place @at(A) doB: Int @at(B) }
"#;

#[tokio::test]
async fn a_root_type_below_the_root_is_the_same_object_wherever_it_is_met() {
    check(
        AGAIN,
        "{ places { name query { a b } } }",
        scripts()
            .answer(
                "a",
                r#"{"data":{"places":[{"name":"x","query":{"a":1}},null,{"name":"y","query":null},{"name":"z","query":{"a":1}}]}}"#,
            )
            .answer("b", r#"{"data":{"b":2}}"#),
        r#"{"data":{"places":[{"name":"x","query":{"a":1,"b":2}},null,{"name":"y","query":null},{"name":"z","query":{"a":1,"b":2}}]}}"#,
    )
    .await;
    check(
        AGAIN,
        "mutation { doA { query { b } } doB }",
        scripts()
            .answer("a", r#"{"data":{"doA":{"query":{"__typename":"Query"}}}}"#)
            .answer("b", r#"{"data":{"b":2}}"#)
            .answer("b", r#"{"data":{"doB":3}}"#),
        r#"{"data":{"doA":{"query":{"b":2}},"doB":3}}"#,
    )
    .await;
}

#[tokio::test]
async fn a_root_type_that_was_not_met_below_the_root_is_not_asked_for() {
    check(
        AGAIN,
        "{ places { query { b } } }",
        scripts().answer("a", r#"{"data":{"places":[null,{"query":null}]}}"#),
        r#"{"data":{"places":[null,{"query":null}]}}"#,
    )
    .await;
}

#[tokio::test]
async fn a_fault_of_a_root_fetch_below_the_root_stands_at_every_place() {
    check(
        AGAIN,
        "{ places { query { strict } } }",
        scripts()
            .answer("a", r#"{"data":{"places":[{"query":{"__typename":"Query"}},{"query":{"__typename":"Query"}}]}}"#)
            .answer("b", r#"{"data":null,"errors":[{"message":"broken","path":["strict"],"extensions":{"code":"BROKEN"}}]}"#),
        r#"{"data":{"places":[{"query":null},{"query":null}]},"errors":[{"message":"broken","path":["places",0,"query","strict"],"extensions":{"code":"BROKEN","service":"b"}},{"message":"broken","path":["places",1,"query","strict"],"extensions":{"code":"BROKEN","service":"b"}}]}"#,
    )
    .await;
}

#[tokio::test]
async fn members_that_not_every_subgraph_knows_are_null_but_for_their_name() {
    let types = r#"
    type Query @on(A) @on(B) { item: Item sole: Item @at(A) }
    union Item @on(A) @on(B) @member(A, member: "Book") @member(A, member: "Film") @member(B, member: "Book") = Book | Film
    type Book @on(A) @on(B) { title: String }
    type Film @on(A) { title: String minutes: Int! }
    "#;
    check(
        types,
        "{ item { __typename ... on Book { title } ... on Film { title minutes } } }",
        scripts().answer(
            "a",
            r#"{"data":{"item":{"__typename":"Film","minutes":9}}}"#,
        ),
        r#"{"data":{"item":{"__typename":"Film","title":null,"minutes":9}}}"#,
    )
    .await;
    check(
        types,
        "{ sole { __typename ... on Book { title } ... on Film { title } } }",
        scripts().answer(
            "a",
            r#"{"data":{"sole":{"__typename":"Film","title":"t"}}}"#,
        ),
        r#"{"data":{"sole":{"__typename":"Film","title":"t"}}}"#,
    )
    .await;
}

#[tokio::test]
async fn an_interface_object_may_be_one_of_several_members() {
    let types = r#"
    type Query @on(A) @on(B) { nodes: [Node] @at(B) }
    interface Node @on(A) @on(B) { id: ID! }
    interface Media implements Node @on(A, key: "id") @on(B, key: "id", isInterfaceObject: true) @impl(A, interface: "Node") @impl(B, interface: "Node") { id: ID! title: String @at(A) rating: Int @at(B) }
    type Book implements Media & Node @on(A, key: "id") @impl(A, interface: "Media") @impl(A, interface: "Node") { id: ID! title: String @at(A) rating: Int @join__field pages: Int @at(A) }
    type Film implements Media & Node @on(A, key: "id") @impl(A, interface: "Media") @impl(A, interface: "Node") { id: ID! title: String @at(A) rating: Int @join__field }
    type Person implements Node @on(B, key: "id") @impl(B, interface: "Node") { id: ID! name: String @at(B) }
    "#;
    check(
        types,
        "{ nodes { kind: __typename ... on Media { rating title } ... on Person { name } } }",
        scripts()
            .answer("b", r#"{"data":{"nodes":[{"__typename":"Media","rating":5,"id":"1"},{"__typename":"Person","name":"p"},{"__typename":"Media","rating":4,"id":"2"}]}}"#)
            .answer("a", r#"{"data":{"_entities":[{"__typename":"Film","title":"f"},{"__typename":"Book","title":"b"}]}}"#),
        r#"{"data":{"nodes":[{"kind":"Film","rating":5,"title":"f"},{"kind":"Person","name":"p"},{"kind":"Book","rating":4,"title":"b"}]}}"#,
    )
    .await;
}

#[tokio::test]
async fn a_root_type_below_the_root_may_have_another_name_in_its_subgraph() {
    check(
        AGAIN,
        "{ places { query { __typename } } }",
        scripts().answer(
            "a",
            r#"{"data":{"places":[{"query":{"__typename":"RootQuery"}}]}}"#,
        ),
        r#"{"data":{"places":[{"query":{"__typename":"Query"}}]}}"#,
    )
    .await;
}
