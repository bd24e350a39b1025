//! `User`, the entity the other subgraphs extend.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use subgraphs_kit::scope::Scope;

use crate::entity::user::{self, Model};

/// What a user may do.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "user::Role")]
pub(crate) enum Role {
    /// Sees and changes what is their own.
    User,
    /// Also sees everybody's email address.
    Admin,
}

/// Somebody with an account.
pub(crate) struct User(Arc<Model>);

impl From<Arc<Model>> for User {
    fn from(row: Arc<Model>) -> Self {
        Self(row)
    }
}

impl From<Model> for User {
    fn from(row: Model) -> Self {
        Self(Arc::new(row))
    }
}

/// Somebody with an account.
#[Object]
impl User {
    /// A UUIDv7.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The unique name one signs in with: 3 to 32 of `a-z 0-9 _`.
    async fn username(&self) -> &str {
        &self.0.username
    }

    /// The name others read.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// What users say about themselves.
    async fn bio(&self) -> Option<&str> {
        self.0.bio.as_deref()
    }

    /// A picture, as an http or https URL.
    async fn avatar_url(&self) -> Option<&str> {
        self.0.avatar_url.as_deref()
    }

    /// The email address; null for everybody but its owner and admins.
    async fn email(&self, context: &Context<'_>) -> Option<&str> {
        // However the user was reached (a field, a list, a representation), this is the one place
        // where the address comes out.
        let scope = Scope::of(context).ok()?;
        let identity = scope.identity();
        (identity.is_user(self.0.id) || identity.is_admin()).then_some(self.0.email.as_str())
    }

    /// What the user may do.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// When the account was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
