//! A subgraph whose answers are kept: what is known is not asked for again, what a mutation changed is forgotten.
//!
//! It stands where the headers are those that the subgraph gets, and outside of what sends equal requests once. Of a
//! query from the root the whole answer is a unit, of `_entities` each entity; a batch that is known in part asks for
//! what is missing. The position of the log is taken before the subgraph is asked.

mod entities;
mod mutation;
mod root;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use apollo_compiler::ast::OperationType;
use bytes::Bytes;
use futures::future::BoxFuture;
use router_cache::{Consistency, Entry, Found as Kept, Hit, Key, KeyWriter, LookUp, Position, Tag};
use router_executor::{Identity, Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};

use super::{
    Caching,
    ledger::{Basis, Ledger, Line, NotStored, Origin, Scope, Wish},
    policy::{Policy, Rule, Terms},
    units::{FetchUnits, Units},
};

/// A subgraph and what is kept of its answers.
pub(crate) struct Cached(Arc<Port>);

struct Port {
    name: Arc<str>,
    subgraph: Arc<dyn Subgraph>,
    caching: Arc<Caching>,
    policy: Policy,
}

impl Cached {
    pub(super) fn new(
        name: &str,
        subgraph: Arc<dyn Subgraph>,
        caching: Arc<Caching>,
        policy: Policy,
    ) -> Self {
        Self(Arc::new(Port {
            name: Arc::from(name),
            subgraph,
            caching,
            policy,
        }))
    }
}

impl Subgraph for Cached {
    fn call<'a>(
        &'a self,
        mut request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        let Some(parts) = request.parts.take() else {
            return self.0.subgraph.call(request);
        };
        let port = &self.0;
        Box::pin(async move {
            let Some(units) = parts.fetch.get::<FetchUnits>() else {
                return port.subgraph.call(request).await;
            };
            let execution = request.execution.take();
            let none = Ledger::default();
            let ledger = execution.as_ref().and_then(|note| note.get::<Ledger>());
            let ledger = ledger.unwrap_or(&none);
            if units.kind != OperationType::Mutation && port.only_asks(&request, units) {
                return port.ask(request, units, ledger).await;
            }
            match (&units.units, units.kind) {
                (Units::Root(unit), OperationType::Mutation) => {
                    port.mutate(request, units, unit, ledger).await
                }
                (Units::Root(unit), _) => port.root(request, &parts, units, unit, ledger).await,
                (Units::Entities(calls), _) => {
                    port.entities(request, &parts, units, calls, ledger).await
                }
            }
        })
    }
}

/// What is needed to keep an answer.
struct Fill {
    t0: Position,
    terms: Terms,
    cost: Duration,
    now: u64,
}

impl Fill {
    fn entry(&self, tags: &BTreeSet<Tag>, payload: Bytes, draw: fn() -> f64) -> Entry {
        Entry {
            t0: self.t0,
            tags: tags.iter().copied().collect(),
            created: self.now,
            ttl: router_cache::jittered(self.terms.ttl, JITTER, draw()),
            stale_while_revalidate: self.terms.stale_while_revalidate,
            stale_if_error: self.terms.stale_if_error,
            cost: self.cost,
            flags: flags(self.terms),
            payload,
        }
    }
}

/// The share of its time by which an entry may end earlier, so that those made together do not end together.
const JITTER: f64 = 0.1;
/// How eagerly entries are fetched again before they end.
const EAGERNESS: f64 = 1.0;

impl Port {
    /// Whether nothing of this fetch is looked for or kept.
    fn only_asks(&self, request: &SubgraphRequest, units: &FetchUnits) -> bool {
        let is_strict = self.policy.consistency == Consistency::Strict;
        let has_identity = request.identity.subject.is_some();
        let is_hopeless =
            !units.may_be_kept(has_identity) && !self.policy.has_rules() && !is_strict;
        !self.policy.is_on || is_hopeless
    }

    /// Asks, and learns whether the answer could have been kept.
    async fn ask(
        &self,
        mut request: SubgraphRequest,
        units: &FetchUnits,
        ledger: &Ledger,
    ) -> Result<SubgraphResponse, SubgraphError> {
        let began = Instant::now();
        let has_identity = request.identity.subject.is_some();
        request.shares_within = match self.caching.knows(ledger.wish) {
            true => self.caching.shares_within(),
            false => Some(Duration::ZERO),
        };
        let answer = self.subgraph.call(request).await;
        let mut line = line(self, Vec::new());
        line.fetched = 1;
        line.not_stored = Some(match &answer {
            _ if !self.policy.is_on => NotStored::Disabled,
            Err(_) => NotStored::Failed,
            Ok(response) => {
                let terms = self
                    .policy
                    .terms(&Rule::default(), &response.headers, has_identity);
                units.learn(has_identity, terms.is_ok());
                terms.err().unwrap_or(NotStored::Unexpected)
            }
        });
        finish(&mut line, None, began.elapsed());
        ledger.note(line, None);
        answer
    }

    /// The scopes under which something may be kept for who asks, the narrowest first.
    fn scopes(identity: &Identity) -> [Scope; 2] {
        match identity.subject {
            Some(_) => [Scope::Private, Scope::Public],
            None => [Scope::Anonymous, Scope::Public],
        }
    }

