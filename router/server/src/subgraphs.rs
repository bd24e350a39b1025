//! The graph's subgraphs as ports: in this process where one was given, over HTTP otherwise.

use std::{collections::BTreeMap, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use router_executor::{
    HeaderSource, HttpClient, HttpSettings, HttpSubgraph, Subgraph, SubgraphRequest,
};
use schema_model::Supergraph;

use crate::{auth::InternalTokens, config::Config, error::ServerError, forward::Forward};

/// Ports given by the program, by subgraph name.
pub(crate) type InProcess = BTreeMap<String, Arc<dyn Subgraph>>;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// One port for each subgraph, in the graph's order.
pub(crate) fn connect(
    supergraph: &Supergraph,
    mut in_process: InProcess,
    tokens: Option<&Arc<InternalTokens>>,
    config: &Config,
) -> Result<Vec<Arc<dyn Subgraph>>, ServerError> {
    let forward = Forward::new(&config.headers);
    let client = HttpClient::new().map_err(|error| ServerError::Client {
        reason: error.to_string(),
    })?;
    let mut ports = Vec::with_capacity(supergraph.subgraphs().len());
    for subgraph in supergraph.subgraphs() {
        let port = match in_process.remove(&subgraph.name) {
            Some(port) => port,
            None => over_http(&subgraph.name, &subgraph.url, &client, tokens, config)?,
        };
        ports.push(forward.guard(&subgraph.name, port));
    }
    for name in config.subgraphs.keys() {
        if supergraph.subgraph_named(name).is_none() {
            tracing::warn!(
                subgraph = name,
                "the configuration names a subgraph that the graph does not have"
            );
        }
    }
    Ok(ports)
}

fn over_http(
    name: &str,
    composed_url: &str,
    client: &HttpClient,
    tokens: Option<&Arc<InternalTokens>>,
    config: &Config,
) -> Result<Arc<dyn Subgraph>, ServerError> {
    let own = config.subgraphs.get(name);
    let defaults = &config.subgraph_defaults;
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
        tokens: tokens.cloned(),
    });
    let subgraph = HttpSubgraph::new(&url, client.clone(), headers, settings).map_err(|error| {
        ServerError::SubgraphUrl {
            subgraph: name.to_owned(),
            reason: error.to_string(),
        }
    })?;
    Ok(Arc::new(subgraph))
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
