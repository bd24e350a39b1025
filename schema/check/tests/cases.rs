//! Every folder of `cases/` is one comparison: `old.graphql` (or `old.json`, an introspection result), `new.graphql`,
//! and the `changes.txt` that must come out.
//!
//! `UPDATE_CASES=1` writes what came out instead of comparing, to be read before it is committed.

use std::fs;
use std::path::{Path, PathBuf};

use schema_check::{Change, ChangeKind, compare, read};

fn case_folders() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    folders
}

fn changes(case: &Path) -> Vec<Change> {
    let file = |name: &str| {
        let path = case.join(name);
        let text = fs::read_to_string(&path).ok()?;
        let schema = read(&text, name);
        Some(schema.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    };
    let old = file("old.graphql").or_else(|| file("old.json")).unwrap();
    compare(&old, &file("new.graphql").unwrap())
}

fn line(change: &Change) -> String {
    let Change {
        criticality,
        coordinate,
        kind,
        message,
    } = change;
    format!("{criticality} {kind} {coordinate}: {message}\n")
}

#[test]
fn every_case_comes_out_as_written_down() {
    let cases = case_folders();
    let mut wrong = Vec::new();
    for case in &cases {
        let actual: String = changes(case).iter().map(line).collect();
        let file = case.join("changes.txt");
        if std::env::var_os("UPDATE_CASES").is_some() {
            fs::write(&file, &actual).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if expected != actual {
            let file = file.display();
            wrong.push(format!("{file}: expected\n{expected}but got\n{actual}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 80, "only {} cases were found", cases.len());
}

#[test]
fn every_kind_of_change_is_in_a_case() {
    let found: Vec<Change> = case_folders()
        .iter()
        .flat_map(|case| changes(case))
        .collect();
    let is_missing = |kind: &&ChangeKind| !found.iter().any(|change| change.kind == **kind);
    let missing: Vec<_> = ChangeKind::ALL.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "no case has {missing:?}");
}
