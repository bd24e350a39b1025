//! The answer's shape is the specification's, to the byte: keys in the order of CollectFields, conditions decided
//! before anything is merged, empty selections as `{}`.

use super::*;

async fn check(app: &Arc<App>, query: &str, variables: Value, expected: &str) {
    let body = json!({ "query": query, "variables": variables });
    let response = send(app, &body).await;
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let answer = String::from_utf8_lossy(&bytes);
    let expected = format!("{{\"data\":{expected}}}");
    assert_eq!(answer, expected, "{query} {variables}");
}

#[tokio::test]
async fn keys_stand_in_the_order_of_collect_fields() {
    let app = shelf::app().await;
    for (query, expected) in [
        (
            "{ items { ... on Film { length } id ... on Book { pages } name } }",
            r#"{"items":[{"id":"b","pages":7,"name":"Book b"},{"length":9,"id":"f","name":"Film f"}]}"#,
        ),
        // A field first seen in a fragment on another type stands where this type first has it.
        (
            "{ items { ... on Film { name } id name ... on Film { price } } }",
            r#"{"items":[{"id":"b","name":"Book b"},{"name":"Film f","id":"f","price":4}]}"#,
        ),
        // Fields of other subgraphs stand among those of the first.
        (
            "{ book { price name stock { place } pages id } shop }",
            r#"{"book":{"price":3,"name":"Book b","stock":{"place":"left"},"pages":7,"id":"b"},"shop":"corner"}"#,
        ),
        // Parents that occur several times.
        (
            "{ book { stock { place } } shop book { name stock { count place } id } }",
            r#"{"book":{"stock":{"place":"left","count":2},"name":"Book b","id":"b"},"shop":"corner"}"#,
        ),
        (
            "{ ...A shop ...B } fragment A on Query { book { id } } fragment B on Query { book { price id name } }",
            r#"{"book":{"id":"b","price":3,"name":"Book b"},"shop":"corner"}"#,
        ),
        (
            "{ items { same { id } ... on Book { same { name } } ... on Item { same { id kind: __typename } } } }",
            r#"{"items":[{"same":{"id":"f","name":"Film f","kind":"Film"}},{"same":{"id":"b","kind":"Book"}}]}"#,
        ),
        // Aliases that look like other fields.
        (
            "{ book { id: name name: id price: pages pages: price } }",
            r#"{"book":{"id":"Book b","name":"b","price":7,"pages":3}}"#,
        ),
    ] {
        check(&app, query, json!({}), expected).await;
    }
}

#[tokio::test]
async fn conditions_are_decided_before_fields_are_merged() {
    let app = shelf::app().await;
    let query = "query($yes: Boolean!, $no: Boolean!) { book {
        name @skip(if: $yes) id price @include(if: $no) name pages @skip(if: $no) @include(if: $no) price @include(if: $yes) } }";
    let variables = json!({ "yes": true, "no": false });
    check(
        &app,
        query,
        variables,
        r#"{"book":{"id":"b","name":"Book b","price":3}}"#,
    )
    .await;
    let variables = json!({ "yes": false, "no": true });
    check(
        &app,
        query,
        variables,
        r#"{"book":{"name":"Book b","id":"b","price":3}}"#,
    )
    .await;
    for (query, expected) in [
        (
            "query($yes: Boolean!, $no: Boolean!) { book { ...F @include(if: $no) ... @skip(if: $no) { price } ...F @include(if: $yes) } } fragment F on Item { name }",
            r#"{"book":{"price":3,"name":"Book b"}}"#,
        ),
        (
            "query($yes: Boolean!, $no: Boolean!) { ... on Query @include(if: $no) { shop } ... @include(if: $yes) { book { id } } ...F @skip(if: $yes) x: __typename @skip(if: $no) } fragment F on Query { shop }",
            r#"{"book":{"id":"b"},"x":"Query"}"#,
        ),
        // What is below a field that is kept elsewhere goes with the occurrence that is left out.
        (
            "query($yes: Boolean!, $no: Boolean!) { book @skip(if: $yes) { name } book @skip(if: $no) { stock { count } } book { stock @include(if: $no) { place } id } }",
            r#"{"book":{"stock":{"count":2},"id":"b"}}"#,
        ),
        (
            "query($yes: Boolean!, $no: Boolean = true) { a: shop @include(if: $no) b: shop @include(if: $yes) }",
            r#"{"b":"corner"}"#,
        ),
    ] {
        check(&app, query, json!({ "yes": true, "no": false }), expected).await;
    }
}

