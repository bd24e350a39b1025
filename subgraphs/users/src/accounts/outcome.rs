//! Success, an expected refusal, or a failure.

use sea_orm::DbErr;
use subgraphs_kit::Error;
use subgraphs_kit::user_error::UserError;

/// What an action on accounts gives.
pub(crate) type Outcome<T> = Result<T, Refusal>;

/// Why there is no result.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The user can put it right; part of the payload.
    Expected(Vec<UserError>),
    /// Something failed; a GraphQL error.
    Failed(Error),
}

impl From<UserError> for Refusal {
    fn from(error: UserError) -> Self {
        Self::Expected(vec![error])
    }
}

impl From<Vec<UserError>> for Refusal {
    fn from(errors: Vec<UserError>) -> Self {
        Self::Expected(errors)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<DbErr> for Refusal {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}
