//! Configuration as a table: files, variables and flags against what is said about them.

use super::*;

/// Loads `yaml` as `weft.yaml` with variables and flags.
fn load(
    yaml: &str,
    environment: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> Result<Config, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("weft.yaml");
    std::fs::write(&file, yaml).unwrap();
    let owned = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect::<Vec<_>>()
    };
    let mut sources = Sources {
        file: Some(file.clone()),
        environment: owned(environment),
        flags: Vec::new(),
    };
    for (key, value) in flags {
        sources = sources.flag(&format!("--{key}"), key, Some((*value).to_owned()));
    }
    let prefix = format!("{}/", folder.path().display());
    Config::load(&sources).map_err(|found| {
        found
            .iter()
            .map(|d| d.to_string().replace(&prefix, ""))
            .collect()
    })
}

fn refused(yaml: &str, environment: &[(&str, &str)], expected: &[&str]) {
    let found = load(yaml, environment, &[]).expect_err("the configuration is accepted");
    assert_eq!(found, expected, "{yaml}");
}

#[test]
fn an_empty_file_means_defaults() {
    for yaml in ["", "# nothing\n", "limits:\n", "{}"] {
        let config = load(yaml, &[], &[]).unwrap();
        assert_eq!(config.listen.as_str(), "127.0.0.1:4000", "{yaml:?}");
        assert_eq!(config.limits.body_bytes, ByteSize(2_000_000));
    }
}

#[test]
fn no_file_is_needed() {
    assert!(Config::load(&Sources::default()).is_ok());
}

