#![doc = include_str!("../README.md")]

mod entity;
mod graphql;
mod seed;
mod store;

use subgraphs_kit::{
    sdl::publish,
    service::{Service, ServiceConfig, finish},
};

pub use seed::{Seeded, post_ids, seed};

/// The service's name, which is also the subgraph's.
pub const NAME: &str = "posts";

/// The posts service over its database, migrated before.
#[must_use]
pub fn build(config: ServiceConfig) -> Service {
    Service::new(config, graphql::schema(), graphql::loader::attach)
}

/// The subgraph's SDL.
#[must_use]
pub fn sdl() -> String {
    publish(&finish(graphql::schema()))
}

#[cfg(test)]
mod tests;
