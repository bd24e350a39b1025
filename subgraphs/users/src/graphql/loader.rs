//! One statement per level of a query, however many users it asks for.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::DatabaseConnection;
use subgraphs_kit::loader::{BatchLoader, Loader};
use subgraphs_kit::scope::Scope;
use subgraphs_kit::{Error, Result};
use uuid::Uuid;

use crate::entity::user::Model;
use crate::store;

/// The loaders of one request.
pub(crate) struct Loaders {
    users: BatchLoader<UserLoader>,
}

/// Loads users by id and by username.
struct UserLoader {
    connection: DatabaseConnection,
}

/// A username as a key of its own, so that it cannot be taken for an id.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Username(String);

impl Loaders {
    pub(crate) fn new(scope: &Scope) -> Self {
        let loader = UserLoader {
            connection: scope.reader().clone(),
        };
        Self {
            users: scope.queue.loader(loader),
        }
    }

    /// The user `id`.
    pub(crate) async fn user_by_id(&self, id: Uuid) -> Result<Option<Arc<Model>>> {
        self.users.load_one(id).await
    }

    /// The user named exactly so.
    pub(crate) async fn user_by_username(&self, username: String) -> Result<Option<Arc<Model>>> {
        self.users.load_one(Username(username)).await
    }
}

impl Loader<Uuid> for UserLoader {
    type Value = Arc<Model>;
    type Error = Error;

    async fn load(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Model>>> {
        let users = store::users::find_by_ids(&self.connection, ids).await?;
        let users = users.into_iter().map(|user| (user.id, Arc::new(user)));
        Ok(users.collect())
    }
}

impl Loader<Username> for UserLoader {
    type Value = Arc<Model>;
    type Error = Error;

    async fn load(&self, usernames: &[Username]) -> Result<HashMap<Username, Arc<Model>>> {
        let names: Vec<_> = usernames.iter().map(|name| name.0.clone()).collect();
        let users = store::users::find_by_usernames(&self.connection, &names).await?;
        let users = users
            .into_iter()
            .map(|user| (Username(user.username.clone()), Arc::new(user)));
        Ok(users.collect())
    }
}
