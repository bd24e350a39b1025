//! Every folder of `supergraphs/` is one text that the router is given as a supergraph: a
//! `supergraph.graphql`, a `reason.md`, and the `errors.txt` that must come out, if it is refused.
//!
//! `UPDATE_CASES=1` writes what came out instead of comparing, to be read before it is committed.

use std::fs;
use std::path::Path;

use schema_model::{ModelError, Supergraph};

/// As the cases of composition write it: code, place, message.
fn line(error: &ModelError) -> String {
    let place = error.place();
    let place = place.map_or("0:0".to_owned(), |place| {
        format!("{}:{}", place.line, place.column)
    });
    let message = error.to_string();
    let first = message.lines().next().unwrap_or_default();
    format!("{} supergraph - {place} {first}\n", error.code())
}

/// Compares, or updates; gives what is wrong.
fn check(case: &Path) -> Option<String> {
    let sdl = fs::read_to_string(case.join("supergraph.graphql")).unwrap();
    let actual = Supergraph::parse(&sdl).map_or_else(|error| line(&error), |_| String::new());
    let path = case.join("errors.txt");
    if std::env::var_os("UPDATE_CASES").is_some() {
        if actual.is_empty() {
            let _ = fs::remove_file(&path);
        } else {
            fs::write(&path, &actual).unwrap();
        }
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if !case.join("reason.md").exists() {
        return Some(format!("{}: there is no reason.md", case.display()));
    }
    (expected != actual).then(|| format!("{}:\n{expected}but got\n{actual}", case.display()))
}

#[test]
fn every_text_is_read_or_refused_as_written_down() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/supergraphs");
    let cases: Vec<_> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let wrong: Vec<String> = cases.iter().filter_map(|case| check(case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
    assert!(cases.len() > 10, "only {} texts were found", cases.len());
}