#[test]
fn mistakes_in_a_file_are_named_with_line_path_and_the_nearest_name() {
    let cases: &[(&str, &[&str])] = &[
        (
            "lissten: 1.2.3.4:1",
            &["weft.yaml:1:1: lissten: unknown key; did you mean `listen`?"],
        ),
        (
            "listen: 127.0.0.1:1\nlimits:\n  body_byte: 5\n  depht: 3",
            &[
                "weft.yaml:3:3: limits.body_byte: unknown key; did you mean `limits.body_bytes`?",
                "weft.yaml:4:3: limits.depht: unknown key; did you mean `limits.depth`?",
            ],
        ),
        (
            "errors:\n  qqqqqqqqqqqq: 1",
            &[
                "weft.yaml:2:3: errors.qqqqqqqqqqqq: unknown key; known here: expose_subgraph_messages",
            ],
        ),
        (
            "subgraphs:\n  posts:\n    timeot: 3s",
            &[
                "weft.yaml:3:5: subgraphs.posts.timeot: unknown key; did you mean `subgraphs.posts.timeout`?",
            ],
        ),
        (
            "log:\n  format: jsn",
            &["weft.yaml:2:11: log.format: `jsn` is none of text, json; did you mean `json`?"],
        ),
        (
            "limits:\n  depth: deep\ntimeouts:\n  idle: 3",
            &[
                "weft.yaml:2:10: limits.depth: written is string \"deep\", expected a whole number",
                "weft.yaml:4:9: timeouts.idle: written is integer `3`, expected a duration with a unit, such as `30s`",
            ],
        ),
        (
            "limits:\n  depth: 0",
            &["weft.yaml:2:10: limits.depth: must be larger than zero"],
        ),
        (
            "limits:\n  depth: -1",
            &["weft.yaml:2:10: limits.depth: written is integer `-1`, expected a whole number"],
        ),
        (
            "subgraph_defaults:\n  circuit_breaker: { error_share: 0%, window: 0s }",
            &[
                "weft.yaml:2:47: subgraph_defaults.circuit_breaker.window: the duration must be longer than zero",
            ],
        ),
        (
            "subgraphs:\n  posts:\n    circuit_breaker: { error_share: 0%, minimum_requests: 0 }",
            &[
                "weft.yaml:3:37: subgraphs.posts.circuit_breaker.error_share: must be larger than zero",
                "weft.yaml:3:59: subgraphs.posts.circuit_breaker.minimum_requests: must be larger than zero",
            ],
        ),
        (
            "cache:\n  tag_header: { name: Vary, max_bytes: 10, max_names: 0 }",
            &[
                "weft.yaml:2:23: cache.tag_header.name: answers have `vary` for something else",
                "weft.yaml:2:40: cache.tag_header.max_bytes: must be from 64 to 65536",
                "weft.yaml:2:55: cache.tag_header.max_names: must be larger than zero",
            ],
        ),
        (
            "cache:\n  tag_header: { name: no name, separator: tab }",
            &[
                "weft.yaml:2:43: cache.tag_header.separator: `tab` is none of comma, space",
                "weft.yaml:2:23: cache.tag_header.name: `no name` is not a header name",
            ],
        ),
        (
            "timeouts:\n  request: 5 parsecs",
            &[
                "weft.yaml:2:12: timeouts.request: `5 parsecs` is not a duration; write it as `250ms`, `30s` or `5m`",
            ],
        ),
        (
            "timeouts:\n  request: 0s",
            &["weft.yaml:2:12: timeouts.request: the duration must be longer than zero"],
        ),
        (
            "limits:\n  body_bytes: 2XB",
            &[
                "weft.yaml:2:15: limits.body_bytes: `2XB` is not a size; write it as `2000000`, `2MB` or `512KiB`",
            ],
        ),
        (
            "recomposition:\n  poll_interval: soon",
            &[
                "weft.yaml:2:18: recomposition.poll_interval: `soon` is not a duration; write it as `250ms`, `30s` or `5m`, or `off`",
            ],
        ),
        (
            "recomposition:\n  poll_interval: 1ms",
            &["weft.yaml:2:18: recomposition.poll_interval: `1ms` is shorter than 10ms"],
        ),
        (
            "listen: nowhere",
            &[
                "weft.yaml:1:9: listen: `nowhere` is not an address; write it as `127.0.0.1:4000`, `[::]:4000` or `localhost:4000`",
            ],
        ),
        (
            "listen: 999.0.0.1:80",
            &[
                "weft.yaml:1:9: listen: `999.0.0.1:80` is not an address; write it as `127.0.0.1:4000`, `[::]:4000` or `localhost:4000`",
            ],
        ),
        (
            "auth:\n  jwks_url: ftp://keys",
            &[
                "weft.yaml:2:13: auth.jwks_url: `ftp://keys` is not an absolute http:// or https:// URL",
            ],
        ),
        (
            "auth:\n  jwks_url: http://me:secret@keys/",
            &[
                "weft.yaml:2:13: auth.jwks_url: the URL carries a user name or password; these do not belong in a file",
            ],
        ),
        (
            "graphiql: maybe",
            &["weft.yaml:1:11: graphiql: written is string \"maybe\", expected `true` or `false`"],
        ),
        (
            "cors:\n  origins: https://a.example",
            &[
                "weft.yaml:2:12: cors.origins: written is string \"https://a.example\", expected a list",
            ],
        ),
        (
            "cors:\n  origins: [https://a.example/]",
            &[
                "weft.yaml:2:12: cors.origins: `https://a.example/` is not an origin; write it as `https://app.example.com`",
            ],
        ),
        (
            "cors:\n  origins: ['*']\n  credentials: true",
            &["weft.yaml:3:16: cors.credentials: cannot be on when any origin is allowed"],
        ),
        (
            "headers:\n  propagate: [x-tenant, Authorization]",
            &[
                "weft.yaml:2:14: headers.propagate: `authorization` carries identity or belongs to the connection and is never propagated",
            ],
        ),
        (
            "log:\n  level: verbos",
            &[
                "weft.yaml:2:10: log.level: is neither a level (`info`) nor a list of `target=level`",
            ],
        ),
        (
            "supergraph: a.graphql\ncompose: b.yaml",
            &["weft.yaml:2:10: compose: set either `supergraph` or `compose`, not both"],
        ),
        (
            "listen: 1\nlisten: 2",
            &["weft.yaml:2:1: the key `listen` is written twice"],
        ),
        (
            "- a\n- b",
            &["weft.yaml:1:1: the file must be a map of settings"],
        ),
        (
            "a: &x 1\nb: *x",
            &["weft.yaml:2:4: YAML aliases (`*name`) are not supported; write the value out"],
        ),
        (
            "listen: !tag x",
            &["weft.yaml:1:9: YAML tags (`!name`) are not supported"],
        ),
        (
            "listen: ${NOT_SET}",
            &["weft.yaml:1:9: the environment variable `NOT_SET` is not set"],
        ),
    ];
    for (yaml, expected) in cases {
        refused(yaml, &[], expected);
    }
}

