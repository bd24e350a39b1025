//! Putting a router together: graph, keys, pipeline, address.

use std::sync::Arc;

use crate::{
    app::App,
    auth::{Authenticator, InternalSecret, InternalTokens, KeySource, PublishedKeys, system_clock},
    config::{Config, Sources},
    error::ServerError,
    fetch::HttpFetch,
    graph::{Graph, GraphSource},
    pipeline::Pipeline,
    serve::Server,
};

/// Everything a router is made of. Nothing is read or bound before [`Setup::bind`].
#[derive(Debug)]
pub struct Setup {
    /// How it behaves.
    pub config: Config,
    /// What it serves.
    pub graph: GraphSource,
    /// Verifies access tokens instead of the configured `auth.jwks_url`.
    pub keys: Option<Arc<dyn KeySource>>,
    /// Signs requests to HTTP subgraphs.
    pub secret: Option<InternalSecret>,
    /// What `${NAME}` in a `supergraph.yaml` means.
    pub environment: Vec<(String, String)>,
}

impl Setup {
    /// A router over the graph which `config` names, with subgraphs over HTTP.
    ///
    /// # Errors
    /// The configuration names no graph, or `WEFT_INTERNAL_SECRET` is unusable.
    pub fn new(config: Config, sources: &Sources) -> Result<Self, ServerError> {
        let graph = GraphSource::from_config(&config)?;
        let secret = InternalSecret::from_environment(&sources.environment)?;
        let environment = sources.environment.clone();
        Ok(Self {
            config,
            graph,
            keys: None,
            secret,
            environment,
        })
    }

    /// Loads the graph and binds the address.
    ///
    /// # Errors
    /// The graph cannot be loaded or composed, or the address is taken.
    pub async fn bind(self) -> Result<Server, ServerError> {
        Server::listen(self.assemble().await?).await
    }

    pub(crate) async fn assemble(self) -> Result<Arc<App>, ServerError> {
        let Self {
            config,
            graph,
            keys,
            secret,
            environment,
        } = self;
        let http = HttpFetch::new()?;
        let tokens = secret.as_ref().map(InternalTokens::new);
        let sdl = graph
            .supergraph_sdl(&http, tokens.as_ref(), &environment)
            .await?;
        let pipeline = Arc::new(Pipeline::new(Graph::parse(&sdl)?, &config));
        let published = config
            .auth
            .jwks_url
            .clone()
            .map(|url| Arc::new(PublishedKeys::new(url, http)) as Arc<dyn KeySource>);
        let authenticator = Authenticator::new(&config.auth, keys.or(published), system_clock);
        Ok(Arc::new(App::new(config, authenticator, pipeline)))
    }
}
