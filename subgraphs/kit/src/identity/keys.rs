//! Verification keys by `kid`, remembered and refreshed.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, JwkSet};
use tokio::sync::Mutex;

use super::IdentityError;

/// Remembered keys older than this are read again (the old ones serve if that fails).
const MAX_AGE: TimeDelta = TimeDelta::minutes(5);

/// A token with an unknown `kid` makes us ask again, but not more often than this.
const MIN_REFRESH_INTERVAL: TimeDelta = TimeDelta::seconds(5);

/// The most keys of one set that are kept; a set is input from outside.
const MAX_KEYS: usize = 32;

/// Where verification keys come from.
///
/// Contract: `fetch` answers the whole set, next, active and retired keys alike, within a bounded
/// time, and may fail; the cache then goes on with what it has.
pub trait KeySource: Send + Sync + 'static {
    /// Reads the current key set (RFC 7517).
    fn fetch(&self) -> BoxFuture<'_, Result<JwkSet, IdentityError>>;
}

/// A key set that never changes; for tests and fixed deployments.
pub struct FixedKeySource(pub JwkSet);

impl KeySource for FixedKeySource {
    fn fetch(&self) -> BoxFuture<'_, Result<JwkSet, IdentityError>> {
        let keys = self.0.clone();
        Box::pin(async move { Ok(keys) })
    }
}

#[derive(Clone, Default)]
struct Remembered {
    keys: Arc<HashMap<String, DecodingKey>>,
    read_at: Option<DateTime<Utc>>,
}

/// The keys of one source, read at most once every few seconds however many requests need them.
pub struct KeyCache {
    source: Box<dyn KeySource>,
    remembered: RwLock<Remembered>,
    /// Held while reading, so that concurrent requests share one read; the last attempt's time.
    reading: Mutex<Option<DateTime<Utc>>>,
}

impl KeyCache {
    /// A cache over `source`; nothing is read until the first token.
    pub fn new(source: impl KeySource) -> Self {
        Self {
            source: Box::new(source),
            remembered: RwLock::default(),
            reading: Mutex::new(None),
        }
    }

    /// The key named `kid`.
    ///
    /// # Errors
    /// [`IdentityError::KeyUnknown`], or [`IdentityError::KeysUnavailable`] when no keys could ever
    /// be read.
    pub async fn get(&self, kid: &str, now: DateTime<Utc>) -> Result<DecodingKey, IdentityError> {
        let remembered = self.remembered();
        let is_fresh = remembered.read_at.is_some_and(|at| now - at < MAX_AGE);
        if is_fresh && let Some(key) = remembered.keys.get(kid) {
            return Ok(key.clone());
        }
        let refreshed = self.refresh(kid, now).await;
        match (self.remembered().keys.get(kid), refreshed) {
            (Some(key), _) => Ok(key.clone()),
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Err(IdentityError::KeyUnknown),
        }
    }

    fn remembered(&self) -> Remembered {
        self.remembered
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Reads the keys unless another request just did.
    async fn refresh(&self, kid: &str, now: DateTime<Utc>) -> Result<(), IdentityError> {
        let mut last_attempt = self.reading.lock().await;
        let remembered = self.remembered();
        let is_fresh = remembered.read_at.is_some_and(|at| now - at < MAX_AGE);
        let read_meanwhile = is_fresh && remembered.keys.contains_key(kid);
        let asked_lately = last_attempt.is_some_and(|at| now - at < MIN_REFRESH_INTERVAL);
        if read_meanwhile || (asked_lately && remembered.read_at.is_some()) {
            return Ok(());
        }
        if asked_lately {
            return Err(IdentityError::KeysUnavailable {
                from: "the key source".to_owned(),
                reason: "the last attempt failed moments ago".into(),
            });
        }
        *last_attempt = Some(now);
        match self.source.fetch().await {
            Ok(set) => {
                *self
                    .remembered
                    .write()
                    .unwrap_or_else(PoisonError::into_inner) = Remembered {
                    keys: Arc::new(usable_keys(&set)),
                    read_at: Some(now),
                };
                Ok(())
            }
            Err(error) => {
                tracing::warn!(error = %error, "signing keys could not be refreshed");
                if remembered.read_at.is_some() {
                    Ok(())
                } else {
                    Err(error)
                }
            }
        }
    }
}

/// The Ed25519 keys of a set; keys of other kinds are for somebody else.
fn usable_keys(set: &JwkSet) -> HashMap<String, DecodingKey> {
    set.keys
        .iter()
        .take(MAX_KEYS)
        .filter_map(|jwk| {
            let AlgorithmParameters::OctetKeyPair(parameters) = &jwk.algorithm else {
                return None;
            };
            if parameters.curve != EllipticCurve::Ed25519 {
                return None;
            }
            let key = DecodingKey::from_ed_components(&parameters.x).ok()?;
            Some((jwk.common.key_id.clone()?, key))
        })
        .collect()
}
