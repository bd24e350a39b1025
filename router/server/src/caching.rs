//! Answers of subgraphs, kept and found again: `router/cache` seen from GraphQL.
//!
//! [`units`] says for each fetch of a plan what is kept of its answers, [`port`] keeps it and finds it, [`tags`] are the
//! names by which it is invalidated, [`policy`] decides whether and for how long it is kept, and [`ledger`] notes what
//! became of a client's request.

mod control;
mod entities;
mod formats;
mod invalidation;
mod ledger;
mod metrics;
mod names;
mod policy;
mod port;
mod selected;
mod splice;
mod tags;
mod units;

use std::{collections::HashSet, fmt, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, header};
use router_cache::{Cache, Clock, Position, Settings};
use router_executor::{Note, Subgraph};
use router_planner::QueryPlan;
use schema_model::Supergraph;

pub(crate) use self::{
    entities::EntityTypes,
    ledger::{Basis, Ledger, Line, Scope, Wish},
};
pub(crate) use self::{
    invalidation::{Target, templates::mistakes},
    metrics::CacheNumbers,
};
use self::{policy::Policy, port::Cached, units::FetchUnits};
use crate::{
    config::{self, Config},
    error::ServerError,
};

/// The position of a write that an answer must know of, and that an answer made.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("x-cache-pos");

/// Asks for an explanation in `extensions.cache`.
pub(crate) const EXPLAIN: HeaderName = HeaderName::from_static("x-cache-explain");

/// What everything of a router that has to do with its cache shares.
pub(crate) struct Caching {
    pub(crate) cache: Cache,
    config: config::Cache,
    /// Headers that do not change answers.
    ignored: HashSet<HeaderName>,
    /// From 0 to 1.
    chance: fn() -> f64,
    pub(crate) clock: Arc<dyn Clock>,
    explains: bool,
}

impl fmt::Debug for Caching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Caching").field(&self.cache).finish()
    }
}

impl Caching {
    /// The cache that `config` describes, if there is to be one.
    pub(crate) fn start(
        config: &Config,
        clock: Arc<dyn Clock>,
        chance: fn() -> f64,
    ) -> Result<Option<Arc<Self>>, ServerError> {
        let (graphiql, config) = (config.graphiql, &config.cache);
        if !config.enabled {
            return Ok(None);
        }
        let settings = Settings {
            namespace: config.namespace.clone(),
            memory: config.memory.0 as u64,
            max_log_lag: config.max_log_lag.0,
            read_budget: config.read_budget.0,
            clock: Arc::clone(&clock),
            ..Settings::default()
        };
        let cache = match &config.redis {
            None => Cache::memory(settings),
            Some(url) => Cache::redis(url, settings).map_err(|error| ServerError::Cache {
                reason: format!("`cache.redis`: {error}"),
            })?,
        };
        let ignored = config.ignored_headers.iter();
        Ok(Some(Arc::new(Self {
            cache,
            explains: config.explain.unwrap_or(graphiql),
            config: config.clone(),
            ignored: ignored.filter_map(|name| name.parse().ok()).collect(),
            chance,
            clock,
        })))
    }

    /// `subgraph` with its answers kept.
    pub(crate) fn port(self: &Arc<Self>, name: &str, subgraph: Arc<dyn Subgraph>) -> Cached {
        let policy = Policy::of(&self.config, name);
        Cached::new(name, subgraph, Arc::clone(self), policy)
    }

    /// Whether a request may get the answer to another one that was under way when it came.
    pub(crate) fn may_share(&self, wish: Wish) -> bool {
        let subgraphs = self.config.subgraphs.values();
        let mut consistencies = subgraphs.filter_map(|settings| settings.consistency);
        let is_strict = |consistency| consistency == config::Consistency::Strict;
        let any_is_strict = is_strict(self.config.consistency) || consistencies.any(is_strict);
        // What a whole answer is made of may be as old as the bound allows already: more may not be added.
        !any_is_strict && self.knows(wish) && self.cache.hears_log()
    }

    /// Whether everything is known here that the client says must be.
    fn knows(&self, wish: Wish) -> bool {
        let position = || self.cache.position();
        wish.at_least.is_none_or(|least| position() >= least)
    }

    /// How long ago a request to a subgraph may have begun for others to share its answer, if that is less than usual: not
    /// longer than the bound while this router does not hear of others' mutations.
    fn shares_within(&self) -> Option<Duration> {
        (!self.cache.hears_log()).then_some(self.config.max_log_lag.0)
    }

    /// The header with the names of what an answer is made from.
    pub(crate) fn tag_header(&self) -> Option<&config::TagHeader> {
        self.config.tag_header.as_ref()
    }

    /// Bytes for whole answers.
    pub(crate) fn response_memory(&self) -> u64 {
        self.config.response_memory.0 as u64
    }

    /// Whether clients are told what came from where when they ask.
    pub(crate) fn explains(&self) -> bool {
        self.explains
    }
}

/// What the ports of a plan's subgraphs are told of its fetches.
pub(crate) fn notes(
    supergraph: &Supergraph,
    entities: &Arc<EntityTypes>,
    plan: &QueryPlan,
) -> Vec<Option<Note>> {
    let fetches = plan.fetches.iter();
    let units = fetches.map(|fetch| FetchUnits::of(supergraph, entities, fetch));
    units
        .map(|units| Some(Note::new(Arc::new(units?))))
        .collect()
}

/// What a client's headers say about caching.
pub(crate) fn wish(headers: &HeaderMap) -> Wish {
    let values = headers.get_all(header::CACHE_CONTROL).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let directives: HashSet<String> = texts
        .flat_map(|text| text.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect();
    let no_store = directives.contains("no-store");
    let position = headers.get(POSITION).and_then(|value| value.to_str().ok());
    Wish {
        no_cache: no_store || directives.contains("no-cache") || directives.contains("max-age=0"),
        no_store,
        at_least: position.and_then(|text| text.parse::<Position>().ok()),
        explain: headers.get(EXPLAIN).is_some_and(|value| value == "1"),
    }
}

#[cfg(test)]
mod tests;
