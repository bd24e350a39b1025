//! Random worlds: one graph, of which every subgraph shows a part.

mod abstracts;
mod contexts;
mod directives;
mod fields;
mod finish;
mod graph;
mod part;
mod roots;

use crate::random::Random;
use graph::Graph;

/// What may be in a world. Each can be switched off.
pub const FEATURES: &[&str] = &[
    "several-keys",
    "composite-keys",
    "nested-keys",
    "entity-keys",
    "unresolvable",
    "shareable",
    "values",
    "parallel-values",
    "lists",
    "non-null",
    "arguments",
    "inputs",
    "enums",
    "unions",
    "interfaces",
    "interface-externals",
    "interface-entities",
    "interface-objects",
    "requires",
    "requires-nested",
    "requires-arguments",
    "requires-abstract",
    "requires-chain",
    "requires-of-interface-objects",
    "provides",
    "provides-abstract",
    "override",
    "override-labels",
    "inaccessible",
    "inaccessible-types",
    "shared-roots",
    "renamed-roots",
    "mutations",
    "reentry",
    "reentry-of-renamed-roots",
    "ticks",
    "contexts",
];

/// Which features are on.
#[derive(Clone, Debug, Default)]
pub struct Features {
    off: Vec<String>,
}

impl Features {
    /// All but these.
    ///
    /// # Errors
    /// There is no such feature.
    pub fn without(names: &[String]) -> Result<Self, String> {
        let unknown = names.iter().find(|name| !FEATURES.contains(&name.as_str()));
        match unknown {
            Some(name) => Err(format!("{name} is none of {}", FEATURES.join(", "))),
            None => Ok(Self {
                off: names.to_vec(),
            }),
        }
    }

    /// Only these.
    ///
    /// # Errors
    /// There is no such feature.
    pub fn only(names: &[String]) -> Result<Self, String> {
        Self::without(names)?;
        let others = FEATURES.iter().map(|name| (*name).to_owned());
        Ok(Self {
            off: others.filter(|name| !names.contains(name)).collect(),
        })
    }

    pub(crate) fn has(&self, name: &'static str) -> bool {
        debug_assert!(FEATURES.contains(&name), "{name}");
        !self.off.iter().any(|off| off == name)
    }
}

/// Subgraphs of a random graph as (name, SDL); most compose.
pub fn subgraphs(seed: u64, features: &Features) -> Vec<(String, String)> {
    let mut graph = Graph::new(Random::new(seed), features.clone());
    graph.plan();
    graph.populate();
    graph.add_roots();
    graph.add_abstract_fields();
    graph.add_directives();
    graph.print()
}
