//! The root of mutations.

use std::sync::Arc;

use async_graphql::{Context, Object};
use subgraphs_kit::Result;
use subgraphs_kit::changes::Change;
use subgraphs_kit::scope::Scope;
use uuid::Uuid;

use super::cookie;
use super::input::{
    ChangePasswordInput, DeleteAccountInput, LoginInput, LogoutInput, RefreshSessionInput,
    RefreshTokenDelivery, RegisterInput, UpdateProfileInput,
};
use super::payload::{
    ChangePasswordPayload, DeleteAccountPayload, LoginPayload, LogoutPayload,
    RefreshSessionPayload, RegisterPayload, Session, UpdateProfilePayload, payload,
};
use super::user::User;
use crate::accounts::{Accounts, Grant, Outcome, Refusal};

/// The root of mutations.
pub(crate) struct Mutation;

#[Object]
impl Mutation {
    /// Makes an account and signs in.
    async fn register(
        &self,
        context: &Context<'_>,
        input: RegisterInput,
    ) -> Result<RegisterPayload> {
        let (scope, accounts) = request(context)?;
        let delivery = input.refresh_token_delivery;
        let outcome = accounts.register(scope, input.into()).await;
        tell(scope, &outcome, |_| vec![Change::lists("User")]);
        payload(
            outcome,
            |grant| RegisterPayload {
                session: Some(deliver(context, scope, accounts, &grant, delivery)),
                user: Some(User::own(grant.user)),
                ..RegisterPayload::default()
            },
            |user_errors| RegisterPayload {
                user_errors,
                ..RegisterPayload::default()
            },
        )
    }

    /// Signs in.
    async fn login(&self, context: &Context<'_>, input: LoginInput) -> Result<LoginPayload> {
        let (scope, accounts) = request(context)?;
        let delivery = input.refresh_token_delivery;
        let outcome = accounts.login(scope, &input.username, input.password).await;
        tell(scope, &outcome, |_| vec![]);
        payload(
            outcome,
            |grant| LoginPayload {
                session: Some(deliver(context, scope, accounts, &grant, delivery)),
                user: Some(User::own(grant.user)),
                ..LoginPayload::default()
            },
            |user_errors| LoginPayload {
                user_errors,
                ..LoginPayload::default()
            },
        )
    }

    /// Exchanges a refresh token, which works once, for new tokens.
    async fn refresh_session(
        &self,
        context: &Context<'_>,
        input: Option<RefreshSessionInput>,
    ) -> Result<RefreshSessionPayload> {
        let (scope, accounts) = request(context)?;
        let given = input.unwrap_or_default().refresh_token;
        let (presented, delivery) = match given {
            Some(token) => (token, RefreshTokenDelivery::Body),
            None => (
                cookie::presented(&scope.caller.headers).unwrap_or_default(),
                RefreshTokenDelivery::Cookie,
            ),
        };
        let outcome = accounts.refresh(scope, &presented).await;
        tell(scope, &outcome, |_| vec![]);
        payload(
            outcome,
            |grant| RefreshSessionPayload {
                session: Some(deliver(context, scope, accounts, &grant, delivery)),
                user: Some(User::own(grant.user)),
                ..RefreshSessionPayload::default()
            },
            |user_errors| {
                if delivery == RefreshTokenDelivery::Cookie && !presented.is_empty() {
                    cookie::forget(context, accounts.config().secure_cookies);
                }
                RefreshSessionPayload {
                    user_errors,
                    ..RefreshSessionPayload::default()
                }
            },
        )
    }

    /// Ends the session. Access tokens already given out end by themselves within minutes.
    async fn logout(
        &self,
        context: &Context<'_>,
        input: Option<LogoutInput>,
    ) -> Result<LogoutPayload> {
        let (scope, accounts) = request(context)?;
        let given = input.unwrap_or_default().refresh_token;
        let presented = given.or_else(|| cookie::presented(&scope.caller.headers));
        let outcome = accounts.logout(scope, presented.as_deref()).await;
        tell(scope, &outcome, |()| vec![]);
        payload(
            outcome,
            |()| {
                cookie::forget(context, accounts.config().secure_cookies);
                LogoutPayload {
                    logged_out: true,
                    ..LogoutPayload::default()
                }
            },
            |user_errors| LogoutPayload {
                user_errors,
                ..LogoutPayload::default()
            },
        )
    }

