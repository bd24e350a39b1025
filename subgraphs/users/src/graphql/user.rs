//! `User`, the entity the other subgraphs extend.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use subgraphs_kit::cache_policy::CacheControlScope::Private;
use subgraphs_kit::cache_policy::{OBJECT_SECONDS, PRIVATE_SECONDS, cache_control};
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
pub(crate) struct User {
    row: Arc<Model>,
    /// Shown to this very user, who has just proved it with a password or a refresh token. Otherwise
    /// the request's identity decides.
    is_own: bool,
}

impl User {
    /// A user as shown to themselves, in a request that began without an identity.
    pub(crate) fn own(row: Model) -> Self {
        Self {
            row: Arc::new(row),
            is_own: true,
        }
    }
}

impl From<Arc<Model>> for User {
    fn from(row: Arc<Model>) -> Self {
        Self { row, is_own: false }
    }
}

impl From<Model> for User {
    fn from(row: Model) -> Self {
        Arc::new(row).into()
    }
}

/// Somebody with an account.
#[Object(directive = cache_control::apply(Some(OBJECT_SECONDS), None, None))]
impl User {
    /// A UUIDv7.
    async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// The unique name one signs in with: 3 to 32 of `a-z 0-9 _`.
    async fn username(&self) -> &str {
        &self.row.username
    }

    /// The name others read.
    async fn display_name(&self) -> &str {
        &self.row.display_name
    }

    /// What users say about themselves.
    async fn bio(&self) -> Option<&str> {
        self.row.bio.as_deref()
    }

    /// A picture, as an http or https URL.
    async fn avatar_url(&self) -> Option<&str> {
        self.row.avatar_url.as_deref()
    }

    /// The email address; null for everybody but its owner and admins.
    #[graphql(directive = cache_control::apply(Some(PRIVATE_SECONDS), Some(Private), None))]
    async fn email(&self, context: &Context<'_>) -> Option<&str> {
        // However the user was reached (a field, a list, a representation), this is the one place
        // where the address comes out.
        let scope = Scope::of(context).ok()?;
        let identity = scope.identity();
        (self.is_own || identity.is_user(self.row.id) || identity.is_admin())
            .then_some(self.row.email.as_str())
    }

    /// What the user may do.
    async fn role(&self) -> Role {
        self.row.role.into()
    }

    /// When the account was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }
}
