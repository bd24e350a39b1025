//! Putting a router together: graph, keys, pipeline, address.

use std::{collections::BTreeMap, fmt, sync::Arc};

use router_cache::{Clock, SystemClock};
use router_executor::Subgraph;

use crate::{
    app::App,
    auth::{Authenticator, InternalSecret, InternalTokens, KeySource, PublishedKeys, system_clock},
    caching::Caching,
    config::{Config, Sources},
    error::ServerError,
    fetch::HttpFetch,
    graph::{GraphSource, Recomposer, Start},
    metrics::Metrics,
    serve::Server,
    subgraphs::Connector,
};

/// Everything a router is made of. Nothing is read or bound before [`Setup::bind`].
pub struct Setup {
    /// How it behaves.
    pub config: Config,
    /// What it serves.
    pub graph: GraphSource,
    /// Subgraphs that run in this process, by name; the others are called over HTTP.
    pub subgraphs: BTreeMap<String, Arc<dyn Subgraph>>,
    /// Verifies access tokens instead of the configured `auth.jwks_url`.
    pub keys: Option<Arc<dyn KeySource>>,
    /// Publish the keys at `/.well-known/jwks.json`, for others who verify access tokens.
    pub publishes_keys: bool,
    /// Signs requests to HTTP subgraphs.
    pub secret: Option<InternalSecret>,
    /// What `${NAME}` in a `supergraph.yaml` means; `WEFT_CACHE_INVALIDATION_TOKEN` in it allows
    /// `POST /cache/invalidate`, and without it there is no such route.
    pub environment: Vec<(String, String)>,
    /// Draws a request's number, from 0 up to (not including) 100: a label `percent(x)` is on below x.
    pub draw: fn() -> f64,
    /// What time it is for what is kept of subgraphs' answers.
    pub clock: Arc<dyn Clock>,
    /// Draws from 0 to 1: by how much what is kept ends earlier, and is fetched again earlier, than it must.
    pub chance: fn() -> f64,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("config", &self.config)
            .field("in_process", &self.subgraphs.keys())
            .finish_non_exhaustive()
    }
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
            secret,
            environment,
            ..Self::over(config, graph)
        })
    }

    /// A router over `graph` without secrets and environment.
    #[must_use]
    pub fn over(config: Config, graph: GraphSource) -> Self {
        Self {
            config,
            graph,
            subgraphs: BTreeMap::new(),
            keys: None,
            publishes_keys: false,
            secret: None,
            environment: Vec::new(),
            draw: || rand::random_range(0.0..100.0),
            clock: Arc::new(SystemClock),
            chance: rand::random::<f64>,
        }
    }

    /// Loads the graph and binds the address.
    ///
    /// # Errors
    /// The graph cannot be loaded or composed, or the address is taken.
    pub async fn bind(self) -> Result<Server, ServerError> {
        let (app, recomposer) = self.assemble().await?;
        Server::listen(app, recomposer).await
    }

    /// Everything but the address: what answers requests, and what keeps its graph up to date.
    pub(crate) async fn assemble(self) -> Result<(Arc<App>, Recomposer), ServerError> {
        let Self {
            config,
            graph,
            subgraphs,
            keys,
            publishes_keys,
            secret,
            environment,
            draw,
            clock,
            chance,
        } = self;
        let invalidation = invalidation_token(&environment)?;
        let http = HttpFetch::new()?;
        let tokens = secret
            .as_ref()
            .map(|secret| Arc::new(InternalTokens::new(secret)));
        if tokens.is_none() && config.auth.jwks_url.is_some() {
            tracing::warn!(
                "WEFT_INTERNAL_SECRET is not set: subgraphs over HTTP are not told who a client is"
            );
        }
        let caching = Caching::start(&config, clock, chance)?;
        let metrics = Arc::new(Metrics::new().with_cache(caching.as_ref()));
        let connector = Connector::new(
            subgraphs,
            tokens.clone(),
            &config,
            Arc::clone(&metrics),
            caching,
        )?;
        let recomposer = Recomposer::start(Start {
            source: graph,
            environment,
            config: &config,
            http: http.clone(),
            connector,
            metrics,
            tokens,
            clock: system_clock,
            draw,
        });
        let recomposer = recomposer.await?;
        let authenticator = Authenticator::new(
            &config.auth,
            keys.or_else(|| published(&config, http)),
            system_clock,
        );
        let app = App::new(
            config,
            authenticator,
            publishes_keys,
            invalidation,
            &recomposer,
        );
        Ok((Arc::new(app), recomposer))
    }
}

const INVALIDATION_TOKEN: &str = "WEFT_CACHE_INVALIDATION_TOKEN";
const MIN_TOKEN_BYTES: usize = 16;

/// The hash of the token, by which it is known again.
fn invalidation_token(
    environment: &[(String, String)],
) -> Result<Option<blake3::Hash>, ServerError> {
    let mut variables = environment.iter();
    let found = variables.find(|(name, value)| name == INVALIDATION_TOKEN && !value.is_empty());
    match found {
        Some((_, token)) if token.len() < MIN_TOKEN_BYTES => Err(ServerError::Cache {
            reason: format!("{INVALIDATION_TOKEN} must have at least {MIN_TOKEN_BYTES} bytes"),
        }),
        found => Ok(found.map(|(_, token)| blake3::hash(token.as_bytes()))),
    }
}

fn published(config: &Config, http: HttpFetch) -> Option<Arc<dyn KeySource>> {
    let url = config.auth.jwks_url.clone()?;
    Some(Arc::new(PublishedKeys::new(url, http)))
}
