//! Subgraphs over HTTP.

mod client;
mod coding;
mod subgraph;

pub use client::HttpClient;
pub use subgraph::{HeaderSource, HttpSettings, HttpSubgraph, NoHeaders};
