//! The router's configuration: `weft.yaml`, then the environment, then flags.
//!
//! Everything has a default; no file is needed. Secrets are no part of it: they come from the
//! environment alone (see [`crate::InternalSecret`]).

mod cache;
mod circuit_breaker;
mod compose;
mod diagnostic;
mod keys;
mod load;
mod sections;
mod share;
mod units;
mod yaml;

use std::{
    collections::BTreeMap,
    num::NonZero,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use cache::{
    Cache, CacheRule, CacheScope, Consistency, SubgraphCache, TagHeader, TagSeparator,
};
pub use circuit_breaker::{CircuitBreaker, SubgraphCircuitBreaker};
pub use compose::{ComposeFile, ComposeSchema, ComposeSubgraph};
pub use diagnostic::{Diagnostic, Place};
pub use load::Flag;
pub use sections::{
    Admin, Auth, CookieForSubgraph, Cors, Csrf, Errors, Headers, Limits, Log, LogFormat,
    LoggedRequests, OperationCache, Recomposition, SubgraphDefaults, SubgraphSettings, Timeouts,
    Traffic,
};
pub use share::Share;
pub use units::{ByteSize, Header, HttpUrl, Interval, ListenAddress, Span};

/// Everything that can be set about the router.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the router listens: `host:port`.
    pub listen: ListenAddress,
    /// Threads that answer requests; one for each processor that the router may use if not set.
    pub workers: Option<NonZero<usize>>,
    /// A composed supergraph (SDL file). Relative paths start at the configuration file.
    pub supergraph: Option<PathBuf>,
    /// A rover `supergraph.yaml` which the router composes itself, at start and when a schema changes.
    pub compose: Option<PathBuf>,
    /// How the graph follows the schemas it is made of.
    pub recomposition: Recomposition,
    /// What is for operators and not for clients.
    pub admin: Admin,
    /// How clients' requests are answered.
    pub traffic: Traffic,
    /// What holds for every subgraph that does not say otherwise.
    pub subgraph_defaults: SubgraphDefaults,
    /// Settings of single subgraphs, by name.
    pub subgraphs: BTreeMap<String, SubgraphSettings>,
    /// How large a request may be.
    pub limits: Limits,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// Which browsers' pages may call the router.
    pub cors: Cors,
    /// Protection against requests a foreign page makes a browser send.
    pub csrf: Csrf,
    /// Serve GraphiQL at `/`.
    pub graphiql: bool,
    /// Answer `__schema` and `__type`.
    pub introspection: bool,
    /// Who the client is.
    pub auth: Auth,
    /// Headers on their way to subgraphs.
    pub headers: Headers,
    /// What is written to standard error.
    pub log: Log,
    /// What clients are told about failures.
    pub errors: Errors,
    /// What is kept of subgraphs' answers.
    pub cache: Cache,
    /// How much is remembered about operations.
    pub operation_cache: OperationCache,
    /// For which share of requests labels of `@override` are on. A label that is not named is on as its `percent(…)`
    /// says, or else off.
    pub override_labels: BTreeMap<String, Share>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: ListenAddress::default(),
            workers: None,
            supergraph: None,
            compose: None,
            recomposition: Recomposition::default(),
            admin: Admin::default(),
            traffic: Traffic::default(),
            subgraph_defaults: SubgraphDefaults::default(),
            subgraphs: BTreeMap::new(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            cors: Cors::default(),
            csrf: Csrf::default(),
            graphiql: true,
            introspection: true,
            auth: Auth::default(),
            headers: Headers::default(),
            log: Log::default(),
            errors: Errors::default(),
            cache: Cache::default(),
            operation_cache: OperationCache::default(),
            override_labels: BTreeMap::new(),
        }
    }
}

/// What [`Config::load`] reads.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// `weft.yaml`, when there is one.
    pub file: Option<PathBuf>,
    /// The process's environment: `WEFT_LISTEN`, `WEFT_LIMITS__BODY_BYTES`, and what `${NAME}` in the file means.
    pub environment: Vec<(String, String)>,
    /// Flags that set a key.
    pub flags: Vec<Flag>,
}

impl Sources {
    /// `file` and this process's environment.
    #[must_use]
    pub fn process(file: Option<PathBuf>) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            file,
            environment,
            flags: Vec::new(),
        }
    }

    /// The same with a flag that sets `key`, unless the flag was not given.
    #[must_use]
    pub fn flag(mut self, name: &str, key: &str, value: Option<String>) -> Self {
        self.flags.extend(value.map(|value| Flag {
            name: name.to_owned(),
            key: key.to_owned(),
            value,
        }));
        self
    }
}

