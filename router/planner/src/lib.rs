#![doc = include_str!("../README.md")]

mod assemble;
mod builder;
mod contexts;
mod equal_sets;
mod error;
mod fetches;
mod graph;
mod identities;
mod labels;
mod plan;
mod planner;
mod position;
mod print;
mod render;
mod selection;
mod slot_search;
mod slots;
mod solver;

pub use error::PlanError;
pub use labels::ActiveLabels;
pub use plan::*;
pub use planner::Planner;
pub use render::{render_json, render_text, render_waves};
