//! Keyset pages in SQL: of one list, and of the lists of many parents in one statement.

use std::collections::HashMap;

use chrono::DateTime;
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait,
    Select,
    sea_query::{
        Alias, Asterisk, Expr, ExprTrait, Func, Order, OverStatement, Query, Value, WindowStatement,
    },
};
use uuid::Uuid;

use crate::{
    Error, Result,
    page::{Cursor, Key, Page, PageRequest},
};

/// What rows are ordered by before their id. The expression must not be null: wrap nullable columns in
/// `coalesce`.
#[derive(Clone, Debug)]
pub enum OrderBy {
    /// The id alone, which for UUIDv7 is the order of creation.
    Id,
    /// A time.
    Time(Expr),
    /// A number.
    Int(Expr),
    /// A text, in the order of its bytes on both databases.
    Text(Expr),
}

/// A total ordering of the rows of `M`: by [`OrderBy`], ties broken by id.
pub struct Keyset<M> {
    /// The ordering's name, unique within the connection: it is part of every cursor.
    pub name: &'static str,
    /// What is ordered by.
    pub order_by: OrderBy,
    /// The key of a row: the value of `order_by`'s expression.
    pub key: fn(&M) -> Key,
    /// The id column.
    pub id_column: Expr,
    /// The id of a row.
    pub id: fn(&M) -> Uuid,
    /// Whether larger keys come first.
    pub descending: bool,
}

impl<M> Keyset<M> {
    fn cursor(&self, row: &M) -> Cursor {
        Cursor {
            ordering: self.name.to_owned(),
            key: (self.key)(row),
            id: (self.id)(row),
        }
    }

    fn columns(&self, backend: DbBackend) -> Vec<Expr> {
        let column = match &self.order_by {
            OrderBy::Id => None,
            OrderBy::Time(column) | OrderBy::Int(column) => Some(column.clone()),
            // PostgreSQL would use the database's locale, SQLite compares bytes.
            OrderBy::Text(column) if backend == DbBackend::Postgres => {
                Some(Expr::cust_with_expr("($1) COLLATE \"C\"", column.clone()))
            }
            OrderBy::Text(column) => Some(column.clone()),
        };
        column.into_iter().chain([self.id_column.clone()]).collect()
    }

    /// The condition that holds for the rows beyond `cursor`: larger ones if `greater`.
    fn beyond(&self, backend: DbBackend, cursor: &Cursor, greater: bool) -> Result<Expr> {
        let foreign = || Error::bad_input("the cursor belongs to a list in another order");
        if cursor.ordering != self.name {
            return Err(foreign());
        }
        let key = match (&cursor.key, &self.order_by) {
            (Key::Id, OrderBy::Id) => None,
            (Key::Time(micros), OrderBy::Time(_)) => Some(Value::from(
                DateTime::from_timestamp_micros(*micros).ok_or_else(foreign)?,
            )),
            (Key::Int(number), OrderBy::Int(_)) => Some(Value::from(*number)),
            // PostgreSQL knows no zero byte in a text.
            (Key::Text(text), OrderBy::Text(_)) if !text.contains('\0') => {
                Some(Value::from(text.clone()))
            }
            _ => return Err(foreign()),
        };
        let values = key.into_iter().chain([Value::from(cursor.id)]);
        let values = Expr::tuple(values.map(Expr::val));
        let columns = Expr::tuple(self.columns(backend));
        Ok(if greater {
            columns.gt(values)
        } else {
            columns.lt(values)
        })
    }

    fn bounds(&self, backend: DbBackend, page: &PageRequest) -> Result<Vec<Expr>> {
        let after = page.after.iter().map(|cursor| (cursor, !self.descending));
        let before = page.before.iter().map(|cursor| (cursor, self.descending));
        after
            .chain(before)
            .map(|(cursor, greater)| self.beyond(backend, cursor, greater))
            .collect()
    }

    /// The direction rows are read in: backwards for a page counted from the end.
    fn direction(&self, page: &PageRequest) -> Order {
        if self.descending == page.backward {
            Order::Asc
        } else {
            Order::Desc
        }
    }

