//! The inputs of mutations.

use async_graphql::{Enum, InputObject, MaybeUndefined};
use subgraphs_kit::user_error::{UserError, UserErrorCode, Validation};

use crate::account::{check_avatar_url, check_bio, check_display_name};
use crate::accounts::Registration;
use crate::store::users::ProfileChange;

/// Where a refresh token goes.
#[derive(Enum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RefreshTokenDelivery {
    /// Into an HttpOnly cookie, where no script of a page can read it: for browsers.
    #[default]
    Cookie,
    /// Into the response: for everything else.
    Body,
}

/// A new account.
#[derive(InputObject)]
pub(crate) struct RegisterInput {
    /// 3 to 32 of `a-z 0-9 _`, a letter first. Unique; capital letters become small ones.
    username: String,
    /// Unique. Nobody but you and admins sees it.
    email: String,
    /// The name others read, at most 80 characters; the username if absent.
    display_name: Option<String>,
    /// 12 to 128 characters.
    #[graphql(secret)]
    password: String,
    /// Where the refresh token goes.
    #[graphql(default)]
    pub(crate) refresh_token_delivery: RefreshTokenDelivery,
}

/// Who signs in.
#[derive(InputObject)]
pub(crate) struct LoginInput {
    /// The username or the email address.
    pub(crate) username: String,
    /// The password.
    #[graphql(secret)]
    pub(crate) password: String,
    /// Where the refresh token goes.
    #[graphql(default)]
    pub(crate) refresh_token_delivery: RefreshTokenDelivery,
}

/// The session to go on with.
#[derive(InputObject, Default)]
pub(crate) struct RefreshSessionInput {
    /// The refresh token; the cookie's if absent. The new one comes back the same way.
    #[graphql(secret)]
    pub(crate) refresh_token: Option<String>,
}

/// The session to end.
#[derive(InputObject, Default)]
pub(crate) struct LogoutInput {
    /// The refresh token; the cookie's if absent.
    #[graphql(secret)]
    pub(crate) refresh_token: Option<String>,
}

/// What to change about oneself; what is absent stays, null removes.
#[derive(InputObject)]
pub(crate) struct UpdateProfileInput {
    /// The name others read, at most 80 characters.
    display_name: MaybeUndefined<String>,
    /// A text about oneself, at most 1000 characters.
    bio: MaybeUndefined<String>,
    /// A picture, as an http or https URL.
    avatar_url: MaybeUndefined<String>,
}

/// A new password for the old one.
#[derive(InputObject)]
pub(crate) struct ChangePasswordInput {
    /// The password so far.
    #[graphql(secret)]
    pub(crate) current_password: String,
    /// 12 to 128 characters.
    #[graphql(secret)]
    pub(crate) new_password: String,
}

/// A confirmation that one wants to leave.
#[derive(InputObject)]
pub(crate) struct DeleteAccountInput {
    /// The password.
    #[graphql(secret)]
    pub(crate) password: String,
}

impl From<RegisterInput> for Registration {
    fn from(input: RegisterInput) -> Self {
        Self {
            username: input.username,
            email: input.email,
            display_name: input.display_name,
            password: input.password,
        }
    }
}

impl UpdateProfileInput {
    /// The change, checked.
    pub(crate) fn check(self) -> Result<ProfileChange, Vec<UserError>> {
        let mut validation = Validation::default();
        let display_name = match self.display_name {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => {
                validation.require(
                    false,
                    "input.displayName",
                    UserErrorCode::Required,
                    "must not be removed",
                );
                None
            }
            MaybeUndefined::Value(name) => Some(check_display_name(
                &mut validation,
                "input.displayName",
                &name,
            )),
        };
        let change = ProfileChange {
            display_name,
            bio: defined(self.bio).map(|bio| check_bio(&mut validation, "input.bio", bio)),
            avatar_url: defined(self.avatar_url)
                .map(|url| check_avatar_url(&mut validation, "input.avatarUrl", url)),
        };
        validation.finish()?;
        Ok(change)
    }
}

fn defined(value: MaybeUndefined<String>) -> Option<Option<String>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
