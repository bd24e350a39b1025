//! The dependency arrows of `docs/ARCHITECTURE.md`, read off `cargo metadata`.
//!
//! Three rules: a package is named after its path; our packages depend on each other only along the
//! arrows; and a library with one door (`redis`, `sea-orm`) or kept out of the pure core (`tokio`)
//! is reached no other way, not even through somebody else's crate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// (package, ours that it may use, ours that only its tests may use besides).
const ARROWS: &[(&str, &[&str], &[&str])] = &[
    ("schema-model", &[], &["schema-composition"]),
    ("schema-composition", &["schema-model"], &[]),
    ("schema-check", &["schema-model"], &[]),
    (
        "router-operation",
        &["schema-model"],
        &["schema-composition"],
    ),
    (
        "router-planner",
        &["schema-model", "router-operation"],
        &["schema-composition"],
    ),
    (
        "router-executor",
        &["schema-model", "router-operation", "router-planner"],
        &["schema-composition", "benches-subgraphs"],
    ),
    ("router-cache", &[], &[]),
    (
        "router-server",
        &[
            "schema-model",
            "schema-composition",
            "router-operation",
            "router-planner",
            "router-executor",
            "router-cache",
        ],
        &["benches-subgraphs"],
    ),
    ("subgraphs-kit", &[], &["migrations"]),
    ("subgraphs-users", &["subgraphs-kit", "migrations"], &[]),
    ("subgraphs-posts", &["subgraphs-kit", "migrations"], &[]),
    ("subgraphs-todos", &["subgraphs-kit", "migrations"], &[]),
    ("migrations", &[], &[]),
    ("benches-subgraphs", &[], &[]),
    ("benches-composition", &["schema-composition"], &[]),
    ("benches-query-bombs", &["router-server"], &[]),
    (
        "benches-planning",
        &[
            "schema-model",
            "schema-composition",
            "router-operation",
            "router-planner",
        ],
        &[],
    ),
    (
        "benches-execution",
        &[
            "schema-model",
            "router-operation",
            "router-planner",
            "router-executor",
        ],
        &[],
    ),
    (
        "benches-router",
        &[
            "schema-composition",
            "router-executor",
            "router-server",
            "benches-subgraphs",
        ],
        &[],
    ),
    (
        "benches-instructions",
        &[
            "schema-model",
            "router-operation",
            "router-planner",
            "router-executor",
        ],
        &[],
    ),
    (
        "tests-differential",
        &[
            "schema-model",
            "schema-composition",
            "router-operation",
            "router-planner",
            "router-executor",
        ],
        &[],
    ),
];

/// (library, the packages of ours it may enter through; `weft` has what it is handed).
const DOORS: &[(&str, &[&str])] = &[
    ("redis", &["router-cache", "subgraphs-kit"]),
    ("sea-orm", SEA_ORM),
    ("sea-orm-migration", SEA_ORM),
];

const SEA_ORM: &[&str] = &[
    "subgraphs-kit",
    "subgraphs-users",
    "subgraphs-posts",
    "subgraphs-todos",
    "migrations",
];

/// Packages that take values and return values, and what must not be reachable from them.
const PURE: &[&str] = &[
    "schema-model",
    "schema-composition",
    "schema-check",
    "router-operation",
    "router-planner",
];
const ASYNC_EDGE: &[&str] = &["tokio", "hyper", "axum", "reqwest"];

/// The workspace as the rules see it.
#[derive(Clone, Default)]
struct Graph {
    /// Our packages: name to folder below the root (empty for the root package).
    ours: BTreeMap<String, String>,
    /// What every package, ours or not, is built with.
    uses: BTreeMap<String, BTreeSet<String>>,
    /// What the tests of our packages use besides.
    tests_use: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let metadata = MetadataCommand::new()
            .manifest_path(root.join("Cargo.toml"))
            .other_options(["--locked".to_owned()])
            .exec()
            .unwrap();
        let mut graph = Self::default();
        for package in metadata.workspace_packages() {
            let folder = package.manifest_path.parent().unwrap();
            let folder = folder.strip_prefix(root).unwrap();
            graph
                .ours
                .insert(package.name.to_string(), folder.to_string());
        }
        let resolve = metadata.resolve.as_ref().unwrap();
        for node in &resolve.nodes {
            let name = metadata[&node.id].name.to_string();
            for dependency in &node.deps {
                let target = metadata[&dependency.pkg].name.to_string();
                let only_tests = dependency
                    .dep_kinds
                    .iter()
                    .all(|kind| kind.kind == DependencyKind::Development);
                let edges = match only_tests {
                    true => &mut graph.tests_use,
                    false => &mut graph.uses,
                };
                edges.entry(name.clone()).or_default().insert(target);
            }
        }
        graph
    }

    fn with(mut self, user: &str, used: &str) -> Self {
        let edges = self.uses.entry(user.to_owned()).or_default();
        edges.insert(used.to_owned());
        self
    }

    fn with_test(mut self, user: &str, used: &str) -> Self {
        let edges = self.tests_use.entry(user.to_owned()).or_default();
        edges.insert(used.to_owned());
        self
    }

    fn with_package(mut self, name: &str, folder: &str) -> Self {
        self.ours.insert(name.to_owned(), folder.to_owned());
        self
    }

    /// How `from` comes to `target` without passing `closed`, as a chain of names.
    fn chain(&self, from: &str, target: &str, closed: &[&str]) -> Option<Vec<String>> {
        let mut seen = BTreeSet::from([from.to_owned()]);
        let mut chains = vec![vec![from.to_owned()]];
        while let Some(chain) = chains.pop() {
            let last = chain.last()?;
            let direct = self.uses.get(last).into_iter().flatten();
            let tests = self.tests_use.get(last).into_iter().flatten();
            let tests = tests.filter(|_| chain.len() == 1);
            for next in direct.chain(tests) {
                let longer = [chain.as_slice(), std::slice::from_ref(next)].concat();
                if next == target {
                    return Some(longer);
                }
                if !closed.contains(&next.as_str()) && seen.insert(next.clone()) {
                    chains.push(longer);
                }
            }
        }
        None
    }
}

