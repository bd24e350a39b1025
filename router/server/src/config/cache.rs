//! `cache`: what is kept of subgraphs' answers, where and for how long.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::{ByteSize, Header, Span};

/// What is kept of subgraphs' answers: queries' root fetches and single entities.
///
/// What may be kept, and for how long, subgraphs say with `Cache-Control`; mutations through this router invalidate
/// what they change.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// Keep answers at all.
    pub enabled: bool,
    /// Memory for entries of subgraphs' answers in this process.
    pub memory: ByteSize,
    /// Memory for whole answers to operations whose every part is public.
    pub response_memory: ByteSize,
    /// The Redis that replicas share: `redis://`, `rediss://`, `redis-sentinel://` or `redis-cluster://`. Without it each
    /// router keeps its own entries, and knows of no other's invalidations.
    pub redis: Option<String>,
    /// What keys begin with: routers with the same one share their entries.
    pub namespace: String,
    /// How much of the log of invalidations must be known before an entry is used.
    pub consistency: Consistency,
    /// The bound of `consistency: bounded`: how long ago this router may have heard from the log last.
    pub max_log_lag: Span,
    /// The longest that Redis may delay a lookup.
    pub read_budget: Span,
    /// How long an answer is kept that does not say; not at all if not set.
    pub default_max_age: Option<Span>,
    /// Show in `extensions.cache` what came from where, names of subgraphs among it, to requests with the header
    /// `x-cache-explain: 1`. As `graphiql`, if not set.
    pub explain: Option<bool>,
    /// The header that tells a CDN what an answer is made from, so that it can purge by that. None, if not set.
    pub tag_header: Option<TagHeader>,
    /// Headers that reach subgraphs and do not change what they answer.
    pub ignored_headers: Vec<String>,
    /// Settings of single subgraphs, by name.
    pub subgraphs: BTreeMap<String, SubgraphCache>,
}

/// How much of the log of invalidations must be known before an entry is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Consistency {
    /// Everything up to `max_log_lag` ago.
    #[default]
    Bounded,
    /// Everything up to the beginning of the request: Redis is asked each time.
    Strict,
}

/// What is kept of one subgraph's answers.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubgraphCache {
    /// Keep its answers.
    pub enabled: Option<bool>,
    /// As `cache.consistency`.
    pub consistency: Option<Consistency>,
    /// As `cache.default_max_age`.
    pub default_max_age: Option<Span>,
    /// How long after a mutation it may still answer queries from before: the lag of the replicas it reads from. What a
    /// mutation changed is ended again after that.
    pub settle: Option<Span>,
    /// What holds for entities of a type, whatever the subgraph says, by the type's name.
    pub types: BTreeMap<String, CacheRule>,
    /// What holds for a root field, whatever the subgraph says, by its coordinate: `Query.users`.
    pub fields: BTreeMap<String, CacheRule>,
}

/// What holds whatever the subgraph says. `no-store` in an answer still holds.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CacheRule {
    /// Keep it at all.
    pub keep: bool,
    /// How long it is kept.
    pub max_age: Option<Span>,
    /// Who may be given it.
    pub scope: Option<CacheScope>,
}

/// The header that tells a CDN what an answer is made from.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TagHeader {
    /// Its name: `Cache-Tag` (Cloudflare, Google), `Edge-Cache-Tag` (Akamai), `Surrogate-Key` (Fastly), `xkey` (Varnish), …
    pub name: Header,
    /// What stands between names: a space in `Surrogate-Key` and `xkey`, a comma elsewhere, if not set.
    pub separator: Option<TagSeparator>,
    /// The longest that its value may be.
    pub max_bytes: ByteSize,
    /// The most names in it.
    pub max_names: usize,
}

/// What stands between the names in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TagSeparator {
    /// `,`
    Comma,
    /// A space.
    Space,
}

impl TagHeader {
    /// What stands between names.
    pub(crate) fn separator(&self) -> char {
        let is_spaced = ["surrogate-key", "xkey"].contains(&self.name.name().as_str());
        match (self.separator, is_spaced) {
            (Some(TagSeparator::Comma), _) | (None, false) => ',',
            (Some(TagSeparator::Space), _) | (None, true) => ' ',
        }
    }

    /// Whether answers have this header for something else.
    pub(super) fn is_taken(&self) -> bool {
        let name = self.name.name().as_str();
        let others = [
            "cache-status",
            "date",
            "etag",
            "set-cookie",
            "vary",
            "x-cache-pos",
            "x-request-id",
        ];
        let is_of_http = ["cache-control", "connection", "transfer-encoding"].contains(&name);
        is_of_http
            || others.contains(&name)
            || ["access-control-", "content-"]
                .iter()
                .any(|of| name.starts_with(of))
    }
}

impl Default for TagHeader {
    fn default() -> Self {
        Self {
            name: Header::from_static("cache-tag"),
            separator: None,
            max_bytes: ByteSize(4096),
            max_names: 128,
        }
    }
}

/// Who may be given an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CacheScope {
    /// Everybody.
    Public,
    /// Whom it was made for.
    Private,
}

impl Default for CacheRule {
    fn default() -> Self {
        Self {
            keep: true,
            max_age: None,
            scope: None,
        }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            enabled: true,
            memory: ByteSize(128 << 20),
            response_memory: ByteSize(32 << 20),
            redis: None,
            namespace: "weft".to_owned(),
            consistency: Consistency::Bounded,
            max_log_lag: Span(std::time::Duration::from_millis(250)),
            read_budget: Span(std::time::Duration::from_millis(25)),
            default_max_age: None,
            explain: None,
            tag_header: None,
            ignored_headers: ["traceparent", "tracestate", "baggage", "x-request-id"]
                .map(str::to_owned)
                .to_vec(),
            subgraphs: BTreeMap::new(),
        }
    }
}