#[test]
fn broken_yaml_is_reported_with_its_position() {
    for (yaml, position) in [
        ("listen: [", "weft.yaml:"),
        ("a:\n  - b\n c: d", "weft.yaml:3:"),
        ("\"open", "weft.yaml:1:"),
    ] {
        let found = load(yaml, &[], &[]).expect_err("the configuration is accepted");
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with(position) && found[0].contains("not valid YAML"),
            "{found:?}"
        );
    }
}

#[test]
fn hostile_yaml_is_refused_in_bounded_time() {
    let deep = "[".repeat(100_000);
    let long = "- x\n".repeat(400_000);
    for yaml in [deep, long] {
        assert!(load(&yaml, &[], &[]).is_err());
    }
}

#[test]
fn flags_win_over_environment_over_file() {
    let yaml = "listen: 127.0.0.1:1\nlimits:\n  depth: 1\n  aliases: 1";
    let environment = [("WEFT_LISTEN", "127.0.0.1:2"), ("WEFT_LIMITS__DEPTH", "2")];
    let config = load(yaml, &environment, &[("listen", "127.0.0.1:3")]).unwrap();
    assert_eq!(config.listen.as_str(), "127.0.0.1:3");
    assert_eq!((config.limits.depth, config.limits.aliases), (2, 1));
}

#[test]
fn environment_takes_the_type_of_its_key() {
    let environment = [
        ("WEFT_LIMITS__BODY_BYTES", "1MB"),
        ("WEFT_CORS__ORIGINS", "https://a.example, https://b.example"),
        ("WEFT_GRAPHIQL", "false"),
        ("WEFT_SUBGRAPHS__POSTS__URL", "http://posts:4001/graphql"),
        ("WEFT_LOG__FORMAT", "json"),
        ("WEFT_AUTH__ISSUER", "007"),
        // Not the router's: a secret, Kubernetes' service variables.
        ("WEFT_INTERNAL_SECRET", "x"),
        ("WEFT_PORT", "tcp://10.0.0.1:80"),
        ("WEFT_SERVICE_HOST", "10.0.0.1"),
    ];
    let config = load("", &environment, &[]).unwrap();
    assert_eq!(config.limits.body_bytes, ByteSize(1_000_000));
    assert_eq!(
        config.cors.origins,
        ["https://a.example", "https://b.example"]
    );
    assert!(!config.graphiql);
    assert_eq!(
        config.subgraphs["posts"].url.as_ref().unwrap().to_string(),
        "http://posts:4001/graphql"
    );
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.auth.issuer, "007");
}

#[test]
fn polling_can_be_switched_off() {
    for (text, expected) in [("off", None), ("0s", None), ("1m", Some(60))] {
        let sources = Sources {
            environment: vec![(
                "WEFT_RECOMPOSITION__POLL_INTERVAL".to_owned(),
                text.to_owned(),
            )],
            ..Sources::default()
        };
        let config = Config::load(&sources).unwrap();
        let interval = config.recomposition.poll_interval;
        assert_eq!(interval.0.map(|interval| interval.as_secs()), expected);
        assert_eq!(interval.to_string().parse(), Ok(interval));
    }
}

#[test]
fn mistakes_in_the_environment_name_the_variable() {
    refused(
        "",
        &[
            ("WEFT_LIMITS__BODY_BITES", "1"),
            ("WEFT_LISTN", "x"),
            ("WEFT_LIMITS__DEPTH", "x"),
        ],
        &[
            "environment variable WEFT_LIMITS__BODY_BITES: limits.body_bites: no such setting; did you mean `body_bytes`?",
            "environment variable WEFT_LISTN: listn: no such setting; did you mean `listen`?",
            "environment variable WEFT_LIMITS__DEPTH: limits.depth: written is string \"x\", expected a whole number",
        ],
    );
}

#[test]
fn variables_are_expanded_in_strings() {
    let yaml =
        "listen: ${HOST}:${PORT:-4000}\nlimits:\n  depth: ${DEPTH}\nauth:\n  issuer: 'a$$b$c'";
    let config = load(yaml, &[("HOST", "0.0.0.0"), ("DEPTH", "7")], &[]).unwrap();
    assert_eq!(config.listen.as_str(), "0.0.0.0:4000");
    assert_eq!(config.limits.depth, 7);
    assert_eq!(config.auth.issuer, "a$b$c");
}