/// Every break of a rule, in words.
fn violations(graph: &Graph) -> Vec<String> {
    let mut found = misnamed(graph);
    found.extend(against_the_arrows(graph));
    found.extend(through_the_window(graph));
    found.extend(impure(graph));
    found
}

fn misnamed(graph: &Graph) -> Vec<String> {
    let members = graph.ours.iter().filter(|(name, _)| *name != "weft");
    members
        .filter(|(name, folder)| folder.replace('/', "-") != **name)
        .map(|(name, folder)| format!("package {name} lives in {folder}"))
        .collect()
}

fn against_the_arrows(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for name in graph.ours.keys().filter(|name| *name != "weft") {
        let Some((_, uses, tests)) = ARROWS.iter().find(|(package, ..)| package == name) else {
            found.push(format!("package {name} has no arrows"));
            continue;
        };
        let built_with = graph.uses.get(name).into_iter().flatten();
        let built_with = built_with.filter(|used| !uses.contains(&used.as_str()));
        let tested_with = graph.tests_use.get(name).into_iter().flatten();
        let tested_with = tested_with
            .filter(|used| !uses.contains(&used.as_str()) && !tests.contains(&used.as_str()));
        found.extend(
            built_with
                .chain(tested_with)
                .filter(|used| graph.ours.contains_key(*used))
                .map(|used| format!("{name} -> {used} is no arrow")),
        );
    }
    found
}

fn through_the_window(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for (library, doors) in DOORS {
        for name in graph
            .ours
            .keys()
            .filter(|name| !doors.contains(&name.as_str()))
        {
            if let Some(chain) = graph.chain(name, library, doors) {
                found.push(format!("{library} enters by {}", chain.join(" -> ")));
            }
        }
    }
    found
}

fn impure(graph: &Graph) -> Vec<String> {
    let mut built = graph.clone();
    built.tests_use.clear();
    let pairs = PURE
        .iter()
        .flat_map(|package| ASYNC_EDGE.iter().map(move |edge| (package, edge)));
    pairs
        .filter_map(|(package, edge)| built.chain(package, edge, &[]))
        .map(|chain| format!("pure code reaches the edge: {}", chain.join(" -> ")))
        .collect()
}

#[test]
fn the_workspace_keeps_to_its_arrows() {
    let found = violations(&Graph::read());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_arrow_names_a_package() {
    let graph = Graph::read();
    for (name, uses, tests) in ARROWS {
        for package in [name].into_iter().chain(*uses).chain(*tests) {
            assert!(graph.ours.contains_key(*package), "{package} is gone");
        }
    }
}

#[test]
fn a_planted_violation_turns_the_check_red() {
    let graph = Graph::read();
    let sound = || graph.clone();
    let cases: [(Graph, &str); 9] = [
        (
            sound().with("subgraphs-users", "router-executor"),
            "subgraphs-users -> router-executor is no arrow",
        ),
        (
            sound().with("subgraphs-users", "subgraphs-posts"),
            "subgraphs-users -> subgraphs-posts is no arrow",
        ),
        (
            sound().with("schema-model", "router-operation"),
            "schema-model -> router-operation is no arrow",
        ),
        (
            sound().with_test("router-cache", "router-executor"),
            "router-cache -> router-executor is no arrow",
        ),
        (
            sound().with("router-server", "redis"),
            "redis enters by router-server -> redis",
        ),
        (
            sound()
                .with("router-executor", "somebodys-pool")
                .with("somebodys-pool", "redis"),
            "redis enters by router-executor -> somebodys-pool -> redis",
        ),
        (
            sound().with_test("weft", "sea-orm"),
            "sea-orm enters by weft -> sea-orm",
        ),
        (
            sound().with("router-planner", "tokio"),
            "pure code reaches the edge: router-planner -> tokio",
        ),
        (
            sound().with_package("events", "subgraphs/events"),
            "package events lives in subgraphs/events",
        ),
    ];
    for (planted, expected) in cases {
        let found = violations(&planted);
        assert!(
            found.iter().any(|violation| violation == expected),
            "{expected:?} is not among {found:?}"
        );
    }
}
