//! Reading and changing posts.

mod change;

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect, QueryTrait, Select,
    sea_query::{Expr, Func},
};
use subgraphs_kit::{
    Result,
    identity::Identity,
    keyset::{self, Keyset, OrderBy, id_in},
    page::{Key, Page, PageRequest},
    search::{FullTextSearch, Search},
};
use uuid::Uuid;

use crate::entity::{
    post::{Column, Entity, Model, Status},
    post_tag,
};

pub(crate) use change::{Deleted, Edit, NewPost, create, delete, publish, update};

/// Which posts are asked for, among those the caller may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Filter {
    pub(crate) author_id: Option<Uuid>,
    pub(crate) tag: Option<String>,
    pub(crate) status: Option<Status>,
    pub(crate) search: Option<String>,
}

/// The orders posts can be listed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    #[default]
    CreatedAtDesc,
    CreatedAtAsc,
    UpdatedAtDesc,
    PublishedAtDesc,
    TitleAsc,
}

/// Published posts, one's own, and for admins all.
pub(crate) fn visible_to(identity: &Identity) -> Condition {
    if identity.is_admin() {
        return Condition::all();
    }
    let published = Condition::any().add(Column::Status.eq(Status::Published));
    match identity.user_id() {
        Some(me) => published.add(Column::AuthorId.eq(me)),
        None => published,
    }
}

/// The posts `identity` may see.
fn visible(identity: &Identity) -> Select<Entity> {
    Entity::find().filter(visible_to(identity))
}

fn column(column: Column) -> Expr {
    Expr::col((Entity, column))
}

fn select(backend: DbBackend, identity: &Identity, filter: &Filter) -> Select<Entity> {
    let mut select = visible(identity);
    if let Some(author) = filter.author_id {
        select = select.filter(Column::AuthorId.eq(author));
    }
    if let Some(status) = filter.status {
        select = select.filter(Column::Status.eq(status));
    }
    if let Some(tag) = &filter.tag {
        let tagged = post_tag::Entity::find()
            .select_only()
            .column(post_tag::Column::PostId)
            .filter(post_tag::Column::Tag.eq(tag))
            .into_query();
        select = select.filter(Column::Id.in_subquery(tagged));
    }
    if let Some(text) = &filter.search {
        let search = FullTextSearch {
            id: column(Column::Id),
            vector: Expr::col((Entity, "search")),
            table: "posts_search",
            rows: "posts_search_rows",
        };
        select = match search.matches(backend, text) {
            Some(matches) => select.filter(matches),
            None => select,
        };
    }
    select
}

fn keyset(order: Order) -> Keyset<Model> {
    let (name, order_by, key, descending): (_, _, fn(&Model) -> Key, _) = match order {
        // Ids are UUIDv7: their order is the order of creation.
        Order::CreatedAtDesc => ("CREATED_AT_DESC", OrderBy::Id, |_| Key::Id, true),
        Order::CreatedAtAsc => ("CREATED_AT_ASC", OrderBy::Id, |_| Key::Id, false),
        Order::UpdatedAtDesc => (
            "UPDATED_AT_DESC",
            OrderBy::Time(column(Column::UpdatedAt)),
            |post| Key::time(post.updated_at),
            true,
        ),
        // A draft stands where it would if it had been published when it was created.
        Order::PublishedAtDesc => (
            "PUBLISHED_AT_DESC",
            OrderBy::Time(
                Func::coalesce([column(Column::PublishedAt), column(Column::CreatedAt)]).into(),
            ),
            |post| Key::time(post.published_at.unwrap_or(post.created_at)),
            true,
        ),
        Order::TitleAsc => (
            "TITLE_ASC",
            OrderBy::Text(column(Column::Title)),
            |post| Key::Text(post.title.clone()),
            false,
        ),
    };
    Keyset {
        name,
        order_by,
        key,
        id_column: column(Column::Id),
        id: |post| post.id,
        descending,
    }
}

/// The visible ones of `ids`.
pub(crate) async fn by_ids(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    ids: &[Uuid],
) -> Result<Vec<Model>> {
    let backend = connection.get_database_backend();
    Ok(visible(identity)
        .filter(id_in(backend, column(Column::Id), ids))
        .all(connection)
        .await?)
}

/// One page of the visible posts.
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

/// How many posts are visible.
pub(crate) async fn count(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    filter: &Filter,
) -> Result<i64> {
    let select = select(connection.get_database_backend(), identity, filter);
    let count = select.count(connection).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The same page of the visible posts of each author.
pub(crate) async fn pages_by_author(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    authors: &[Uuid],
    order: Order,
    page: &PageRequest,
) -> Result<HashMap<Uuid, Page<Model>>> {
    keyset::fetch_child_pages(
        connection,
        visible(identity),
        authors,
        column(Column::AuthorId),
        |post| post.author_id,
        &keyset(order),
        page,
    )
    .await
}

/// How many posts of each author are visible.
pub(crate) async fn count_by_author(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    authors: &[Uuid],
) -> Result<HashMap<Uuid, i64>> {
    keyset::count_children(
        connection,
        visible(identity),
        authors,
        column(Column::AuthorId),
    )
    .await
}
