//! Integration tests of the whole stack: `harness` plus one module per surface.

mod docs_links;
mod workspace_arrows;
