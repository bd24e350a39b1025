//! Queries on `sessions` and `refresh_tokens`.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use subgraphs_kit::Result;
use uuid::Uuid;

use crate::entity::{refresh_token, session};

/// Why a session ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revocation {
    /// Its user logged out.
    Logout,
    /// A refresh token was used twice: one of the two users of it was not its owner.
    Reuse,
    /// The password was changed elsewhere.
    PasswordChange,
}

impl Revocation {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "LOGOUT",
            Self::Reuse => "REUSE",
            Self::PasswordChange => "PASSWORD_CHANGE",
        }
    }
}

/// Adds a session, and drops the same user's sessions that have expired.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    row: session::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    session::Entity::delete_many()
        .filter(session::Column::UserId.eq(row.user_id))
        .filter(session::Column::ExpiresAt.lte(now))
        .exec(connection)
        .await?;
    session::Entity::insert(row.into_active_model())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// The session `id`.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<session::Model>> {
    Ok(session::Entity::find_by_id(id).one(connection).await?)
}

/// Ends one session of a user.
pub(crate) async fn revoke(
    connection: &impl ConnectionTrait,
    id: Uuid,
    reason: Revocation,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut update = session::Entity::update_many();
    update = update.filter(session::Column::Id.eq(id));
    end(connection, update, reason, now).await
}

/// Ends every session of a user but one.
pub(crate) async fn revoke_others(
    connection: &impl ConnectionTrait,
    user: Uuid,
    kept: Option<Uuid>,
    reason: Revocation,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut update = session::Entity::update_many().filter(session::Column::UserId.eq(user));
    if let Some(kept) = kept {
        update = update.filter(session::Column::Id.ne(kept));
    }
    end(connection, update, reason, now).await
}

async fn end(
    connection: &impl ConnectionTrait,
    sessions: sea_orm::UpdateMany<session::Entity>,
    reason: Revocation,
    now: DateTime<Utc>,
) -> Result<()> {
    sessions
        .col_expr(session::Column::RevokedAt, Expr::val(now))
        .col_expr(session::Column::RevokedFor, Expr::val(reason.as_str()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// The refresh token with this digest.
pub(crate) async fn find_token(
    connection: &impl ConnectionTrait,
    digest: Vec<u8>,
) -> Result<Option<refresh_token::Model>> {
    Ok(refresh_token::Entity::find_by_id(digest)
        .one(connection)
        .await?)
}

/// Adds a refresh token, and drops the same session's tokens that have expired.
pub(crate) async fn insert_token(
    connection: &impl ConnectionTrait,
    row: refresh_token::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::SessionId.eq(row.session_id))
        .filter(refresh_token::Column::ExpiresAt.lte(now))
        .exec(connection)
        .await?;
    refresh_token::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Marks a token as exchanged for `successor`; false if it was exchanged before. Of any number of
/// concurrent calls exactly one gets true.
pub(crate) async fn rotate_token(
    connection: &impl ConnectionTrait,
    digest: &[u8],
    successor: &[u8],
    now: DateTime<Utc>,
) -> Result<bool> {
    let rotated = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RotatedAt, Expr::val(now))
        .col_expr(
            refresh_token::Column::Successor,
            Expr::val(successor.to_vec()),
        )
        .filter(refresh_token::Column::Digest.eq(digest.to_vec()))
        .filter(refresh_token::Column::RotatedAt.is_null())
        .exec(connection)
        .await?;
    Ok(rotated.rows_affected == 1)
}
