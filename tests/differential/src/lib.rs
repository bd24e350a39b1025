#![doc = include_str!("../README.md")]

mod check;
pub mod command;
mod execute;
mod generate;
mod operation;
mod random;
mod report;
mod shrink;
mod simulate;
mod world;

pub use check::{Agreement, Difference, Kind, Request, check};
pub use execute::Mistake;
pub use generate::{FEATURES, Features, subgraphs};
pub use operation::{Generated, request};
pub use report::render;
pub use shrink::{Case, shrink};
pub use world::{Rejected, World};
