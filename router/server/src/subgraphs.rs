//! The graph's subgraphs as ports: in this process where one was given, over HTTP otherwise.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use router_executor::{
    HeaderSource, HttpClient, HttpSettings, HttpSubgraph, Subgraph, SubgraphRequest,
};
use schema_model::Supergraph;

use crate::{
    auth::InternalTokens,
    breaker::Breaker,
    caching::Caching,
    config::{Config, SubgraphDefaults, SubgraphSettings},
    deduplicated::Deduplicated,
    error::ServerError,
    forward::Forward,
    metrics::Metrics,
    mutations::Mutations,
};

/// Ports given by the program, by subgraph name.
pub(crate) type InProcess = BTreeMap<String, Arc<dyn Subgraph>>;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Makes the ports of one graph after the other. Whatever stays the same from one to the next keeps its port, and
/// all share one pool of connections.
pub(crate) struct Connector {
    in_process: InProcess,
    client: HttpClient,
    tokens: Option<Arc<InternalTokens>>,
    forward: Forward,
    defaults: SubgraphDefaults,
    settings: BTreeMap<String, SubgraphSettings>,
    metrics: Arc<Metrics>,
    mutations: Arc<Mutations>,
    caching: Option<Arc<Caching>>,
    /// Subgraphs in use: where they are called and how.
    open: BTreeMap<String, (String, Arc<dyn Subgraph>)>,
    /// Configured subgraphs that the graph lacks, as they were last warned of.
    unknown: BTreeSet<String>,
}

impl Connector {
    pub(crate) fn new(
        in_process: InProcess,
        tokens: Option<Arc<InternalTokens>>,
        config: &Config,
        metrics: Arc<Metrics>,
        caching: Option<Arc<Caching>>,
    ) -> Result<Self, ServerError> {
        let client = HttpClient::new().map_err(|error| ServerError::Client {
            reason: error.to_string(),
        })?;
        Ok(Self {
            in_process,
            client,
            tokens,
            forward: Forward::new(&config.headers),
            defaults: config.subgraph_defaults.clone(),
            settings: config.subgraphs.clone(),
            metrics,
            mutations: Arc::new(Mutations::with(caching.as_ref().map(|c| c.cache.clone()))),
            caching,
            open: BTreeMap::new(),
            unknown: BTreeSet::new(),
        })
    }

    /// What all ports tell of their mutations.
    pub(crate) fn mutations(&self) -> Arc<Mutations> {
        Arc::clone(&self.mutations)
    }

    /// The cache of all ports.
    pub(crate) fn caching(&self) -> Option<Arc<Caching>> {
        self.caching.clone()
    }

    /// One port for each subgraph, in the graph's order. After an error the ports in use are as they were.
    pub(crate) fn connect(
        &mut self,
        supergraph: &Supergraph,
    ) -> Result<Vec<Arc<dyn Subgraph>>, ServerError> {
        let mut open = BTreeMap::new();
        let mut ports = Vec::with_capacity(supergraph.subgraphs().len());
        for subgraph in supergraph.subgraphs() {
            let port = match self.open.get(&subgraph.name) {
                Some((url, port)) if *url == subgraph.url => Arc::clone(port),
                _ => self.port(&subgraph.name, &subgraph.url)?,
            };
            ports.push(Arc::clone(&port));
            open.insert(subgraph.name.clone(), (subgraph.url.clone(), port));
        }
        let earlier = std::mem::replace(&mut self.open, open);
        for name in earlier.keys().filter(|name| !self.open.contains_key(*name)) {
            self.metrics.disconnected(name);
        }
        self.warn_of_unknown(supergraph);
        Ok(ports)
    }

    /// Innermost first: the subgraph, what leaves it alone while it fails, what is asked once, what is kept, what it must
    /// not be told.
    fn port(&self, name: &str, composed_url: &str) -> Result<Arc<dyn Subgraph>, ServerError> {
        let port = match self.in_process.get(name) {
            Some(port) => Arc::clone(port),
            None => self.over_http(name, composed_url)?,
        };
        let port = self.deduplicated(name, self.protected(name, port));
        let port: Arc<dyn Subgraph> = match &self.caching {
            Some(caching) => Arc::new(caching.port(name, Arc::new(port))),
            None => Arc::new(port),
        };
        Ok(self.forward.guard(name, port))
    }

