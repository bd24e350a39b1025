//! `Comment`.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use subgraphs_kit::{
    Error, Result,
    cache_policy::{OBJECT_SECONDS, cache_control},
    connection::Connection,
    identity::Identity,
    page::PageRequest,
    scope::Scope,
};
use uuid::Uuid;

use super::{
    loader::{CommentById, CommentCountOf, CommentsOf, loaders},
    post::Post,
    user::User,
};
use crate::{entity::comment, store::comments::Parent};

/// A comment, visible where its post is.
pub(crate) struct Comment(pub(crate) comment::Model);

impl Comment {
    /// The comment with this id, if it is visible.
    pub(crate) async fn load(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        let comment = loaders(ctx)?.load_one(CommentById(id)).await?;
        // What nobody in particular sees, everybody sees; other comments may be on a draft.
        let scope = Scope::of(ctx)?;
        if comment.is_none() || *scope.identity() != Identity::Anonymous {
            scope.keep_private();
        }
        Ok(comment.map(Self))
    }
}

/// A comment on a post.
#[Object(directive = cache_control::apply(Some(OBJECT_SECONDS), None, None))]
impl Comment {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Its text.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// The post it is about.
    async fn post(&self, ctx: &Context<'_>) -> Option<Result<Post>> {
        Post::load(ctx, self.0.post_id).await.transpose()
    }

    /// Who wrote it; null if the account is gone.
    async fn author(&self) -> Option<User> {
        Some(User::reference(self.0.author_id))
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// A page of the comments of a post or an author, through the loader.
pub(super) async fn comment_connection(
    ctx: &Context<'_>,
    parent: Parent,
    id: Uuid,
    page: PageRequest,
) -> Result<Connection<Comment>> {
    let loaders = loaders(ctx)?.clone();
    let page = loaders
        .load_one(CommentsOf(id, (parent, page)))
        .await?
        .ok_or_else(|| Error::internal("comments were not loaded"))?;
    let total = move || {
        let loaders = loaders.clone();
        let count = async move { loaders.load_one(CommentCountOf(id, parent)).await };
        let count = async move { Ok(count.await?.unwrap_or_default()) };
        Box::pin(count) as futures::future::BoxFuture<'static, _>
    };
    Ok(Connection::new(page, Comment, Box::new(total)))
}
