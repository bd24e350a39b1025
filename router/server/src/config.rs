//! The router's configuration: `weft.yaml`, then the environment, then flags.
//!
//! Everything has a default; no file is needed. Secrets are no part of it: they come from the
//! environment alone (see [`crate::InternalSecret`]).

mod compose;
mod diagnostic;
mod keys;
mod load;
mod units;
mod yaml;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use compose::{ComposeFile, ComposeSchema, ComposeSubgraph};
pub use diagnostic::{Diagnostic, Place};
pub use load::Flag;
pub use units::{ByteSize, Header, HttpUrl, ListenAddress, Span};

/// Everything that can be set about the router.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the router listens: `host:port`.
    pub listen: ListenAddress,
    /// A composed supergraph (SDL file). Relative paths start at the configuration file.
    pub supergraph: Option<PathBuf>,
    /// A rover `supergraph.yaml` which the router composes itself at start.
    pub compose: Option<PathBuf>,
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
    /// How much is remembered about operations.
    pub operation_cache: OperationCache,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: ListenAddress::default(),
            supergraph: None,
            compose: None,
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
            operation_cache: OperationCache::default(),
        }
    }
}

/// What holds for every subgraph that does not say otherwise.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubgraphDefaults {
    /// How long one request to a subgraph may take, retries included.
    pub timeout: Span,
    /// How often a query is sent again after a connection failure. Mutations never are.
    pub retries: u8,
    /// The largest answer a subgraph may give.
    pub response_bytes: ByteSize,
}

impl Default for SubgraphDefaults {
    fn default() -> Self {
        Self {
            timeout: Span::seconds(30),
            retries: 1,
            response_bytes: ByteSize(64_000_000),
        }
    }
}

/// Settings of one subgraph; what is left out comes from `subgraph_defaults` and the supergraph.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubgraphSettings {
    /// Call the subgraph here instead of at the URL in the supergraph.
    pub url: Option<HttpUrl>,
    /// How long one request may take, retries included.
    pub timeout: Option<Span>,
    /// How often a query is sent again after a connection failure.
    pub retries: Option<u8>,
    /// The largest answer the subgraph may give.
    pub response_bytes: Option<ByteSize>,
}

/// How large a request may be.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The largest HTTP body.
    pub body_bytes: ByteSize,
    /// The longest GraphQL document.
    pub query_bytes: ByteSize,
    /// The largest block of HTTP headers.
    pub header_bytes: ByteSize,
    /// Tokens in a document.
    pub tokens: usize,
    /// Nesting of selections, fragments followed.
    pub depth: usize,
    /// Aliased fields in an operation, fragments followed.
    pub aliases: usize,
    /// Fields at an operation's root.
    pub root_fields: usize,
    /// Fields in an operation at any depth, fragments followed.
    pub fields: usize,
    /// Connections open at once; further ones wait to be accepted.
    pub connections: usize,
    /// GraphQL requests under way at once; further ones are refused with 503.
    pub concurrent_requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: ByteSize(2_000_000),
            query_bytes: ByteSize(256_000),
            header_bytes: ByteSize(32 << 10),
            tokens: 15_000,
            depth: 50,
            aliases: 500,
            root_fields: 200,
            fields: 10_000,
            connections: 10_000,
            concurrent_requests: 2_000,
        }
    }
}

/// How long things may take.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// A whole GraphQL request, body read.
    pub request: Span,
    /// Reading a request's headers; also the wait for a connection's first request.
    pub header_read: Span,
    /// Reading a request's body.
    pub body_read: Span,
    /// A connection on which nothing moves.
    pub idle: Span,
    /// How long requests under way may still take when the router stops.
    pub shutdown_grace: Span,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            request: Span::seconds(60),
            header_read: Span::seconds(10),
            body_read: Span::seconds(30),
            idle: Span::seconds(75),
            shutdown_grace: Span::seconds(30),
        }
    }
}

