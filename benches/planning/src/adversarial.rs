//! Operations that are made to take a planner long.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use benches_planning::cases::Case;
use router_operation::{Document, Limits};
use schema_composition::{SubgraphInput, compose};
use schema_model::Supergraph;

/// All of them.
pub(crate) fn cases() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for subgraphs in [4, 12, 30] {
        let graph = graph(subgraphs)?;
        let mut add = |name: &str, source: String| -> Result<()> {
            cases.push(case(&graph, subgraphs, name, &source)?);
            Ok(())
        };
        add("500 aliases", wide(500))?;
        add("20 levels", deep(20))?;
        add("2 levels of 12 fields", bushy(2))?;
        add("10,000 fields by fragments", fragments())?;
    }
    Ok(cases)
}

/// So many subgraphs share the fields of one recursive entity, each having two thirds of them.
fn graph(count: usize) -> Result<Arc<Supergraph>> {
    let subgraphs: Vec<SubgraphInput> = (0..count).map(|index| subgraph(index, count)).collect();
    let composed = compose(&subgraphs);
    let composed = composed.map_err(|failed| anyhow!("{}", failed.render(false, &subgraphs)))?;
    Ok(Arc::new(Supergraph::parse(&composed.supergraph)?))
}

fn subgraph(index: usize, count: usize) -> SubgraphInput {
    let fields = (0..24).filter(|field| !(index * 7 + field * 5).is_multiple_of(3) || count < 3);
    let fields = fields.map(|field| {
        let ty = if field < 12 { "Node" } else { "Int" };
        format!(" f{field}: {ty} @shareable")
    });
    let fields: String = fields.collect();
    let name = format!("s{index}");
    SubgraphInput {
        url: format!("http://{name}.example"),
        name,
        sdl: format!(
            "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\" \"@shareable\"])\ntype Query {{ node: Node @shareable }}\ntype Node @key(fields: \"id\") {{ id: ID!{fields} }}\n"
        ),
        source: None,
    }
}

fn wide(aliases: usize) -> String {
    let aliases = (0..aliases).map(|n| {
        let (outer, inner, leaf) = (n % 12, n % 7, 13 + n % 9);
        format!("n{n}: f{outer} {{ f{inner} {{ f12 f{leaf} }} f23 id }}")
    });
    let aliases: Vec<String> = aliases.collect();
    format!("{{ node {{ {} }} }}", aliases.join(" "))
}

fn deep(levels: usize) -> String {
    let mut deep = String::from("{ f12 f13 f14 }");
    for level in 0..levels {
        let (on, beside) = (level % 12, (level + 1) % 12);
        deep = format!("{{ f{on} {deep} f{beside} {{ f{} id }} f20 f21 }}", 12 + on);
    }
    format!("{{ node {deep} }}")
}

/// Fragments that use each other: many times as many fields as are written.
fn fragments() -> String {
    let mut source = String::from("{ node { ");
    for n in 0..240 {
        source += &format!("n{n}: f{} {{ ...F{} }} ", n % 12, n % 5);
    }
    source += "} } ";
    for n in 0..5 {
        let fields = (0..10)
            .map(|field| format!("f{field} {{ f{} f{} id }} ", 12 + (field + n) % 12, 12 + n));
        let fields: String = fields.collect();
        source += &format!("fragment F{n} on Node {{ {fields} }} ");
    }
    source
}

fn bushy(levels: usize) -> String {
    let mut bushy = String::from("{ f12 f17 f23 }");
    for _ in 0..levels {
        let below = (0..12).map(|field| format!("f{field} {bushy} "));
        bushy = format!("{{ {} }}", below.collect::<String>());
    }
    format!("{{ node {bushy} }}")
}

fn case(graph: &Arc<Supergraph>, count: usize, name: &str, source: &str) -> Result<Case> {
    let limits = Limits::default();
    let document = Document::parse(graph, source, &limits);
    let document = document.map_err(|errors| anyhow!("{name}: {}", errors[0]))?;
    let request = document.request(graph, None)?;
    let conditions = request.unconditional().unwrap_or_default();
    Ok(Case {
        graph: format!("shared by {count}"),
        name: name.to_owned(),
        supergraph: Arc::clone(graph),
        operation: request.normalize(graph, &conditions),
    })
}
