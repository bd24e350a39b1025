//! `Todo`.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use subgraphs_kit::{
    Error, Result,
    cache_policy::{CacheControlScope::Private, PRIVATE_SECONDS, cache_control},
    connection::Connection,
    page::PageRequest,
    scope::Scope,
};
use uuid::Uuid;

use super::{
    input::{TodoFilter, TodoOrder, TodoPriority},
    loader::{TodoById, TodoCountOf, TodosOf, loaders},
    post::Post,
    user::User,
};
use crate::{entity::todo, store::Parent};

/// A todo its reader may see.
pub(crate) struct Todo(pub(crate) todo::Model);

impl Todo {
    /// The todo with this id, if it is visible.
    pub(crate) async fn load(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        Ok(loaders(ctx)?.load_one(TodoById(id)).await?.map(Self))
    }
}

/// Something to do. Its owner, its assignee and admins see it.
#[Object(directive = cache_control::apply(Some(PRIVATE_SECONDS), Some(Private), None))]
impl Todo {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What is to be done.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// More about it.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Whether it is done.
    async fn completed(&self) -> bool {
        self.0.completed_at.is_some()
    }

    /// How urgent it is.
    async fn priority(&self) -> TodoPriority {
        self.0.priority.into()
    }

    /// When it must be done.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.0.due_at
    }

    /// Whose it is; null if the account is gone.
    async fn owner(&self) -> Option<User> {
        Some(User(self.0.owner_id))
    }

    /// Who is to do it, if not its owner; null also if the account is gone.
    async fn assignee(&self) -> Option<User> {
        self.0.assignee_id.map(User)
    }

    /// The post it is about; null also if the post is gone, or you may not see it.
    async fn related_post(&self) -> Option<Post> {
        self.0.related_post_id.map(Post)
    }

    /// Counts changes; give it back when you update the todo.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// When it was done; null while it is open.
    async fn completed_at(&self) -> Option<DateTime<Utc>> {
        self.0.completed_at
    }
}

/// The arguments of a connection of todos.
pub(super) struct Listing {
    pub(super) filter: Option<TodoFilter>,
    pub(super) order_by: TodoOrder,
    pub(super) page: Result<PageRequest>,
}

impl Listing {
    /// A page of the todos of `parent` with this `id`, through the loader; `None` if nobody is signed
    /// in, who could see any.
    pub(super) async fn of_parent(
        self,
        ctx: &Context<'_>,
        parent: Parent,
        id: Uuid,
    ) -> Result<Option<Connection<Todo>>> {
        let (page, filter) = (self.page?, self.filter.unwrap_or_default().check()?);
        if Scope::of(ctx)?.identity().user_id().is_none() {
            return Ok(None);
        }
        let loaders = loaders(ctx)?.clone();
        let arguments = (parent, filter.clone(), self.order_by.into(), page);
        let page = loaders
            .load_one(TodosOf(id, arguments))
            .await?
            .ok_or_else(|| Error::internal("todos were not loaded"))?;
        let total = move || {
            let (loaders, filter) = (loaders.clone(), filter.clone());
            let count = async move { loaders.load_one(TodoCountOf(id, (parent, filter))).await };
            let count = async move { Ok(count.await?.unwrap_or_default()) };
            Box::pin(count) as futures::future::BoxFuture<'static, _>
        };
        Ok(Some(Connection::new(page, Todo, Box::new(total))))
    }
}