    /// Changes your profile.
    async fn update_profile(
        &self,
        context: &Context<'_>,
        input: UpdateProfileInput,
    ) -> Result<UpdateProfilePayload> {
        let (scope, accounts) = request(context)?;
        let outcome = match input.check() {
            Ok(change) => accounts.change_profile(scope, change).await,
            Err(errors) => Err(errors.into()),
        };
        tell(scope, &outcome, |user| changes_of(user.id));
        payload(
            outcome,
            |user| UpdateProfilePayload {
                user: Some(user.into()),
                ..UpdateProfilePayload::default()
            },
            |user_errors| UpdateProfilePayload {
                user_errors,
                ..UpdateProfilePayload::default()
            },
        )
    }

    /// Changes your password, and ends your other sessions.
    async fn change_password(
        &self,
        context: &Context<'_>,
        input: ChangePasswordInput,
    ) -> Result<ChangePasswordPayload> {
        let (scope, accounts) = request(context)?;
        let outcome = accounts
            .change_password(scope, input.current_password, input.new_password)
            .await;
        tell(scope, &outcome, |_| vec![]);
        payload(
            outcome,
            |user| ChangePasswordPayload {
                user: Some(user.into()),
                ..ChangePasswordPayload::default()
            },
            |user_errors| ChangePasswordPayload {
                user_errors,
                ..ChangePasswordPayload::default()
            },
        )
    }

    /// Removes your account for good.
    async fn delete_account(
        &self,
        context: &Context<'_>,
        input: DeleteAccountInput,
    ) -> Result<DeleteAccountPayload> {
        let (scope, accounts) = request(context)?;
        let outcome = accounts.delete_account(scope, input.password).await;
        tell(scope, &outcome, |id| {
            vec![Change::gone("User", id), Change::lists("User")]
        });
        payload(
            outcome,
            |id| {
                cookie::forget(context, accounts.config().secure_cookies);
                DeleteAccountPayload {
                    deleted_user_id: Some(id.into()),
                    ..DeleteAccountPayload::default()
                }
            },
            |user_errors| DeleteAccountPayload {
                user_errors,
                ..DeleteAccountPayload::default()
            },
        )
    }
}

fn request<'a>(context: &Context<'a>) -> Result<(&'a Arc<Scope>, &'a Arc<Accounts>)> {
    Ok((
        Scope::of(context)?,
        subgraphs_kit::scope::request_data(context)?,
    ))
}

/// Says what an action has changed of what this service answers. Of what failed nobody knows.
fn tell<T>(scope: &Scope, outcome: &Outcome<T>, changes: impl FnOnce(&T) -> Vec<Change>) {
    match outcome {
        Ok(done) => scope.changed(changes(done)),
        Err(Refusal::Expected(_)) => scope.changed([]),
        Err(Refusal::Failed(_)) => {}
    }
}

/// What has changed with a user.
fn changes_of(id: Uuid) -> Vec<Change> {
    vec![Change::fields("User", id, &[]), Change::lists("User")]
}

/// Hands a grant's tokens out the way that was asked for.
fn deliver(
    context: &Context<'_>,
    scope: &Scope,
    accounts: &Accounts,
    grant: &Grant,
    delivery: RefreshTokenDelivery,
) -> Session {
    let refresh_token = grant.refresh_token.encode();
    let in_body = delivery == RefreshTokenDelivery::Body;
    if !in_body {
        let times = (scope.deps.now(), grant.refresh_token_expires_at);
        let secure = accounts.config().secure_cookies;
        cookie::keep(context, &refresh_token, times, secure);
    }
    Session {
        access_token: grant.access_token.clone(),
        access_token_expires_at: grant.access_token_expires_at,
        refresh_token: in_body.then_some(refresh_token),
        refresh_token_expires_at: grant.refresh_token_expires_at,
    }
}
