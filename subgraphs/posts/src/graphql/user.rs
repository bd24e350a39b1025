//! What the posts service knows about a `User`.

use async_graphql::{Context, ID, Object};
use subgraphs_kit::{
    Error, Result,
    cache_policy::{CacheControlScope::Private, OBJECT_SECONDS, PRIVATE_SECONDS, cache_control},
    connection::Connection,
    page::PageRequest,
};
use uuid::Uuid;

use super::{
    comment::{Comment, comment_connection},
    input::PostOrder,
    loader::{PostCountOf, PostsBy, loaders},
    post::Post,
};
use crate::store::comments::Parent;

/// A user of the users service. Whether there is one, that service knows.
pub(crate) struct User {
    id: Uuid,
    display_name: String,
}

impl User {
    /// A reference to a user, of whom nothing but the id is known here.
    pub(crate) fn reference(id: Uuid) -> Self {
        Self::represented(id, String::new())
    }

    /// A user as the router represents it.
    pub(crate) fn represented(id: Uuid, display_name: String) -> Self {
        Self { id, display_name }
    }

    async fn count_posts(&self, ctx: &Context<'_>) -> Result<i64> {
        let count = loaders(ctx)?.load_one(PostCountOf(self.id)).await?;
        count.ok_or_else(|| Error::internal("an author's posts were not counted"))
    }

    async fn list_posts(
        &self,
        ctx: &Context<'_>,
        order: PostOrder,
        page: PageRequest,
    ) -> Result<Connection<Post>> {
        let loaders = loaders(ctx)?.clone();
        let id = self.id;
        let page = loaders
            .load_one(PostsBy(id, (order.into(), page)))
            .await?
            .ok_or_else(|| Error::internal("an author's posts were not loaded"))?;
        let total = move || {
            let loaders = loaders.clone();
            let count = async move { loaders.load_one(PostCountOf(id)).await };
            let count = async move { Ok(count.await?.unwrap_or_default()) };
            Box::pin(count) as futures::future::BoxFuture<'static, _>
        };
        Ok(Connection::new(page, Post, Box::new(total)))
    }
}

/// A person with an account.
#[Object(directive = cache_control::apply(Some(OBJECT_SECONDS), None, None))]
impl User {
    /// The user's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// The name shown to others, which the users service keeps.
    #[graphql(external)]
    async fn display_name(&self) -> &str {
        &self.display_name
    }

    /// The user's posts, as far as you may see them.
    #[graphql(directive = cache_control::apply(Some(PRIVATE_SECONDS), Some(Private), None))]
    async fn posts(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(PostOrder::default())")] order_by: Option<PostOrder>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Option<Result<Connection<Post>>> {
        match PageRequest::new(first, after, last, before) {
            Ok(page) => Some(
                self.list_posts(ctx, order_by.unwrap_or_default(), page)
                    .await,
            ),
            Err(error) => Some(Err(error)),
        }
    }

    /// The user's comments, newest first, as far as you may see their posts.
    #[graphql(directive = cache_control::apply(Some(PRIVATE_SECONDS), Some(Private), None))]
    async fn comments(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Option<Result<Connection<Comment>>> {
        match PageRequest::new(first, after, last, before) {
            Ok(page) => Some(comment_connection(ctx, Parent::Author, self.id, page).await),
            Err(error) => Some(Err(error)),
        }
    }

    /// How many posts of the user you may see.
    #[graphql(directive = cache_control::apply(Some(PRIVATE_SECONDS), Some(Private), None))]
    async fn post_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        Some(self.count_posts(ctx).await)
    }

    /// The line below the user's posts: name and number of posts.
    #[graphql(
        requires = "displayName",
        directive = cache_control::apply(Some(PRIVATE_SECONDS), Some(Private), None)
    )]
    async fn byline(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let count = match self.count_posts(ctx).await {
            Ok(count) => count,
            Err(error) => return Some(Err(error)),
        };
        let noun = if count == 1 { "post" } else { "posts" };
        Some(Ok(format!("{} · {count} {noun}", self.display_name)))
    }
}
