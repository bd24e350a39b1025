//! `weft` alone: the whole stack in one process on an empty folder.

use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Program, in_process, nodes, weft};

/// The issue asks two seconds of an optimised build; this one is not.
const START: Duration = Duration::from_secs(20);
/// For an unoptimised build on a busy machine; an optimised one needs milliseconds.
const BOUNDED: Duration = Duration::from_secs(5);

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
    // Ready is who has loaded the keys, which an empty folder has to make first.
    while client.get("/ready").await.status != 200 {
        assert!(started.elapsed() < START, "{}", stack.output());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for path in ["/health", "/ready"] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.headers.contains_key("x-request-id"), "{path}");
    }
    let keys = client.get("/.well-known/jwks.json").await;
    assert_eq!(keys.status, 200, "{}", keys.text());
    assert_eq!(keys.json()["keys"][0]["crv"], "Ed25519", "{}", keys.text());
    assert!(keys.json()["keys"][0].get("d").is_none(), "a private key");
    assert!(stack.stop().await.success());

    // Started again it keeps its data.
    let stack = in_process(folder.path()).await;
    assert_eq!(stack.client().data(query, json!({})).await, data);
}

/// Users' posts' authors' posts and so on; a viewer sees few, but nobody knows that before.
fn posts_of_authors(levels: usize, first: u32) -> String {
    let open = format!("posts(first: {first}) {{ nodes {{ author {{ ").repeat(levels);
    let close = " } } }".repeat(levels);
    format!("{{ users(first: 50) {{ nodes {{ {open} id {close} }} }} }}")
}

#[tokio::test]
async fn an_operation_that_may_become_huge_is_refused_by_its_subgraph_at_once() {
    let folder = TempDir::new().unwrap();
    let stack = in_process(folder.path()).await;
    let client = stack.client();
    let fits = client.data(&posts_of_authors(2, 20), json!({})).await;
    assert!(
        fits.pointer("/users/nodes/0/posts/nodes/0/author")
            .is_some()
    );

    let before = stack.peak_memory();
    let started = Instant::now();
    let answer = client.graphql(&posts_of_authors(6, 100), json!({})).await;
    assert!(started.elapsed() < BOUNDED, "{:?}", started.elapsed());
    let grown = stack.peak_memory() - before;
    assert!(grown < 16 << 20, "memory grew by {grown} bytes");
    let json = answer.json();
    let users = json["data"]["users"]["nodes"].as_array().unwrap();
    assert_eq!(users.len(), 50, "{json:#}");
    assert!(users.iter().all(|user| user["posts"].is_null()), "{json:#}");
    let errors = json["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 10, "the first of the fields that are null");
    assert_eq!(errors[0]["extensions"]["affectedPaths"], 50);
    for (index, error) in errors.iter().enumerate() {
        assert_eq!(error["path"], json!(["users", "nodes", index, "posts"]));
        let extensions = &error["extensions"];
        assert_eq!(extensions["code"], "OPERATION_TOO_COSTLY");
        assert_eq!(extensions["service"], "posts");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("`first`"), "{message}");
    }
}

#[tokio::test]
async fn a_subgraph_in_the_process_keeps_to_the_configured_bounds() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    let arguments = ["up", "--data-dir", path, "--listen", "127.0.0.1:0"];
    let mut command = weft(&arguments);
    command.env("WEFT_SUBGRAPHS__POSTS__RESPONSE_BYTES", "1kB");
    let stack = Program::start(command).await;
    let client = stack.client();
    for (first, codes) in [(1, &[][..]), (100, &["SUBREQUEST_TOO_LARGE"])] {
        let query = format!(
            "{{ posts(first: {first}) {{ nodes {{ id title }} }} users {{ totalCount }} }}"
        );
        let answer = client.graphql(&query, json!({})).await;
        assert_eq!(answer.codes(), codes, "{}", answer.text());
        assert!(answer.json()["data"]["users"]["totalCount"].is_u64());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_it_keeps_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let stack = in_process(&data).await;
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let files = std::fs::read_dir(&data).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in &files {
        assert_eq!(mode(file), 0o600, "{file:?}");
    }
    assert!(!stack.output().contains("others on this machine"));

    let users = data.join("users.db");
    std::fs::set_permissions(&users, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(stack.stop().await.success());
    let stack = in_process(&data).await;
    assert_eq!(mode(&users), 0o644, "what is there is left alone");
    let output = stack.output();
    let warning = output
        .lines()
        .find(|line| line.contains("others on this machine"));
    assert!(
        warning.is_some_and(|line| line.contains("users.db")),
        "{output}"
    );
}
