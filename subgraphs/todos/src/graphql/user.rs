//! What the todos service knows about a `User`.

use async_graphql::{Context, ID, Object};
use subgraphs_kit::{
    Error, Result,
    cache_policy::{
        COUNT_SECONDS, CacheControlScope::Private, OBJECT_SECONDS, PRIVATE_SECONDS, cache_control,
    },
    connection::Connection,
    page::PageRequest,
};
use uuid::Uuid;

use super::{
    input::{TodoFilter, TodoOrder},
    loader::{OpenTodoCountOf, loaders},
    todo::{Listing, Todo},
};
use crate::store::Parent;

/// A user of the users service. Whether there is one, that service knows.
pub(crate) struct User(pub(crate) Uuid);

impl User {
    async fn count_open(&self, ctx: &Context<'_>) -> Result<i64> {
        let count = loaders(ctx)?.load_one(OpenTodoCountOf(self.0)).await?;
        count.ok_or_else(|| Error::internal("a user's todos were not counted"))
    }
}

/// A person with an account.
#[Object(directive = cache_control::apply(Some(OBJECT_SECONDS), None, None))]
impl User {
    /// The user's id.
    async fn id(&self) -> ID {
        self.0.into()
    }

    /// The user's own todos, as far as you may see them: all of them for the user and for admins, for
    /// others those assigned to them, null if nobody is signed in.
    #[graphql(directive = cache_control::apply(Some(PRIVATE_SECONDS), Some(Private), None))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn todos(
        &self,
        ctx: &Context<'_>,
        filter: Option<TodoFilter>,
        #[graphql(default_with = "Some(TodoOrder::default())")] order_by: Option<TodoOrder>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Option<Result<Connection<Todo>>> {
        let listing = Listing {
            filter,
            order_by: order_by.unwrap_or_default(),
            page: PageRequest::new(first, after, last, before),
        };
        let page = listing.of_parent(ctx, Parent::Owner, self.0).await;
        page.transpose()
    }

    /// How many todos of the user's own are not done yet. Everyone sees the number.
    #[graphql(directive = cache_control::apply(Some(COUNT_SECONDS), None, None))]
    async fn open_todo_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        Some(self.count_open(ctx).await)
    }
}
