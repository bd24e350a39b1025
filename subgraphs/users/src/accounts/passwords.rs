//! What only the password's owner may do: change it, and leave.

use std::sync::Arc;

use subgraphs_kit::scope::Scope;
use subgraphs_kit::user_error::{UserError, UserErrorCode, Validation};
use uuid::Uuid;

use super::attempts::confirmation_keys;
use super::{Accounts, Outcome};
use crate::account::{can_be_password, check_password};
use crate::entity::user;
use crate::store;
use crate::store::sessions::Revocation;

impl Accounts {
    /// Changes the caller's password and ends their other sessions.
    pub(crate) async fn change_password(
        &self,
        scope: &Arc<Scope>,
        current: String,
        new: String,
    ) -> Outcome<user::Model> {
        let user = caller(scope).await?;
        let mut validation = Validation::default();
        let names = [user.username.as_str(), user.email.as_str()];
        check_password(&mut validation, "input.newPassword", &new, names);
        validation.finish()?;
        let old_hash = self
            .confirm(scope, user.id, "input.currentPassword", current)
            .await?;
        let new_hash = self.passwords.hash(new).await?;
        let now = scope.deps.now();
        let transaction = scope.db.begin().await?;
        let hashes = (old_hash.as_str(), new_hash.as_str());
        if !store::credentials::change(&transaction, user.id, hashes, now).await? {
            return Err(UserError::conflict("password").into());
        }
        let kept = scope.identity().session();
        let reason = Revocation::PasswordChange;
        store::sessions::revoke_others(&transaction, user.id, kept, reason, now).await?;
        transaction.commit().await?;
        Ok(user)
    }

    /// Removes the caller's account for good; answers whose it was.
    pub(crate) async fn delete_account(
        &self,
        scope: &Arc<Scope>,
        password: String,
    ) -> Outcome<Uuid> {
        let user = caller(scope).await?;
        let hash = self
            .confirm(scope, user.id, "input.password", password)
            .await?;
        let transaction = scope.db.begin().await?;
        if !store::credentials::hold(&transaction, user.id, &hash).await? {
            return Err(UserError::conflict("password").into());
        }
        store::users::delete(&transaction, user.id).await?;
        transaction.commit().await?;
        Ok(user.id)
    }

    /// Checks the password of a user who is signed in; answers its hash.
    async fn confirm(
        &self,
        scope: &Scope,
        user: Uuid,
        field: &str,
        password: String,
    ) -> Outcome<String> {
        let keys = confirmation_keys(scope, user);
        self.begin_attempt(scope, &keys).await?;
        let hash = store::credentials::hash_of(scope.db.write(), user).await?;
        let fits = can_be_password(&password);
        let verified = fits && self.passwords.verify(password, hash.clone()).await?;
        match hash {
            Some(hash) if verified => {
                self.end_attempt(&keys).await;
                Ok(hash)
            }
            _ => Err(UserError::new(
                field,
                UserErrorCode::InvalidCredentials,
                "the password is wrong",
            )
            .into()),
        }
    }
}

/// The caller's account. A token outlives its account by some minutes: that is nobody.
pub(super) async fn caller(scope: &Scope) -> Outcome<user::Model> {
    let id = scope.identity().user_id();
    let id = id.ok_or_else(UserError::unauthenticated)?;
    let user = store::users::find(scope.db.write(), id).await?;
    Ok(user.ok_or_else(UserError::unauthenticated)?)
}
