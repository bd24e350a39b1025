//! How one text holds several subgraphs: a line `#--- name` begins the next.

use schema_composition::SubgraphInput;

/// More only make an input slow.
pub(crate) const MAX_SUBGRAPHS: usize = 8;
/// What a line begins with that begins a subgraph.
pub(crate) const SEPARATOR: &str = "#---";

pub(crate) fn subgraphs(text: &str) -> Vec<SubgraphInput> {
    let mut inputs: Vec<SubgraphInput> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix(SEPARATOR) {
            inputs.push(subgraph(name.trim()));
            continue;
        }
        if inputs.is_empty() {
            inputs.push(subgraph("a"));
        }
        if let Some(last) = inputs.last_mut() {
            last.sdl.push_str(line);
        }
    }
    inputs
}

fn subgraph(name: &str) -> SubgraphInput {
    SubgraphInput {
        name: name.to_owned(),
        url: format!("http://{name}"),
        sdl: String::new(),
        source: None,
    }
}
