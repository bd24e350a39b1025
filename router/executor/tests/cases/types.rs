//! Runtime types: their names, those that clients must not see, and entities of several types in one list.

use serde_json::{Value, json};

use super::fixture::{Case, JOIN, Scripts, error, scripts};

/// Media are known by `shop`; `press` describes all of them as one interface object; `stock` knows each type.
const GRAPH: &str = r#"
enum join__Graph { SHOP @join__graph(name: "shop", url: "http://shop.internal") PRESS @join__graph(name: "press", url: "http://press.internal") STOCK @join__graph(name: "stock", url: "http://stock.internal") }
type Query @join__type(graph: SHOP) @join__type(graph: PRESS) @join__type(graph: STOCK) {
  media: Media @join__field(graph: SHOP)
  all: [Media] @join__field(graph: SHOP)
  every: [Media!] @join__field(graph: SHOP)
  must: Media! @join__field(graph: SHOP)
  best: Media @join__field(graph: PRESS)
  top: [Media] @join__field(graph: PRESS)
}
type Mutation @join__type(graph: SHOP) { sell: Media }
interface Media @join__type(graph: SHOP, key: "id") @join__type(graph: PRESS, key: "id", isInterfaceObject: true) {
  id: ID!
  title: String @join__field(graph: SHOP)
  stars: Int @join__field(graph: PRESS)
  rival: Media @join__field(graph: PRESS)
}
type Book implements Media @join__type(graph: SHOP, key: "id") @join__type(graph: STOCK, key: "id") @join__implements(graph: SHOP, interface: "Media") {
  id: ID! title: String @join__field(graph: SHOP) stars: Int @join__field rival: Media @join__field
  pages: Int @join__field(graph: SHOP) left: Int @join__field(graph: STOCK)
}
type Film implements Media @join__type(graph: SHOP, key: "id") @join__type(graph: STOCK, key: "id") @join__implements(graph: SHOP, interface: "Media") {
  id: ID! title: String @join__field(graph: SHOP) stars: Int @join__field rival: Media @join__field
  length: Int @join__field(graph: SHOP) left: Int @join__field(graph: STOCK)
}
type Draft implements Media @join__type(graph: SHOP, key: "id") @join__implements(graph: SHOP, interface: "Media") @inaccessible {
  id: ID! title: String @join__field(graph: SHOP) stars: Int @join__field rival: Media @join__field
}
"#;

