//! `Mutation`: what can go wrong for the user is part of each payload.

use async_graphql::{Context, ID, Object, SimpleObject};
use subgraphs_kit::{Result, changes::Change, scope::Scope, user_error::UserError};
use uuid::Uuid;

use super::{
    comment::Comment,
    input::{AddCommentInput, CreatePostInput, UpdatePostInput},
    parse_id,
    post::Post,
};
use crate::{
    entity::post,
    store::{Outcome, comments, posts},
};

/// The root of mutations.
pub(crate) struct Mutation;

/// The post after a change, or why it was not changed.
#[derive(SimpleObject)]
pub(crate) struct PostPayload {
    /// The post; null if there are errors.
    post: Option<Post>,
    /// What to put right.
    user_errors: Vec<UserError>,
}

/// The comment that was added, or why it was not.
#[derive(SimpleObject)]
pub(crate) struct CommentPayload {
    /// The comment; null if there are errors.
    comment: Option<Comment>,
    /// What to put right.
    user_errors: Vec<UserError>,
}

/// What was deleted, or why it was not.
#[derive(SimpleObject)]
pub(crate) struct DeletePostPayload {
    /// The id the post had; null if there are errors.
    deleted_id: Option<ID>,
    /// What to put right.
    user_errors: Vec<UserError>,
}

/// What was deleted, or why it was not.
#[derive(SimpleObject)]
pub(crate) struct DeleteCommentPayload {
    /// The id the comment had; null if there are errors.
    deleted_id: Option<ID>,
    /// The post it was about.
    post: Option<Post>,
    /// What to put right.
    user_errors: Vec<UserError>,
}

#[Object]
impl Mutation {
    /// Writes a post.
    async fn create_post(&self, ctx: &Context<'_>, input: CreatePostInput) -> Result<PostPayload> {
        let scope = Scope::of(ctx)?;
        let outcome = match signed_in(scope).and_then(|author| Ok((author, input.check()?))) {
            Ok((author, new)) => Ok(posts::create(&scope.db, &scope.deps, author, new).await?),
            Err(errors) => Err(errors),
        };
        // Nobody has seen the post itself.
        scope.changed(outcome.iter().flat_map(|post| {
            let author = Change::fields("User", post.author_id, POSTS_OF_USER);
            [Change::lists("Post"), author]
        }));
        Ok(outcome.into())
    }

    /// Changes a post you wrote.
    async fn update_post(&self, ctx: &Context<'_>, input: UpdatePostInput) -> Result<PostPayload> {
        let scope = Scope::of(ctx)?;
        let checked = signed_in(scope)
            .and_then(|_| find_id(&input.id, "input.id", "post"))
            .and_then(|id| Ok((id, input.check()?)));
        let outcome = match checked {
            Ok((id, edit)) => {
                posts::update(&scope.db, &scope.deps, scope.identity(), id, edit).await?
            }
            Err(errors) => Err(errors),
        };
        scope.changed(outcome.iter().flat_map(changes_of_post));
        Ok(outcome.into())
    }

    /// Publishes a draft you wrote. A published post stays as it is.
    async fn publish_post(&self, ctx: &Context<'_>, id: ID) -> Result<PostPayload> {
        let scope = Scope::of(ctx)?;
        let outcome = match signed_in(scope).and_then(|_| find_id(&id, "id", "post")) {
            Ok(id) => posts::publish(&scope.db, &scope.deps, scope.identity(), id).await?,
            Err(errors) => Err(errors),
        };
        scope.changed(outcome.iter().flat_map(changes_of_post));
        Ok(outcome.into())
    }

    /// Deletes a post you wrote, with the comments on it.
    async fn delete_post(&self, ctx: &Context<'_>, id: ID) -> Result<DeletePostPayload> {
        let scope = Scope::of(ctx)?;
        let outcome = match signed_in(scope).and_then(|_| find_id(&id, "id", "post")) {
            Ok(id) => posts::delete(&scope.db, scope.identity(), id).await?,
            Err(errors) => Err(errors),
        };
        scope.changed(outcome.iter().flat_map(changes_of_deletion));
        let (deleted_id, user_errors) = match outcome {
            Ok(deleted) => (Some(deleted.post.id.into()), Vec::new()),
            Err(errors) => (None, errors),
        };
        Ok(DeletePostPayload {
            deleted_id,
            user_errors,
        })
    }

