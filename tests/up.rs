//! `weft` alone: the whole stack in one process on an empty folder.

use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{in_process, nodes};

/// The issue asks two seconds of an optimised build; this one is not.
const START: Duration = Duration::from_secs(20);

#[tokio::test]
async fn an_empty_folder_becomes_a_stack_with_demo_data_and_a_login() {
    let folder = TempDir::new().unwrap();
    let started = Instant::now();
    let stack = in_process(folder.path()).await;
    let client = stack.client();
    let query =
        "{ users(first: 2) { edges { node { username posts(first: 1) { totalCount } } } } }";
    let data = client.data(query, json!({})).await;
    assert!(started.elapsed() < START, "{:?}", started.elapsed());
    assert_eq!(nodes(&data, "/users").len(), 2);

    let page = client.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text().to_lowercase().contains("graphiql"));
    for path in ["/health", "/ready"] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.headers.contains_key("x-request-id"), "{path}");
    }
    assert!(stack.stop().await.success());

    // Started again it keeps its data.
    let stack = in_process(folder.path()).await;
    assert_eq!(stack.client().data(query, json!({})).await, data);
}
