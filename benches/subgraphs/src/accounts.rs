//! The accounts subgraph: users by id.

use async_graphql::{
    EmptyMutation, EmptySubscription, ID, Object, Schema, SimpleObject, ValidationMode,
};

use crate::data;

#[derive(SimpleObject)]
struct User {
    id: ID,
    name: Option<String>,
    username: Option<String>,
    birthday: Option<i32>,
}

impl From<&data::User> for User {
    fn from(user: &data::User) -> Self {
        Self {
            id: user.id.into(),
            name: Some(user.name.to_owned()),
            username: Some(user.username.to_owned()),
            birthday: None,
        }
    }
}

pub(crate) struct Query;

#[Object(extends)]
impl Query {
    async fn me(&self) -> Option<User> {
        data::USERS.first().map(User::from)
    }

    async fn user(&self, id: ID) -> Option<User> {
        find(&id)
    }

    async fn users(&self) -> Option<Vec<Option<User>>> {
        Some(data::USERS.iter().map(|user| Some(user.into())).collect())
    }

    #[graphql(entity)]
    async fn user_by_id(&self, id: ID) -> Option<User> {
        find(&id)
    }
}

/// The schema over the benchmark's users.
pub(crate) fn schema() -> Schema<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query, EmptyMutation, EmptySubscription)
        .enable_federation()
        .validation_mode(ValidationMode::Fast)
        .finish()
}

fn find(id: &ID) -> Option<User> {
    data::USERS
        .iter()
        .find(|user| user.id == id.as_str())
        .map(User::from)
}
