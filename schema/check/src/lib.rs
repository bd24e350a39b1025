#![doc = include_str!("../README.md")]

mod change;
mod compare;
mod read;

pub use change::{Change, ChangeKind, Criticality};
pub use compare::compare;
pub use read::{ReadError, read};