    /// A page from up to `page.size + 1` rows in reading direction.
    fn page(&self, request: &PageRequest, mut rows: Vec<M>) -> Page<M> {
        let size = usize::try_from(request.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if request.backward {
            rows.reverse();
        }
        Page {
            rows: rows
                .into_iter()
                .map(|row| (self.cursor(&row), row))
                .collect(),
            has_next_page: if request.backward {
                request.before.is_some()
            } else {
                more
            },
            has_previous_page: if request.backward {
                more
            } else {
                request.after.is_some()
            },
        }
    }
}

/// One page of `select`, in one statement.
///
/// # Errors
/// `BAD_USER_INPUT` for a cursor of another ordering; `Database`.
pub async fn fetch_page<C, E>(
    connection: &C,
    mut select: Select<E>,
    keyset: &Keyset<E::Model>,
    page: &PageRequest,
) -> Result<Page<E::Model>>
where
    C: ConnectionTrait,
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
{
    let backend = connection.get_database_backend();
    for bound in keyset.bounds(backend, page)? {
        select = select.filter(bound);
    }
    for column in keyset.columns(backend) {
        QuerySelect::query(&mut select).order_by_expr(column, keyset.direction(page));
    }
    let rows = select.limit(page.size + 1).all(connection).await?;
    Ok(keyset.page(page, rows))
}

/// The same page of each parent's rows, all of them in one statement. Every parent has an entry.
///
/// `parent_column` of `select` refers to the parent, and `parent_of` reads it from a row.
///
/// # Errors
/// `BAD_USER_INPUT` for a cursor of another ordering; `Database`.
pub async fn fetch_child_pages<C, E>(
    connection: &C,
    mut select: Select<E>,
    parents: &[Uuid],
    parent_column: Expr,
    parent_of: fn(&E::Model) -> Uuid,
    keyset: &Keyset<E::Model>,
    page: &PageRequest,
) -> Result<HashMap<Uuid, Page<E::Model>>>
where
    C: ConnectionTrait,
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
{
    let backend = connection.get_database_backend();
    select = select.filter(id_in(backend, parent_column.clone(), parents));
    for bound in keyset.bounds(backend, page)? {
        select = select.filter(bound);
    }
    let position = Alias::new("weft_position");
    let mut window = WindowStatement::new();
    OverStatement::add_partition_by(&mut window, parent_column);
    for column in keyset.columns(backend) {
        window.order_by_expr(column, keyset.direction(page));
    }
    let mut ranked = select.into_query();
    ranked.expr_window_as(Func::cust("row_number"), window, position.clone());
    let statement = Query::select()
        .column(Asterisk)
        .from_subquery(ranked, "weft_ranked")
        .and_where(Expr::col(position.clone()).lte(page.size + 1))
        .order_by(position, Order::Asc)
        .to_owned();

    let mut rows: HashMap<Uuid, Vec<E::Model>> =
        parents.iter().map(|parent| (*parent, Vec::new())).collect();
    for row in connection.query_all(&statement).await? {
        let row = E::Model::from_query_result(&row, "")?;
        rows.entry(parent_of(&row)).or_default().push(row);
    }
    Ok(rows
        .into_iter()
        .map(|(parent, rows)| (parent, keyset.page(page, rows)))
        .collect())
}

/// How many rows of `select` each parent has, in one statement. Every parent has an entry.
///
/// # Errors
/// `Database`.
pub async fn count_children<C, E>(
    connection: &C,
    select: Select<E>,
    parents: &[Uuid],
    parent_column: Expr,
) -> Result<HashMap<Uuid, i64>>
where
    C: ConnectionTrait,
    E: EntityTrait,
{
    let backend = connection.get_database_backend();
    let mut statement = select
        .filter(id_in(backend, parent_column.clone(), parents))
        .select_only()
        .into_query();
    statement
        .expr_as(parent_column.clone(), "parent")
        .expr_as(Expr::col(Asterisk).count(), "rows")
        .add_group_by([parent_column]);
    let mut counts: HashMap<Uuid, i64> = parents.iter().map(|parent| (*parent, 0)).collect();
    for row in connection.query_all(&statement).await? {
        counts.insert(row.try_get("", "parent")?, row.try_get("", "rows")?);
    }
    Ok(counts)
}

/// The condition that `column` is one of `ids`.
///
/// One bound value whatever their number, so there is one prepared statement and no limit of bind
/// variables: an array on PostgreSQL, a JSON list on SQLite.
#[must_use]
pub fn id_in(backend: DbBackend, column: Expr, ids: &[Uuid]) -> Expr {
    let hex = ids.iter().map(|id| id.simple().to_string());
    if backend == DbBackend::Postgres {
        let list = hex.collect::<Vec<_>>().join(",");
        Expr::cust_with_exprs(
            "$1 = ANY(CAST(string_to_array($2, ',') AS uuid[]))",
            [column, Expr::val(list)],
        )
    } else {
        let list = hex.map(|id| format!("\"{id}\"")).collect::<Vec<_>>();
        Expr::cust_with_exprs(
            "? IN (SELECT unhex(value) FROM json_each(?))",
            [column, Expr::val(format!("[{}]", list.join(",")))],
        )
    }
}

#[cfg(test)]
mod tests;
