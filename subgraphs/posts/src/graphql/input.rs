//! Arguments, and what makes them acceptable.

use async_graphql::{Enum, ID, InputObject};
use subgraphs_kit::{
    Error, Result,
    user_error::{UserError, UserErrorCode, Validation},
};

use super::parse_id;
use crate::{
    entity::post::Status,
    store::posts::{self, Edit, NewPost},
};

/// Characters of a title.
const TITLE: (usize, usize) = (1, 200);
/// Characters of a body.
const BODY: (usize, usize) = (1, 50_000);
/// Characters of a comment.
const COMMENT: (usize, usize) = (1, 5_000);
/// Characters of a tag.
const MAX_TAG: usize = 40;
/// Tags of a post.
const MAX_TAGS: usize = 10;
/// Characters of a search.
const MAX_SEARCH: usize = 200;

/// Who sees a post.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Status")]
pub(crate) enum PostStatus {
    /// Its author and admins.
    Draft,
    /// Everyone.
    Published,
}

/// The order of a list of posts.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Default)]
#[graphql(remote = "posts::Order")]
pub(crate) enum PostOrder {
    /// Newest first.
    #[default]
    CreatedAtDesc,
    /// Oldest first.
    CreatedAtAsc,
    /// Last changed first.
    UpdatedAtDesc,
    /// Last published first; a draft stands where it was created.
    PublishedAtDesc,
    /// By title.
    TitleAsc,
}

/// Which posts are listed, among those you may see. Every condition given must hold.
#[derive(InputObject, Default)]
pub(crate) struct PostFilter {
    /// Written by this user.
    author_id: Option<ID>,
    /// Having this tag.
    tag: Option<String>,
    /// In this state.
    status: Option<PostStatus>,
    /// Containing every one of these words in title or body.
    search: Option<String>,
}

impl PostFilter {
    /// The filter for the store.
    pub(super) fn check(self) -> Result<posts::Filter> {
        let author_id = match &self.author_id {
            None => None,
            Some(id) => Some(
                parse_id(id).ok_or_else(|| Error::bad_input("`filter.authorId` is not an id"))?,
            ),
        };
        if let Some(search) = &self.search
            && search.chars().count() > MAX_SEARCH
        {
            return Err(Error::bad_input(format!(
                "`filter.search` is longer than {MAX_SEARCH} characters"
            )));
        }
        Ok(posts::Filter {
            author_id,
            tag: self.tag.map(|tag| normal_tag(&tag)),
            status: self.status.map(Status::from),
            search: self.search,
        })
    }
}

/// A post to write.
#[derive(InputObject)]
pub(crate) struct CreatePostInput {
    /// 1 to 200 characters.
    title: String,
    /// 1 to 50,000 characters.
    body: String,
    /// Up to 10 tags of 1 to 40 characters: letters, digits and hyphens, in lower case.
    #[graphql(default)]
    tags: Vec<String>,
    /// Publish it at once instead of keeping a draft.
    #[graphql(default)]
    publish: bool,
}

impl CreatePostInput {
    /// The post for the store, or every mistake.
    pub(super) fn check(self) -> Result<NewPost, Vec<UserError>> {
        let mut validation = Validation::default();
        let new = NewPost {
            title: validation.text("input.title", &self.title, TITLE, false),
            body: validation.text("input.body", &self.body, BODY, true),
            tags: check_tags(&mut validation, &self.tags),
            publish: self.publish,
        };
        validation.finish()?;
        Ok(new)
    }
}

/// What is to change about a post; what is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdatePostInput {
    /// The post.
    pub(super) id: ID,
    /// The `version` you have read: a post changed since then is not overwritten.
    version: i64,
    /// 1 to 200 characters.
    title: Option<String>,
    /// 1 to 50,000 characters.
    body: Option<String>,
    /// Replaces the tags.
    tags: Option<Vec<String>>,
}

impl UpdatePostInput {
    /// The edit for the store, or every mistake.
    pub(super) fn check(self) -> Result<Edit, Vec<UserError>> {
        let mut validation = Validation::default();
        validation.require(
            (1..i64::MAX).contains(&self.version),
            "input.version",
            UserErrorCode::Invalid,
            "must be a version you have read",
        );
        let edit = Edit {
            version: self.version,
            title: self
                .title
                .map(|title| validation.text("input.title", &title, TITLE, false)),
            body: self
                .body
                .map(|body| validation.text("input.body", &body, BODY, true)),
            tags: self.tags.map(|tags| check_tags(&mut validation, &tags)),
        };
        validation.finish()?;
        Ok(edit)
    }
}

/// A comment to write.
#[derive(InputObject)]
pub(crate) struct AddCommentInput {
    /// The post, which must be published.
    pub(super) post_id: ID,
    /// 1 to 5,000 characters.
    body: String,
}

impl AddCommentInput {
    /// The comment's text, or every mistake.
    pub(super) fn check(&self) -> Result<String, Vec<UserError>> {
        let mut validation = Validation::default();
        let body = validation.text("input.body", &self.body, COMMENT, true);
        validation.finish()?;
        Ok(body)
    }
}

/// The tags in normal form, each once, in the given order.
fn check_tags(validation: &mut Validation, tags: &[String]) -> Vec<String> {
    validation.require(
        tags.len() <= MAX_TAGS,
        "input.tags",
        UserErrorCode::TooMany,
        "must be at most 10 tags",
    );
    let mut checked: Vec<String> = Vec::new();
    for (index, tag) in tags.iter().take(MAX_TAGS).enumerate() {
        let tag = normal_tag(tag);
        let well_formed = !tag.is_empty()
            && tag.chars().count() <= MAX_TAG
            && tag.chars().all(|c| c.is_alphanumeric() || c == '-');
        validation.require(
            well_formed,
            &format!("input.tags.{index}"),
            UserErrorCode::Invalid,
            "must be 1 to 40 letters, digits and hyphens",
        );
        if !checked.contains(&tag) {
            checked.push(tag);
        }
    }
    checked
}

fn normal_tag(tag: &str) -> String {
    tag.trim().replace('\0', "").to_lowercase()
}
