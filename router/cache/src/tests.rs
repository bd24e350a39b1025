//! Unit tests of what `tests/interleavings.rs` compiles with other locks: they cannot stand in the modules.

mod log;
mod position;
mod stamps;
