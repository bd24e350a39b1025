//! Every query of the service. What a caller may see is decided here, in SQL, so that no way in
//! (a query, a page, an entity representation) can forget it.

mod change;
mod list;

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Select, sea_query::Expr,
};
use subgraphs_kit::{
    Result,
    identity::Identity,
    keyset::{self, id_in},
    user_error::UserError,
};
use uuid::Uuid;

use crate::entity::todo::{Column, Entity, Model};

pub(crate) use change::{
    Changed, Edit, NewTodo, assign, complete, create, delete, inserted, reopen, update,
};
pub(crate) use list::{
    EARLIEST, Filter, LATEST, Order, Parent, child_counts, child_pages, count, page,
};

/// A mutation's result: what it made, or what the user can put right.
pub(crate) type Outcome<T> = Result<T, Vec<UserError>>;

/// An outcome of one mistake.
fn refuse<T>(error: UserError) -> Outcome<T> {
    Err(vec![error])
}

fn column(column: Column) -> Expr {
    Expr::col((Entity, column))
}

/// One's own todos and those assigned to one; for admins all; for nobody in particular none.
pub(crate) fn visible_to(identity: &Identity) -> Condition {
    if identity.is_admin() {
        return Condition::all();
    }
    match identity.user_id() {
        Some(me) => Condition::any()
            .add(Column::OwnerId.eq(me))
            .add(Column::AssigneeId.eq(me)),
        None => Condition::all().add(Expr::cust("1 = 0")),
    }
}

/// The todos `identity` may see.
fn visible(identity: &Identity) -> Select<Entity> {
    Entity::find().filter(visible_to(identity))
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

/// How many todos of each owner are open, visible or not: a number tells nothing about them.
pub(crate) async fn open_counts(
    connection: &impl ConnectionTrait,
    owners: &[Uuid],
) -> Result<HashMap<Uuid, i64>> {
    let open = Entity::find().filter(Column::CompletedAt.is_null());
    keyset::count_children(connection, open, owners, column(Column::OwnerId)).await
}

#[cfg(test)]
mod tests;
