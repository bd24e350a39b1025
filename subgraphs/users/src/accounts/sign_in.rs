//! Registration and login: how a session begins.

use std::sync::Arc;

use subgraphs_kit::scope::Scope;
use subgraphs_kit::search::fold;
use subgraphs_kit::user_error::{UserError, UserErrorCode, Validation};
use uuid::Uuid;

use super::attempts::{login_keys, registration_keys};
use super::{Accounts, Grant, Outcome};
use crate::account::{
    can_be_password, check_display_name, check_email, check_password, check_username,
};
use crate::entity::{credential, user};
use crate::store;

/// What a new user says about themselves.
pub(crate) struct Registration {
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) display_name: Option<String>,
    pub(crate) password: String,
}

impl Accounts {
    /// Makes an account and signs in.
    pub(crate) async fn register(
        &self,
        scope: &Arc<Scope>,
        registration: Registration,
    ) -> Outcome<Grant> {
        let registration = check(registration)?;
        self.begin_attempt(scope, &registration_keys(scope)).await?;
        // Asked before hashing, which is dear, and again by the insertion, which is certain.
        refuse_if_taken(scope, &registration).await?;
        let password_hash = self.passwords.hash(registration.password.clone()).await?;
        let signer = self.signer(scope).await?;

        let (now, id) = scope.deps.stamp();
        let user = new_user(id, &registration, now);
        let transaction = scope.db.begin().await?;
        if !store::users::insert(&transaction, user.clone()).await? {
            transaction.rollback().await?;
            refuse_if_taken(scope, &registration).await?;
            return Err(UserError::conflict("account").into());
        }
        let credential = credential::Model {
            user_id: id,
            password_hash,
            updated_at: now,
        };
        store::credentials::insert(&transaction, credential).await?;
        let begun = self.begin_session(&transaction, scope, id).await?;
        transaction.commit().await?;
        Ok(self.grant(scope, signer, user, begun)?)
    }

    /// Signs in. Whoever fails learns only that the name and the password do not fit.
    pub(crate) async fn login(
        &self,
        scope: &Arc<Scope>,
        name: &str,
        password: String,
    ) -> Outcome<Grant> {
        let connection = scope.db.write();
        let user = store::users::find_by_login(connection, name).await?;
        let keys = login_keys(scope, name, user.as_ref());
        self.begin_attempt(scope, &keys).await?;
        // An unknown account takes the same steps, to take the same time.
        let id = user.as_ref().map_or(Uuid::nil(), |user| user.id);
        let hash = store::credentials::hash_of(connection, id).await?;
        let fits = can_be_password(&password);
        let verified = fits && self.passwords.verify(password, hash.clone()).await?;
        let (Some(user), Some(hash), true) = (user, hash, verified) else {
            return Err(invalid_credentials().into());
        };
        self.end_attempt(&keys).await;

        let signer = self.signer(scope).await?;
        let transaction = scope.db.begin().await?;
        if !store::credentials::hold(&transaction, user.id, &hash).await? {
            return Err(invalid_credentials().into());
        }
        let begun = self.begin_session(&transaction, scope, user.id).await?;
        transaction.commit().await?;
        Ok(self.grant(scope, signer, user, begun)?)
    }
}

fn check(registration: Registration) -> Result<Registration, Vec<UserError>> {
    let mut validation = Validation::default();
    let username = check_username(&mut validation, "input.username", &registration.username);
    let email = check_email(&mut validation, "input.email", &registration.email);
    let display_name = registration
        .display_name
        .map(|name| check_display_name(&mut validation, "input.displayName", &name));
    let names = [username.as_str(), email.as_str()];
    check_password(
        &mut validation,
        "input.password",
        &registration.password,
        names,
    );
    validation.finish()?;
    Ok(Registration {
        username,
        email,
        display_name,
        password: registration.password,
    })
}

async fn refuse_if_taken(scope: &Scope, registration: &Registration) -> Outcome<()> {
    let Registration {
        username, email, ..
    } = registration;
    let holders = store::users::find_holders(scope.db.write(), username, email).await?;
    let mut validation = Validation::default();
    validation.require(
        holders.iter().all(|user| user.username != *username),
        "input.username",
        UserErrorCode::Taken,
        "this username is in use",
    );
    validation.require(
        holders.iter().all(|user| user.email != *email),
        "input.email",
        UserErrorCode::Taken,
        "this email address is in use",
    );
    Ok(validation.finish()?)
}

fn new_user(
    id: Uuid,
    registration: &Registration,
    now: chrono::DateTime<chrono::Utc>,
) -> user::Model {
    let username = registration.username.clone();
    let display_name = registration.display_name.as_ref().unwrap_or(&username);
    user::Model {
        id,
        display_name: display_name.clone(),
        search_name: fold(display_name),
        username,
        bio: None,
        avatar_url: None,
        email: registration.email.clone(),
        role: user::Role::User,
        created_at: now,
        updated_at: now,
    }
}

/// The one answer to every login that failed.
fn invalid_credentials() -> UserError {
    UserError::new(
        "",
        UserErrorCode::InvalidCredentials,
        "the username or the password is wrong",
    )
}
