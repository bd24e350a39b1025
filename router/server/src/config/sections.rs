//! The sections of `weft.yaml` and their defaults.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    circuit_breaker::{CircuitBreaker, SubgraphCircuitBreaker},
    units::{ByteSize, Header, HttpUrl, Interval, ListenAddress, Span},
};

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
    /// Send equal queries (of the same client, with the same propagated headers) that are under way at the same time
    /// only once.
    pub deduplicate: bool,
    /// When a subgraph that fails is not asked for a while.
    pub circuit_breaker: CircuitBreaker,
}

impl Default for SubgraphDefaults {
    fn default() -> Self {
        Self {
            timeout: Span::seconds(30),
            retries: 1,
            response_bytes: ByteSize(64_000_000),
            deduplicate: true,
            circuit_breaker: CircuitBreaker::default(),
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
    /// Send equal queries that are under way at the same time only once.
    pub deduplicate: Option<bool>,
    /// When it is not asked for a while because it fails.
    pub circuit_breaker: SubgraphCircuitBreaker,
}

/// How clients' requests are answered.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Traffic {
    /// Carry out equal queries (of the same client, with the same propagated headers) that are under way at the same
    /// time only once.
    pub deduplicate: bool,
}

impl Default for Traffic {
    fn default() -> Self {
        Self { deduplicate: true }
    }
}

/// How the graph follows the schemas it is made of.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Recomposition {
    /// How often files are looked at and running subgraphs asked for their schemas again; `off` for only when the
    /// router starts or is told to (SIGHUP).
    pub poll_interval: Interval,
    /// How long one subgraph may take to give its schema.
    pub fetch_timeout: Span,
    /// The largest schema one subgraph may give.
    pub schema_bytes: ByteSize,
    /// How long the router waits, when it starts, for subgraphs that are only just starting.
    pub start_timeout: Span,
}

impl Default for Recomposition {
    fn default() -> Self {
        Self {
            poll_interval: Interval::seconds(10),
            fetch_timeout: Span::seconds(10),
            schema_bytes: ByteSize(16 << 20),
            start_timeout: Span::seconds(20),
        }
    }
}

/// What is for operators and not for clients.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// Answer `/metrics` and the details of `/ready` here, `host:port`, instead of where clients are answered.
    pub listen: Option<ListenAddress>,
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
    /// Nesting of selections, fragments followed. Our own subgraphs refuse more than 32 levels.
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
            depth: 30,
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
/// A GET must be one a browser would preflight (a content type other than the three a form can send, or one of
/// `headers`), or one of which the browser says that no foreign page is behind it (`sec-fetch-site`, `origin`), or
/// one without a sign of a browser. POST is read only as JSON, which browsers preflight.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Csrf {
    /// Whether requests are checked.
    pub enabled: bool,
    /// Headers of which one is enough.
    pub headers: Vec<Header>,
    /// Refuse also a GET without a sign of a browser. Browsers from before 2023 give none, nor does any to a router
    /// at a plain `http://` address other than `localhost`.
    pub strict: bool,
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
            strict: false,
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
    /// Subgraphs that are told the client's network address (`x-weft-client-address`), with mutations only.
    pub client_address: Vec<String>,
    /// How many proxies stand before the router. That many entries of `x-forwarded-for`, from the right, are
    /// believed when the client's address is worked out; with 0 it is the connection's peer.
    pub proxies: usize,
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
            client_address: vec!["users".to_owned()],
            proxies: 0,
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
    /// Which requests have a line of their own, at level `info`.
    pub requests: LoggedRequests,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
            requests: LoggedRequests::Failed,
        }
    }
}

/// Which requests are logged. `/metrics` counts them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoggedRequests {
    /// Those that were answered with a status of 400 and above. (What goes wrong with a subgraph is logged anyway.)
    #[default]
    Failed,
    /// All; a fifth more CPU for a small request.
    All,
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
    /// Memory that their documents may take, about.
    pub document_bytes: ByteSize,
    /// Memory that their plans may take, about.
    pub plan_bytes: ByteSize,
}

impl Default for OperationCache {
    fn default() -> Self {
        Self {
            entries: 4096,
            document_bytes: ByteSize(64_000_000),
            plan_bytes: ByteSize(128_000_000),
        }
    }
}
