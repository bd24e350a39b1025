//! The root of queries, and of entities.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use futures::FutureExt;
use subgraphs_kit::cache_policy::CacheControlScope::Private;
use subgraphs_kit::cache_policy::{LIST_SECONDS, PRIVATE_SECONDS, SEARCH_SECONDS, cache_control};
use subgraphs_kit::connection::Connection;
use subgraphs_kit::keyset::Keyset;
use subgraphs_kit::page::PageRequest;
use subgraphs_kit::scope::{Scope, request_data};
use subgraphs_kit::{Error, Result};
use uuid::Uuid;

use super::Loaders;
use super::user::{Role, User};
use crate::account::login_form;
use crate::entity::user::Model;
use crate::store;
use crate::store::users::{Filter, SortKey};

/// The longest search that is looked at, in characters.
const MAX_SEARCH: usize = 200;

/// Which users to list.
#[derive(InputObject, Default)]
pub(crate) struct UserFilter {
    /// Words that the username or the display name contains, in any case.
    search: Option<String>,
    /// Only users with this role.
    role: Option<Role>,
}

/// How to order users.
#[derive(Enum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum UserOrder {
    /// Oldest accounts first.
    #[default]
    CreatedAtAsc,
    /// Newest accounts first.
    CreatedAtDesc,
    /// By username, a to z.
    UsernameAsc,
    /// By username, z to a.
    UsernameDesc,
    /// By display name, in the order of its characters' code points.
    DisplayNameAsc,
    /// By display name, in the reverse order of its characters' code points.
    DisplayNameDesc,
}

/// The root of queries.
pub(crate) struct Query;

#[Object]
impl Query {
    /// The user who is signed in; null if nobody is.
    #[graphql(directive = cache_control::apply(Some(PRIVATE_SECONDS), Some(Private), None))]
    async fn me(&self, context: &Context<'_>) -> Option<Result<User>> {
        let scope = match Scope::of(context) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let id = scope.identity().user_id()?;
        by_id(context, id).await.transpose()
    }

    /// A user by id or by username, whichever is given; null if there is no such user.
    async fn user(
        &self,
        context: &Context<'_>,
        id: Option<ID>,
        username: Option<String>,
    ) -> Option<Result<User>> {
        match (id, username) {
            (Some(id), None) => by_id(context, parse_id(&id)?).await.transpose(),
            (None, Some(name)) => by_username(context, login_form(&name)).await.transpose(),
            _ => Some(Err(Error::bad_input(
                "give either `id` or `username`, not both and not neither",
            ))),
        }
    }

    /// A page of users.
    #[graphql(directive = cache_control::apply(Some(LIST_SECONDS), None, None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "a connection has four arguments of its own"
    )]
    async fn users(
        &self,
        context: &Context<'_>,
        filter: Option<UserFilter>,
        #[graphql(default_with = "Some(UserOrder::default())")] order_by: Option<UserOrder>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<User>> {
        let scope = Scope::of(context)?;
        let filter = Filter::try_from(filter.unwrap_or_default())?;
        if filter.search.is_some() {
            scope.keep_at_most(SEARCH_SECONDS);
        }
        let request = PageRequest::new(first, after, last, before)?;
        let reader = scope.reader();
        let page = store::users::page(
            reader,
            &filter,
            &order_by.unwrap_or_default().keyset(),
            &request,
        )
        .await?;
        let reader = reader.clone();
        let total = move || {
            let (reader, filter) = (reader.clone(), filter.clone());
            async move { store::users::count(&reader, &filter).await }.boxed()
        };
        Ok(Connection::new(page, User::from, Box::new(total)))
    }

    /// Resolves `User` by id for the router.
    #[graphql(entity)]
    async fn find_user_by_id(&self, context: &Context<'_>, id: ID) -> Result<Option<User>> {
        match parse_id(&id) {
            Some(id) => by_id(context, id).await,
            None => Ok(None),
        }
    }

    /// Resolves `User` by username for the router.
    #[graphql(entity)]
    async fn find_user_by_username(
        &self,
        context: &Context<'_>,
        username: String,
    ) -> Result<Option<User>> {
        by_username(context, username).await
    }
}

async fn by_id(context: &Context<'_>, id: Uuid) -> Result<Option<User>> {
    let loaders: &Loaders = request_data(context)?;
    Ok(loaders.user_by_id(id).await?.map(User::from))
}

async fn by_username(context: &Context<'_>, username: String) -> Result<Option<User>> {
    let loaders: &Loaders = request_data(context)?;
    Ok(loaders.user_by_username(username).await?.map(User::from))
}

/// An id as clients give it; what is no UUID is nobody's id.
fn parse_id(id: &ID) -> Option<Uuid> {
    Uuid::try_parse(id.as_str()).ok()
}

impl TryFrom<UserFilter> for Filter {
    type Error = Error;

    fn try_from(filter: UserFilter) -> Result<Self> {
        if filter
            .search
            .as_ref()
            .is_some_and(|text| text.chars().nth(MAX_SEARCH).is_some())
        {
            return Err(Error::bad_input(format!(
                "`filter.search` must have at most {MAX_SEARCH} characters"
            )));
        }
        Ok(Self {
            search: filter.search,
            is_admin: filter.role.map(|role| role == Role::Admin),
        })
    }
}

impl UserOrder {
    fn keyset(self) -> Keyset<Model> {
        let (name, sort_key, descending) = match self {
            Self::CreatedAtAsc => ("CREATED_AT_ASC", SortKey::CreatedAt, false),
            Self::CreatedAtDesc => ("CREATED_AT_DESC", SortKey::CreatedAt, true),
            Self::UsernameAsc => ("USERNAME_ASC", SortKey::Username, false),
            Self::UsernameDesc => ("USERNAME_DESC", SortKey::Username, true),
            Self::DisplayNameAsc => ("DISPLAY_NAME_ASC", SortKey::DisplayName, false),
            Self::DisplayNameDesc => ("DISPLAY_NAME_DESC", SortKey::DisplayName, true),
        };
        store::users::keyset(name, sort_key, descending)
    }
}
