#![doc = include_str!("../README.md")]

mod cases;
mod check;
pub mod command;
mod coverage;
mod execute;
mod generate;
mod operation;
mod random;
mod report;
mod run;
mod shrink;
mod simulate;
mod world;

pub use check::{Agreement, Difference, Kind, Request, check};
pub use coverage::Coverage;
pub use execute::Mistake;
pub use generate::{FEATURES, Features, subgraphs};
pub use operation::{Generated, request};
pub use report::render;
pub use run::{Outcome, Settings, run};
pub use shrink::{Case, shrink};
pub use world::{Rejected, World};
