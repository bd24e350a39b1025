//! `weft compose`, `weft check` and `weft schema`: what they read, what they say, and their exit statuses.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::harness::{Finished, in_process, weft};

const FILES: &[(&str, &[u8])] = &[
    (
        "users.graphql",
        br#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible"])
type Query { me: User secret: Int @inaccessible }
"Who signs in"
type User @key(fields: "id") { id: ID! name: String role: Role }
enum Role { ADMIN MEMBER }
"#,
    ),
    (
        "posts.graphql",
        br#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
type Query { posts: [String] }
type User @key(fields: "id nick") { id: ID! }
"#,
    ),
    ("latin.graphql", b"type Query {\n  \"gr\xfc\xdfe\" a: Int\n}"),
    ("empty.graphql", b"\n"),
    ("syntax.graphql", b"type Query { a: }"),
    (
        "good.yaml",
        b"federation_version: =2.9.0\nsubgraphs:\n  users:\n    routing_url: ${env.USERS:-http://users:4001}/graphql\n    schema: { file: users.graphql }\n",
    ),
    (
        "bad.yaml",
        b"subgraphs:
  absent: { routing_url: http://a, schema: { file: absent.graphql } }
  down: { schema: { subgraph_url: http://127.0.0.1:1/graphql } }
  empty: { routing_url: http://a, schema: { file: empty.graphql } }
  folder: { routing_url: http://a, schema: { file: . } }
  latin: { routing_url: http://a, schema: { file: latin.graphql } }
  posts: { routing_url: http://a, schema: { file: posts.graphql } }
  syntax: { routing_url: http://a, schema: { file: syntax.graphql } }
",
    ),
    (
        "no-url.yaml",
        b"subgraphs:\n  users:\n    schema: { file: users.graphql }\n",
    ),
    ("router.yaml", b"compose: good.yaml\n"),
    (
        "same.graphql",
        b"type Query { me: User } \"Who signs in\" type User { id: ID! name: String role: Role } enum Role { ADMIN MEMBER }",
    ),
    (
        "fewer.graphql",
        b"type Query { me: User } type User { id: ID! name: String role: Role } enum Role { ADMIN }",
    ),
    (
        "more.graphql",
        b"type Query { me: User you: User } type User { id: ID! name: String role: Role } enum Role { ADMIN MEMBER }",
    ),
];

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in FILES {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let large = std::fs::File::create(folder.path().join("large.graphql")).unwrap();
    large.set_len(50_000_000).unwrap();
    folder
}

async fn run_in(folder: &Path, arguments: &[&str]) -> Finished {
    let mut command = weft(arguments);
    command.current_dir(folder);
    Finished::run(command).await
}

/// A call: its arguments, its exit status, and what stands in standard output and standard error.
type Call = (
    &'static [&'static str],
    i32,
    &'static [&'static str],
    &'static [&'static str],
);

const CALLS: &[Call] = &[
    (
        &["compose", "--config", "good.yaml"],
        0,
        &[
            "url: \"http://users:4001/graphql\"",
            "type User @join__type",
        ],
        &[],
    ),
    (
        &["compose", "--config", "no-url.yaml"],
        64,
        &[],
        &["no-url.yaml:3:5: subgraphs.users: needs a `routing_url`"],
    ),
    (
        &["compose", "--config", "bad.yaml"],
        1,
        &[],
        &[
            "error[DOWNSTREAM_SERVICE_ERROR]: the schema could not be had: absent.graphql: no such file",
            "http://127.0.0.1:1/graphql: cannot connect",
            "  --> subgraph \"down\"",
            "a folder; name the schema file in it",
            "error[INVALID_GRAPHQL]: the schema is empty",
            "  --> latin.graphql:2:6 (subgraph \"latin\")",
            "  --> posts.graphql:3:28 User (subgraph \"posts\")\n  |\n3 | type User @key(fields: \"id nick\") { id: ID! }\n  |                            ^^^^",
            "  --> syntax.graphql:1:17 (subgraph \"syntax\")",
            "\n7 errors in 7 subgraphs\n",
        ],
    ),
    (
        &[
            "check",
            "--config",
            "good.yaml",
            "--against",
            "same.graphql",
        ],
        0,
        &["no changes\n"],
        &[],
    ),
    (
        &[
            "check",
            "--config",
            "good.yaml",
            "--against",
            "fewer.graphql",
        ],
        0,
        &[
            "dangerous[ENUM_VALUE_ADDED]: value Role.MEMBER was added;",
            "1 dangerous, 1 safe changes\n",
        ],
        &[],
    ),
    (
        &[
            "check",
            "--config",
            "good.yaml",
            "--against",
            "fewer.graphql",
            "--fail-on",
            "dangerous",
        ],
        2,
        &["dangerous[ENUM_VALUE_ADDED]"],
        &[],
    ),
    (
        &[
            "check",
            "--config",
            "good.yaml",
            "--against",
            "more.graphql",
        ],
        2,
        &[
            "breaking[FIELD_REMOVED]: field Query.you was removed; operations that select it are refused\n",
        ],
        &[],
    ),
    (
        &["check", "--config", "bad.yaml", "--against", "more.graphql"],
        1,
        &[],
        &["KEY_INVALID_FIELDS", "7 errors"],
    ),
    (
        &[
            "check",
            "--config",
            "good.yaml",
            "--against",
            "syntax.graphql",
        ],
        1,
        &[],
        &["syntax.graphql: not a valid GraphQL schema"],
    ),
    (
        &["schema", "api", "--config", "good.yaml"],
        0,
        &["type Query {\n  me: User\n}"],
        &[],
    ),
    (
        &["schema", "api", "--config", "router.yaml"],
        0,
        &["type Query {\n  me: User\n}"],
        &[],
    ),
    (
        &["schema", "supergraph", "--config", "good.yaml"],
        0,
        &["secret: Int @inaccessible"],
        &[],
    ),
    (
        &["schema", "api", "--config", "bad.yaml"],
        1,
        &[],
        &["7 errors in 7 subgraphs"],
    ),
    (
        &["schema", "users", "--config", "good.yaml"],
        64,
        &[],
        &["--config goes with `supergraph` or `api`"],
    ),
];

#[tokio::test]
async fn every_call_says_what_it_should() {
    let folder = folder();
    let mut wrong = Vec::new();
    for (arguments, status, out, err) in CALLS {
        let finished = run_in(folder.path(), arguments).await;
        let is_said = out.iter().all(|text| finished.stdout.contains(text))
            && err.iter().all(|text| finished.stderr.contains(text));
        if finished.status.code() != Some(*status) || !is_said {
            wrong.push(format!(
                "{arguments:?}, not {status} {out:?} {err:?}:\n{finished:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_mistake_is_data_when_asked_for_as_json() {
    let folder = folder();
    let large = "  large: { routing_url: http://a, schema: { file: large.graphql } }\n";
    let config = std::fs::read_to_string(folder.path().join("bad.yaml")).unwrap() + large;
    std::fs::write(folder.path().join("bad.yaml"), config).unwrap();
    let arguments = ["compose", "--config", "bad.yaml", "--format", "json"];
    let finished = run_in(folder.path(), &arguments).await;
    assert_eq!((finished.status.code(), &*finished.stderr), (Some(1), ""));
    let report: Value = serde_json::from_str(&finished.stdout).unwrap();
    let errors = report["errors"].as_array().unwrap().iter();
    let places = errors.map(|error| {
        json!([
            error["subgraph"],
            error["code"],
            error["level"],
            error["file"],
            error["line"]
        ])
    });
    let places: Vec<Value> = places.collect();
    let (service, graphql) = ("DOWNSTREAM_SERVICE_ERROR", "INVALID_GRAPHQL");
    let expected = [
        json!(["absent", service, "error", "absent.graphql", null]),
        json!(["down", service, "error", null, null]),
        json!(["empty", graphql, "error", "empty.graphql", null]),
        json!(["folder", service, "error", ".", null]),
        json!(["large", graphql, "error", "large.graphql", null]),
        json!(["latin", graphql, "error", "latin.graphql", 2]),
        json!(["posts", "KEY_INVALID_FIELDS", "error", "posts.graphql", 3]),
        json!(["syntax", graphql, "error", "syntax.graphql", 1]),
    ];
    assert_eq!(places, expected, "{report:#}");
    assert_eq!(report["supergraph"], Value::Null);
}

/// A subgraph that gives every request this answer; where it is.
async fn subgraph(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/graphql", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..read]).to_lowercase();
            let body = match request.contains("x-token: s3cret") {
                true => body,
                false => r#"{"errors":[{"message":"no x-token"}]}"#,
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

#[tokio::test]
async fn a_running_subgraph_gives_its_schema_or_what_it_gives_is_said() {
    let answers = [
        (
            "200 OK",
            r#"{"data":{"_service":{"sdl":"type Query { a: Int }"}}}"#,
            "a: Int",
        ),
        ("200 OK", "<html>", "not a GraphQL response: expected value"),
        (
            "200 OK",
            r#"{"data":{"_service":null}}"#,
            "it does not answer `{ _service { sdl } }`",
        ),
        (
            "200 OK",
            r#"{"errors":[{"message":"no such field"}]}"#,
            "`{ _service { sdl } }`: no such field",
        ),
        ("404 Not Found", "", "status 404 Not Found"),
    ];
    let folder = folder();
    for (status, body, expected) in answers {
        let url = subgraph(status, body).await;
        let config = format!(
            "subgraphs:\n  one:\n    schema:\n      subgraph_url: {url}\n      introspection_headers:\n        x-token: ${{env.TOKEN}}\n"
        );
        std::fs::write(folder.path().join("running.yaml"), config).unwrap();
        let mut command = weft(&["compose", "--config", "running.yaml", "--format", "json"]);
        command.current_dir(folder.path()).env("TOKEN", "s3cret");
        let finished = Finished::run(command).await;
        let report: Value = serde_json::from_str(&finished.stdout).unwrap();
        let said = match &report["supergraph"] {
            Value::String(supergraph) => {
                assert!(supergraph.contains(&url), "the routing URL is not {url}");
                supergraph
            }
            _ => report["errors"][0]["message"].as_str().unwrap(),
        };
        assert!(said.contains(expected), "{expected:?} is not in {said}");
    }
}

#[tokio::test]
async fn exported_introspection_is_what_a_router_answers_and_reads_back_to_the_api() {
    let folder = TempDir::new().unwrap();
    let export = async |arguments: &[&str]| run_in(folder.path(), arguments).await.success();
    let exported = export(&["schema", "api", "--format", "introspection"]).await;
    let stack = in_process(folder.path()).await;
    let query = include_str!("../src/introspection.graphql");
    let answered = stack
        .client()
        .post(json!({ "query": query }).to_string())
        .await;
    assert_eq!(answered.text(), exported.trim_end());
    let api = export(&["schema", "api"]).await;
    let from_json = schema_check::read(&exported, "api.json").unwrap();
    let from_sdl = schema_check::read(&api, "api.graphql").unwrap();
    assert_eq!(schema_check::compare(&from_json, &from_sdl), []);
}
