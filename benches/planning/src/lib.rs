//! How good plans are, and how long planning takes.

pub mod compare;
pub mod optimal;
pub mod random;