async fn check(operation: &str, scripts: Scripts, data: &str, errors: &[String]) {
    let case = Case::new(&format!("{JOIN}{GRAPH}"), operation, json!({}));
    let answer = scripts.run_case(&case).await;
    let expected = match errors {
        [] => format!(r#"{{"data":{data}}}"#),
        errors => format!(r#"{{"data":{data},"errors":[{}]}}"#, errors.join(",")),
    };
    assert_eq!(answer, expected, "{operation}");
    assert!(!answer.contains("Draft"), "{answer}");
}

fn hidden(path: Value) -> String {
    let message = "an object is of no type that `Media` may have";
    error(message, path, "SUBREQUEST_INVALID_VALUE", "shop")
}

#[tokio::test]
async fn an_alias_of_typename_gives_the_runtime_type() {
    check(
        "{ media { kind: __typename ... on Media { sort: __typename } ... on Book { own: __typename } } all { __typename } }",
        scripts().answer(
            "shop",
            r#"{"data":{"media":{"__typename":"Book"},"all":[{"__typename":"Film"},null,{"__typename":"Book"}]}}"#,
        ),
        r#"{"media":{"kind":"Book","sort":"Book","own":"Book"},"all":[{"__typename":"Film"},null,{"__typename":"Book"}]}"#,
        &[],
    )
    .await;
}

#[tokio::test]
async fn an_interface_object_gives_the_runtime_type_of_its_entity() {
    let top = r#"{"data":{"top":[{"__typename":"Media","id":"1","stars":5},{"__typename":"Media","id":"2","stars":4},null,{"__typename":"Media","id":"1","stars":5}]}}"#;
    let asked = |entities: &str| {
        scripts()
            .answer("press", top)
            .answer("shop", format!(r#"{{"data":{{"_entities":{entities}}}}}"#))
    };
    let operation = "{ top { kind: __typename stars } }";
    check(
        operation,
        asked(r#"[{"__typename":"Book"},{"__typename":"Film"}]"#),
        r#"{"top":[{"kind":"Book","stars":5},{"kind":"Film","stars":4},null,{"kind":"Book","stars":5}]}"#,
        &[],
    )
    .await;
    // One that clients must not see, wherever it stands.
    check(
        operation,
        asked(r#"[{"__typename":"Draft"},{"__typename":"Film"}]"#),
        r#"{"top":[null,{"kind":"Film","stars":4},null,null]}"#,
        &[hidden(json!(["top", 0])), hidden(json!(["top", 3]))],
    )
    .await;
    // Of one that is not there nobody knows the type.
    check(
        operation,
        asked(r#"[null,{"__typename":"Film"}]"#),
        r#"{"top":[null,{"kind":"Film","stars":4},null,null]}"#,
        &[],
    )
    .await;
}

#[tokio::test]
async fn an_object_of_a_hidden_type_is_null_with_an_error() {
    let draft = r#"{"__typename":"Draft","id":"d","title":"secret"}"#;
    let book = r#"{"__typename":"Book","id":"b","title":"B"}"#;
    for (operation, answer, data, path) in [
        (
            "{ media { title } }",
            format!(r#"{{"media":{draft}}}"#),
            r#"{"media":null}"#,
            json!(["media"]),
        ),
        (
            "{ media { __typename } }",
            format!(r#"{{"media":{draft}}}"#),
            r#"{"media":null}"#,
            json!(["media"]),
        ),
        (
            "{ media { ... on Book { pages } } }",
            format!(r#"{{"media":{draft}}}"#),
            r#"{"media":null}"#,
            json!(["media"]),
        ),
        (
            "{ all { title } }",
            format!(r#"{{"all":[{book},{draft}]}}"#),
            r#"{"all":[{"title":"B"},null]}"#,
            json!(["all", 1]),
        ),
        (
            "{ every { id } }",
            format!(r#"{{"every":[{book},{draft}]}}"#),
            r#"{"every":null}"#,
            json!(["every", 1]),
        ),
        (
            "{ must { id } }",
            format!(r#"{{"must":{draft}}}"#),
            "null",
            json!(["must"]),
        ),
    ] {
        let answers = scripts().answer("shop", format!(r#"{{"data":{answer}}}"#));
        check(operation, answers, data, &[hidden(path)]).await;
    }
}

#[tokio::test]
async fn entities_of_several_types_in_one_list_keep_apart() {
    // The same id, of two types; one type in a fragment with a field of its own.
    let shop = r#"{"data":{"all":[{"__typename":"Book","id":"1","pages":9},{"__typename":"Film","id":"1"},{"__typename":"Book","id":"2","pages":8},{"__typename":"Film","id":"1"}]}}"#;
    let stock = |entity: &Value| match (entity["__typename"].as_str(), entity["id"].as_str()) {
        (Some("Book"), Some("1")) => json!({"__typename": "Book", "left": 11, "l": 11}),
        (Some("Book"), _) => json!({"__typename": "Book", "left": 12, "l": 12}),
        _ => json!({"__typename": "Film", "left": 21, "f": 21}),
    };
    for (operation, data) in [
        (
            "{ all { ... on Book { pages left } ... on Film { left } } }",
            r#"{"all":[{"pages":9,"left":11},{"left":21},{"pages":8,"left":12},{"left":21}]}"#,
        ),
        (
            "{ all { ... on Book { left } __typename } }",
            r#"{"all":[{"left":11,"__typename":"Book"},{"__typename":"Film"},{"left":12,"__typename":"Book"},{"__typename":"Film"}]}"#,
        ),
        (
            "{ all { ... on Film { f: left } ... on Book { l: left } } }",
            r#"{"all":[{"l":11},{"f":21},{"l":12},{"f":21}]}"#,
        ),
    ] {
        let answers = scripts().answer("shop", shop).entities("stock", stock);
        check(operation, answers, data, &[]).await;
    }
}
