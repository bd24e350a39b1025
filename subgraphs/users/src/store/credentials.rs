//! Queries on `credentials`.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};
use subgraphs_kit::Result;
use uuid::Uuid;

use crate::entity::credential::{Column, Entity, Model};

/// The password hash of a user.
pub(crate) async fn hash_of(
    connection: &impl ConnectionTrait,
    user: Uuid,
) -> Result<Option<String>> {
    Ok(Entity::find_by_id(user)
        .select_only()
        .column(Column::PasswordHash)
        .into_tuple()
        .one(connection)
        .await?)
}

/// Gives a new user a password.
pub(crate) async fn insert(connection: &impl ConnectionTrait, row: Model) -> Result<()> {
    Entity::insert(row.into_active_model())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Gives those users a password who have none.
pub(crate) async fn insert_new(connection: &impl ConnectionTrait, rows: &[Model]) -> Result<()> {
    let rows = rows.iter().cloned().map(|row| row.into_active_model());
    Entity::insert_many(rows)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Locks the user's password for the rest of the transaction; false if it is no longer `hash`.
///
/// A login verified against a password that was changed meanwhile must not begin a session.
pub(crate) async fn hold(
    connection: &impl ConnectionTrait,
    user: Uuid,
    hash: &str,
) -> Result<bool> {
    replace(connection, user, hash, hash, None).await
}

/// Changes the password from `old` to `new`; false if it is no longer `old`.
pub(crate) async fn change(
    connection: &impl ConnectionTrait,
    user: Uuid,
    (old, new): (&str, &str),
    now: DateTime<Utc>,
) -> Result<bool> {
    replace(connection, user, old, new, Some(now)).await
}

async fn replace(
    connection: &impl ConnectionTrait,
    user: Uuid,
    old: &str,
    new: &str,
    updated_at: Option<DateTime<Utc>>,
) -> Result<bool> {
    let mut update = Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::val(new))
        .filter(Column::UserId.eq(user))
        .filter(Column::PasswordHash.eq(old));
    if let Some(now) = updated_at {
        update = update.col_expr(Column::UpdatedAt, Expr::val(now));
    }
    Ok(update.exec(connection).await?.rows_affected == 1)
}
