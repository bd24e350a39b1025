//! Every folder of `cases/` is one composition: `subgraphs/*.graphql`, a `reason.md`, and either
//! the `supergraph.graphql` or the `errors.txt` that must come out (and `hints.txt`, if there are).
//! An `options.json` sets what is not the default; `unavailable.txt` names subgraphs whose schemas
//! could not be had, a line each: `name: why`.
//!
//! `UPDATE_CASES=1` writes what came out instead of comparing, to be read before it is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use schema_composition::{
    Code, Diagnostic, Location, Options, SubgraphInput, Unavailable, UnavailableReason,
    compose_available,
};

fn case_folders() -> Vec<PathBuf> {
    folders("tests/cases")
}

fn folders(of: &str) -> Vec<PathBuf> {
    let of = Path::new(env!("CARGO_MANIFEST_DIR")).join(of);
    let mut folders: Vec<PathBuf> = fs::read_dir(of)
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

fn unavailable(case: &Path) -> Vec<Unavailable> {
    let text = fs::read_to_string(case.join("unavailable.txt")).unwrap_or_default();
    let one = |line: &str| {
        let (name, reason) = line.split_once(": ").unwrap();
        Unavailable {
            name: name.to_owned(),
            source: None,
            reason: UnavailableReason::NotRead(reason.to_owned()),
        }
    };
    text.lines().map(one).collect()
}

fn options(case: &Path) -> Options {
    let mut options = Options::default();
    if let Ok(text) = fs::read_to_string(case.join("options.json")) {
        let given: serde_json::Value = serde_json::from_str(&text).unwrap();
        let paths = given["max_subgraph_paths"].as_u64().unwrap();
        options.max_subgraph_paths = usize::try_from(paths).unwrap();
    }
    options
}

fn place(location: &Location) -> String {
    let coordinate = location.coordinate.as_deref().unwrap_or("-");
    format!(
        "{} {coordinate} {}:{}",
        location.subgraph, location.line, location.column
    )
}

fn lines<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>) -> String {
    let mut out = String::new();
    for item in diagnostics {
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
    let options = options(case);
    let unavailable = unavailable(case);
    let outcome = compose_available(&inputs, &unavailable, &options);
    let (supergraph, errors, hints) = match &outcome {
        Ok(composed) => {
            let hints = lines(composed.hints.iter());
            (composed.supergraph.clone(), String::new(), hints)
        }
        Err(diagnostics) => {
            let hints = lines(diagnostics.hints());
            (String::new(), lines(diagnostics.errors()), hints)
        }
    };
    for (file, actual) in [
        ("supergraph.graphql", supergraph),
        ("errors.txt", errors),
        ("hints.txt", hints),
    ] {
        let path = case.join(file);
        if std::env::var_os("UPDATE_CASES").is_some() {
            if actual.is_empty() {
                let _ = fs::remove_file(&path);
            } else {
                fs::write(&path, &actual).unwrap();
            }
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if expected != actual {
            return Some(format!(
                "{name}/{file}: expected\n{expected}\nbut got\n{actual}"
            ));
        }
    }
    if !case.join("reason.md").exists() {
        return Some(format!("{name}: there is no reason.md"));
    }
    inputs.reverse();
    (compose_available(&inputs, &unavailable, &options) != outcome)
        .then(|| format!("{name}: the order of the subgraphs makes a difference"))
}

#[test]
fn every_case_comes_out_as_written_down() {
    let cases = case_folders();
    let wrong: Vec<String> = cases.iter().filter_map(|case| check(case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
    assert!(cases.len() >= 400, "only {} cases were found", cases.len());
}

/// How many folders produce each code; some codes are for texts that are given as supergraphs.
fn producers(codes: &[Code], file: &str) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<&'static str, usize> =
        codes.iter().map(|code| (code.as_str(), 0)).collect();
    for case in case_folders()
        .into_iter()
        .chain(folders("tests/supergraphs"))
    {
        let text = fs::read_to_string(case.join(file)).unwrap_or_default();
        let produced: BTreeSet<&str> = text
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        for code in produced {
            if let Some(count) = counts.get_mut(code) {
                *count += 1;
            }
        }
    }
    counts
}

#[test]
fn every_code_is_produced_by_two_cases() {
    let mut counts = producers(Code::ERRORS, "errors.txt");
    counts.extend(producers(Code::HINTS, "hints.txt"));
    counts.retain(|_, count| *count < 2);
    assert!(counts.is_empty(), "too few cases produce {counts:?}");
}
