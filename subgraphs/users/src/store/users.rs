//! Queries on `users`.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, Select,
};
use subgraphs_kit::Result;
use subgraphs_kit::keyset::{Keyset, OrderBy, fetch_page, id_in};
use subgraphs_kit::page::{Key, Page, PageRequest};
use subgraphs_kit::search::{Search, SubstringSearch, fold};
use uuid::Uuid;

use crate::account::{is_email, is_username, login_form};
use crate::entity::user::{Column, Entity, Model, Role};

/// Which users a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Filter {
    /// Words in the username or the display name. Never in email addresses, which are private.
    pub(crate) search: Option<String>,
    /// Only users with this role.
    pub(crate) is_admin: Option<bool>,
}

/// What users are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SortKey {
    CreatedAt,
    Username,
    DisplayName,
}

/// Changes to a profile; `None` leaves a column as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProfileChange {
    pub(crate) display_name: Option<String>,
    pub(crate) bio: Option<Option<String>>,
    pub(crate) avatar_url: Option<Option<String>>,
}

/// The users with these ids, in no particular order.
pub(crate) async fn find_by_ids(
    connection: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<Vec<Model>> {
    let condition = id_in(
        connection.get_database_backend(),
        Expr::col((Entity, Column::Id)),
        ids,
    );
    Ok(Entity::find().filter(condition).all(connection).await?)
}

/// The users with these usernames, in no particular order. What cannot be a username is passed over.
pub(crate) async fn find_by_usernames(
    connection: &impl ConnectionTrait,
    usernames: &[String],
) -> Result<Vec<Model>> {
    // One bound value whatever their number, as in `id_in`; usernames contain no separators.
    let names: Vec<_> = usernames.iter().filter(|name| is_username(name)).collect();
    let column = Expr::col((Entity, Column::Username));
    let condition = if connection.get_database_backend() == DbBackend::Postgres {
        let list = names.iter().map(|name| name.as_str()).collect::<Vec<_>>();
        Expr::cust_with_exprs(
            "$1 = ANY(string_to_array($2, ','))",
            [column, Expr::val(list.join(","))],
        )
    } else {
        let list = names.iter().map(|name| format!("\"{name}\""));
        let list = format!("[{}]", list.collect::<Vec<_>>().join(","));
        Expr::cust_with_exprs(
            "? IN (SELECT value FROM json_each(?))",
            [column, Expr::val(list)],
        )
    };
    Ok(Entity::find().filter(condition).all(connection).await?)
}

/// The user `id`.
pub(crate) async fn find(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(connection).await?)
}

/// The user who signs in as `name`: a username or an email address, in any case.
pub(crate) async fn find_by_login(
    connection: &impl ConnectionTrait,
    name: &str,
) -> Result<Option<Model>> {
    let name = login_form(name);
    let condition = if is_username(&name) {
        Column::Username.eq(name)
    } else if is_email(&name) {
        Column::Email.eq(name)
    } else {
        return Ok(None);
    };
    Ok(Entity::find().filter(condition).one(connection).await?)
}

/// The users who have this username or this email address.
pub(crate) async fn find_holders(
    connection: &impl ConnectionTrait,
    username: &str,
    email: &str,
) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .filter(
            Condition::any()
                .add(Column::Username.eq(username))
                .add(Column::Email.eq(email)),
        )
        .all(connection)
        .await?)
}

/// Adds a user; false if the username or the email address is in use.
pub(crate) async fn insert(connection: &impl ConnectionTrait, row: Model) -> Result<bool> {
    let inserted = Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(inserted == 1)
}

/// Adds those of `rows` whose id, username and email address are free.
pub(crate) async fn insert_new(connection: &impl ConnectionTrait, rows: &[Model]) -> Result<()> {
    let rows = rows.iter().cloned().map(|row| row.into_active_model());
    Entity::insert_many(rows)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Whether there is any user.
pub(crate) async fn any(connection: &impl ConnectionTrait) -> Result<bool> {
    Ok(Entity::find().one(connection).await?.is_some())
}

/// Changes a profile in one statement; `None` if there is no such user.
pub(crate) async fn change_profile(
    connection: &impl ConnectionTrait,
    id: Uuid,
    change: ProfileChange,
    now: DateTime<Utc>,
) -> Result<Option<Model>> {
    let mut update = Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::val(now))
        .filter(Column::Id.eq(id));
    if let Some(display_name) = change.display_name {
        update = update
            .col_expr(Column::SearchName, Expr::val(fold(&display_name)))
            .col_expr(Column::DisplayName, Expr::val(display_name));
    }
    if let Some(bio) = change.bio {
        update = update.col_expr(Column::Bio, Expr::val(bio));
    }
    if let Some(avatar_url) = change.avatar_url {
        update = update.col_expr(Column::AvatarUrl, Expr::val(avatar_url));
    }
    Ok(update.exec_with_returning(connection).await?.pop())
}

/// Removes a user with everything this service knows about them; false if there is no such user.
pub(crate) async fn delete(connection: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    let deleted = Entity::delete_by_id(id).exec(connection).await?;
    Ok(deleted.rows_affected == 1)
}

/// A page of the users `filter` lets through.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    filter: &Filter,
    keyset: &Keyset<Model>,
    page: &PageRequest,
) -> Result<Page<Model>> {
    let select = filtered(connection.get_database_backend(), filter);
    fetch_page(connection, select, keyset, page).await
}

/// How many users `filter` lets through.
pub(crate) async fn count(connection: &impl ConnectionTrait, filter: &Filter) -> Result<i64> {
    let select = filtered(connection.get_database_backend(), filter);
    let count = select.count(connection).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The ordering named `name`.
pub(crate) fn keyset(name: &'static str, sort_key: SortKey, descending: bool) -> Keyset<Model> {
    type KeyOf = fn(&Model) -> Key;
    let column = |column: Column| Expr::col((Entity, column));
    let (order_by, key): (_, KeyOf) = match sort_key {
        // UUIDv7 ids are in the order of creation.
        SortKey::CreatedAt => (OrderBy::Id, |_| Key::Id),
        SortKey::Username => (OrderBy::Text(column(Column::Username)), |row| {
            Key::Text(row.username.clone())
        }),
        SortKey::DisplayName => (OrderBy::Text(column(Column::DisplayName)), |row| {
            Key::Text(row.display_name.clone())
        }),
    };
    Keyset {
        name,
        order_by,
        key,
        id_column: column(Column::Id),
        id: |row| row.id,
        descending,
    }
}

fn filtered(backend: DbBackend, filter: &Filter) -> Select<Entity> {
    let mut select = Entity::find();
    if let Some(text) = &filter.search {
        // Usernames are ASCII in lower case, which is folded.
        let columns = [Column::Username, Column::SearchName];
        let search = SubstringSearch::new(columns.map(|c| Expr::col((Entity, c))).to_vec());
        if let Some(condition) = search.matches(backend, text) {
            select = select.filter(condition);
        }
    }
    if let Some(is_admin) = filter.is_admin {
        let role = if is_admin { Role::Admin } else { Role::User };
        select = select.filter(Expr::col((Entity, Column::Role)).eq(role));
    }
    select
}
