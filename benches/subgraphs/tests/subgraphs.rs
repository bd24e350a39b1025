//! What a router may send to the four subgraphs, and what comes back.

use axum::body::Body;
use axum::http::Request;
use benches_subgraphs::{Estimate, Requests, Subgraph, router};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

async fn ask(estimate: Estimate, subgraph: Subgraph, body: &Value) -> Value {
    let request = Request::post(format!("/{}", subgraph.name()))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let requests = Requests::default();
    let response = router(estimate, requests.clone())
        .oneshot(request)
        .await
        .unwrap();
    assert_eq!(requests.counts().of(subgraph), 1);
    assert_eq!(requests.counts().total(), 1);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

async fn check(estimate: Estimate, subgraph: Subgraph, body: Value, expected: Value) {
    assert_eq!(ask(estimate, subgraph, &body).await, expected, "{body}");
}

#[tokio::test]
async fn every_subgraph_serves_the_sdl_of_the_benchmark() {
    for subgraph in Subgraph::ALL {
        let body = json!({"query": "{ _service { sdl } }"});
        let answer = ask(Estimate::Unknown, subgraph, &body).await;
        let sdl = answer["data"]["_service"]["sdl"].as_str().unwrap();
        let path = format!(
            "{}/../data/subgraphs/{}.graphql",
            env!("CARGO_MANIFEST_DIR"),
            subgraph.name()
        );
        assert_eq!(
            definitions(sdl),
            definitions(&std::fs::read_to_string(path).unwrap())
        );
    }
}

/// The types of an SDL, whatever their order and the order of directive imports.
fn definitions(sdl: &str) -> Vec<String> {
    let mut blocks: Vec<String> = sdl
        .split("\n\n")
        .map(|block| block.trim().to_owned())
        .filter(|block| block.contains("type ") && !block.contains("extend schema"))
        .collect();
    blocks.sort();
    blocks
}

#[tokio::test]
async fn aliased_entities_are_answered_in_one_request() {
    check(
        Estimate::Unknown,
        Subgraph::Reviews,
        json!({
            "query": "query($a: [_Any!]!, $b: [_Any!]!) {
                products: _entities(representations: $a) { ... on Product { reviews { ...R } } }
                users: _entities(representations: $b) { ... on User { reviews { ...R } } }
            } fragment R on Review { id author { id username } }",
            "variables": {
                "a": [{"__typename": "Product", "upc": "3"}, {"__typename": "Product", "upc": "5"}],
                "b": [{"__typename": "User", "id": "2"}],
            },
        }),
        json!({"data": {
            "products": [
                {"reviews": [{"id": "9", "author": {"id": "1", "username": "urigo"}}]},
                {"reviews": []},
            ],
            "users": [{"reviews": [
                {"id": "1", "author": {"id": "1", "username": "urigo"}},
                {"id": "2", "author": {"id": "1", "username": "urigo"}},
            ]}],
        }}),
    )
    .await;
}

#[tokio::test]
async fn an_unknown_entity_is_null() {
    check(
        Estimate::Unknown,
        Subgraph::Accounts,
        json!({
            "query": "query($r: [_Any!]!) { _entities(representations: $r) { ... on User { name } } }",
            "variables": {"r": [{"__typename": "User", "id": "99"}, {"__typename": "User", "id": "3"}]},
        }),
        json!({"data": {"_entities": [null, {"name": "Kamil Kisiela"}]}}),
    )
    .await;
}

const ESTIMATES: &str = "query($r: [_Any!]!) {
    _entities(representations: $r) { ... on Product { inStock shippingEstimate } }
}";

#[tokio::test]
async fn an_estimate_needs_what_it_requires() {
    let body = json!({
        "query": ESTIMATES,
        "variables": {"r": [{"__typename": "Product", "upc": "1", "price": 899}]},
    });
    let answer = ask(Estimate::Unknown, Subgraph::Inventory, &body).await;
    assert!(answer["errors"][0]["message"].is_string(), "{answer}");
}

#[tokio::test]
async fn an_estimate_follows_the_representation_when_asked_to() {
    let representations = json!([
        {"__typename": "Product", "upc": "1", "price": 899, "weight": 100},
        {"__typename": "Product", "upc": "2", "price": 1299, "weight": 1000},
        {"__typename": "Product", "upc": "3", "price": null, "weight": 20},
    ]);
    let body = json!({"query": ESTIMATES, "variables": {"r": representations}});
    let answer = |estimates: [Value; 3]| {
        let [table, couch, glass] = estimates;
        json!({"data": {"_entities": [
            {"inStock": true, "shippingEstimate": table},
            {"inStock": false, "shippingEstimate": couch},
            {"inStock": false, "shippingEstimate": glass},
        ]}})
    };
    let computed = answer([json!(50), json!(0), Value::Null]);
    let subgraph = Subgraph::Inventory;
    check(
        Estimate::FromRepresentation,
        subgraph,
        body.clone(),
        computed,
    )
    .await;
    let unknown = answer([Value::Null, Value::Null, Value::Null]);
    check(Estimate::Unknown, subgraph, body, unknown).await;
}
