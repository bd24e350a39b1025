//! `Query`, and the entities other subgraphs refer to.

use async_graphql::{Context, ID, Object};
use subgraphs_kit::{
    Error, Result,
    cache_policy::{CacheControlScope::Private, PRIVATE_SECONDS, cache_control},
    connection::Connection,
    page::PageRequest,
    scope::Scope,
};

use super::{
    input::{TodoFilter, TodoOrder},
    parse_id,
    post::Post,
    todo::Todo,
    user::User,
};
use crate::store;

/// The root of queries.
pub(crate) struct Query;

#[Object]
impl Query {
    /// A todo of yours, or one assigned to you; admins see all.
    async fn todo(&self, ctx: &Context<'_>, id: ID) -> Option<Result<Todo>> {
        Todo::load(ctx, parse_id(&id)?).await.transpose()
    }

    /// Your todos and those assigned to you; admins see all. You must be signed in.
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
    async fn find_todo_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Todo>> {
        match parse_id(&id) {
            Some(id) => Todo::load(ctx, id).await,
            None => Ok(None),
        }
    }

    #[graphql(entity)]
    async fn find_user_by_id(&self, id: ID) -> Option<User> {
        parse_id(&id).map(User)
    }

    #[graphql(entity)]
    async fn find_post_by_id(&self, id: ID) -> Option<Post> {
        parse_id(&id).map(Post)
    }
}

async fn list(
    ctx: &Context<'_>,
    filter: TodoFilter,
    order_by: TodoOrder,
    page: PageRequest,
) -> Result<Connection<Todo>> {
    let scope = Scope::of(ctx)?.clone();
    let filter = filter.check()?;
    let (reader, identity) = (scope.reader(), scope.identity());
    if identity.user_id().is_none() {
        return Err(Error::unauthenticated());
    }
    let page = store::page(reader, identity, &filter, order_by.into(), &page).await?;
    let total = move || {
        let (scope, filter) = (scope.clone(), filter.clone());
        let count = async move { store::count(scope.reader(), scope.identity(), &filter).await };
        Box::pin(count) as futures::future::BoxFuture<'static, _>
    };
    Ok(Connection::new(page, Todo, Box::new(total)))
}
