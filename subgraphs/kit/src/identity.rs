//! Who is asking: the typed identity every resolver reads, and the three ways a request proves it.
//!
//! - behind the router over HTTP, a 30-second HS256 token per request ([`InternalVerifier`]);
//! - alone, the client's own EdDSA access token, checked against a JWKS ([`AccessVerifier`]);
//! - in-process, an [`Identity`] value handed over as it is.
//!
//! [`Authenticator`] chooses between the first two from the configuration. Nothing here reads the
//! clock: callers pass `now`.

mod access;
mod authenticator;
mod http_keys;
mod internal;
mod keys;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use thiserror::Error;
use uuid::Uuid;

pub use access::{AccessClaims, AccessVerifier};
pub use authenticator::{Authenticated, Authenticator};
pub use http_keys::HttpKeySource;
pub use internal::{InternalClaims, InternalSecrets, InternalVerifier};
pub use keys::{FixedKeySource, KeyCache, KeySource};

/// The scope that lets a user act on what belongs to others.
pub const ADMIN_SCOPE: &str = "admin";

/// The scope every signed-in user has.
pub const USER_SCOPE: &str = "user";

/// The longest token that is looked at, in bytes; a longer one is refused unread.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Who a request comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    /// Nobody has signed in.
    #[default]
    Anonymous,
    /// A signed-in user.
    User {
        /// The user's id, the token's `sub`.
        id: Uuid,
        /// What the user may do, the token's `scope` split at spaces.
        scopes: Vec<String>,
        /// The session the token was issued in, the token's `sid`.
        session: Option<Uuid>,
    },
}

impl Identity {
    /// A signed-in user without the admin scope and outside any session; for tests and jobs.
    pub fn user(id: Uuid) -> Self {
        Self::User {
            id,
            scopes: vec![USER_SCOPE.to_owned()],
            session: None,
        }
    }

    /// A signed-in admin outside any session; for tests and jobs.
    pub fn admin(id: Uuid) -> Self {
        Self::User {
            id,
            scopes: vec![USER_SCOPE.to_owned(), ADMIN_SCOPE.to_owned()],
            session: None,
        }
    }

    /// The user's id, or `None` for an anonymous request.
    pub fn user_id(&self) -> Option<Uuid> {
        match self {
            Self::Anonymous => None,
            Self::User { id, .. } => Some(*id),
        }
    }

    /// The session the access token belongs to.
    pub fn session(&self) -> Option<Uuid> {
        match self {
            Self::Anonymous => None,
            Self::User { session, .. } => *session,
        }
    }

    /// Whether the identity carries `scope`.
    pub fn has_scope(&self, scope: &str) -> bool {
        match self {
            Self::Anonymous => false,
            Self::User { scopes, .. } => scopes.iter().any(|held| held == scope),
        }
    }

    /// Whether the identity may act on what belongs to others.
    pub fn is_admin(&self) -> bool {
        self.has_scope(ADMIN_SCOPE)
    }

    /// Whether this is the user `id`.
    pub fn is_user(&self, id: Uuid) -> bool {
        self.user_id() == Some(id)
    }
}

/// Why a request's identity could not be established. No variant carries token text.
#[derive(Clone, Debug, Error)]
pub enum IdentityError {
    /// The request has no token and may not be anonymous.
    #[error("a token is required")]
    TokenMissing,
    /// The `authorization` header is not `Bearer <token>`, or the token is not a JWT.
    #[error("the token is malformed")]
    TokenMalformed,
    /// The token is well formed but not acceptable: signature, algorithm, type or a claim.
    #[error("the token is not valid: {reason}")]
    TokenInvalid {
        /// What was wrong, without any of the token's content.
        reason: &'static str,
    },
    /// The token was good once.
    #[error("the token has expired")]
    TokenExpired,
    /// No key with the token's `kid` is known, even after asking the key source again.
    #[error("the token is signed with an unknown key")]
    KeyUnknown,
    /// The keys could not be read, and none are remembered.
    #[error("the signing keys could not be read from {from}: {reason}")]
    KeysUnavailable {
        /// Where the keys were asked for.
        from: String,
        /// What the key source answered.
        reason: Arc<str>,
    },
    /// The configuration of identity is wrong.
    #[error("{setting}: {reason}")]
    Configuration {
        /// The setting at fault.
        setting: &'static str,
        /// What is wrong with it, never its value.
        reason: String,
    },
}

impl IdentityError {
    /// Whether the request is at fault (401), as opposed to us or a service we depend on (503).
    pub fn is_clients_fault(&self) -> bool {
        !matches!(
            self,
            Self::KeysUnavailable { .. } | Self::Configuration { .. }
        )
    }
}

/// Splits an OAuth `scope` claim (RFC 6749, section 3.3).
fn split_scope(scope: &str) -> Vec<String> {
    scope
        .split(' ')
        .filter(|token| !token.is_empty())
        .map(str::to_owned)
        .collect()
}