impl Config {
    /// Reads and checks the configuration; flags win over the environment, which wins over the file.
    ///
    /// Relative paths in the file start at its folder, in flags and environment at the working directory.
    ///
    /// # Errors
    /// Every mistake found, each with its place.
    pub fn load(sources: &Sources) -> Result<Self, Vec<Diagnostic>> {
        let mut settings = load::Settings::new::<Self>();
        if let Some(file) = &sources.file {
            let text = load::read(file).map_err(|diagnostic| vec![diagnostic])?;
            let variables = |name: &str| {
                sources
                    .environment
                    .iter()
                    .find(|(known, _)| known == name)
                    .map(|(_, value)| value.clone())
            };
            settings.file(&file.display().to_string(), &text, &variables);
            let folder = file.parent().unwrap_or(Path::new(""));
            settings.rebase(&["supergraph", "compose"], folder);
        }
        settings.environment(sources.environment.iter().cloned());
        for flag in &sources.flags {
            settings.flag(flag);
        }
        settings.finish(Self::mistakes)
    }

    /// What is wrong with a `weft.yaml`, environment included; empty when nothing is.
    #[must_use]
    pub fn validate(sources: &Sources) -> Vec<Diagnostic> {
        Self::load(sources).err().unwrap_or_default()
    }

    /// The JSON Schema (draft 2020-12) of `weft.yaml`.
    #[must_use]
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }

    /// Mistakes no single value shows.
    fn mistakes(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut require = |holds: bool, path: &str, message: &str| {
            if !holds {
                found.push((path.to_owned(), message.to_owned()));
            }
        };
        require(
            self.supergraph.is_none() || self.compose.is_none(),
            "compose",
            "set either `supergraph` or `compose`, not both",
        );
        let any_origin = self.cors.origins.iter().any(|origin| origin == "*");
        require(
            !any_origin || self.cors.origins.len() == 1,
            "cors.origins",
            "`*` must stand alone",
        );
        require(
            !any_origin || !self.cors.credentials,
            "cors.credentials",
            "cannot be on when any origin is allowed",
        );
        for origin in self.cors.origins.iter().filter(|origin| *origin != "*") {
            require(
                is_origin(origin),
                "cors.origins",
                &format!("`{origin}` is not an origin; write it as `https://app.example.com`"),
            );
        }
        let limits = &self.limits;
        for (path, limit) in [
            ("limits.tokens", limits.tokens),
            ("limits.depth", limits.depth),
            ("limits.aliases", limits.aliases),
            ("limits.root_fields", limits.root_fields),
            ("limits.fields", limits.fields),
            ("limits.connections", limits.connections),
            ("limits.concurrent_requests", limits.concurrent_requests),
            ("operation_cache.entries", self.operation_cache.entries),
        ] {
            require(limit > 0, path, "must be larger than zero");
        }
        require(
            limits.header_bytes.0 >= 8192,
            "limits.header_bytes",
            "must be at least 8192",
        );
        require(
            !self.csrf.enabled || !self.csrf.headers.is_empty(),
            "csrf.headers",
            "must name at least one header",
        );
        require(
            crate::telemetry::is_valid_level(&self.log.level),
            "log.level",
            "is neither a level (`info`) nor a list of `target=level`",
        );
        if let Some(header) = &self.cache.tag_header {
            require(
                !header.is_taken(),
                "cache.tag_header.name",
                &format!("answers have `{}` for something else", header.name),
            );
            require(
                (64..=65_536).contains(&header.max_bytes.0),
                "cache.tag_header.max_bytes",
                "must be from 64 to 65536",
            );
            require(
                header.max_names > 0,
                "cache.tag_header.max_names",
                "must be larger than zero",
            );
        }
        for header in &self.headers.propagate {
            require(
                !crate::identity_headers::carries_identity(header.name()),
                "headers.propagate",
                &format!(
                    "`{header}` carries identity or belongs to the connection and is never propagated"
                ),
            );
        }
        found.extend(self.circuit_breaker_mistakes());
        found
    }

    fn circuit_breaker_mistakes(&self) -> Vec<(String, String)> {
        let defaults = &self.subgraph_defaults.circuit_breaker;
        let mut found = Vec::new();
        let mut add = |path: &str, breaker: &CircuitBreaker| {
            for (key, message) in breaker.mistakes() {
                found.push((format!("{path}.circuit_breaker.{key}"), message.to_owned()));
            }
        };
        add("subgraph_defaults", defaults);
        for (name, own) in &self.subgraphs {
            let base = CircuitBreaker::default();
            add(
                &format!("subgraphs.{name}"),
                &base.with(&own.circuit_breaker),
            );
        }
        found
    }
}

/// `scheme://host[:port]` without path, as browsers send it.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else {
        return false;
    };
    matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.authority().is_some()
        && text.matches('/').count() == 2
        && text.to_ascii_lowercase() == text
}

#[cfg(test)]
mod tests;
