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
    entity::todo,
    store::{self, Filter, Order, Parent},
};

/// The loader of one request; it knows every kind of key below.
pub(crate) type Loaders = Arc<BatchLoader<Batches>>;

/// Reads on behalf of one request.
pub(crate) struct Batches(Arc<Scope>);

/// A visible todo.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct TodoById(pub(crate) Uuid);

/// A page of the visible todos of a user or about a post.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct TodosOf(
    pub(crate) Uuid,
    pub(crate) (Parent, Filter, Order, PageRequest),
);

/// How many visible todos a user has, or there are about a post.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct TodoCountOf(pub(crate) Uuid, pub(crate) (Parent, Filter));

/// How many open todos a user has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct OpenTodoCountOf(pub(crate) Uuid);

/// Gives a request its loader.
pub(crate) fn attach(scope: &Arc<Scope>, data: &mut Data) {
    let loaders: Loaders = Arc::new(scope.queue.loader(Batches(scope.clone())));
    data.insert(loaders);
}

/// The request's loader.
pub(crate) fn loaders<'a>(ctx: &Context<'a>) -> Result<&'a Loaders> {
    request_data(ctx)
}

impl Loader<TodoById> for Batches {
    type Value = todo::Model;
    type Error = Error;

    async fn load(&self, keys: &[TodoById]) -> Result<HashMap<TodoById, todo::Model>> {
        let ids = sorted(keys.iter().map(|key| key.0));
        let todos = store::by_ids(self.0.reader(), self.0.identity(), &ids).await?;
        Ok(todos
            .into_iter()
            .map(|todo| (TodoById(todo.id), todo))
            .collect())
    }
}

impl Loader<TodosOf> for Batches {
    type Value = Page<todo::Model>;
    type Error = Error;

    async fn load(&self, keys: &[TodosOf]) -> Result<HashMap<TodosOf, Page<todo::Model>>> {
        let keys: Vec<_> = keys.iter().map(|key| (key.0, key.1.clone())).collect();
        let mut loaded = HashMap::with_capacity(keys.len());
        for (arguments, parents) in group_by_args(&keys) {
            let (parent, filter, order, page) = &arguments;
            let (reader, identity) = (self.0.reader(), self.0.identity());
            let children = (*parent, parents.as_slice());
            let pages =
                store::child_pages(reader, identity, children, filter, *order, page).await?;
            let pages = pages.into_iter();
            loaded.extend(pages.map(|(id, page)| (TodosOf(id, arguments.clone()), page)));
        }
        Ok(loaded)
    }
}

impl Loader<TodoCountOf> for Batches {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[TodoCountOf]) -> Result<HashMap<TodoCountOf, i64>> {
        let keys: Vec<_> = keys.iter().map(|key| (key.0, key.1.clone())).collect();
        let mut loaded = HashMap::with_capacity(keys.len());
        for (arguments, parents) in group_by_args(&keys) {
            let (parent, filter) = &arguments;
            let (reader, identity) = (self.0.reader(), self.0.identity());
            let children = (*parent, parents.as_slice());
            let counts = store::child_counts(reader, identity, children, filter).await?;
            let counts = counts.into_iter();
            loaded.extend(counts.map(|(id, count)| (TodoCountOf(id, arguments.clone()), count)));
        }
        Ok(loaded)
    }
}

impl Loader<OpenTodoCountOf> for Batches {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[OpenTodoCountOf]) -> Result<HashMap<OpenTodoCountOf, i64>> {
        let owners = sorted(keys.iter().map(|key| key.0));
        let counts = store::open_counts(self.0.reader(), &owners).await?;
        Ok(counts
            .into_iter()
            .map(|(owner, count)| (OpenTodoCountOf(owner), count))
            .collect())
    }
}

/// The ids in order, so that the same keys always make the same statement.
fn sorted(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids
}
