//! The issuer's public keys: fetched, cached, refreshed in the background.
//!
//! An unknown key id asks for the keys again, at most once in [`UNKNOWN_KEY_INTERVAL`] whatever
//! clients send, so that invented key ids cannot be turned into load on the issuer.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use futures::future::BoxFuture;
use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, JwkSet, PublicKeyUse},
};
use tokio::{sync::Mutex, time::Instant};

use crate::{config::HttpUrl, fetch::HttpFetch};

const UNKNOWN_KEY_INTERVAL: Duration = Duration::from_secs(5);
const FIRST_RETRY: Duration = Duration::from_millis(250);
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_KEY_SET_BYTES: usize = 1 << 20;
const MAX_KEYS: usize = 100;

/// Why a key set could not be had; for the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct KeySourceError(pub String);

/// Where the issuer publishes its keys.
///
/// Contract: `fetch` gives the current JWK Set (RFC 7517) as JSON, may be called at any time, and
/// ends within seconds.
pub trait KeySource: Send + Sync + fmt::Debug {
    /// The current JWK Set.
    fn fetch(&self) -> BoxFuture<'_, Result<Bytes, KeySourceError>>;
}

/// A JWK Set behind an URL.
#[derive(Debug)]
pub(crate) struct PublishedKeys {
    url: HttpUrl,
    http: HttpFetch,
}

impl PublishedKeys {
    /// The set at `url`.
    pub(crate) fn new(url: HttpUrl, http: HttpFetch) -> Self {
        Self { url, http }
    }
}

impl KeySource for PublishedKeys {
    fn fetch(&self) -> BoxFuture<'_, Result<Bytes, KeySourceError>> {
        Box::pin(async {
            let answer = self
                .http
                .get(self.url.uri(), FETCH_TIMEOUT, MAX_KEY_SET_BYTES)
                .await;
            answer.map_err(|error| KeySourceError(error.to_string()))
        })
    }
}

/// Why there is no key for an id.
pub(super) enum Missing {
    /// The issuer has none of this id.
    Unknown,
    /// The issuer's keys have never been fetched.
    Unavailable,
}

type Keys = HashMap<String, Arc<DecodingKey>>;

/// The cached keys of one source.
pub(super) struct KeyRing {
    source: Arc<dyn KeySource>,
    refresh: Duration,
    keys: ArcSwapOption<(Bytes, Keys)>,
    generation: AtomicU64,
    /// When the keys were last asked for; held while they are, so that one request asks for all.
    asked: Mutex<Option<Instant>>,
}

impl KeyRing {
    pub(super) fn new(source: Arc<dyn KeySource>, refresh: Duration) -> Self {
        Self {
            source,
            refresh,
            keys: ArcSwapOption::empty(),
            generation: AtomicU64::new(0),
            asked: Mutex::new(None),
        }
    }

    /// Counts changes of the key set.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.keys.load().is_some()
    }

    /// The key set as its source gave it, once it was loaded.
    pub(super) fn key_set(&self) -> Option<Bytes> {
        self.keys.load().as_ref().map(|keys| keys.0.clone())
    }

    /// The key called `kid`, asking the source again if it is not known.
    pub(super) async fn key(&self, kid: &str) -> Result<Arc<DecodingKey>, Missing> {
        if let Some(key) = self.cached(kid) {
            return Ok(key);
        }
        let mut asked = self.asked.lock().await;
        // Whoever held the lock may have brought the key.
        if let Some(key) = self.cached(kid) {
            return Ok(key);
        }
        if asked.is_none_or(|at| at.elapsed() >= UNKNOWN_KEY_INTERVAL) {
            *asked = Some(Instant::now());
            self.load().await;
        }
        drop(asked);
        self.cached(kid).ok_or(if self.is_loaded() {
            Missing::Unknown
        } else {
            Missing::Unavailable
        })
    }

    /// Fetches the keys now and then for ever: soon after a failure, else at the configured interval.
    pub(super) async fn keep_fresh(&self) {
        let mut retry = FIRST_RETRY;
        loop {
            let mut asked = self.asked.lock().await;
            *asked = Some(Instant::now());
            let loaded = self.load().await;
            drop(asked);
            let pause = if loaded {
                self.refresh
            } else {
                retry.min(self.refresh)
            };
            retry = if loaded {
                FIRST_RETRY
            } else {
                (retry * 2).min(self.refresh)
            };
            tokio::time::sleep(pause).await;
        }
    }

    fn cached(&self, kid: &str) -> Option<Arc<DecodingKey>> {
        self.keys
            .load()
            .as_ref()
            .and_then(|keys| keys.1.get(kid).cloned())
    }

    /// Asks the source; on failure the last good keys stay.
    async fn load(&self) -> bool {
        let parsed = match self.source.fetch().await {
            Ok(json) if self.keys.load().as_ref().is_some_and(|keys| keys.0 == json) => {
                return true;
            }
            Ok(json) => parse(&json).map(|keys| (json, keys)),
            Err(error) => Err(error),
        };
        match parsed {
            Ok(keys) => {
                tracing::info!(
                    auth.keys = keys.1.len(),
                    "loaded the keys access tokens are verified with"
                );
                self.keys.store(Some(Arc::new(keys)));
                self.generation.fetch_add(1, Ordering::AcqRel);
                true
            }
            Err(error) => {
                tracing::warn!(error = %error, auth.source = ?self.source, "cannot load the keys access tokens are verified with");
                false
            }
        }
    }
}

/// The usable keys of a JWK Set: Ed25519, for signatures, with an id. Others are other services'.
fn parse(json: &[u8]) -> Result<Keys, KeySourceError> {
    let set: JwkSet = serde_json::from_slice(json)
        .map_err(|error| KeySourceError(format!("not a JWK Set: {error}")))?;
    let mut keys = Keys::new();
    for jwk in set.keys.iter().take(MAX_KEYS) {
        let is_ed25519 = matches!(&jwk.algorithm,
            AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519);
        let is_for_signatures = matches!(
            jwk.common.public_key_use,
            None | Some(PublicKeyUse::Signature)
        );
        let (true, true, Some(kid)) = (is_ed25519, is_for_signatures, &jwk.common.key_id) else {
            continue;
        };
        let key = DecodingKey::from_jwk(jwk)
            .map_err(|error| KeySourceError(format!("key `{kid}`: {error}")))?;
        keys.insert(kid.clone(), Arc::new(key));
    }
    if keys.is_empty() {
        Err(KeySourceError(
            "the JWK Set has no Ed25519 key with a `kid`".to_owned(),
        ))
    } else {
        Ok(keys)
    }
}
