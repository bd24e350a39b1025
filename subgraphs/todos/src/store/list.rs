//! Lists of todos: filtered, ordered, in pages.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DbBackend, PaginatorTrait, QueryFilter, Select,
    sea_query::{Expr, Func},
};
use subgraphs_kit::{
    Result,
    identity::Identity,
    keyset::{self, Keyset, OrderBy},
    page::{Key, Page, PageRequest},
    search::{Search, SubstringSearch},
};
use uuid::Uuid;

use super::{column, visible};
use crate::entity::todo::{Column, Entity, Model, Priority};

/// 1970-01-01T00:00:00Z: no todo is due before.
pub(crate) const EARLIEST: DateTime<Utc> = DateTime::UNIX_EPOCH;
/// 9999-12-31T00:00:00Z: every todo is due before. Years of five digits do not sort as texts, which is
/// how SQLite keeps times.
pub(crate) const LATEST: DateTime<Utc> = match DateTime::from_timestamp(253_402_214_400, 0) {
    Some(latest) => latest,
    None => DateTime::<Utc>::MAX_UTC,
};

/// Which todos are asked for, among those the caller may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Filter {
    pub(crate) completed: Option<bool>,
    pub(crate) priority: Option<Priority>,
    /// Within [`EARLIEST`] and [`LATEST`].
    pub(crate) due_before: Option<DateTime<Utc>>,
    pub(crate) search: Option<String>,
}

/// The orders todos can be listed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    #[default]
    CreatedAtDesc,
    CreatedAtAsc,
    UpdatedAtDesc,
    DueAtAsc,
    DueAtDesc,
    PriorityDesc,
    PriorityAsc,
}

/// What the todos of a child page belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Parent {
    /// The user who owns them.
    Owner,
    /// The post they are about.
    RelatedPost,
}

impl Parent {
    fn column(self) -> Expr {
        column(match self {
            Self::Owner => Column::OwnerId,
            Self::RelatedPost => Column::RelatedPostId,
        })
    }

    fn of(self) -> fn(&Model) -> Uuid {
        match self {
            Self::Owner => |todo| todo.owner_id,
            // Rows without a post are not among the children of one.
            Self::RelatedPost => |todo| todo.related_post_id.unwrap_or_default(),
        }
    }
}

fn select(backend: DbBackend, identity: &Identity, filter: &Filter) -> Select<Entity> {
    let mut select = visible(identity);
    if let Some(completed) = filter.completed {
        select = select.filter(if completed {
            Column::CompletedAt.is_not_null()
        } else {
            Column::CompletedAt.is_null()
        });
    }
    if let Some(priority) = filter.priority {
        select = select.filter(Column::Priority.eq(priority));
    }
    if let Some(due_before) = filter.due_before {
        select = select.filter(Column::DueAt.lt(due_before));
    }
    if let Some(text) = &filter.search {
        let search = SubstringSearch::new(vec![column(Column::SearchText)]);
        select = match search.matches(backend, text) {
            Some(matches) => select.filter(matches),
            None => select,
        };
    }
    select
}

fn keyset(order: Order) -> Keyset<Model> {
    let due_or = |undated: DateTime<Utc>| {
        OrderBy::Time(Func::coalesce([column(Column::DueAt), Expr::val(undated)]).into())
    };
    let priority = || OrderBy::Int(column(Column::Priority));
    let (name, order_by, key, descending): (_, _, fn(&Model) -> Key, _) = match order {
        // Ids are UUIDv7: their order is the order of creation.
        Order::CreatedAtDesc => ("CREATED_AT_DESC", OrderBy::Id, |_| Key::Id, true),
        Order::CreatedAtAsc => ("CREATED_AT_ASC", OrderBy::Id, |_| Key::Id, false),
        Order::UpdatedAtDesc => (
            "UPDATED_AT_DESC",
            OrderBy::Time(column(Column::UpdatedAt)),
            |todo| Key::time(todo.updated_at),
            true,
        ),
        // Todos without a date come last in both directions.
        Order::DueAtAsc => (
            "DUE_AT_ASC",
            due_or(LATEST),
            |todo| Key::time(todo.due_at.unwrap_or(LATEST)),
            false,
        ),
        Order::DueAtDesc => (
            "DUE_AT_DESC",
            due_or(EARLIEST),
            |todo| Key::time(todo.due_at.unwrap_or(EARLIEST)),
            true,
        ),
        Order::PriorityDesc => ("PRIORITY_DESC", priority(), priority_key, true),
        Order::PriorityAsc => ("PRIORITY_ASC", priority(), priority_key, false),
    };
    Keyset {
        name,
        order_by,
        key,
        id_column: column(Column::Id),
        id: |todo| todo.id,
        descending,
    }
}

fn priority_key(todo: &Model) -> Key {
    Key::Int(todo.priority.to_value().into())
}

/// One page of the visible todos.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    filter: &Filter,
    order: Order,
    page: &PageRequest,
) -> Result<Page<Model>> {
    let select = select(connection.get_database_backend(), identity, filter);
    keyset::fetch_page(connection, select, &keyset(order), page).await
}

/// How many todos are visible.
pub(crate) async fn count(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    filter: &Filter,
) -> Result<i64> {
    let select = select(connection.get_database_backend(), identity, filter);
    let count = select.count(connection).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The same page of the visible todos of each parent.
pub(crate) async fn child_pages(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    (parent, parents): (Parent, &[Uuid]),
    filter: &Filter,
    order: Order,
    page: &PageRequest,
) -> Result<HashMap<Uuid, Page<Model>>> {
    keyset::fetch_child_pages(
        connection,
        select(connection.get_database_backend(), identity, filter),
        parents,
        parent.column(),
        parent.of(),
        &keyset(order),
        page,
    )
    .await
}

/// How many todos of each parent are visible.
pub(crate) async fn child_counts(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    (parent, parents): (Parent, &[Uuid]),
    filter: &Filter,
) -> Result<HashMap<Uuid, i64>> {
    let select = select(connection.get_database_backend(), identity, filter);
    keyset::count_children(connection, select, parents, parent.column()).await
}
