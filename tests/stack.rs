//! Integration tests of the whole stack: `harness` plus one module per surface.

mod harness;

mod bad_input;
mod bench;
mod docs_links;
mod workspace_arrows;
