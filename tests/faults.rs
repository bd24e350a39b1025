//! A subgraph that is gone: the rest still answers, and it heals without a restart.

use serde_json::{Value, json};

use crate::harness::{Client, HttpStack, Role, Rows, register};

const CROSSING: &str = "{
    users(first: 2) { edges { node { username posts(first: 1) { totalCount } } } }
    todos(first: 1) { edges { node { id } } }
}";

#[tokio::test]
async fn a_stopped_subgraph_takes_only_its_own_fields_along_and_heals() {
    let mut stack = HttpStack::on_postgres(Rows::FEW).await;
    let client = register(&stack.client(), "witness").await.fresh();
    let whole = client.data(CROSSING, json!({})).await;

    let stopped = stack.kill(Role::Posts).await;
    for _ in 0..3 {
        check_without_posts(&client, &whole).await;
    }

    stack.restart(stopped).await;
    let healed = client.data(CROSSING, json!({})).await;
    assert_eq!(healed, whole);
    assert_eq!(stack.client().get("/health").await.status, 200);
}

/// Posts' fields are null with an error at each path; everything else is as it was.
async fn check_without_posts(client: &Client, whole: &Value) {
    let answer = client.graphql(CROSSING, json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let json = answer.json();
    let mut expected = whole.clone();
    for edge in expected["users"]["edges"].as_array_mut().unwrap() {
        edge["node"]["posts"] = Value::Null;
    }
    assert_eq!(json["data"], expected, "{json:#}");
    let errors = json["errors"].as_array().unwrap();
    let paths: Vec<&Value> = errors.iter().map(|error| &error["path"]).collect();
    assert_eq!(
        paths,
        [
            &json!(["users", "edges", 0, "node", "posts"]),
            &json!(["users", "edges", 1, "node", "posts"]),
        ],
        "{json:#}"
    );
    for error in errors {
        let code = error["extensions"]["code"].as_str().unwrap();
        assert!(code.starts_with("SUBREQUEST_"), "{error}");
        assert_eq!(error["extensions"]["service"], "posts", "{error}");
    }
}

#[tokio::test]
async fn a_root_field_of_a_stopped_subgraph_is_null_with_an_error() {
    let mut stack = HttpStack::on_postgres(Rows::FEW).await;
    stack.kill(Role::Posts).await;
    let query = "{ post(id: \"0190e0f0-0000-7000-8000-000000000000\") { id } users(first: 1) { totalCount } }";
    let json = stack.client().graphql(query, json!({})).await.json();
    assert_eq!(json["data"]["post"], Value::Null, "{json:#}");
    assert_eq!(json["data"]["users"]["totalCount"], 20, "{json:#}");
    assert_eq!(json["errors"][0]["path"], json!(["post"]), "{json:#}");
}

#[tokio::test]
async fn every_role_stops_cleanly_when_asked() {
    let stack = HttpStack::on_postgres(Rows::FEW).await;
    let ended = stack.stop().await;
    assert_eq!(ended.len(), 4);
    assert!(
        ended.iter().all(|(_, status)| status.success()),
        "{ended:?}"
    );
}
