//! The `weft` program's subcommands that end by themselves: what they print, and how they fail.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Finished, TestDatabase, weft};

const SCHEMAS: [&str; 5] = ["users", "posts", "todos", "supergraph", "api"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with these files in it.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Runs `weft` in `folder`.
async fn run_in(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Finished {
    let mut command = weft(arguments);
    command
        .current_dir(folder)
        .envs(environment.iter().copied());
    Finished::run(command).await
}

#[tokio::test]
async fn the_checked_in_sdl_is_what_the_program_exports() {
    for schema in SCHEMAS {
        let exported = run_in(root(), &["schema", schema], &[]).await.success();
        let path = root().join(format!("schema/sdl/{schema}.graphql"));
        let checked_in = std::fs::read_to_string(path).unwrap();
        assert!(
            exported == checked_in,
            "schema/sdl/{schema}.graphql is out of date: run scripts/export-sdl.sh"
        );
    }
}

#[tokio::test]
async fn the_api_schema_is_exported_as_introspection_for_client_generators() {
    let arguments = ["schema", "api", "--format", "introspection"];
    let exported = run_in(root(), &arguments, &[]).await.success();
    let json: Value = serde_json::from_str(&exported).unwrap();
    let schema = json.pointer("/__schema").or(json.pointer("/data/__schema"));
    let types = schema.unwrap()["types"].as_array().unwrap();
    let names: Vec<_> = types
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    for expected in ["User", "Post", "Comment", "Todo"] {
        assert!(
            names.contains(&expected),
            "{expected} is not among {names:?}"
        );
    }
    for internal in ["_Any", "_Entity", "join__FieldSet", "link__Import"] {
        assert!(
            !names.contains(&internal),
            "{internal} is no part of the API"
        );
    }
}

#[tokio::test]
async fn composing_the_exported_subgraphs_gives_the_exported_supergraph() {
    let folder = TempDir::new().unwrap();
    let mut config = String::from("federation_version: =2.9.0\nsubgraphs:\n");
    let supergraph = root().join("schema/sdl/supergraph.graphql");
    let supergraph = std::fs::read_to_string(supergraph).unwrap();
    for name in &SCHEMAS[..3] {
        let file = root().join(format!("schema/sdl/{name}.graphql"));
        let file = file.display();
        let url = routing_url(&supergraph, name);
        config += &format!("  {name}:\n    routing_url: {url}\n    schema:\n      file: {file}\n");
    }
    std::fs::write(folder.path().join("supergraph.yaml"), config).unwrap();
    let arguments = ["compose", "--config", "supergraph.yaml"];
    let composed = run_in(folder.path(), &arguments, &[]).await.success();
    assert!(composed == supergraph, "{composed}");
}

/// The URL of `@join__graph(name: "users", url: "…")`.
fn routing_url<'a>(supergraph: &'a str, name: &str) -> &'a str {
    let (_, after) = supergraph.split_once(&format!("name: \"{name}\"")).unwrap();
    let (_, after) = after.split_once("url: \"").unwrap();
    after.split('"').next().unwrap()
}

#[tokio::test]
async fn the_benchmark_is_planned_in_few_fetches() {
    let arguments = [
        "plan",
        "--supergraph",
        "benches/data/supergraph.graphql",
        "--operation",
        "benches/data/operation.graphql",
        "--format",
        "json",
    ];
    let plan = run_in(root(), &arguments, &[]).await.success();
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let fetches = plan["fetches"].as_array().unwrap().len();
    assert!((1..=7).contains(&fetches), "{plan:#}");
}

/// What is wrong, how `weft` is called, and what it says.
struct Mistake {
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
    status: i32,
    /// All of them stand in the message.
    says: &'static [&'static str],
}