#[test]
fn an_expanded_variable_cannot_add_settings() {
    let found = load(
        "auth:\n  issuer: ${X}",
        &[("X", "a\nlisten: 1.1.1.1:1")],
        &[],
    )
    .unwrap();
    assert_eq!(found.auth.issuer, "a\nlisten: 1.1.1.1:1");
    assert_eq!(found.listen, ListenAddress::default());
}

#[test]
fn paths_in_the_file_start_at_its_folder() {
    let config = load("supergraph: graphs/s.graphql", &[], &[]).unwrap();
    let path = config.supergraph.unwrap();
    assert!(
        path.is_absolute() && path.ends_with("graphs/s.graphql"),
        "{path:?}"
    );
    let config = load("", &[], &[("supergraph", "s.graphql")]).unwrap();
    assert_eq!(config.supergraph.unwrap(), Path::new("s.graphql"));
}

#[test]
fn a_missing_file_is_one_diagnostic() {
    let found = Config::validate(&Sources {
        file: Some("/nowhere/weft.yaml".into()),
        ..Sources::default()
    });
    assert_eq!(found.len(), 1);
    assert!(
        found[0]
            .to_string()
            .starts_with("/nowhere/weft.yaml:1:1: cannot be read"),
        "{found:?}"
    );
}

#[test]
fn the_defaults_satisfy_their_own_schema() {
    let defaults = serde_json::to_string(&Config::default()).unwrap();
    let config = load(&defaults, &[], &[]).unwrap();
    assert_eq!(serde_json::to_string(&config).unwrap(), defaults);
}

#[test]
fn supergraph_yaml_is_rovers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("supergraph.yaml");
    std::fs::write(folder.path().join("token"), "abc\n").unwrap();
    let check = |yaml: &str| {
        std::fs::write(&file, yaml).unwrap();
        let prefix = format!("{}/", folder.path().display());
        let environment = [("POSTS", "http://posts:1"), ("TOKEN", "s3cret\n")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        ComposeFile::load(&file, &environment).map_err(|found| {
            found
                .iter()
                .map(|d| d.to_string().replace(&prefix, ""))
                .collect::<Vec<_>>()
        })
    };
    let good = check(
        "federation_version: =2.9.0\nsubgraphs:\n  posts:\n    routing_url: ${POSTS}/graphql\n    schema:\n      file: ./posts.graphql\n  users:\n    schema:\n      subgraph_url: ${env.USERS:-http://users:2}/graphql\n      introspection_headers:\n        x-token: Bearer ${file.token}\n  tags:\n    routing_url: ${env.POSTS}\n    schema:\n      sdl: 'type Query { a(b: Int = 1): Int @fromContext(field: \"$c { d }\") }'\n",
    )
    .unwrap();
    assert_eq!(
        good.subgraphs["posts"]
            .routing_url
            .as_ref()
            .unwrap()
            .to_string(),
        "http://posts:1/graphql"
    );
    assert_eq!(
        good.subgraphs["posts"].schema.file.as_deref(),
        Some(folder.path().join("./posts.graphql").as_path())
    );
    let users = &good.subgraphs["users"];
    assert_eq!(users.url(), "http://users:2/graphql");
    assert_eq!(users.schema.headers()["x-token"], "Bearer abc");
    let tags = &good.subgraphs["tags"];
    assert_eq!(tags.url(), "http://posts:1/");
    assert!(tags.schema.sdl.as_deref().unwrap().contains("\"$c { d }\""));

    let bad: &[(&str, &[&str])] = &[
        (
            "subgraphs: {}",
            &["supergraph.yaml:1:12: subgraphs: must name at least one subgraph"],
        ),
        (
            "subgraphs:\n  a:\n    schema:\n      file: x\n      sdl: y",
            &[
                "supergraph.yaml:4:7: subgraphs.a.schema: must have exactly one of `file`, `subgraph_url` and `sdl`",
            ],
        ),
        (
            "subgraphs:\n  a:\n    rooting_url: http://x\n    schema:\n      file: x",
            &[
                "supergraph.yaml:3:5: subgraphs.a.rooting_url: unknown key; did you mean `subgraphs.a.routing_url`?",
            ],
        ),
        (
            "subgraphs:\n  a:\n    routing_url: http://x",
            &["supergraph.yaml:3:5: subgraphs.a: missing field `schema`"],
        ),
        (
            "subgraphs:\n  a:\n    schema:\n      file: x\n  b:\n    schema:\n      sdl: y",
            &[
                "supergraph.yaml:3:5: subgraphs.a: needs a `routing_url`: where the router sends its requests",
                "supergraph.yaml:6:5: subgraphs.b: needs a `routing_url`: where the router sends its requests",
            ],
        ),
        (
            "subgraphs:\n  a:\n    schema:\n      graphref: acme@current\n      subgraph: a",
            &[
                "supergraph.yaml:4:7: subgraphs.a.schema: names a schema in a registry, which is not read here; write it to a file (`rover subgraph fetch`) and name that in `file`",
            ],
        ),
        (
            "subgraphs:\n  a:\n    schema:\n      subgraph_url: http://a\n      introspection_headers:\n        x-token: ${env.TOKEN}",
            &[
                "supergraph.yaml:6:9: subgraphs.a.schema.introspection_headers: `x-token` is not a header's name, or its value is not one line of visible characters",
            ],
        ),
        (
            "subgraphs:\n  a:\n    routing_url: http://a\n    schema:\n      file: x\n      introspection_headers: { a: b }",
            &[
                "supergraph.yaml:6:30: subgraphs.a.schema.introspection_headers: are sent to a running subgraph; without `subgraph_url` there is none",
            ],
        ),
        (
            "subgraphs:\n  a:\n    schema:\n      subgraph_url: ${env.NOWHERE}",
            &["supergraph.yaml:4:21: the environment variable `NOWHERE` is not set"],
        ),
        (
            "federation_version: 2",
            &["supergraph.yaml:1:1: missing field `subgraphs`"],
        ),
    ];
    for (yaml, expected) in bad {
        assert_eq!(check(yaml).expect_err(yaml), *expected);
    }
}

