//! Where the graph comes from: a composed supergraph, or subgraphs which the router composes.
//!
//! A source is read once, at start. Watching it and swapping the graph while serving has its place
//! in [`crate::pipeline::Pipeline`], which holds graph and caches as one replaceable value.

mod subgraph_schema;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use schema_composition::{Diagnostics, SubgraphInput};
use schema_model::Supergraph;

pub use subgraph_schema::load_subgraphs;

use crate::{
    auth::InternalTokens,
    config::{ComposeFile, Config},
    error::ServerError,
    fetch::HttpFetch,
};

/// A supergraph larger than this is refused.
const MAX_SUPERGRAPH_BYTES: u64 = 64 << 20;

/// Where the graph comes from.
#[derive(Debug, Clone)]
pub enum GraphSource {
    /// Supergraph SDL at hand.
    Sdl(String),
    /// A file of supergraph SDL.
    Supergraph(PathBuf),
    /// A rover `supergraph.yaml`.
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

    /// What the supergraph is called in messages: its file, or what it is.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Supergraph(file) => file.display().to_string(),
            Self::Sdl(_) | Self::Compose(_) | Self::Subgraphs(_) => "supergraph".to_owned(),
        }
    }

    /// The supergraph's SDL, composed if need be.
    pub(crate) async fn supergraph_sdl(
        self,
        http: &HttpFetch,
        tokens: Option<&InternalTokens>,
        environment: &[(String, String)],
    ) -> Result<String, ServerError> {
        match self {
            Self::Sdl(sdl) => Ok(sdl),
            Self::Supergraph(file) => read(&file).await,
            Self::Subgraphs(subgraphs) => compose(&subgraphs),
            Self::Compose(file) => {
                let compose_file = ComposeFile::load(&file, environment)
                    .map_err(|diagnostics| ServerError::Configuration { diagnostics })?;
                compose(&subgraph_schema::load(&compose_file, http, tokens).await?)
            }
        }
    }
}

/// The graph as the pipeline uses it.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    pub(crate) supergraph: Arc<Supergraph>,
}

impl Graph {
    pub(crate) fn parse(sdl: &str, name: &str) -> Result<Self, ServerError> {
        let supergraph =
            Supergraph::parse_named(sdl, name).map_err(|error| ServerError::Supergraph {
                message: error.to_string(),
            })?;
        Ok(Self {
            supergraph: Arc::new(supergraph),
        })
    }
}

fn compose(subgraphs: &[SubgraphInput]) -> Result<String, ServerError> {
    let composed = schema_composition::compose(subgraphs).map_err(|diagnostics: Diagnostics| {
        ServerError::Composition {
            text: diagnostics.render(false, subgraphs),
        }
    })?;
    for hint in &composed.hints {
        tracing::info!(composition.code = %hint.code, "{}", hint.message);
    }
    Ok(composed.supergraph)
}

/// A file's text; bounded in size.
pub(crate) async fn read(file: &Path) -> Result<String, ServerError> {
    let failed = |source| ServerError::Read {
        path: file.to_owned(),
        source,
    };
    let size = tokio::fs::metadata(file).await.map_err(failed)?.len();
    if size > MAX_SUPERGRAPH_BYTES {
        let reason = format!("{size} bytes are more than the limit of {MAX_SUPERGRAPH_BYTES}");
        return Err(failed(std::io::Error::new(
            std::io::ErrorKind::FileTooLarge,
            reason,
        )));
    }
    tokio::fs::read_to_string(file).await.map_err(failed)
}