const FILES: &[(&str, &str)] = &[
    (
        "unknown-key.yaml",
        "listen: 127.0.0.1:0\nlimit:\n  depth: 3\n",
    ),
    ("wrong-type.yaml", "limits:\n  depth: deep\n"),
    ("no-yaml.yaml", "listen: [unclosed\n"),
    ("garbage.graphql", "type Query {"),
    ("no-supergraph.graphql", "type Query { a: Int }"),
    ("broken-subgraph.graphql", "type Query { a: Missing }"),
    (
        "broken-compose.yaml",
        "subgraphs:\n  one:\n    routing_url: http://127.0.0.1:1/\n    schema:\n      file: broken-subgraph.graphql\n",
    ),
    (
        "absent-compose.yaml",
        "subgraphs:\n  one:\n    routing_url: http://127.0.0.1:1/\n    schema:\n      file: absent.graphql\n",
    ),
    ("unknown-field.graphql", "{ users { shoeSize } }"),
];

const NO_DATABASE: (&str, &str) = (
    "WEFT_USERS_DATABASE_URL",
    "postgres://nobody:hunter2@127.0.0.1:1/nothing",
);

const MISTAKES: &[Mistake] = &[
    Mistake {
        arguments: &["dance"],
        environment: &[],
        status: 64,
        says: &["dance", "router"],
    },
    Mistake {
        arguments: &["router", "--config", "absent.yaml"],
        environment: &[],
        status: 64,
        says: &["absent.yaml"],
    },
    Mistake {
        arguments: &["router", "--config", "unknown-key.yaml"],
        environment: &[],
        status: 64,
        says: &["unknown-key.yaml:2:1", "limits"],
    },
    Mistake {
        arguments: &["config", "validate", "unknown-key.yaml"],
        environment: &[],
        status: 64,
        says: &["unknown-key.yaml:2:1", "limits"],
    },
    Mistake {
        arguments: &["config", "validate", "wrong-type.yaml"],
        environment: &[],
        status: 64,
        says: &["wrong-type.yaml:2", "limits.depth"],
    },
    Mistake {
        arguments: &["config", "validate", "no-yaml.yaml"],
        environment: &[],
        status: 64,
        says: &["no-yaml.yaml"],
    },
    Mistake {
        arguments: &["router", "--supergraph", "no-supergraph.graphql"],
        environment: &[("WEFT_LIMITS__DEPHT", "3")],
        status: 64,
        says: &["WEFT_LIMITS__DEPHT", "depth"],
    },
    Mistake {
        arguments: &[
            "router",
            "--supergraph",
            "garbage.graphql",
            "--listen",
            "127.0.0.1:0",
        ],
        environment: &[],
        status: 1,
        says: &["syntax error"],
    },
    Mistake {
        arguments: &[
            "router",
            "--supergraph",
            "no-supergraph.graphql",
            "--listen",
            "127.0.0.1:0",
        ],
        environment: &[],
        status: 1,
        says: &[
            "join__Graph",
            "no-supergraph.graphql",
            "INVALID_FEDERATION_SUPERGRAPH",
        ],
    },
    Mistake {
        arguments: &[
            "router",
            "--compose",
            "broken-compose.yaml",
            "--listen",
            "127.0.0.1:0",
        ],
        environment: &[],
        status: 1,
        says: &["Missing"],
    },
    Mistake {
        arguments: &["compose", "--config", "broken-compose.yaml"],
        environment: &[],
        status: 1,
        says: &["INVALID_GRAPHQL", "Missing", "1:"],
    },
    Mistake {
        arguments: &["compose", "--config", "absent-compose.yaml"],
        environment: &[],
        status: 1,
        says: &["absent.graphql"],
    },
    Mistake {
        arguments: &[
            "plan",
            "--supergraph",
            "garbage.graphql",
            "--operation",
            "unknown-field.graphql",
        ],
        environment: &[],
        status: 1,
        says: &["syntax error", "garbage.graphql:1:", "INVALID_GRAPHQL"],
    },
    Mistake {
        arguments: &["subgraph", "users", "--listen", "127.0.0.1:0"],
        environment: &[NO_DATABASE],
        status: 1,
        says: &["users", "127.0.0.1:1"],
    },
    Mistake {
        arguments: &["migrate", "--service", "users", "up"],
        environment: &[NO_DATABASE],
        status: 1,
        says: &["users", "127.0.0.1:1"],
    },
    Mistake {
        arguments: &["migrate", "--service", "users", "up"],
        environment: &[("WEFT_USERS_DATABASE_URL", "mysql://127.0.0.1/users")],
        status: 1,
        says: &["users"],
    },
    Mistake {
        arguments: &["health", "http://127.0.0.1:1/ready"],
        environment: &[],
        status: 1,
        says: &["127.0.0.1:1"],
    },
];

