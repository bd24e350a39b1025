//! A world: subgraphs that compose, and the one set of data that all of them show parts of.

pub(crate) mod context;
pub(crate) mod data;
mod facts;
pub(crate) mod field_set;
mod soundness;
pub(crate) mod subgraph;

use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use router_planner::Planner;
use schema_composition::{SubgraphInput, compose};
use schema_model::Supergraph;

use data::Data;
use subgraph::SubgraphSchema;

/// Subgraphs that compose, with everything that follows from their SDL.
#[derive(Debug)]
pub struct World {
    pub(crate) inputs: Vec<SubgraphInput>,
    pub(crate) supergraph: Arc<Supergraph>,
    pub(crate) planner: Planner,
    /// The monolith's schema: the supergraph's, inaccessible parts included.
    pub(crate) schema: Valid<Schema>,
    /// By the supergraph's subgraph ids.
    pub(crate) subgraphs: Vec<SubgraphSchema>,
    pub(crate) data: Data,
}

/// Why there is no world.
#[derive(Debug)]
pub enum Rejected {
    /// The subgraphs do not compose: codes and messages.
    Composition(Vec<String>),
    /// What composition lets pass although nothing can be said about it.
    Unsound(String),
    /// What was composed cannot be read: a mistake of composition, or of the rig.
    Unreadable(String),
}

impl World {
    /// Composes subgraphs given as (name, SDL).
    ///
    /// # Errors
    /// They do not compose, or what was composed cannot be read.
    pub fn new(parts: &[(String, String)]) -> Result<Self, Rejected> {
        let inputs: Vec<SubgraphInput> = parts.iter().map(input).collect();
        let composed = compose(&inputs).map_err(|diagnostics| {
            let errors = diagnostics.errors();
            let said = errors.map(|e| format!("{}: {}", e.code.as_str(), e.message));
            Rejected::Composition(said.collect())
        })?;
        let unreadable = |what: String| Rejected::Unreadable(what);
        let supergraph = Supergraph::parse(&composed.supergraph);
        let supergraph = Arc::new(supergraph.map_err(|e| unreadable(e.to_string()))?);
        let schema = Schema::parse_and_validate(&composed.supergraph, "supergraph.graphql");
        let schema = schema.map_err(|e| unreadable(e.to_string()))?;
        let mut subgraphs = Vec::new();
        for known in supergraph.subgraphs() {
            let own = inputs.iter().find(|input| input.name == known.name);
            let own = own.ok_or_else(|| unreadable(format!("a subgraph {}", known.name)))?;
            subgraphs.push(SubgraphSchema::read(&own.name, &own.sdl).map_err(unreadable)?);
        }
        subgraph::mark_overridden(&mut subgraphs);
        soundness::check(&schema, &subgraphs).map_err(Rejected::Unsound)?;
        let data = Data::new(&schema, &subgraphs);
        Ok(Self {
            planner: Planner::new(Arc::clone(&supergraph)),
            inputs,
            supergraph,
            schema,
            subgraphs,
            data,
        })
    }

    /// The subgraphs as (name, SDL).
    pub fn parts(&self) -> Vec<(String, String)> {
        let parts = self.inputs.iter();
        parts.map(|i| (i.name.clone(), i.sdl.clone())).collect()
    }
}

fn input((name, sdl): &(String, String)) -> SubgraphInput {
    SubgraphInput {
        name: name.clone(),
        url: format!("http://{name}.invalid"),
        sdl: sdl.clone(),
        source: None,
    }
}
