//! Subgraphs over HTTP.

mod client;
mod coding;
mod http1;
mod secure;
mod subgraph;

pub use client::HttpClient;
pub use subgraph::{HeaderSource, HttpSettings, HttpSubgraph, NoHeaders};

/// An error and what it came from, for the log.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}
