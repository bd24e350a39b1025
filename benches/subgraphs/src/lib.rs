#![doc = include_str!("../README.md")]

mod accounts;
mod data;
mod inventory;
mod products;
mod requests;
mod reviews;
mod schemas;
mod server;

pub use inventory::Estimate;
pub use requests::{RequestCounts, Requests, Subgraph};
pub use schemas::Schemas;
pub use server::{Handle, ServeError, router, serve};
