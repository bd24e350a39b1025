//! What travels from a client's request to subgraphs besides the GraphQL.
//!
//! Headers on the list are sent on as they came. Cookies never are: one that a single subgraph needs
//! (the refresh token of the users subgraph) goes to that subgraph alone, as a header, with mutations only.

use std::sync::Arc;

use apollo_compiler::ast::OperationType;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use router_executor::{Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};

use crate::{
    client_address::{CLIENT_ADDRESS, PeerAddress, client_address},
    config::{CookieForSubgraph, Headers},
};

/// A longer cookie is not sent on.
const MAX_COOKIE_BYTES: usize = 4096;

/// Picks the headers that travel on.
#[derive(Debug)]
pub(crate) struct Forward {
    propagate: Vec<HeaderName>,
    cookies: Vec<CookieForSubgraph>,
    client_address: Vec<String>,
    proxies: usize,
}

impl Forward {
    pub(crate) fn new(headers: &Headers) -> Self {
        let propagate = headers
            .propagate
            .iter()
            .map(|header| header.name().clone())
            .collect();
        Self {
            propagate,
            cookies: headers.cookies.clone(),
            client_address: headers.client_address.clone(),
            proxies: headers.proxies,
        }
    }

    /// The headers of a client's request that reach subgraphs (each cookie only its own, see [`Self::guard`]): with a
    /// query nothing but what is propagated.
    pub(crate) fn headers(
        &self,
        kind: OperationType,
        client: &HeaderMap,
        peer: Option<PeerAddress>,
    ) -> HeaderMap {
        let mut forwarded = HeaderMap::new();
        for name in &self.propagate {
            for value in client.get_all(name) {
                forwarded.append(name.clone(), value.clone());
            }
        }
        if kind == OperationType::Mutation {
            self.add_own(client, peer, &mut forwarded);
        }
        forwarded
    }

    /// What single subgraphs are told with mutations.
    fn add_own(&self, client: &HeaderMap, peer: Option<PeerAddress>, forwarded: &mut HeaderMap) {
        if client.contains_key(header::COOKIE) {
            for cookie in &self.cookies {
                if let Some(value) = cookie_value(client, &cookie.cookie) {
                    forwarded.insert(cookie.header.name().clone(), value);
                }
            }
        }
        if !self.client_address.is_empty() {
            let address = client_address(peer, client, self.proxies);
            let value = address.and_then(|ip| HeaderValue::from_str(&ip.to_string()).ok());
            forwarded.extend(value.map(|value| (CLIENT_ADDRESS, value)));
        }
    }

    /// `subgraph` behind a guard that keeps other subgraphs' cookies from it.
    pub(crate) fn guard(&self, name: &str, subgraph: Arc<dyn Subgraph>) -> Arc<dyn Subgraph> {
        if self.cookies.is_empty() && self.client_address.is_empty() {
            return subgraph;
        }
        let (own, foreign): (Vec<_>, Vec<_>) = self
            .cookies
            .iter()
            .partition(|cookie| cookie.subgraph == name);
        let names = |cookies: Vec<&CookieForSubgraph>| {
            cookies
                .iter()
                .map(|cookie| cookie.header.name().clone())
                .collect::<Vec<_>>()
        };
        let mut own = names(own);
        let mut foreign = names(foreign);
        if self.client_address.iter().any(|told| told == name) {
            own.push(CLIENT_ADDRESS);
        } else {
            foreign.push(CLIENT_ADDRESS);
        }
        foreign.retain(|name| !own.contains(name));
        Arc::new(Guarded {
            subgraph,
            own,
            foreign,
        })
    }
}

/// The value of the cookie `name` (RFC 6265, section 4.2); a sensitive header value.
fn cookie_value(client: &HeaderMap, name: &str) -> Option<HeaderValue> {
    let mut pairs = client
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(found, _)| found.trim() == name)?;
    let value = value.trim();
    if value.is_empty() || value.len() > MAX_COOKIE_BYTES {
        return None;
    }
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

struct Guarded {
    subgraph: Arc<dyn Subgraph>,
    /// Headers made of cookies and addresses that this subgraph gets, with mutations.
    own: Vec<HeaderName>,
    /// Those that it never gets.
    foreign: Vec<HeaderName>,
}

impl Subgraph for Guarded {
    fn call<'a>(
        &'a self,
        mut request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        let held_back = if request.kind == OperationType::Mutation {
            &[][..]
        } else {
            &self.own
        };
        let held_back = self
            .foreign
            .iter()
            .chain(held_back)
            .filter(|name| request.headers.contains_key(*name));
        let held_back: Vec<_> = held_back.collect();
        if !held_back.is_empty() {
            let headers = Arc::make_mut(&mut request.headers);
            for name in held_back {
                headers.remove(name);
            }
        }
        self.subgraph.call(request)
    }
}

#[cfg(test)]
mod tests;
