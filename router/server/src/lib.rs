#![doc = include_str!("../README.md")]

mod app;
mod auth;
mod breaker;
mod caching;
mod client_address;
mod code;
mod config;
mod deduplicated;
mod error;
mod fetch;
#[cfg(test)]
mod fixture;
mod flights;
mod forward;
mod graph;
mod http;
mod identity_headers;
mod metrics;
mod mutations;
mod pipeline;
mod serve;
mod setup;
mod subgraphs;
mod telemetry;

pub use auth::{InternalSecret, KeySource, KeySourceError};
pub use code::{ErrorCode, GraphqlError};
pub use config::{
    Admin, Auth, ByteSize, Cache, CacheRule, CacheScope, CircuitBreaker, ComposeFile,
    ComposeSchema, ComposeSubgraph, Config, Consistency, CookieForSubgraph, Cors, Csrf, Diagnostic,
    Errors, Flag, Header, Headers, HttpUrl, Interval, Limits, ListenAddress, Log, LogFormat,
    LoggedRequests, OperationCache, Place, Recomposition, Share, Sources, Span, SubgraphCache,
    SubgraphCircuitBreaker, SubgraphDefaults, SubgraphSettings, TagHeader, TagSeparator, Timeouts,
    Traffic,
};
pub use error::ServerError;
pub use graph::{GraphSource, LoadedSubgraphs, Reloader, load_subgraphs};
pub use http::MediaType;
pub use serve::{Server, reload_on_hangup, stop_signal};
pub use setup::Setup;
pub use telemetry::{for_this_request, init as init_telemetry};
