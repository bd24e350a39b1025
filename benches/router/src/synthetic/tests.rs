//! What the synthetic services answer.

use serde_json::{Value, json};

use super::*;

fn ask(service: Service, query: &str, variables: Value) -> Value {
    let request = json!({"query": query, "variables": variables}).to_string();
    serde_json::from_slice(&answer(service, request.as_bytes())).unwrap()
}

fn check(service: Service, query: &str, variables: Value, expected: Value) {
    assert_eq!(ask(service, query, variables), expected, "{query}");
}

#[test]
fn values_depend_on_field_and_item_alone() {
    let number = |id: &str| values::integer("n1", id);
    let query = "query($n: Int!) { items(first: $n) { n1 id again: n1 } }";
    let expected = json!({"data": {"items": [
        {"n1": number("1"), "id": "1", "again": number("1")},
        {"n1": number("2"), "id": "2", "again": number("2")},
    ]}});
    check(Service::Catalog, query, json!({"n": 2}), expected.clone());
    check(
        Service::Graph,
        &query.replace("$n)", "2)"),
        json!({}),
        expected,
    );
    assert_ne!(number("1"), number("2"));
    assert_ne!(values::integer("n2", "1"), number("1"));
}

#[test]
fn selections_are_answered_in_their_order_and_merged() {
    let query = "{ items(first: 1) { ...A ... on Item { p2 { text } } ... on Other { id } ... { id } } } \
        fragment A on Item { __typename p2 { number } }";
    let request = json!({"query": query}).to_string();
    let answer = answer(Service::Graph, request.as_bytes());
    let (number, text) = (
        values::integer("p2.number", "1"),
        values::text("p2.text", "1"),
    );
    assert_eq!(
        String::from_utf8(answer).unwrap(),
        format!(
            r#"{{"data":{{"items":[{{"__typename":"Item","p2":{{"number":{number},"text":{}}},"id":"1"}}]}}}}"#,
            json!(text)
        )
    );
}

#[test]
fn entities_are_found_by_representation() {
    let tags = |id| values::texts("p3.tags", id);
    check(
        Service::Part(3),
        "query($r: [_Any!]!) { e: _entities(representations: $r) { ... on Item { p3 { tags } } } }",
        json!({"r": [{"__typename": "Item", "id": "8"}, {"id": "5", "__typename": "Item"}]}),
        json!({"data": {"e": [{"p3": {"tags": tags("8")}}, {"p3": {"tags": tags("5")}}]}}),
    );
    check(
        Service::Part(3),
        r#"{ _entities(representations: [{__typename: "Item", id: "8"}]) { ... on Item { p3 { tags } } } }"#,
        json!({}),
        json!({"data": {"_entities": [{"p3": {"tags": tags("8")}}]}}),
    );
}

#[test]
fn risky_fails_or_is_null_by_number() {
    let ids = ["10", "7", "70", "1"];
    let representations: Vec<Value> = ids.map(|id| json!({"__typename": "Item", "id": id})).into();
    let error = |index: u32, id: &str| {
        json!({
            "message": format!("item {id} cannot be assessed"),
            "path": ["_entities", index, "r"],
        })
    };
    check(
        Service::Faulty,
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Item { r: risky { level } } } }",
        json!({"r": representations}),
        json!({
            "data": {"_entities": [{"r": null}, {"r": null}, {"r": null}, {"r": {"level": values::integer("level", "1")}}]},
            "errors": [error(0, "10"), error(2, "70")],
        }),
    );
}

#[test]
fn what_a_service_does_not_know_is_an_error() {
    let cases = [
        (
            Service::Catalog,
            "{ items(first: 1) { p1 { text } } }",
            "catalog has no Item.p1",
        ),
        (
            Service::Part(1),
            "{ items(first: 1) { id } }",
            "part1 has no Query.items",
        ),
        (
            Service::Graph,
            "{ items(first: 1) { n21 } }",
            "graph has no Item.n21",
        ),
        (
            Service::Graph,
            "{ items(first: 1) { s0 } }",
            "graph has no Item.s0",
        ),
        (
            Service::Graph,
            "{ items(first: 1) { p1 { odd } } }",
            "graph has no Part1.odd",
        ),
        (
            Service::Graph,
            "{ items(first: $n) { id } }",
            "$n is missing",
        ),
        (
            Service::Graph,
            "{ items(first: 1) { id @skip(if: true) } }",
            "no directives here",
        ),
    ];
    for (service, query, message) in cases {
        check(
            service,
            query,
            json!({}),
            json!({"errors": [{"message": message}]}),
        );
    }
    let answer = ask(Service::Graph, "{", json!({}));
    assert!(answer["errors"][0]["message"].is_string(), "{answer}");
}

#[test]
fn some_texts_need_escaping_and_some_are_not_ascii() {
    let texts: Vec<String> = (1..=500)
        .map(|id| values::text("s1", &id.to_string()))
        .collect();
    let share = |is: fn(&String) -> bool| texts.iter().filter(|text| is(text)).count();
    let escaped = share(|text| text.contains(['"', '\\', '\n', '\t']));
    let wide = share(|text| !text.is_ascii());
    assert!(
        (10..100).contains(&escaped) && (10..100).contains(&wide),
        "{escaped} {wide}"
    );
}
