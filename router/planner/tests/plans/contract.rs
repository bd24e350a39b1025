//! Plans as JSON: every key is documented in the crate's README, and every documented key is there.

use std::collections::BTreeSet;

use router_planner::render_json;
use serde_json::Value;

use super::contexts::shops;
use super::fixture::{plan, supergraph};
use super::roots::AGAIN;

/// The keys of a value as the README writes them.
fn keys(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, below) in object {
                let path = match path {
                    "" => key.clone(),
                    path => format!("{path}.{key}"),
                };
                keys(below, &path, found);
                found.insert(path);
            }
        }
        Value::Array(items) => {
            for item in items {
                keys(item, &format!("{path}[]"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_documented_keys_are_those_there_are() {
    let mut found = BTreeSet::new();
    let taken = plan(&shops(), "{ shop { item { name price } } }");
    keys(&render_json(&shops(), &taken), "", &mut found);
    let graph = supergraph("A B", AGAIN);
    let again = plan(&graph, "{ places { query { thing { id } } } }");
    keys(&render_json(&graph, &again), "", &mut found);
    let readme = include_str!("../../README.md");
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented = rows.filter_map(|row| row.split_once('`'));
    let documented: BTreeSet<String> = documented.map(|(key, _)| key.to_owned()).collect();
    assert_eq!(found, documented);
}