/// Every default that the documented example states is the program's.
#[test]
fn the_documented_example_says_the_defaults() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/weft.yaml");
    let sources = Sources {
        file: Some(file),
        ..Sources::default()
    };
    let example = Config::load(&sources).expect("the example is valid");
    let json = |config: &Config| serde_json::to_value(config).expect("a configuration is JSON");
    assert_eq!(json(&example), json(&Config::default()));
}

#[test]
fn the_deployments_configuration_is_valid() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/router.yaml");
    let sources = Sources {
        file: Some(file),
        ..Sources::default()
    };
    assert_eq!(Config::validate(&sources), []);
}

#[test]
fn labels_are_on_for_shares_of_requests() {
    let yaml = "override_labels:\n  mine: true\n  \"percent(5)\": 12.5%\n  team:checkout/v2: 0%";
    let config = load(yaml, &[("WEFT_OVERRIDE_LABELS__OTHER", "75 %")], &[]).unwrap();
    let share = |label: &str| config.override_labels[label];
    assert_eq!(share("mine"), Share::of_all(true));
    assert!(share("percent(5)").includes(12.4) && !share("percent(5)").includes(12.5));
    assert_eq!(share("team:checkout/v2"), Share::of_all(false));
    assert!(share("other").includes(74.0) && !share("other").includes(75.0));
    for (written, said) in [
        (
            "101%",
            "`101%` is no share of requests; write it as `true`, `false` or `25%`",
        ),
        (
            "-1%",
            "`-1%` is no share of requests; write it as `true`, `false` or `25%`",
        ),
        (
            "on",
            "`on` is no share of requests; write it as `true`, `false` or `25%`",
        ),
        (
            "nan%",
            "`nan%` is no share of requests; write it as `true`, `false` or `25%`",
        ),
        (
            "25",
            "written is integer `25`, expected `true`, `false` or a percentage such as `25%`",
        ),
    ] {
        let place = "weft.yaml:2:9: override_labels.mine: ";
        refused(
            &format!("override_labels:\n  mine: {written}"),
            &[],
            &[&format!("{place}{said}")],
        );
    }
}
