//! What the todos service knows about a `Post`.

use async_graphql::{Context, ID, Object};
use subgraphs_kit::{
    Result,
    cache_policy::{CacheControlScope::Private, OBJECT_SECONDS, PRIVATE_SECONDS, cache_control},
    connection::Connection,
    page::PageRequest,
};
use uuid::Uuid;

use super::{
    input::{TodoFilter, TodoOrder},
    todo::{Listing, Todo},
};
use crate::store::Parent;

/// A post of the posts service. Whether there is one, that service knows.
pub(crate) struct Post(pub(crate) Uuid);

/// An article.
#[Object(directive = cache_control::apply(Some(OBJECT_SECONDS), None, None))]
impl Post {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.into()
    }

    /// The todos about it that you may see: your own and those assigned to you, all of them for admins,
    /// null if nobody is signed in.
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
        let page = listing.of_parent(ctx, Parent::RelatedPost, self.0).await;
        page.transpose()
    }
}
