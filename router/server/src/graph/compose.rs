//! From what there is to serve to a graph: composition and reading. Both are work for a thread of their own.

use std::sync::Arc;

use schema_composition::{Diagnostic, Diagnostics, SubgraphInput};
use schema_model::Supergraph;

use super::{Graph, followed::Input};
use crate::error::ServerError;

/// Digits of a hash that are shown.
const SHOWN_DIGITS: usize = 16;

/// A supergraph as text.
pub(super) struct Composition {
    /// The start of the text's hash: the same text has the same.
    pub(super) id: String,
    pub(super) hints: Vec<Diagnostic>,
    sdl: String,
    name: String,
}

/// Why there is no graph.
pub(super) enum Refusal {
    /// The subgraphs do not compose.
    Composition {
        diagnostics: Diagnostics,
        subgraphs: Vec<SubgraphInput>,
    },
    /// The supergraph is not one this router can read.
    Supergraph { message: String },
}

impl From<Refusal> for ServerError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Composition {
                diagnostics,
                subgraphs,
            } => Self::Composition {
                text: diagnostics.render(false, &subgraphs),
            },
            Refusal::Supergraph { message } => Self::Supergraph { message },
        }
    }
}

/// The supergraph of `input`, composed if need be.
pub(super) fn compose(input: Input) -> Result<Composition, Refusal> {
    let (sdl, name, hints) = match input {
        Input::Supergraph { sdl, name } => (sdl, name, Vec::new()),
        Input::Subgraphs(subgraphs) => match schema_composition::compose(&subgraphs) {
            Ok(composed) => (composed.supergraph, "supergraph".to_owned(), composed.hints),
            Err(diagnostics) => {
                return Err(Refusal::Composition {
                    diagnostics,
                    subgraphs,
                });
            }
        },
    };
    Ok(Composition {
        id: short(&blake3::hash(sdl.as_bytes())),
        hints,
        sdl,
        name,
    })
}

impl Composition {
    /// The graph as the pipeline uses it.
    pub(super) fn graph(&self) -> Result<Graph, Refusal> {
        let supergraph = Supergraph::parse_named(&self.sdl, &self.name);
        let supergraph = supergraph.map_err(|error| Refusal::Supergraph {
            message: error.render(&self.name),
        })?;
        Ok(Graph {
            supergraph: Arc::new(supergraph),
        })
    }
}

/// As much of a hash as tells one schema from another.
pub(super) fn short(hash: &blake3::Hash) -> String {
    hash.to_hex().chars().take(SHOWN_DIGITS).collect()
}
