//! `Post`.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use subgraphs_kit::{
    Error, Result,
    cache_policy::{COUNT_SECONDS, LIST_SECONDS, OBJECT_SECONDS, cache_control},
    connection::Connection,
    page::PageRequest,
    scope::Scope,
};
use uuid::Uuid;

use super::{
    comment::{Comment, comment_connection},
    input::PostStatus,
    loader::{CommentCountOf, PostById, TagsOf, loaders},
    user::User,
};
use crate::{
    entity::post::{self, Status},
    store::comments::Parent,
};

/// Characters of an excerpt, at most.
const EXCERPT: usize = 200;

/// A post, as far as its reader may see it.
pub(crate) struct Post(pub(crate) post::Model);

impl Post {
    /// The post with this id, if it is visible.
    pub(crate) async fn load(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        let post = loaders(ctx)?.load_one(PostById(id)).await?;
        // A draft, or what may be one: its author and admins see it, and nobody else.
        if post.as_ref().map(|post| post.status) != Some(Status::Published) {
            Scope::of(ctx)?.keep_private();
        }
        Ok(post.map(Self))
    }
}

/// An article.
#[Object(directive = cache_control::apply(Some(OBJECT_SECONDS), None, None))]
impl Post {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Its text.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// The beginning of its text, at most 200 characters, cut between words.
    async fn excerpt(&self) -> String {
        excerpt(&self.0.body)
    }

    /// Who sees it.
    async fn status(&self) -> PostStatus {
        self.0.status.into()
    }

    /// Counts changes; give it back when you update the post.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Its tags, in the author's order.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let tags = loaders(ctx)?.load_one(TagsOf(self.0.id)).await?;
        Ok(tags.unwrap_or_default())
    }

    /// Who wrote it; null if the account is gone.
    async fn author(&self) -> Option<User> {
        Some(User::reference(self.0.author_id))
    }

    /// The comments on it, oldest first.
    #[graphql(directive = cache_control::apply(Some(LIST_SECONDS), None, None))]
    async fn comments(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Option<Result<Connection<Comment>>> {
        let page = match PageRequest::new(first, after, last, before) {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        Some(comment_connection(ctx, Parent::Post, self.0.id, page).await)
    }

    /// How many comments there are on it.
    #[graphql(directive = cache_control::apply(Some(COUNT_SECONDS), None, None))]
    async fn comment_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let key = CommentCountOf(self.0.id, Parent::Post);
        loaders(ctx)?
            .load_one(key)
            .await?
            .ok_or_else(|| Error::internal("a post was not counted"))
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// When it was published; null for a draft.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }
}

fn excerpt(body: &str) -> String {
    let Some((cut, _)) = body.char_indices().nth(EXCERPT) else {
        return body.to_owned();
    };
    let start = &body[..cut];
    let whole_words = start
        .rsplit_once(char::is_whitespace)
        .map_or(start, |p| p.0);
    format!("{}…", whole_words.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_ends_between_words_and_within_characters() {
        let long = "wörd ".repeat(60);
        let cut = excerpt(&long);
        assert!(cut.ends_with("wörd…"), "{cut}");
        assert!(cut.chars().count() <= EXCERPT);
        for whole in ["", "short", &"x".repeat(EXCERPT)] {
            assert_eq!(excerpt(whole), whole);
        }
        assert_eq!(excerpt(&"ö".repeat(300)).chars().count(), EXCERPT + 1);
    }
}