/// Which browsers' pages may call the router (the Fetch standard's CORS protocol).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cors {
    /// Origins such as `https://app.example.com`; `*` alone means any. None by default: pages of the
    /// router's own origin need no CORS.
    pub origins: Vec<String>,
    /// Request headers a page may send besides the safelisted ones.
    pub headers: Vec<Header>,
    /// Response headers a page may read.
    pub expose_headers: Vec<Header>,
    /// Whether pages may send cookies. Not possible with `*`.
    pub credentials: bool,
    /// How long a browser may remember a preflight's answer.
    pub max_age: Span,
}

impl Default for Cors {
    fn default() -> Self {
        let headers = [
            "content-type",
            "authorization",
            "x-request-id",
            "graphql-preflight",
            "apollo-require-preflight",
        ];
        Self {
            origins: Vec::new(),
            headers: headers.map(Header::from_static).to_vec(),
            expose_headers: vec![Header::from_static("x-request-id")],
            credentials: false,
            max_age: Span::seconds(7200),
        }
    }
}

/// Protection against requests a foreign page makes a browser send without asking first.
///
/// A GraphQL request must be one a browser would preflight: a content type other than the three a
/// form can send, or one of `headers`. Requests which the browser itself calls same-origin
/// (`sec-fetch-site`) pass as well.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Csrf {
    /// Whether requests are checked.
    pub enabled: bool,
    /// Headers of which one is enough.
    pub headers: Vec<Header>,
}

impl Default for Csrf {
    fn default() -> Self {
        let headers = [
            "graphql-preflight",
            "apollo-require-preflight",
            "x-apollo-operation-name",
        ];
        Self {
            enabled: true,
            headers: headers.map(Header::from_static).to_vec(),
        }
    }
}

/// Who the client is: verification of access tokens.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// Where the token issuer's public keys are (a JWK Set, RFC 7517). Without it every token is refused.
    pub jwks_url: Option<HttpUrl>,
    /// What a token's `iss` must be.
    pub issuer: String,
    /// What a token's `aud` must be or contain.
    pub audience: String,
    /// How often the keys are fetched again.
    pub jwks_refresh: Span,
    /// Verified tokens remembered until they expire.
    pub remembered_tokens: usize,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            jwks_url: None,
            issuer: "weft".to_owned(),
            audience: "weft".to_owned(),
            jwks_refresh: Span::seconds(300),
            remembered_tokens: 20_000,
        }
    }
}

/// Headers on their way from clients to subgraphs.
///
/// Identity never travels this way: `authorization`, `cookie` and `x-weft-*` of a client are dropped.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Headers {
    /// Client headers that are sent on to every subgraph.
    pub propagate: Vec<Header>,
    /// Cookies that single subgraphs get as headers, with mutations only.
    pub cookies: Vec<CookieForSubgraph>,
}

impl Default for Headers {
    fn default() -> Self {
        let refresh = CookieForSubgraph {
            cookie: "weft_refresh".to_owned(),
            header: Header::from_static("x-weft-refresh-token"),
            subgraph: "users".to_owned(),
        };
        Self {
            propagate: Vec::new(),
            cookies: vec![refresh],
        }
    }
}

/// A cookie that one subgraph gets as a header, with mutations only.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CookieForSubgraph {
    /// The cookie's name.
    pub cookie: String,
    /// The header that carries its value.
    pub header: Header,
    /// The subgraph that gets it.
    pub subgraph: String,
}

/// What is written to standard error.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or `target=level` pairs separated by commas.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What clients are told about failures.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Errors {
    /// Send the messages of failing subgraph connections to clients. Errors which a subgraph
    /// returns in its GraphQL response are meant for clients and always sent.
    pub expose_subgraph_messages: bool,
}

/// How much is remembered about operations.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OperationCache {
    /// Parsed and planned operations kept.
    pub entries: usize,
    /// Bytes of documents behind them, as sent by clients.
    pub document_bytes: ByteSize,
}

impl Default for OperationCache {
    fn default() -> Self {
        Self {
            entries: 4096,
            document_bytes: ByteSize(32_000_000),
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
        for header in &self.headers.propagate {
            require(
                !crate::identity_headers::carries_identity(header.name()),
                "headers.propagate",
                &format!(
                    "`{header}` carries identity or belongs to the connection and is never propagated"
                ),
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
