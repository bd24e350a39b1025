//! Batches: each loads what one level of a query needs, in one statement.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Data};
use subgraphs_kit::{
    Error, Result,
    loader::{BatchLoader, Loader, group_by_args},
    page::{Page, PageRequest},
    scope::{Scope, request_data},
};
use uuid::Uuid;

use crate::{
    entity::{comment, post},
    store::{
        comments::{self, Parent},
        posts::{self, Order},
        tags,
    },
};

/// The loader of one request; it knows every kind of key below.
pub(crate) type Loaders = Arc<BatchLoader<Batches>>;

/// Reads on behalf of one request.
pub(crate) struct Batches(Arc<Scope>);

/// A visible post.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct PostById(pub(crate) Uuid);

/// A visible comment.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct CommentById(pub(crate) Uuid);

/// A post's tags.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct TagsOf(pub(crate) Uuid);

/// How many visible posts an author has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct PostCountOf(pub(crate) Uuid);

/// How many visible comments a post or an author has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct CommentCountOf(pub(crate) Uuid, pub(crate) Parent);

/// A page of an author's visible posts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct PostsBy(pub(crate) Uuid, pub(crate) (Order, PageRequest));

/// A page of the visible comments of a post or an author.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct CommentsOf(pub(crate) Uuid, pub(crate) (Parent, PageRequest));

/// Gives a request its loader.
pub(crate) fn attach(scope: &Arc<Scope>, data: &mut Data) {
    let loaders: Loaders = Arc::new(scope.queue.loader(Batches(scope.clone())));
    data.insert(loaders);
}

/// The request's loader.
pub(crate) fn loaders<'a>(ctx: &Context<'a>) -> Result<&'a Loaders> {
    request_data(ctx)
}

impl Loader<PostById> for Batches {
    type Value = post::Model;
    type Error = Error;

    async fn load(&self, keys: &[PostById]) -> Result<HashMap<PostById, post::Model>> {
        let ids = sorted(keys.iter().map(|key| key.0));
        let posts = posts::by_ids(self.0.reader(), self.0.identity(), &ids).await?;
        Ok(posts
            .into_iter()
            .map(|post| (PostById(post.id), post))
            .collect())
    }
}

impl Loader<CommentById> for Batches {
    type Value = comment::Model;
    type Error = Error;

    async fn load(&self, keys: &[CommentById]) -> Result<HashMap<CommentById, comment::Model>> {
        let ids = sorted(keys.iter().map(|key| key.0));
        let comments = comments::by_ids(self.0.reader(), self.0.identity(), &ids).await?;
        Ok(comments
            .into_iter()
            .map(|comment| (CommentById(comment.id), comment))
            .collect())
    }
}

impl Loader<TagsOf> for Batches {
    type Value = Vec<String>;
    type Error = Error;

    async fn load(&self, keys: &[TagsOf]) -> Result<HashMap<TagsOf, Vec<String>>> {
        let posts = sorted(keys.iter().map(|key| key.0));
        let tags = tags::by_posts(self.0.reader(), &posts).await?;
        Ok(tags
            .into_iter()
            .map(|(post, tags)| (TagsOf(post), tags))
            .collect())
    }
}

impl Loader<PostCountOf> for Batches {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[PostCountOf]) -> Result<HashMap<PostCountOf, i64>> {
        let authors = sorted(keys.iter().map(|key| key.0));
        let counts = posts::count_by_author(self.0.reader(), self.0.identity(), &authors).await?;
        Ok(counts
            .into_iter()
            .map(|(author, count)| (PostCountOf(author), count))
            .collect())
    }
}

impl Loader<CommentCountOf> for Batches {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[CommentCountOf]) -> Result<HashMap<CommentCountOf, i64>> {
        let keys: Vec<_> = keys.iter().map(|key| (key.0, key.1)).collect();
        let mut loaded = HashMap::with_capacity(keys.len());
        for (parent, parents) in group_by_args(&keys) {
            let counts =
                comments::counts(self.0.reader(), self.0.identity(), parent, &parents).await?;
            let counts = counts.into_iter();
            loaded.extend(counts.map(|(id, count)| (CommentCountOf(id, parent), count)));
        }
        Ok(loaded)
    }
}

impl Loader<PostsBy> for Batches {
    type Value = Page<post::Model>;
    type Error = Error;

    async fn load(&self, keys: &[PostsBy]) -> Result<HashMap<PostsBy, Page<post::Model>>> {
        let keys: Vec<_> = keys.iter().map(|key| (key.0, key.1.clone())).collect();
        let mut loaded = HashMap::with_capacity(keys.len());
        for (arguments, authors) in group_by_args(&keys) {
            let (order, page) = &arguments;
            let (reader, identity) = (self.0.reader(), self.0.identity());
            let pages = posts::pages_by_author(reader, identity, &authors, *order, page).await?;
            let pages = pages.into_iter();
            loaded.extend(pages.map(|(author, page)| (PostsBy(author, arguments.clone()), page)));
        }
        Ok(loaded)
    }
}

impl Loader<CommentsOf> for Batches {
    type Value = Page<comment::Model>;
    type Error = Error;

    async fn load(&self, keys: &[CommentsOf]) -> Result<HashMap<CommentsOf, Page<comment::Model>>> {
        let keys: Vec<_> = keys.iter().map(|key| (key.0, key.1.clone())).collect();
        let mut loaded = HashMap::with_capacity(keys.len());
        for (arguments, parents) in group_by_args(&keys) {
            let (parent, page) = &arguments;
            let (reader, identity) = (self.0.reader(), self.0.identity());
            let pages = comments::pages(reader, identity, *parent, &parents, page).await?;
            let pages = pages.into_iter();
            loaded.extend(pages.map(|(id, page)| (CommentsOf(id, arguments.clone()), page)));
        }
        Ok(loaded)
    }
}

/// The same ids make the same statement, whatever order they were asked for in.
fn sorted(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids
}
