//! Integration tests of the whole stack: `harness` plus one module per surface.

mod harness;

mod bad_input;
mod bench;
mod cache_coherence;
mod cache_faults;
mod cli;
mod composition;
mod docs_links;
mod faults;
mod ownership;
mod planning;
mod readme;
mod recomposition;
mod same_answers;
mod sql_statements;
mod staleness;
mod up;
mod workspace_arrows;