    /// Begins the key of a unit.
    fn key(&self, scope: Scope, request: &SubgraphRequest, kind: &str) -> KeyWriter {
        let mut key = self.caching.cache.key();
        key.text(kind);
        key.text(&self.name);
        match scope {
            Scope::Public => key.integer(0),
            Scope::Anonymous => key.integer(1),
            Scope::Private => {
                key.integer(2);
                let Identity {
                    subject,
                    scopes,
                    session: _,
                } = &*request.identity;
                key.text(subject.as_deref().unwrap_or_default());
                key.list(scopes.len());
                scopes.iter().for_each(|scope| key.text(scope));
            }
        }
        let headers = request.headers.iter();
        let headers = headers.filter(|(name, _)| !self.caching.ignored.contains(*name));
        let mut headers: Vec<(&str, &[u8])> = headers
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        // Stable: values of one name stay in their order.
        headers.sort_by_key(|(name, _)| *name);
        key.list(headers.len());
        for (name, value) in headers {
            key.text(name);
            key.bytes(value);
        }
        key
    }

    /// What is kept under `keys`, and the position before which nothing was asked. A client who wants nothing of what is
    /// kept is told that nothing is, and what is known of the log all the same.
    async fn look_up(&self, keys: &[Key], wish: Wish) -> LookUp {
        let cache = &self.caching.cache;
        let keys = if wish.no_cache { &[] } else { keys };
        cache
            .look_up(keys, self.policy.consistency, wish.at_least)
            .await
    }

    fn is_refresh_due(&self, hit: &Hit) -> bool {
        let draw = (self.caching.draw)();
        router_cache::is_refresh_due(&hit.entry, unix_milliseconds(), EAGERNESS, draw)
    }
}

/// What a hit says about the answer that it is a part of.
fn basis_of(hit: &Hit, scope: Scope) -> Basis {
    let entry = &hit.entry;
    Basis {
        t0: entry.t0,
        tags: entry.tags.iter().copied().collect(),
        scope,
        fresh_for: match hit.stale {
            None => entry.ttl.saturating_sub(hit.age),
            Some(_) => Duration::ZERO,
        },
        age: hit.age,
    }
}

/// Both together.
fn joined(one: Option<Basis>, other: Basis) -> Basis {
    let Some(mut basis) = one else { return other };
    basis.t0 = basis.t0.min(other.t0);
    basis.tags.extend(other.tags);
    basis.scope = basis.scope.max(other.scope);
    basis.fresh_for = basis.fresh_for.min(other.fresh_for);
    basis.age = basis.age.max(other.age);
    basis
}

/// A line without anything in it yet.
fn line(port: &Port, what: Vec<String>) -> Line {
    Line {
        subgraph: port.name.to_string(),
        what,
        memory: 0,
        redis: 0,
        fetched: 0,
        stale: 0,
        missed: BTreeSet::new(),
        not_stored: None,
        ttl_source: None,
        scope: None,
        age_seconds: 0.0,
        fresh_for_seconds: None,
        duration_milliseconds: 0.0,
    }
}

fn count_hit(line: &mut Line, hit: &Hit, scope: Scope) {
    match Origin::from(hit.layer) {
        Origin::Redis => line.redis += 1,
        Origin::Memory => line.memory += 1,
    }
    line.stale += usize::from(hit.stale.is_some());
    line.age_seconds = line.age_seconds.max(hit.age.as_secs_f64());
    line.scope = line.scope.max(Some(scope));
    if let Some(source) = source_of(hit.entry.flags) {
        line.ttl_source = Some(source);
    }
}

/// Ends a line.
fn finish(line: &mut Line, basis: Option<&Basis>, took: Duration) {
    line.fresh_for_seconds = basis.map(|basis| basis.fresh_for.as_secs_f64());
    line.duration_milliseconds = took.as_secs_f64() * 1e3;
}

/// Of the fitting entries the one to use: a fresh one, or else one that may be used while it is fetched again, or else
/// one for the case that the subgraph fails.
fn choose<'h>(found: &'h [Kept], scopes: &[Scope]) -> Option<(&'h Hit, Scope)> {
    let hits = found.iter().zip(scopes);
    let hits = hits.filter_map(|(found, scope)| Some((found.hit()?, *scope)));
    hits.min_by_key(|(hit, _)| match hit.stale {
        None => 0,
        Some(stale) if stale.while_revalidate => 1,
        Some(_) => 2,
    })
}

/// What an entry's flags say: which rule gave it its time.
fn flags(terms: Terms) -> u32 {
    use super::ledger::TtlSource::{Default, Override, Response};
    match terms.source {
        Response => 1,
        Override => 2,
        Default => 3,
    }
}

fn source_of(flags: u32) -> Option<super::ledger::TtlSource> {
    use super::ledger::TtlSource::{Default, Override, Response};
    match flags {
        1 => Some(Response),
        2 => Some(Override),
        3 => Some(Default),
        _ => None,
    }
}

fn unix_milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis().try_into().unwrap_or(u64::MAX))
}
