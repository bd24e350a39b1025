#![doc = include_str!("../README.md")]

#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod compile;
mod contexts;
mod density;
mod error;
mod execution;
mod fault;
mod ingest;
mod link;
mod port;
mod report;
mod request;
mod schedule;
mod table;
mod text;
mod transport;
mod view;
mod write;

pub use compile::ExecutablePlan;
pub use error::ExecutorError;
pub use execution::{
    ExecutionInput, ExecutionLimits, ExecutionOptions, ExecutionOutput, FetchOutcome,
    FetchStatistics, Locate,
};
pub use port::{
    Identity, Keeper, Moment, Note, RequestParts, Subgraph, SubgraphBody, SubgraphError,
    SubgraphRequest, SubgraphResponse,
};
pub use transport::{HeaderSource, HttpClient, HttpSettings, HttpSubgraph, NoHeaders};
