//! The GraphQL schema: arguments in, one call, types out.

mod cookie;
mod input;
mod loader;
mod mutation;
mod payload;
mod query;
mod user;

use async_graphql::{EmptySubscription, Schema, SchemaBuilder};
use subgraphs_kit::entity::Entities;

pub(crate) use loader::Loaders;
pub(crate) use mutation::Mutation;
pub(crate) use query::Query;

/// The schema before a service is built around it.
pub(crate) fn schema() -> SchemaBuilder<Entities<Query>, Mutation, EmptySubscription> {
    Schema::build(Entities(Query), Mutation, EmptySubscription)
}
