//! Every folder of `cases/` is one composition: `subgraphs/*.graphql`, a `reason.md`, and either
//! the `supergraph.graphql` or the `errors.txt` that must come out.
//!
//! `UPDATE_CASES=1` writes what came out instead of comparing, to be read before it is committed.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use schema_composition::{Diagnostics, Location, SubgraphInput, compose};

fn case_folders() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn subgraphs(case: &Path) -> Vec<SubgraphInput> {
    let mut inputs: Vec<SubgraphInput> = fs::read_dir(case.join("subgraphs"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            SubgraphInput {
                url: format!("http://{name}.example/graphql"),
                sdl: fs::read_to_string(&path).unwrap(),
                source: Some(format!("{name}.graphql")),
                name,
            }
        })
        .collect();
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    inputs
}

fn place(location: &Location) -> String {
    let coordinate = location.coordinate.as_deref().unwrap_or("-");
    format!(
        "{} {coordinate} {}:{}",
        location.subgraph, location.line, location.column
    )
}

fn errors(diagnostics: &Diagnostics) -> String {
    let mut out = String::new();
    for item in diagnostics.errors() {
        let first = item.locations.first().map_or("- - -".to_owned(), place);
        writeln!(out, "{} {first} {}", item.code, item.message).unwrap();
        for location in item.locations.iter().skip(1) {
            writeln!(out, "  and {}", place(location)).unwrap();
        }
    }
    out
}

/// Compares, or updates; gives what is wrong.
fn check(case: &Path) -> Option<String> {
    let name = case.file_name().unwrap().to_str().unwrap();
    let mut inputs = subgraphs(case);
    let outcome = compose(&inputs);
    let (file, other, actual) = match &outcome {
        Ok(composed) => (
            "supergraph.graphql",
            "errors.txt",
            composed.supergraph.clone(),
        ),
        Err(diagnostics) => ("errors.txt", "supergraph.graphql", errors(diagnostics)),
    };
    if std::env::var_os("UPDATE_CASES").is_some() {
        fs::write(case.join(file), &actual).unwrap();
        let _ = fs::remove_file(case.join(other));
    }
    let Ok(expected) = fs::read_to_string(case.join(file)) else {
        return Some(format!(
            "{name}: there is no {file}, but this came out:\n{actual}"
        ));
    };
    if expected != actual {
        return Some(format!("{name}: expected\n{expected}\nbut got\n{actual}"));
    }
    if !case.join("reason.md").exists() {
        return Some(format!("{name}: there is no reason.md"));
    }
    inputs.reverse();
    (compose(&inputs) != outcome)
        .then(|| format!("{name}: the order of the subgraphs makes a difference"))
}

#[test]
fn every_case_comes_out_as_written_down() {
    let cases = case_folders();
    let wrong: Vec<String> = cases.iter().filter_map(|case| check(case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
    assert!(cases.len() >= 60, "only {} cases were found", cases.len());
}
