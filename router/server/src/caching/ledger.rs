//! What became of a client's request as far as the cache is concerned: how its fetches were answered, and what follows
//! from that for the answer as a whole.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use router_cache::{Layer, Position, Tag};
use serde::Serialize;

use super::names::Names;

/// Who may be given an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    /// Everybody.
    Public,
    /// Everybody without a token.
    Anonymous,
    /// Whom it was made for.
    Private,
}

/// Where a part of an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    /// The memory of this process.
    Memory,
    Redis,
}

impl From<Layer> for Origin {
    fn from(layer: Layer) -> Self {
        match layer {
            Layer::Process => Self::Memory,
            Layer::Redis => Self::Redis,
        }
    }
}

/// Which rule gave an entry its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TtlSource {
    /// `Cache-Control` of the answer.
    Response,
    /// The router's configuration, in spite of what the answer says.
    Override,
    /// The router's configuration, the answer saying nothing.
    Default,
}

/// Why an answer is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NotStored {
    /// It is of a mutation.
    Mutation,
    /// Caching is off for the subgraph.
    Disabled,
    /// The client asked for that.
    ClientNoStore,
    /// The fetch failed.
    Failed,
    /// There are errors in it.
    Errors,
    /// It sets a cookie.
    SetCookie,
    /// The origin forbids it.
    NoStore,
    /// Nobody said for how long.
    NoTtl,
    /// It is private, and the client has no token to know it by.
    PrivateWithoutIdentity,
    /// It is too large, or is about too many things.
    TooLarge,
    /// What came is not what was asked for.
    Malformed,
    /// It was the first for a while that could be.
    Unexpected,
}

impl NotStored {
    /// Whether the answer's headers say so, or the configuration, and not what is in it.
    pub(super) fn is_of_headers(self) -> bool {
        use NotStored::{Disabled, NoStore, NoTtl, PrivateWithoutIdentity, SetCookie};
        matches!(
            self,
            Disabled | NoStore | NoTtl | PrivateWithoutIdentity | SetCookie
        )
    }
}

/// How the units of one fetch were answered.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    pub(crate) subgraph: Arc<str>,
    /// What was asked for: root fields, or types of entities. Only if the client wants to be told.
    pub(crate) what: Vec<String>,
    /// How many units came from where.
    pub(crate) memory: usize,
    pub(crate) redis: usize,
    pub(crate) fetched: usize,
    /// How many of them were stale.
    pub(crate) stale: usize,
    /// Why what was fetched was not found.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) missed: BTreeSet<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_stored: Option<NotStored>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ttl_source: Option<TtlSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<Scope>,
    /// The oldest part's age, in seconds.
    pub(crate) age_seconds: f64,
    /// For how long all of it stays fresh, in seconds; nothing if it is not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fresh_for_seconds: Option<f64>,
    /// How long it took.
    pub(crate) duration_milliseconds: f64,
}

/// What a whole answer was made from; only of one whose parts are all kept.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    /// The earliest of the parts'.
    pub(crate) t0: Position,
    pub(crate) tags: BTreeSet<Tag>,
    pub(crate) scope: Scope,
    pub(crate) fresh_for: Duration,
    /// Until when no part is due to be fetched again.
    pub(crate) quiet_for: Duration,
    pub(crate) age: Duration,
    /// What a CDN may know it by; empty if nobody asks.
    pub(crate) names: Names,
}

impl Basis {
    /// What both together are made from.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.t0 = self.t0.min(other.t0);
        self.tags.extend(&other.tags);
        self.scope = self.scope.max(other.scope);
        self.fresh_for = self.fresh_for.min(other.fresh_for);
        self.quiet_for = self.quiet_for.min(other.quiet_for);
        self.age = self.age.max(other.age);
        self.names.extend(&other.names);
        self
    }
}

/// The records of one execution, kept by the ports of its subgraphs.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// What the client said about caching.
    pub(crate) wish: Wish,
    records: Mutex<Records>,
}

/// What the client wishes (RFC 9111, section 5.2.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Wish {
    /// `no-cache`: nothing kept is to be used.
    pub(crate) no_cache: bool,
    /// `no-store`: nor is anything to be kept.
    pub(crate) no_store: bool,
    /// The position of a write that the answer must know of.
    pub(crate) at_least: Option<Position>,
    /// To be told what came from where.
    pub(crate) explain: bool,
}

#[derive(Debug, Default)]
struct Records {
    /// Only if they are wanted.
    lines: Vec<Line>,
    kept: usize,
    fetched: usize,
    bases: Vec<Option<Basis>>,
    written: Option<Position>,
}

impl Ledger {
    pub(crate) fn new(wish: Wish) -> Self {
        Self {
            wish,
            records: Mutex::default(),
        }
    }

    /// Notes how a fetch was answered; without a basis if some of it is not kept.
    pub(crate) fn note(&self, line: Line, basis: Option<Basis>) {
        let mut records = self.lock();
        records.kept += line.memory + line.redis;
        records.fetched += line.fetched;
        if self.wish.explain {
            records.lines.push(line);
        }
        records.bases.push(basis);
    }

    /// How many units were kept and how many were fetched.
    pub(crate) fn units(&self) -> (usize, usize) {
        let records = self.lock();
        (records.kept, records.fetched)
    }

    /// Notes an invalidation.
    pub(crate) fn wrote(&self, position: Position) {
        let mut records = self.lock();
        records.written = records.written.max(Some(position));
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        self.lock().lines.clone()
    }

    /// Up to which position of the log this request has written.
    pub(crate) fn written(&self) -> Option<Position> {
        self.lock().written
    }

    /// What an answer that took `fetches` requests was made from, if all of it is kept.
    pub(crate) fn basis(&self, fetches: usize) -> Option<Basis> {
        let records = self.lock();
        if records.bases.len() != fetches {
            return None;
        }
        let parts = records.bases.iter().map(Option::as_ref);
        let parts = parts.collect::<Option<Vec<&Basis>>>()?;
        let (first, rest) = parts.split_first()?;
        let whole = (*first).clone();
        Some(rest.iter().fold(whole, |whole, part| whole.and(part)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
