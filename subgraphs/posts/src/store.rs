//! Every query of the service. What a caller may see is decided here, in SQL, so that no way in
//! (a query, a page, an entity representation) can forget it.

pub(crate) mod comments;
pub(crate) mod posts;
pub(crate) mod tags;

use subgraphs_kit::user_error::UserError;

/// A mutation's result: what it made, or what the user can put right.
pub(crate) type Outcome<T> = Result<T, Vec<UserError>>;

/// An outcome of one mistake.
fn refuse<T>(error: UserError) -> Outcome<T> {
    Err(vec![error])
}

#[cfg(test)]
mod tests;
