//! Passwords: Argon2id, computed on blocking threads, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use subgraphs_kit::{Error, ErrorCode, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::PasswordCost;
use crate::entropy::{Entropy, random};

/// A request that waits longer than this for its turn is turned away.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// The length of a salt, in bytes (RFC 9106, section 3.1).
const SALT_BYTES: usize = 16;

/// The length of a hash, in bytes.
const HASH_BYTES: usize = 32;

/// Hashes and verifies passwords.
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    /// Bounds memory and processor time taken by hashing.
    turns: Arc<Semaphore>,
    /// A hash of no password, verified for accounts that do not exist so that they take as long.
    decoy: String,
    entropy: Arc<dyn Entropy>,
}

impl Passwords {
    /// A hasher of this cost.
    ///
    /// # Errors
    /// `Internal` when the algorithm does not allow such a cost.
    pub(crate) fn new(cost: PasswordCost, entropy: Arc<dyn Entropy>) -> Result<Self> {
        let params = Params::new(cost.memory_kib, cost.iterations, 1, Some(HASH_BYTES))
            .map_err(|error| Error::internal(format!("the password cost is invalid: {error}")))?;
        let decoy = format!(
            "$argon2id$v=19$m={},t={},p=1${}${}",
            cost.memory_kib,
            cost.iterations,
            BASE64_STANDARD_NO_PAD.encode(random::<SALT_BYTES>(&*entropy)),
            BASE64_STANDARD_NO_PAD.encode(random::<HASH_BYTES>(&*entropy)),
        );
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            turns: Arc::new(Semaphore::new(cost.concurrency.max(1))),
            decoy,
            entropy,
        })
    }

    /// The PHC string of `password` with a fresh salt.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when too many hashes wait; `Internal`.
    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        let turn = self.turn().await?;
        let argon2 = self.argon2.clone();
        let salt = random::<SALT_BYTES>(&*self.entropy);
        run(turn, move || {
            let hash: PasswordHash = argon2.hash_password_with_salt(password.as_bytes(), &salt)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether `password` is the one `hash` was made from. Without a hash the answer is no, after as
    /// much work.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when too many hashes wait; `Internal` for a hash that is none.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let turn = self.turn().await?;
        let argon2 = self.argon2.clone();
        let (hash, exists) = match hash {
            Some(hash) => (hash, true),
            None => (self.decoy.clone(), false),
        };
        run(turn, move || {
            let hash = PasswordHash::new(&hash)?;
            match argon2.verify_password(password.as_bytes(), &hash) {
                Ok(()) => Ok(exists),
                Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        match tokio::time::timeout(MAX_WAIT, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Error::client(
                ErrorCode::ServiceUnavailable,
                "too many people are signing in; try again in a moment",
            )),
        }
    }
}

async fn run<T: Send + 'static>(
    turn: OwnedSemaphorePermit,
    work: impl FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
) -> Result<T> {
    let worked = tokio::task::spawn_blocking(move || {
        let result = work();
        // Held by the work and not by the request: a client that hangs up frees no turn early.
        drop(turn);
        result
    });
    match worked.await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Error::internal(format!("password hashing failed: {error}"))),
        Err(error) => Err(Error::internal(format!("password hashing died: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    fn passwords() -> Passwords {
        Passwords::new(PasswordCost::minimal(), Arc::new(SeededEntropy::new(1))).expect("a hasher")
    }

    #[tokio::test]
    async fn only_the_same_password_verifies() {
        let passwords = passwords();
        let hash = passwords
            .hash("correct horse battery".to_owned())
            .await
            .expect("a hash");
        let again = passwords
            .hash("correct horse battery".to_owned())
            .await
            .expect("a hash");
        assert_ne!(hash, again, "every hash has its own salt");
        for (password, hash, expected) in [
            ("correct horse battery", Some(hash.clone()), true),
            ("correct horse battery", Some(again), true),
            ("Correct horse battery", Some(hash.clone()), false),
            ("", Some(hash), false),
            ("correct horse battery", None, false),
        ] {
            let verified = passwords
                .verify(password.to_owned(), hash)
                .await
                .expect("verifies");
            assert_eq!(verified, expected, "{password:?}");
        }
    }

    #[test]
    fn the_decoy_costs_what_a_real_hash_costs() {
        let passwords = passwords();
        let decoy = PasswordHash::new(&passwords.decoy).expect("a PHC string");
        let params = Params::try_from(&decoy).expect("parameters");
        assert_eq!(params.m_cost(), passwords.argon2.params().m_cost());
        assert_eq!(params.t_cost(), passwords.argon2.params().t_cost());
        assert_eq!(decoy.hash.map(|hash| hash.len()), Some(HASH_BYTES));
    }

    #[tokio::test]
    async fn a_hash_that_is_none_is_our_fault() {
        let error = passwords()
            .verify("whatever password".to_owned(), Some("plain".to_owned()))
            .await
            .expect_err("an error");
        assert_eq!(error.code(), ErrorCode::InternalServerError);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_for_a_turn_is_told_so() {
        let passwords = passwords();
        let permits = u32::try_from(PasswordCost::minimal().concurrency).expect("small");
        let _all = passwords
            .turns
            .acquire_many(permits)
            .await
            .expect("permits");
        let error = passwords
            .hash("correct horse battery".to_owned())
            .await
            .expect_err("busy");
        assert_eq!(error.code(), ErrorCode::ServiceUnavailable);
    }
}
