//! What mutations answer: a result, or the errors its user can put right.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};
use subgraphs_kit::user_error::UserError;
use subgraphs_kit::{Error, Result};

use super::user::User;
use crate::accounts::{Outcome, Refusal};

/// The tokens of somebody who has signed in.
#[derive(SimpleObject)]
pub(crate) struct Session {
    /// Send it as `authorization: Bearer …`.
    pub(crate) access_token: String,
    /// When the access token ends; refresh before.
    pub(crate) access_token_expires_at: DateTime<Utc>,
    /// Exchange it for a new session; null if it went into the cookie.
    pub(crate) refresh_token: Option<String>,
    /// When the refresh token ends; sign in again then.
    pub(crate) refresh_token_expires_at: DateTime<Utc>,
}

/// The outcome of `register`.
#[derive(SimpleObject, Default)]
pub(crate) struct RegisterPayload {
    /// The new user.
    pub(crate) user: Option<User>,
    /// The new user's session.
    pub(crate) session: Option<Session>,
    /// Why there is no account.
    pub(crate) user_errors: Vec<UserError>,
}

/// The outcome of `login`.
#[derive(SimpleObject, Default)]
pub(crate) struct LoginPayload {
    /// Who has signed in.
    pub(crate) user: Option<User>,
    /// Their session.
    pub(crate) session: Option<Session>,
    /// Why there is no session.
    pub(crate) user_errors: Vec<UserError>,
}

/// The outcome of `refreshSession`.
#[derive(SimpleObject, Default)]
pub(crate) struct RefreshSessionPayload {
    /// Whose session it is.
    pub(crate) user: Option<User>,
    /// The session with its new tokens.
    pub(crate) session: Option<Session>,
    /// Why the session does not go on.
    pub(crate) user_errors: Vec<UserError>,
}

/// The outcome of `logout`.
#[derive(SimpleObject, Default)]
pub(crate) struct LogoutPayload {
    /// Whether nobody is signed in with these tokens any more.
    pub(crate) logged_out: bool,
    /// Why somebody still is.
    pub(crate) user_errors: Vec<UserError>,
}

/// The outcome of `updateProfile`.
#[derive(SimpleObject, Default)]
pub(crate) struct UpdateProfilePayload {
    /// The user, changed.
    pub(crate) user: Option<User>,
    /// Why nothing was changed.
    pub(crate) user_errors: Vec<UserError>,
}

/// The outcome of `changePassword`.
#[derive(SimpleObject, Default)]
pub(crate) struct ChangePasswordPayload {
    /// The user with the new password.
    pub(crate) user: Option<User>,
    /// Why the password is the old one.
    pub(crate) user_errors: Vec<UserError>,
}

/// The outcome of `deleteAccount`.
#[derive(SimpleObject, Default)]
pub(crate) struct DeleteAccountPayload {
    /// The id that was the user's.
    pub(crate) deleted_user_id: Option<ID>,
    /// Why the account is still there.
    pub(crate) user_errors: Vec<UserError>,
}

/// The payload of an outcome: what was expected to go wrong is part of it, a failure is not.
pub(crate) fn payload<T, P>(
    outcome: Outcome<T>,
    done: impl FnOnce(T) -> P,
    refused: impl FnOnce(Vec<UserError>) -> P,
) -> Result<P, Error> {
    match outcome {
        Ok(value) => Ok(done(value)),
        Err(Refusal::Expected(errors)) => Ok(refused(errors)),
        Err(Refusal::Failed(error)) => Err(error),
    }
}
