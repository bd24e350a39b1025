//! Every relative link in a checked-in Markdown file points at something that exists.

use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn every_relative_link_has_a_target() {
    let broken: Vec<String> = markdown_files()
        .iter()
        .flat_map(|file| {
            let text = std::fs::read_to_string(root().join(file)).unwrap();
            broken_links(&root().join(file), &text)
        })
        .collect();
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

#[test]
fn a_link_to_nothing_is_found() {
    let file = root().join("README.md");
    let text =
        "[up](Cargo.toml) [web](https://example.org/x) [here](#part) [gone](no/such.md#part)";
    let broken = broken_links(&file, text);
    assert_eq!(broken, [format!("{}: no/such.md#part", file.display())]);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn markdown_files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "*.md"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "git ls-files failed");
    let listed = String::from_utf8(output.stdout).unwrap();
    let files: Vec<PathBuf> = listed
        .lines()
        .map(PathBuf::from)
        .filter(|file| root().join(file).exists())
        .collect();
    assert!(!files.is_empty(), "no Markdown file is checked in");
    files
}

fn broken_links(file: &Path, text: &str) -> Vec<String> {
    let folder = file.parent().unwrap();
    links(text)
        .filter(|link| {
            !link.contains("://") && !link.starts_with('#') && !link.starts_with("mailto:")
        })
        .filter(|link| {
            let path = link.split('#').next().unwrap_or_default();
            !folder.join(path).exists()
        })
        .map(|link| format!("{}: {link}", file.display()))
        .collect()
}

/// The targets of inline links and pictures outside fenced code.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines()
        .filter(move |line| {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            !fence && !fenced
        })
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split([')', ' ']).next())
}
