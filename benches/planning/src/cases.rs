//! Graphs and the operations that are planned on them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use router_operation::{Document, Limits, Operation};
use schema_composition::{SubgraphInput, compose};
use schema_model::Supergraph;

use crate::random;

/// How many operations on random graphs there are.
const RANDOM: usize = 24;

/// What federation subgraphs import.
const LINK: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\" \"@requires\" \"@provides\" \"@external\" \"@shareable\"])\n";

/// Graphs of ours, as subgraphs one after another in `data/NAME.graphql`, with `data/NAME.operations.graphql`.
const COMPOSED: [&str; 6] = ["shop", "media", "keys", "claims", "shared", "accounts"];

/// Supergraphs that lie elsewhere, with operations in `data/` or in a file of theirs.
const ELSEWHERE: [(&str, &str, &str); 4] = [
    (
        "stack",
        "schema/sdl/supergraph.graphql",
        "benches/planning/data/stack.operations.graphql",
    ),
    (
        "bench",
        "benches/data/supergraph.graphql",
        "benches/planning/data/bench.operations.graphql",
    ),
    (
        "bench",
        "benches/data/supergraph.graphql",
        "benches/data/operation.graphql",
    ),
    (
        "many-plans",
        "router/planner/tests/data/many-plans/supergraph.graphql",
        "router/planner/tests/data/many-plans/operation.graphql",
    ),
];

/// An operation on a graph.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the graph is called.
    pub graph: String,
    /// What the operation is called.
    pub name: String,
    /// The graph.
    pub supergraph: Arc<Supergraph>,
    /// The operation.
    pub operation: Operation,
}

/// Every case of the table.
///
/// # Errors
/// A file is missing or wrong.
pub fn cases() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (graph, ..) in ELSEWHERE {
        if cases.iter().all(|case: &Case| case.graph != graph) {
            cases.extend(cases_of(graph)?);
        }
    }
    for graph in COMPOSED {
        cases.extend(cases_of(graph)?);
    }
    let mut seed = 0;
    let mut found = 0;
    while found < RANDOM {
        seed += 1;
        let case = cases_of(&format!("random-{seed}"))?;
        found += case.len();
        cases.extend(case);
    }
    Ok(cases)
}

/// The cases on one graph.
///
/// # Errors
/// A file is missing or wrong.
pub fn cases_of(graph: &str) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (name, supergraph, operations) in ELSEWHERE {
        if name != graph {
            continue;
        }
        let sdl = read(&root().join(supergraph))?;
        let supergraph = Arc::new(Supergraph::parse(&sdl)?);
        add(
            &mut cases,
            graph,
            &supergraph,
            &read(&root().join(operations))?,
        )?;
    }
    if COMPOSED.contains(&graph) {
        let data = root().join("benches/planning/data");
        let subgraphs = subgraphs(&read(&data.join(format!("{graph}.graphql")))?);
        let supergraph = composed(graph, &subgraphs)?;
        let operations = read(&data.join(format!("{graph}.operations.graphql")))?;
        add(&mut cases, graph, &supergraph, &operations)?;
    }
    if let Some(seed) = graph.strip_prefix("random-") {
        let drawn = random::case(&random::tape(seed.parse()?));
        // What needs a single fetch teaches nothing.
        let is_large = drawn.operation.len() > 120;
        // Not every random graph composes; selections may clash.
        if is_large && let Ok(supergraph) = composed(graph, &drawn.subgraphs) {
            let _ = add(&mut cases, graph, &supergraph, &drawn.operation);
        }
    }
    Ok(cases)
}

fn add(
    cases: &mut Vec<Case>,
    graph: &str,
    supergraph: &Arc<Supergraph>,
    source: &str,
) -> Result<()> {
    let document = Document::parse(supergraph, source, &Limits::default());
    let document = document.map_err(|errors| anyhow!("{graph}: {}", errors[0]))?;
    for name in names(source) {
        let request = document.request(supergraph, name.as_deref())?;
        let conditions = request.unconditional().context("depends on variables")?;
        cases.push(Case {
            graph: graph.to_owned(),
            name: name.unwrap_or_else(|| "-".to_owned()),
            supergraph: Arc::clone(supergraph),
            operation: request.normalize(supergraph, &conditions),
        });
    }
    Ok(())
}

/// The names of a document's operations; one without a name is alone.
fn names(source: &str) -> Vec<Option<String>> {
    let named = source.lines().filter_map(|line| {
        let mut words = line.split([' ', '{', '(']);
        let kind = words.next()?;
        let name = words.next().filter(|name| !name.is_empty())?;
        ["query", "mutation"]
            .contains(&kind)
            .then(|| Some(name.to_owned()))
    });
    let names: Vec<Option<String>> = named.collect();
    if names.is_empty() { vec![None] } else { names }
}

fn subgraphs(source: &str) -> Vec<SubgraphInput> {
    let parts = source.split("# subgraph ").skip(1);
    let parts = parts.filter_map(|part| part.split_once('\n'));
    let inputs = parts.map(|(name, sdl)| SubgraphInput {
        name: name.to_owned(),
        url: format!("http://{name}.example"),
        sdl: format!("{LINK}{sdl}"),
        source: None,
    });
    inputs.collect()
}

fn composed(graph: &str, subgraphs: &[SubgraphInput]) -> Result<Arc<Supergraph>> {
    let composed = compose(subgraphs);
    let composed =
        composed.map_err(|failed| anyhow!("{graph}: {}", failed.render(false, subgraphs)))?;
    Ok(Arc::new(Supergraph::parse(&composed.supergraph)?))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}
