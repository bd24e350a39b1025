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
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use apollo_compiler::ast::OperationType;
use bytes::Bytes;
use futures::future::BoxFuture;
use router_cache::{Consistency, Entry, Found as Kept, Hit, Key, KeyWriter, LookUp, Position, Tag};
use router_executor::{
    Identity, Moment, Note, RequestParts, Subgraph, SubgraphError, SubgraphRequest,
    SubgraphResponse,
};

use super::{
    Caching,
    entities::EntityTypes,
    ledger::{Basis, Ledger, Line, NotStored, Origin, Scope, TtlSource, Wish},
    names::Names,
    policy::{Policy, Rule, Terms},
    tags::Found,
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

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Port").field(&self.name).finish()
    }
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
        let Some(units) = parts.fetch.get::<FetchUnits>() else {
            return port.subgraph.call(request);
        };
        if units.kind != OperationType::Mutation && port.only_asks(&request, units) {
            // The most frequent way where nothing is kept: without room for the others.
            return Box::pin(port.ask(request, parts));
        }
        Box::pin(async move {
            let Some(units) = parts.fetch.get::<FetchUnits>() else {
                return port.subgraph.call(request).await;
            };
            let execution = request.execution.take();
            // Before anything is looked up.
            request.began = Some(Moment::now());
            let none = Ledger::default();
            let ledger = ledger_of(execution.as_ref(), &none);
            match (&units.units, units.kind) {
                (Units::Root(unit), OperationType::Mutation) => {
                    port.mutate(request, &parts, units, unit, ledger).await
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
struct Fill<'f> {
    t0: Position,
    terms: Terms,
    /// When the subgraph was asked.
    began: Instant,
    /// The scopes under which it may be kept, and the key under each.
    scopes: [Scope; 2],
    keys: [Key; 2],
    found: &'f Found,
    /// Tags besides those of what was found in it.
    others: &'f [String],
}

/// What is said of an answer that is kept.
#[derive(Debug, Clone)]
struct Stored {
    basis: Basis,
    source: Option<TtlSource>,
}

impl Stored {
    /// What was kept before.
    fn of(hit: &Hit, scope: Scope) -> Self {
        Self {
            basis: basis_of(hit, scope),
            source: source_of(hit.entry.flags),
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
        parts: RequestParts,
    ) -> Result<SubgraphResponse, SubgraphError> {
        let began = Instant::now();
        let execution = request.execution.take();
        let none = Ledger::default();
        let ledger = ledger_of(execution.as_ref(), &none);
        let has_identity = request.identity.subject.is_some();
        request.shares_within = match self.caching.knows(ledger.wish) {
            true => self.caching.shares_within(),
            false => Some(Duration::ZERO),
        };
        let answer = self.subgraph.call(request).await;
        let mut line = line(self, ledger.wish, Vec::new);
        line.fetched = 1;
        line.not_stored = Some(match &answer {
            _ if !self.policy.is_on => NotStored::Disabled,
            Err(_) => NotStored::Failed,
            Ok(response) => {
                let terms = self
                    .policy
                    .terms(&Rule::default(), &response.headers, has_identity);
                if let Some(units) = parts.fetch.get::<FetchUnits>() {
                    units.learn(has_identity, terms.is_ok());
                }
                terms.err().unwrap_or(NotStored::Unexpected)
            }
        });
        finish(&mut line, None, began.elapsed());
        ledger.note(line, None);
        answer
    }

    /// The names of what an answer is made from, if a CDN is to be told.
    fn names(&self) -> Option<Names> {
        self.caching.tag_header()?;
        let mut names = Names::default();
        names.subgraph(&self.name);
        Some(names)
    }

    /// The scopes under which something may be kept for who asks, the narrowest first.
    fn scopes(identity: &Identity) -> [Scope; 2] {
        match identity.subject {
            Some(_) => [Scope::Private, Scope::Public],
            None => [Scope::Anonymous, Scope::Public],
        }
    }

    /// Begins the key of a unit.
    fn key(
        &self,
        scope: Scope,
        request: &SubgraphRequest,
        entities: &EntityTypes,
        kind: &str,
    ) -> KeyWriter {
        let mut key = self.caching.cache.key();
        // Of another version of the graph tags may have other names, which nobody would end.
        key.bytes(entities.digest());
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
                    session,
                } = &*request.identity;
                // All that a subgraph is told of who asks.
                key.text(subject.as_deref().unwrap_or_default());
                key.list(scopes.len());
                scopes.iter().for_each(|scope| key.text(scope));
                match session {
                    Some(session) => key.text(session),
                    None => key.null(),
                }
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

    /// What was kept under `keys` since they were looked up, for who wants it.
    fn look_again(&self, keys: &[Key], look_up: &LookUp, wish: Wish) -> Vec<Kept> {
        match wish.no_cache {
            true => Vec::new(),
            false => self.caching.cache.look_again(keys, look_up),
        }
    }

    /// Keeps an answer under the key of its scope.
    fn put(&self, fill: &Fill<'_>, payload: Bytes) -> Result<Stored, NotStored> {
        let terms = fill.terms;
        let names = fill.found.of_entry(&self.name, fill.others);
        let names = names.ok_or(NotStored::TooLarge)?;
        if payload.len() > router_cache::MOST_BYTES {
            return Err(NotStored::TooLarge);
        }
        let mut keyed = fill.scopes.iter().zip(&fill.keys);
        let key = keyed.find(|(scope, _)| **scope == terms.scope);
        let (_, key) = key.ok_or(NotStored::PrivateWithoutIdentity)?;
        let tags: BTreeSet<Tag> = names.iter().map(Tag::named).collect();
        let entry = Entry {
            t0: fill.t0,
            tags: tags.iter().copied().collect(),
            created: self.caching.clock.unix_milliseconds(),
            ttl: router_cache::jittered(terms.ttl, JITTER, (self.caching.chance)()),
            stale_while_revalidate: terms.stale_while_revalidate,
            stale_if_error: terms.stale_if_error,
            cost: fill.began.elapsed(),
            flags: flags(terms),
            payload,
        };
        let basis = Basis {
            t0: fill.t0,
            tags,
            scope: terms.scope,
            fresh_for: entry.ttl,
            quiet_for: router_cache::quiet_for(&entry, entry.created),
            age: Duration::ZERO,
            names: Names::default(),
        };
        self.caching.cache.put(*key, entry);
        Ok(Stored {
            basis,
            source: Some(terms.source),
        })
    }

    fn is_refresh_due(&self, hit: &Hit) -> bool {
        let draw = (self.caching.chance)();
        let now = self.caching.clock.unix_milliseconds();
        router_cache::is_refresh_due(&hit.entry, now, EAGERNESS, draw)
    }
}

/// The ledger of the execution that a request is of.
fn ledger_of<'l>(execution: Option<&'l Note>, none: &'l Ledger) -> &'l Ledger {
    let ledger = execution.and_then(|note| note.get::<Ledger>());
    ledger.unwrap_or(none)
}

/// What a hit says about the answer that it is a part of.
fn basis_of(hit: &Hit, scope: Scope) -> Basis {
    let entry = &hit.entry;
    let age = u64::try_from(hit.age.as_millis()).unwrap_or(u64::MAX);
    let now = entry.created.saturating_add(age);
    Basis {
        t0: entry.t0,
        tags: entry.tags.iter().copied().collect(),
        scope,
        fresh_for: match hit.stale {
            None => entry.ttl.saturating_sub(hit.age),
            Some(_) => Duration::ZERO,
        },
        quiet_for: router_cache::quiet_for(entry, now),
        age: hit.age,
        names: Names::default(),
    }
}

/// Both together.
fn joined(one: Option<Basis>, other: Basis) -> Basis {
    match one {
        Some(one) => one.and(&other),
        None => other,
    }
}

/// A line without anything in it yet. `what` is asked only if the client wants to be told.
fn line(port: &Port, wish: Wish, what: impl FnOnce() -> Vec<String>) -> Line {
    Line {
        subgraph: Arc::clone(&port.name),
        what: if wish.explain { what() } else { Vec::new() },
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
    use TtlSource::{Default, Override, Response};
    match terms.source {
        Response => 1,
        Override => 2,
        Default => 3,
    }
}

fn source_of(flags: u32) -> Option<TtlSource> {
    use TtlSource::{Default, Override, Response};
    match flags {
        1 => Some(Response),
        2 => Some(Override),
        3 => Some(Default),
        _ => None,
    }
}