#[tokio::test]
async fn what_selects_nothing_is_an_empty_object() {
    let app = shelf::app().await;
    for (query, expected) in [
        ("{ __typename @skip(if: true) }", "{}"),
        ("{ shop @include(if: false) }", "{}"),
        ("{ ... @skip(if: true) { shop book { id } } }", "{}"),
        ("{ book { __typename @skip(if: true) } }", r#"{"book":{}}"#),
        (
            "{ book { price @skip(if: true) } shop }",
            r#"{"book":{},"shop":"corner"}"#,
        ),
        (
            "{ items { ... on Film { length } } }",
            r#"{"items":[{},{"length":9}]}"#,
        ),
        (
            "{ items { ... on Film { price } } }",
            r#"{"items":[{},{"price":4}]}"#,
        ),
        (
            "{ things { ... on Book { same { ... on Book { id } } } } }",
            r#"{"things":[{},null,{"same":{}}]}"#,
        ),
        (
            "{ things { ... on Item { ... on Film { length @skip(if: true) } } } }",
            r#"{"things":[{},null,{}]}"#,
        ),
        (
            "{ book { stock { count @include(if: false) } } }",
            r#"{"book":{"stock":{}}}"#,
        ),
        (
            "{ __schema { types @skip(if: true) { name } } }",
            r#"{"__schema":{}}"#,
        ),
    ] {
        check(&app, query, json!({}), expected).await;
    }
}

#[tokio::test]
async fn typename_is_answered_everywhere() {
    let app = shelf::app().await;
    for (query, expected) in [
        (
            "{ __typename a: __typename }",
            r#"{"__typename":"Query","a":"Query"}"#,
        ),
        (
            "mutation { a: __typename touch { __typename id } __typename }",
            r#"{"a":"Mutation","touch":{"__typename":"Book","id":"b"},"__typename":"Mutation"}"#,
        ),
        ("mutation { __typename }", r#"{"__typename":"Mutation"}"#),
        (
            "{ items { kind: __typename } }",
            r#"{"items":[{"kind":"Book"},{"kind":"Film"}]}"#,
        ),
        (
            "{ things { ... on Item { kind: __typename } } }",
            r#"{"things":[{"kind":"Film"},null,{"kind":"Book"}]}"#,
        ),
        (
            "{ book { a: __typename stock { b: __typename } same { c: __typename } } }",
            r#"{"book":{"a":"Book","stock":{"b":"Stock"},"same":{"c":"Film"}}}"#,
        ),
        (
            "{ __type(name: \"Book\") { __typename fields { __typename name } } }",
            r#"{"__type":{"__typename":"__Type","fields":[{"__typename":"__Field","name":"id"},{"__typename":"__Field","name":"name"},{"__typename":"__Field","name":"pages"},{"__typename":"__Field","name":"same"},{"__typename":"__Field","name":"price"},{"__typename":"__Field","name":"stock"}]}}"#,
        ),
    ] {
        check(&app, query, json!({}), expected).await;
    }
}

#[tokio::test]
async fn introspection_stands_among_data_where_the_client_wants_it() {
    let app = shelf::app().await;
    let variables = json!({ "name": "Thing", "yes": true, "no": false });
    for (query, expected) in [
        (
            "query($name: String!) { book { id } t: __type(name: $name) { kind possibleTypes { name } } shop s: __schema { queryType { name } } }",
            r#"{"book":{"id":"b"},"t":{"kind":"UNION","possibleTypes":[{"name":"Book"},{"name":"Film"}]},"shop":"corner","s":{"queryType":{"name":"Query"}}}"#,
        ),
        (
            "query($yes: Boolean!, $no: Boolean!) { ...F shop __schema @skip(if: $yes) { description } } fragment F on Query { __schema { queryType { name @skip(if: $yes) kind } } __type(name: \"Item\") @include(if: $no) { name } }",
            r#"{"__schema":{"queryType":{"kind":"OBJECT"}},"shop":"corner"}"#,
        ),
        (
            "{ a: __type(name: \"Nope\") { name } __schema { directives { name } } __schema { mutationType { name } subscriptionType { name } } }",
            r#"{"a":null,"__schema":{"directives":[{"name":"skip"},{"name":"include"},{"name":"deprecated"},{"name":"specifiedBy"}],"mutationType":{"name":"Mutation"},"subscriptionType":null}}"#,
        ),
    ] {
        check(&app, query, variables.clone(), expected).await;
    }
}