    fn protected(&self, name: &str, port: Arc<dyn Subgraph>) -> Arc<dyn Subgraph> {
        let mut settings = self.defaults.circuit_breaker.clone();
        if let Some(own) = self.settings.get(name) {
            settings = settings.with(&own.circuit_breaker);
        }
        match settings.thresholds() {
            Some(thresholds) => {
                let open = self.metrics.circuit_open(name);
                Arc::new(Breaker::new(name, port, thresholds, open))
            }
            None => port,
        }
    }

    fn deduplicated(&self, name: &str, port: Arc<dyn Subgraph>) -> Deduplicated {
        let port = Deduplicated::new(port, self.mutations());
        let (defaults, own) = (&self.defaults, self.settings.get(name));
        let own_choice = own.and_then(|own| own.deduplicate);
        if !own_choice.unwrap_or(defaults.deduplicate) {
            return port;
        }
        let timeout = own.and_then(|own| own.timeout).unwrap_or(defaults.timeout);
        port.sharing(timeout.0, self.metrics.subgraph_deduplicated(name))
    }

    fn over_http(&self, name: &str, composed_url: &str) -> Result<Arc<dyn Subgraph>, ServerError> {
        let (defaults, own) = (&self.defaults, self.settings.get(name));
        let configured = own
            .and_then(|own| own.url.as_ref())
            .map(ToString::to_string);
        let url = configured.unwrap_or_else(|| composed_url.to_owned());
        let mut settings = HttpSettings::default();
        settings.timeout = own
            .and_then(|own| own.timeout)
            .unwrap_or(defaults.timeout)
            .0;
        settings.response_bytes = own
            .and_then(|own| own.response_bytes)
            .unwrap_or(defaults.response_bytes)
            .0;
        settings.retries = own
            .and_then(|own| own.retries)
            .unwrap_or(defaults.retries)
            .into();
        let headers = Arc::new(RouterHeaders {
            subgraph: Arc::from(name),
            tokens: self.tokens.clone(),
        });
        let client = self.client.clone();
        let subgraph = HttpSubgraph::new(&url, client, headers, settings).map_err(|error| {
            ServerError::SubgraphUrl {
                subgraph: name.to_owned(),
                reason: error.to_string(),
            }
        })?;
        Ok(Arc::new(subgraph))
    }

    /// Says once which settings are for nobody, and again only when others are.
    fn warn_of_unknown(&mut self, supergraph: &Supergraph) {
        let configured = self.settings.keys();
        let unknown: BTreeSet<String> = configured
            .filter(|name| supergraph.subgraph_named(name).is_none())
            .cloned()
            .collect();
        for name in unknown.difference(&self.unknown) {
            tracing::warn!(
                subgraph = name,
                "the configuration names a subgraph that the graph does not have"
            );
        }
        self.unknown = unknown;
    }
}

/// What the router itself says to an HTTP subgraph: the request's id and, signed, who asks.
struct RouterHeaders {
    subgraph: Arc<str>,
    tokens: Option<Arc<InternalTokens>>,
}

impl HeaderSource for RouterHeaders {
    fn apply(&self, request: &SubgraphRequest, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(&request.request_id) {
            headers.insert(REQUEST_ID, id);
        }
        headers.remove(header::AUTHORIZATION);
        let Some(tokens) = &self.tokens else { return };
        let authorization =
            tokens.authorization(&self.subgraph, &request.identity, &request.request_id);
        if let Some(authorization) = authorization {
            headers.insert(header::AUTHORIZATION, authorization);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::SUPERGRAPH;

    #[test]
    fn a_subgraph_keeps_its_port_while_its_url_stays() {
        let mut connector = {
            let metrics = Arc::new(Metrics::new());
            Connector::new(BTreeMap::new(), None, &Config::default(), metrics, None).unwrap()
        };
        let mut connect = |sdl: &str| {
            let supergraph = Supergraph::parse(sdl).unwrap();
            connector.connect(&supergraph).map(|ports| ports[0].clone())
        };
        let first = connect(SUPERGRAPH).unwrap();
        let same = connect(&SUPERGRAPH.replace("hello: String", "hello: String more: Int"));
        assert!(Arc::ptr_eq(&first, &same.unwrap()));
        let refused = connect(&SUPERGRAPH.replace("http://greetings.invalid/graphql", "nowhere"));
        assert!(refused.is_err());
        assert!(Arc::ptr_eq(&first, &connect(SUPERGRAPH).unwrap()));
        let moved = connect(&SUPERGRAPH.replace("greetings.invalid", "elsewhere.invalid"));
        assert!(!Arc::ptr_eq(&first, &moved.unwrap()));
    }
}