    /// Comments on a published post.
    async fn add_comment(
        &self,
        ctx: &Context<'_>,
        input: AddCommentInput,
    ) -> Result<CommentPayload> {
        let scope = Scope::of(ctx)?;
        let checked = signed_in(scope).and_then(|author| {
            let body = input.check()?;
            Ok((
                author,
                find_id(&input.post_id, "input.postId", "post")?,
                body,
            ))
        });
        let outcome = match checked {
            Ok((author, post, body)) => {
                let (db, deps) = (&scope.db, &scope.deps);
                comments::add(db, deps, scope.identity(), author, post, body).await?
            }
            Err(errors) => Err(errors),
        };
        // All lists of comments are their post's or their author's, and nobody has seen the comment itself.
        scope.changed(outcome.iter().flat_map(|comment| {
            let post = Change::fields("Post", comment.post_id, COMMENTS_OF_POST);
            [
                post,
                Change::fields("User", comment.author_id, COMMENTS_OF_USER),
            ]
        }));
        let (comment, user_errors) = match outcome {
            Ok(comment) => (Some(Comment(comment)), Vec::new()),
            Err(errors) => (None, errors),
        };
        Ok(CommentPayload {
            comment,
            user_errors,
        })
    }

    /// Deletes a comment you wrote, or one on your post.
    async fn delete_comment(&self, ctx: &Context<'_>, id: ID) -> Result<DeleteCommentPayload> {
        let scope = Scope::of(ctx)?;
        let outcome = match signed_in(scope).and_then(|_| find_id(&id, "id", "comment")) {
            Ok(id) => comments::delete(&scope.db, scope.identity(), id).await?,
            Err(errors) => Err(errors),
        };
        scope.changed(outcome.iter().flat_map(|comment| {
            let post = Change::fields("Post", comment.post_id, COMMENTS_OF_POST);
            let author = Change::fields("User", comment.author_id, COMMENTS_OF_USER);
            [Change::gone("Comment", comment.id), post, author]
        }));
        Ok(match outcome {
            Ok(comment) => DeleteCommentPayload {
                deleted_id: Some(comment.id.into()),
                post: Post::load(ctx, comment.post_id).await?,
                user_errors: Vec::new(),
            },
            Err(user_errors) => DeleteCommentPayload {
                deleted_id: None,
                post: None,
                user_errors,
            },
        })
    }
}

/// What shows a user's posts.
const POSTS_OF_USER: &[&str] = &["posts", "postCount", "byline"];
/// What shows a user's comments.
const COMMENTS_OF_USER: &[&str] = &["comments"];
/// What shows the comments on a post.
const COMMENTS_OF_POST: &[&str] = &["comments", "commentCount"];

/// What else of what this service answers has changed with a post.
fn changes_of_post(post: &post::Model) -> [Change; 3] {
    [
        Change::fields("Post", post.id, &[]),
        Change::lists("Post"),
        Change::fields("User", post.author_id, POSTS_OF_USER),
    ]
}

/// The same of a post that is not there any more.
fn changes_of_deletion(deleted: &posts::Deleted) -> Vec<Change> {
    let mut changes = vec![
        Change::gone("Post", deleted.post.id),
        Change::lists("Post"),
        Change::fields("User", deleted.post.author_id, POSTS_OF_USER),
    ];
    match &deleted.comments {
        Some(comments) => changes.extend(comments.iter().flat_map(|(comment, author)| {
            let author = Change::fields("User", author, COMMENTS_OF_USER);
            [Change::gone("Comment", comment), author]
        })),
        None => changes.extend([Change::every("Comment"), Change::every("User")]),
    }
    changes
}

impl From<Outcome<post::Model>> for PostPayload {
    fn from(outcome: Outcome<post::Model>) -> Self {
        match outcome {
            Ok(post) => Self {
                post: Some(Post(post)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self {
                post: None,
                user_errors,
            },
        }
    }
}

/// The caller's id.
fn signed_in(scope: &Scope) -> Outcome<Uuid> {
    let user = scope.identity().user_id();
    user.ok_or_else(|| vec![UserError::unauthenticated()])
}

/// The UUID of an id argument; a malformed one is the id of nothing.
fn find_id(id: &ID, field: &str, noun: &str) -> Outcome<Uuid> {
    parse_id(id).ok_or_else(|| vec![UserError::not_found(field, noun)])
}
