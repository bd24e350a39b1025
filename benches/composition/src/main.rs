//! Measures composition: a table of time and peak memory per input.
//!
//! Every measurement is a process of its own, so that one's memory is not another's.

mod measure;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use benches_composition::{INPUTS, input};
use schema_composition::SubgraphInput;

const USAGE: &str = "\
usage: benches-composition [INPUT|DIRECTORY]...       the table for these inputs, or for all
       benches-composition --write DIRECTORY INPUT    writes an input's SDL, for other composers

A directory has one NAME.graphql per subgraph.";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--help" | "-h"] => println!("{USAGE}"),
        ["--write", directory, name] => write(Path::new(directory), name)?,
        ["--measure", what, name] => measure::once(what, &subgraphs(name)?)?,
        [] => measure::table(INPUTS.iter().map(|input| input.name))?,
        names => measure::table(names.iter().copied())?,
    }
    Ok(())
}

/// An input by its name, or the SDL files of a directory.
fn subgraphs(name: &str) -> Result<Vec<SubgraphInput>> {
    match input(name) {
        Some(input) => Ok(input.subgraphs()),
        None => read(Path::new(name)),
    }
}

fn read(directory: &Path) -> Result<Vec<SubgraphInput>> {
    let entries = fs::read_dir(directory)
        .with_context(|| format!("{} is no input and no directory", directory.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_none_or(|extension| extension != "graphql")
        {
            continue;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        found.push(SubgraphInput {
            url: format!("http://{name}.example/graphql"),
            name: name.into_owned(),
            sdl: fs::read_to_string(&path)?,
            source: None,
        });
    }
    Ok(found)
}

fn write(directory: &Path, name: &str) -> Result<()> {
    fs::create_dir_all(directory)?;
    for subgraph in subgraphs(name)? {
        let file = directory.join(format!("{}.graphql", subgraph.name));
        fs::write(file, subgraph.sdl)?;
    }
    Ok(())
}
