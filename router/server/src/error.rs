//! The crate's own failures, for the program that starts it; clients only see [`crate::GraphqlError`].

use std::{io, path::PathBuf};

use crate::config::Diagnostic;

/// Why a router could not be built or served.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The cache cannot be used as configured.
    #[error("the cache cannot be used: {reason}")]
    Cache {
        /// What is wrong with it.
        reason: String,
    },
    /// The configuration has mistakes.
    #[error("{}", lines(diagnostics))]
    Configuration {
        /// Every mistake found.
        diagnostics: Vec<Diagnostic>,
    },
    /// `WEFT_INTERNAL_SECRET` cannot be used. The value is never part of the message.
    #[error("WEFT_INTERNAL_SECRET: {reason}")]
    InternalSecret {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Neither a supergraph nor subgraphs to compose were named.
    #[error(
        "no graph to serve: set `supergraph` (a composed SDL file) or `compose` (a supergraph.yaml)"
    )]
    NoGraph,
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The subgraphs do not compose.
    #[error("the subgraphs do not compose:\n{text}")]
    Composition {
        /// Every mistake with code and position, for a terminal.
        text: String,
    },
    /// The supergraph is not one this router can read.
    #[error("the supergraph cannot be used: {message}")]
    Supergraph {
        /// What is wrong with it.
        message: String,
    },
    /// Composition panicked; the log has the message.
    #[error("the router made a mistake while composing; this is a bug in Weft")]
    Panicked,
    /// A subgraph's URL cannot be used.
    #[error("subgraph `{subgraph}`: {reason}; set `subgraphs.{subgraph}.url`")]
    SubgraphUrl {
        /// The subgraph.
        subgraph: String,
        /// What is wrong with the URL.
        reason: String,
    },
    /// The listen address cannot be bound.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address as configured.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The threads that answer requests cannot be started.
    #[error("cannot start the threads that answer requests: {source}")]
    Workers {
        /// What the system said.
        source: io::Error,
    },
    /// The TLS or HTTP client for outgoing requests could not be set up.
    #[error("cannot set up outgoing HTTP: {reason}")]
    Client {
        /// What went wrong.
        reason: String,
    },
}

/// An error's message with those of its causes that it does not repeat; for the log and the terminal.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    message
}

fn lines(diagnostics: &[Diagnostic]) -> String {
    diagnostics
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}
