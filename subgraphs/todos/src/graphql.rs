//! The GraphQL schema: arguments in, store called, types out.

mod input;
pub(crate) mod loader;
mod mutation;
mod post;
mod query;
mod todo;
mod user;

use async_graphql::{EmptySubscription, ID, Schema, SchemaBuilder};
use subgraphs_kit::entity::Entities;
use uuid::Uuid;

use mutation::Mutation;
use query::Query;

pub(crate) type TodosSchema = SchemaBuilder<Entities<Query>, Mutation, EmptySubscription>;

/// The schema, unfinished: the service adds its settings.
pub(crate) fn schema() -> TodosSchema {
    Schema::build(Entities(Query), Mutation, EmptySubscription)
}

/// The UUID of an id argument. A malformed one is the id of nothing.
fn parse_id(id: &ID) -> Option<Uuid> {
    Uuid::try_parse(id).ok()
}
