//! The subgraphs of the case folders.

use std::fs;
use std::path::{Path, PathBuf};

use schema_composition::SubgraphInput;

/// The folders, by name.
pub(crate) fn folders() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// What is composed in one folder, by name.
pub(crate) fn subgraphs(case: &Path) -> Vec<SubgraphInput> {
    let mut inputs: Vec<SubgraphInput> = fs::read_dir(case.join("subgraphs"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            SubgraphInput {
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                url: "http://example.com".to_owned(),
                sdl: fs::read_to_string(&path).unwrap(),
                source: None,
            }
        })
        .collect();
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    inputs
}
