//! The caller's own profile.

use subgraphs_kit::scope::Scope;
use subgraphs_kit::user_error::UserError;

use super::{Accounts, Outcome};
use crate::entity::user;
use crate::store;
use crate::store::users::ProfileChange;

impl Accounts {
    /// Changes the caller's profile, and nobody else's: there is no argument to say whose.
    pub(crate) async fn change_profile(
        &self,
        scope: &Scope,
        change: ProfileChange,
    ) -> Outcome<user::Model> {
        let id = scope.identity().user_id();
        let id = id.ok_or_else(UserError::unauthenticated)?;
        let now = scope.deps.now();
        let changed = store::users::change_profile(scope.db.write(), id, change, now).await?;
        Ok(changed.ok_or_else(UserError::unauthenticated)?)
    }
}
