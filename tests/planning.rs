//! `weft plan` on graphs composed by `weft compose`: what of a composed graph planning depends on.

use std::path::Path;

use tempfile::TempDir;

use crate::harness::{Finished, weft};

const LINK: &str = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override", "@shareable", "@context", "@fromContext"])
"#;

async fn run(folder: &Path, arguments: &[&str]) -> Finished {
    let mut command = weft(arguments);
    command.current_dir(folder);
    Finished::run(command).await
}

/// A folder with the graph that these subgraphs compose to, and an operation.
async fn composed(subgraphs: &[(&str, &str)], operation: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let mut config = String::from("subgraphs:\n");
    for (name, sdl) in subgraphs {
        write(&format!("{name}.graphql"), &format!("{LINK}{sdl}"));
        config += &format!(
            "  {name}: {{ routing_url: http://{name}, schema: {{ file: {name}.graphql }} }}\n"
        );
    }
    write("supergraph.yaml", &config);
    write("operation.graphql", operation);
    let composed = run(folder.path(), &["compose", "--config", "supergraph.yaml"]).await;
    write("supergraph.graphql", &composed.success());
    folder
}

async fn plan(folder: &Path, more: &[&str]) -> Finished {
    let files = [
        "plan",
        "--supergraph",
        "supergraph.graphql",
        "--operation",
        "operation.graphql",
    ];
    run(folder, &[&files[..], more].concat()).await
}

#[tokio::test]
async fn a_plan_is_for_the_labels_that_are_named() {
    let old =
        "type Query { bill: Bill } type Bill @key(fields: \"id\") { id: ID! amount: Int tax: Int }";
    let new = r#"type Bill @key(fields: "id") {
      id: ID!
      amount: Int @override(from: "old", label: "percent(5)")
      tax: Int @override(from: "old", label: "taxes")
    }"#;
    let folder = composed(&[("old", old), ("new", new)], "{ bill { amount tax } }").await;
    let folder = folder.path();
    let off = plan(folder, &[]).await.success();
    assert_eq!(off, "0 old\n  {bill{amount tax}}\n");
    let labels = ["--override-label", "percent(5)"];
    let one = plan(folder, &labels).await.success();
    assert!(
        one.starts_with("0 old\n  {bill{tax id}}\n1 new after 0\n"),
        "{one}"
    );
    let labels = [
        "--override-label",
        "taxes",
        "--override-label",
        "percent(5)",
    ];
    let both = plan(folder, &labels).await.success();
    assert!(
        both.starts_with("0 old\n  {bill{id}}\n1 new after 0\n"),
        "{both}"
    );
    let unknown = plan(folder, &["--override-label", "tax"]).await;
    assert_eq!(unknown.status.code(), Some(1));
    let said = unknown.stderr;
    assert!(
        said.contains("no @override has the label \"tax\"; the graph has percent(5), taxes"),
        "{said}"
    );
}
