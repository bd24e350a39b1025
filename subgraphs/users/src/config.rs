//! What can be set about identity. The defaults are for production.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::entropy::{Entropy, SystemEntropy};

/// The settings of the users service.
#[derive(Clone)]
pub struct UsersConfig {
    /// `iss` of access tokens.
    pub issuer: String,
    /// `aud` of access tokens.
    pub audience: String,
    /// The cost of a password hash.
    pub password_cost: PasswordCost,
    /// How long tokens, sessions and keys live.
    pub lifetimes: Lifetimes,
    /// How many attempts are free before waiting begins.
    pub attempts: AttemptLimits,
    /// Whether the refresh cookie is `Secure`; false only where clients come over loopback.
    pub secure_cookies: bool,
    /// Where tokens, salts and keys come from.
    pub entropy: Arc<dyn Entropy>,
}

impl Default for UsersConfig {
    fn default() -> Self {
        Self {
            issuer: "weft".to_owned(),
            audience: "weft".to_owned(),
            password_cost: PasswordCost::default(),
            lifetimes: Lifetimes::default(),
            attempts: AttemptLimits::default(),
            secure_cookies: true,
            entropy: Arc::new(SystemEntropy),
        }
    }
}

/// The cost of Argon2id (RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// How many hashes are computed at once.
    pub concurrency: usize,
}

impl Default for PasswordCost {
    /// OWASP's recommendation: 19 MiB, two passes.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            iterations: 2,
            concurrency: 2,
        }
    }
}

impl PasswordCost {
    /// The least the algorithm allows: for tests only.
    #[must_use]
    pub fn minimal() -> Self {
        Self {
            memory_kib: 8,
            iterations: 1,
            concurrency: 4,
        }
    }
}

/// How long things live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// An access token.
    pub access_token: TimeDelta,
    /// A refresh token that is not used.
    pub refresh_token: TimeDelta,
    /// A session, however often it is refreshed.
    pub session: TimeDelta,
    /// How long a rotated refresh token still answers with its successor, for a lost answer.
    pub refresh_grace: TimeDelta,
    /// How long a signing key signs.
    pub signing_key: TimeDelta,
    /// How long a signing key is published at least before it signs.
    pub signing_key_notice: TimeDelta,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_token: TimeDelta::minutes(15),
            refresh_token: TimeDelta::days(30),
            session: TimeDelta::days(180),
            refresh_grace: TimeDelta::seconds(10),
            signing_key: TimeDelta::days(30),
            signing_key_notice: TimeDelta::days(1),
        }
    }
}

/// How many attempts are free; each further one doubles the wait, from a second to a quarter of an
/// hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptLimits {
    /// Failed passwords for one account.
    pub per_account: u32,
    /// Failed passwords from one address.
    pub per_address: u32,
    /// Registrations from one address.
    pub registrations: u32,
}

impl Default for AttemptLimits {
    fn default() -> Self {
        Self {
            per_account: 5,
            per_address: 30,
            registrations: 60,
        }
    }
}
