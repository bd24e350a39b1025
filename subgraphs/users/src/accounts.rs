//! What happens to accounts: registration, login, sessions, passwords.
//!
//! Resolvers call these; SQL is in `store`. Whatever is slow (hashing) or takes another connection
//! (the signing key) is done before a transaction begins.

mod attempts;
mod outcome;
mod passwords;
mod profiles;
mod sessions;
mod sign_in;

use std::sync::Arc;

use subgraphs_kit::Result;

use crate::config::UsersConfig;
use crate::limiter::AttemptLimiter;
use crate::password::Passwords;
use crate::signing_keys::SigningKeys;

pub(crate) use outcome::{Outcome, Refusal};
pub(crate) use sessions::Grant;
pub(crate) use sign_in::Registration;

/// Everything about accounts that outlives a request.
pub(crate) struct Accounts {
    config: UsersConfig,
    passwords: Passwords,
    keys: Arc<SigningKeys>,
    limiter: Arc<dyn AttemptLimiter>,
}

impl Accounts {
    /// # Errors
    /// `Internal` when the configured password cost is not possible.
    pub(crate) fn new(config: UsersConfig, limiter: Arc<dyn AttemptLimiter>) -> Result<Self> {
        let entropy = Arc::clone(&config.entropy);
        Ok(Self {
            passwords: Passwords::new(config.password_cost, Arc::clone(&entropy))?,
            keys: Arc::new(SigningKeys::new(config.lifetimes, entropy)),
            limiter,
            config,
        })
    }

    pub(crate) fn keys(&self) -> &Arc<SigningKeys> {
        &self.keys
    }

    pub(crate) fn config(&self) -> &UsersConfig {
        &self.config
    }
}
