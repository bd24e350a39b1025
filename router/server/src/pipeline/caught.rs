//! What a client is told about how the cache had to do with an answer.

use std::time::Duration;

use apollo_compiler::ast::OperationType;
use http::{HeaderName, HeaderValue};
use router_cache::Position;
use router_executor::{ExecutionOutput, FetchOutcome};

use crate::{
    caching::{Basis, Ledger, Line, Scope},
    config::TagHeader,
};

/// `Vary`: what answers that clients may keep depend on.
#[derive(Debug)]
pub(crate) struct Vary {
    /// Of those for everybody.
    shared: HeaderValue,
    /// Of those for one client.
    own: HeaderValue,
}

impl Vary {
    /// `forwarded` are the client's headers that may change an answer.
    pub(crate) fn of<'h>(forwarded: impl Iterator<Item = &'h HeaderName>) -> Self {
        let mut names = vec!["accept"];
        names.extend(forwarded.map(HeaderName::as_str));
        let shared = value(names.join(", "));
        names.push("authorization");
        Self {
            shared,
            own: value(names.join(", ")),
        }
    }

    /// The header of an answer; nothing if it may not be kept.
    pub(crate) fn header(&self, caught: &Caught) -> Option<&HeaderValue> {
        Some(match caught.is_shared()? {
            true => &self.shared,
            false => &self.own,
        })
    }
}

/// How the cache had to do with an answer.
#[derive(Debug, Clone)]
pub(crate) struct Caught {
    /// `Cache-Control` for the client.
    pub(crate) control: HeaderValue,
    /// `Cache-Status` (RFC 9211).
    pub(crate) status: HeaderValue,
    /// Up to which position of the log the request has written.
    pub(crate) written: Option<Position>,
    /// Each fetch.
    pub(crate) lines: Vec<Line>,
    /// What it was made from, if all of it is kept.
    pub(crate) basis: Option<Basis>,
    /// What it is made from, for CDNs; only if everybody may be given it.
    pub(crate) names: Option<HeaderValue>,
    /// Whether anybody may ask for it.
    pub(crate) is_open: bool,
    /// How long ago it was made, if it was kept as a whole.
    pub(crate) kept_for: Option<Duration>,
}

impl Caught {
    pub(crate) fn of(
        kind: OperationType,
        ledger: &Ledger,
        output: &ExecutionOutput,
        is_open: bool,
        tag_header: Option<&TagHeader>,
    ) -> Self {
        let sent = output.fetches.iter();
        let sent = sent.filter(|fetch| !matches!(fetch.outcome, FetchOutcome::Skipped));
        let lines = ledger.lines();
        let is_clean = kind == OperationType::Query && output.errors == 0;
        let basis = ledger
            .basis(sent.count())
            .filter(|_| is_clean && !ledger.wish.no_store);
        Self {
            names: names(basis.as_ref(), is_open, tag_header),
            control: control(basis.as_ref(), is_open),
            status: status(kind, ledger, basis.as_ref()),
            written: ledger.written(),
            basis,
            lines,
            is_open,
            kept_for: None,
        }
    }

    /// The same of an answer that was kept as a whole for so long.
    pub(crate) fn after(&self, kept_for: Duration) -> Self {
        let basis = self.basis.clone().map(|basis| Basis {
            fresh_for: basis.fresh_for.saturating_sub(kept_for),
            age: basis.age + kept_for,
            tags: Default::default(),
            names: Default::default(),
            ..basis
        });
        let ttl = basis.as_ref().map_or(0, |basis| basis.fresh_for.as_secs());
        Self {
            control: control(basis.as_ref(), self.is_open),
            status: value(format!("weft; hit; ttl={ttl}; detail=response")),
            names: self.names.clone(),
            written: None,
            lines: self.lines.clone(),
            is_open: self.is_open,
            kept_for: Some(kept_for),
            basis,
        }
    }

    /// Whether others than who asked may be given it by caches between them and the router; `None` if it may not be kept.
    pub(crate) fn is_shared(&self) -> Option<bool> {
        let basis = self.basis.as_ref()?;
        Some(is_shared(basis, self.is_open))
    }

    /// `extensions.cache`: what came from where.
    pub(crate) fn explanation(&self) -> serde_json::Value {
        serde_json::json!({
            "response": match self.kept_for {
                Some(kept_for) => serde_json::json!({ "hit": true, "ageSeconds": kept_for.as_secs_f64() }),
                None => serde_json::json!({ "hit": false, "kept": self.basis.is_some() }),
            },
            "fetches": self.lines,
        })
    }
}

/// Caches between the router and its clients know no access rules: what not everybody may ask for is nothing for them, though
/// its subgraph calls it public.
fn is_shared(basis: &Basis, is_open: bool) -> bool {
    is_open && basis.scope == Scope::Public
}

/// What an answer that everybody may keep is made from.
fn names(
    basis: Option<&Basis>,
    is_open: bool,
    tag_header: Option<&TagHeader>,
) -> Option<HeaderValue> {
    let basis = basis.filter(|basis| is_shared(basis, is_open))?;
    let names = basis.names.header(tag_header?);
    HeaderValue::try_from(names).ok()
}

/// For how long and by whom the whole may be kept: as its shortest and narrowest part.
fn control(basis: Option<&Basis>, is_open: bool) -> HeaderValue {
    let Some(basis) = basis else {
        return HeaderValue::from_static("no-store");
    };
    let scope = match is_shared(basis, is_open) {
        true => "public",
        false => "private",
    };
    let seconds = basis.fresh_for.as_secs();
    value(format!("{scope}, max-age={seconds}"))
}

fn status(kind: OperationType, ledger: &Ledger, basis: Option<&Basis>) -> HeaderValue {
    let (kept, fetched) = ledger.units();
    let stored = if basis.is_some() { "; stored" } else { "" };
    let ttl = basis
        .map_or(Duration::ZERO, |basis| basis.fresh_for)
        .as_secs();
    value(match (kept, fetched) {
        _ if kind != OperationType::Query => "weft; fwd=method".to_owned(),
        _ if ledger.wish.no_cache => format!("weft; fwd=request{stored}"),
        (0, _) => format!("weft; fwd=uri-miss{stored}"),
        (_, 0) => format!("weft; hit; ttl={ttl}"),
        (..) => format!("weft; fwd=partial{stored}"),
    })
}

fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("no-store"))
}
