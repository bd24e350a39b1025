//! `Query`, and the entities other subgraphs refer to.

use async_graphql::{Context, ID, Object};
use subgraphs_kit::{
    Result,
    cache_policy::{LIST_SECONDS, SEARCH_SECONDS, cache_control},
    connection::Connection,
    page::PageRequest,
    scope::Scope,
};

use super::{
    comment::Comment,
    input::{PostFilter, PostOrder},
    parse_id,
    post::Post,
    user::User,
};
use crate::{entity::post::Status, store::posts};

/// The root of queries.
pub(crate) struct Query;

#[Object]
impl Query {
    /// A post you may see.
    async fn post(&self, ctx: &Context<'_>, id: ID) -> Option<Result<Post>> {
        Post::load(ctx, parse_id(&id)?).await.transpose()
    }

    /// The posts you may see.
    #[graphql(directive = cache_control::apply(Some(LIST_SECONDS), None, None))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn posts(
        &self,
        ctx: &Context<'_>,
        filter: Option<PostFilter>,
        #[graphql(default_with = "Some(PostOrder::default())")] order_by: Option<PostOrder>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Option<Result<Connection<Post>>> {
        match PageRequest::new(first, after, last, before) {
            Ok(page) => Some(
                list(
                    ctx,
                    filter.unwrap_or_default(),
                    order_by.unwrap_or_default(),
                    page,
                )
                .await,
            ),
            Err(error) => Some(Err(error)),
        }
    }

    #[graphql(entity)]
    async fn find_post_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Post>> {
        match parse_id(&id) {
            Some(id) => Post::load(ctx, id).await,
            None => Ok(None),
        }
    }

    #[graphql(entity)]
    async fn find_comment_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Comment>> {
        match parse_id(&id) {
            Some(id) => Comment::load(ctx, id).await,
            None => Ok(None),
        }
    }

    #[graphql(entity)]
    async fn find_user_by_id(
        &self,
        #[graphql(key)] id: ID,
        display_name: Option<String>,
    ) -> Option<User> {
        let id = parse_id(&id)?;
        Some(User::represented(id, display_name.unwrap_or_default()))
    }
}

async fn list(
    ctx: &Context<'_>,
    filter: PostFilter,
    order_by: PostOrder,
    page: PageRequest,
) -> Result<Connection<Post>> {
    let scope = Scope::of(ctx)?.clone();
    let filter = filter.check()?;
    // Without this condition the list has the caller's drafts, for admins everybody's.
    if filter.status != Some(Status::Published) {
        scope.keep_private();
    }
    if filter.search.is_some() {
        scope.keep_at_most(SEARCH_SECONDS);
    }
    let (reader, identity) = (scope.reader(), scope.identity());
    let page = posts::page(reader, identity, &filter, order_by.into(), &page).await?;
    let total = move || {
        let (scope, filter) = (scope.clone(), filter.clone());
        let count = async move { posts::count(scope.reader(), scope.identity(), &filter).await };
        Box::pin(count) as futures::future::BoxFuture<'static, _>
    };
    Ok(Connection::new(page, Post, Box::new(total)))
}