#[tokio::test]
async fn a_mistake_is_said_plainly_and_in_the_exit_status() {
    let folder = folder(FILES);
    let mut wrong = Vec::new();
    for mistake in MISTAKES {
        let finished = run_in(folder.path(), mistake.arguments, mistake.environment).await;
        let is_said = mistake
            .says
            .iter()
            .all(|text| finished.stderr.contains(text));
        let is_secret = !finished.stderr.contains("hunter2");
        if finished.status.code() != Some(mistake.status) || !is_said || !is_secret {
            let (arguments, says) = (mistake.arguments, mistake.says);
            wrong.push(format!(
                "{arguments:?}, not {} {says:?}:\n{finished:#?}",
                mistake.status
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn composition_errors_are_data_when_asked_for_as_json() {
    let folder = folder(FILES);
    let arguments = [
        "compose",
        "--config",
        "broken-compose.yaml",
        "--format",
        "json",
    ];
    let finished = run_in(folder.path(), &arguments, &[]).await;
    assert_eq!(finished.status.code(), Some(1), "{finished:?}");
    let report: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(report["supergraph"], Value::Null);
    let error = &report["errors"][0];
    assert_eq!(error["subgraph"], "one", "{report:#}");
    assert_eq!(
        (&error["line"], error["column"].is_u64()),
        (&Value::from(1), true),
        "{report:#}"
    );
    assert!(
        error["code"].is_string() && error["message"].is_string(),
        "{report:#}"
    );
}

#[tokio::test]
async fn the_configurations_json_schema_names_its_keys() {
    let schema = run_in(root(), &["config", "schema"], &[]).await.success();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    for key in ["listen", "supergraph", "limits", "cors", "subgraphs"] {
        assert!(schema["properties"][key].is_object(), "{key} is missing");
    }
}

/// Migrates up twice, down by one and up again; the same on both databases.
async fn check_migrations(folder: &Path, environment: &[(&str, &str)]) {
    let migrate = async |arguments: &[&str]| {
        let arguments = [&["migrate", "--service", "posts"], arguments].concat();
        run_in(folder, &arguments, environment).await.success()
    };
    let pending = migrate(&["status"]).await;
    assert!(
        pending.contains("pending") && !pending.contains("applied"),
        "{pending}"
    );
    let applied = pending.replace("pending", "applied");
    migrate(&["up"]).await;
    assert_eq!(migrate(&["status"]).await, applied);
    migrate(&["up"]).await;
    assert_eq!(migrate(&["status"]).await, applied);
    migrate(&["down"]).await;
    assert_eq!(migrate(&["status"]).await.matches("pending").count(), 1);
    migrate(&["up"]).await;
    assert_eq!(migrate(&["status"]).await, applied);
}

#[tokio::test]
async fn migrations_go_up_and_down_on_sqlite() {
    let folder = TempDir::new().unwrap();
    check_migrations(folder.path(), &[]).await;
}

#[tokio::test]
async fn migrations_go_up_and_down_on_postgresql() {
    let folder = TempDir::new().unwrap();
    let database = TestDatabase::create().await;
    check_migrations(
        folder.path(),
        &[("WEFT_POSTS_DATABASE_URL", database.url())],
    )
    .await;
}
