//! Where the graph comes from, and how it follows its sources: a composed supergraph, or subgraphs which the router
//! composes.
//!
//! ```text
//! read       one text, if it may have changed         schema    a text, its hash, how reading it went
//! followed   all texts, and the list they stand in    compose   texts to a graph, or every mistake
//! recomposer the loop: read, compose, replace         report    what operators are told, failure: in which words
//! ```

mod answer;
mod compose;
mod failure;
mod followed;
mod loaded;
mod read;
mod recomposer;
mod report;
mod schema;

use std::{path::PathBuf, sync::Arc, time::Duration};

use schema_composition::SubgraphInput;
use schema_model::Supergraph;

pub use loaded::LoadedSubgraphs;
pub use recomposer::Reloader;
pub(crate) use recomposer::{Recomposer, Start};
pub(crate) use report::PublishedReport;

use crate::{
    auth::{InternalSecret, InternalTokens, system_clock},
    config::{ComposeFile, Config, Recomposition},
    error::ServerError,
    fetch::HttpFetch,
};

/// Where the graph comes from.
#[derive(Debug, Clone)]
pub enum GraphSource {
    /// Supergraph SDL at hand.
    Sdl(String),
    /// A file of supergraph SDL, read again when it changes.
    Supergraph(PathBuf),
    /// A rover `supergraph.yaml`, composed again when it or one of its schemas changes.
    Compose(PathBuf),
    /// Subgraphs at hand, composed at start.
    Subgraphs(Vec<SubgraphInput>),
}

impl GraphSource {
    /// What `config` names.
    ///
    /// # Errors
    /// [`ServerError::NoGraph`] when it names nothing.
    pub fn from_config(config: &Config) -> Result<Self, ServerError> {
        match (&config.supergraph, &config.compose) {
            (Some(file), _) => Ok(Self::Supergraph(file.clone())),
            (None, Some(file)) => Ok(Self::Compose(file.clone())),
            (None, None) => Err(ServerError::NoGraph),
        }
    }
}

/// The graph as the pipeline uses it.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    pub(crate) supergraph: Arc<Supergraph>,
}

/// Reads every schema a `supergraph.yaml` names, asking running subgraphs where it says so; those which
/// are only just starting are waited for, at most for `patience`.
///
/// # Errors
/// The HTTP client cannot be set up. What keeps a schema from being read is part of the outcome.
pub async fn load_subgraphs(
    compose: &ComposeFile,
    secret: Option<&InternalSecret>,
    patience: Duration,
) -> Result<LoadedSubgraphs, ServerError> {
    let tokens = secret.map(|secret| Arc::new(InternalTokens::new(secret)));
    let bounds = Recomposition::default();
    let reader = read::Reader::new(HttpFetch::new()?, tokens, &bounds);
    Ok(followed::load_listed(compose, &reader, patience, system_clock).await)
}

#[cfg(test)]
mod tests;
