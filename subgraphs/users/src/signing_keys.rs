//! The keys access tokens are signed with.
//!
//! They live in the database as numbered generations, each with the time it begins to sign, so every
//! replica agrees on which key is next, active or retired by looking at the same rows and the clock.
//! The next key is always published ahead of time and a retired one stays published until the last
//! token it signed has expired: nobody ever sees a token whose key is not in the set.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use jsonwebtoken::EncodingKey;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm,
    OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse, ThumbprintHash,
};
use subgraphs_kit::clock::Deps;
use subgraphs_kit::db::Db;
use subgraphs_kit::identity::{IdentityError, KeySource};
use subgraphs_kit::{Error, Result};
use tokio::sync::Mutex;

use crate::config::Lifetimes;
use crate::entity::signing_key;
use crate::entropy::{Entropy, random};
use crate::store;

/// Rows are read again after this long.
const MAX_AGE: TimeDelta = TimeDelta::minutes(1);

/// How much longer than its last token a retired key stays published, for clocks that differ.
const RETIREMENT_MARGIN: TimeDelta = TimeDelta::hours(1);

/// The keys as one replica last read them, newest generation first.
struct KeyRing {
    rows: Vec<signing_key::Model>,
    read_at: DateTime<Utc>,
}

/// Signs with the active key and publishes the others.
pub(crate) struct SigningKeys {
    lifetimes: Lifetimes,
    entropy: Arc<dyn Entropy>,
    ring: RwLock<Option<Arc<KeyRing>>>,
    /// Held while reading, so that concurrent requests share one read.
    reading: Mutex<()>,
}

impl KeyRing {
    /// The key that signs at `now`.
    fn active(&self, now: DateTime<Utc>) -> Option<&signing_key::Model> {
        self.rows.iter().find(|row| row.activates_at <= now)
    }

    /// Whether a key that will sign after the active one is known.
    fn has_next(&self, now: DateTime<Utc>) -> bool {
        self.rows.first().is_some_and(|row| row.activates_at > now)
    }

    /// The rows to publish at `now`: everything but keys retired for so long that none of their
    /// tokens can be alive.
    fn published(&self, now: DateTime<Utc>, lifetimes: &Lifetimes) -> Vec<&signing_key::Model> {
        let mut successor_since: Option<DateTime<Utc>> = None;
        let mut published = Vec::new();
        for row in &self.rows {
            let forgotten = successor_since
                .is_some_and(|since| since + lifetimes.access_token + RETIREMENT_MARGIN < now);
            if forgotten {
                break;
            }
            published.push(row);
            successor_since = Some(row.activates_at);
        }
        published
    }
}

impl SigningKeys {
    pub(crate) fn new(lifetimes: Lifetimes, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            lifetimes,
            entropy,
            ring: RwLock::new(None),
            reading: Mutex::new(()),
        }
    }

    /// The active key and its `kid`.
    ///
    /// # Errors
    /// `Database`; `Internal` when a key cannot be made.
    pub(crate) async fn active(
        &self,
        db: &Db,
        now: DateTime<Utc>,
    ) -> Result<(String, EncodingKey)> {
        let ring = self.ring(db, now).await?;
        let row = ring
            .active(now)
            .ok_or_else(|| Error::internal("no signing key is active"))?;
        Ok((row.kid.clone(), EncodingKey::from_ed_der(&row.private_key)))
    }

    /// The set to publish (RFC 7517): next, active and retired keys.
    ///
    /// # Errors
    /// `Database`; `Internal` when a key cannot be made.
    pub(crate) async fn published(&self, db: &Db, now: DateTime<Utc>) -> Result<JwkSet> {
        let ring = self.ring(db, now).await?;
        let keys = ring.published(now, &self.lifetimes);
        Ok(JwkSet {
            keys: keys.into_iter().map(public_jwk).collect(),
        })
    }

    async fn ring(&self, db: &Db, now: DateTime<Utc>) -> Result<Arc<KeyRing>> {
        if let Some(ring) = self.fresh(now) {
            return Ok(ring);
        }
        let _reading = self.reading.lock().await;
        if let Some(ring) = self.fresh(now) {
            return Ok(ring);
        }
        let ring = Arc::new(self.read(db, now).await?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&ring));
        Ok(ring)
    }

    fn fresh(&self, now: DateTime<Utc>) -> Option<Arc<KeyRing>> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.as_ref()
            .filter(|ring| (now - ring.read_at).abs() < MAX_AGE && ring.has_next(now))
            .cloned()
    }

    /// Reads the rows, adding the generations that are due.
    async fn read(&self, db: &Db, now: DateTime<Utc>) -> Result<KeyRing> {
        let mut rows = store::signing_keys::all(db.write()).await?;
        // Two rounds at most: the first key ever and the one after it.
        while rows.first().is_none_or(|row| row.activates_at <= now) {
            let key = self.generate(rows.first(), now)?;
            // Another replica may have been first; its key is as good.
            store::signing_keys::add(db.write(), key).await?;
            rows = store::signing_keys::all(db.write()).await?;
        }
        Ok(KeyRing { rows, read_at: now })
    }

    fn generate(
        &self,
        latest: Option<&signing_key::Model>,
        now: DateTime<Utc>,
    ) -> Result<signing_key::Model> {
        let failed = |_| Error::internal("an Ed25519 key could not be made");
        let pair = Ed25519KeyPair::from_seed_unchecked(&random::<32>(&*self.entropy))
            .map_err(|_| Error::internal("an Ed25519 key could not be made"))?;
        let private_key = pair.to_pkcs8().map_err(failed)?.as_ref().to_vec();
        let mut key = signing_key::Model {
            generation: 1,
            kid: String::new(),
            private_key,
            public_key: pair.public_key().as_ref().to_vec(),
            created_at: now,
            activates_at: now,
        };
        if let Some(latest) = latest {
            key.generation = latest.generation + 1;
            key.activates_at = (latest.activates_at + self.lifetimes.signing_key)
                .max(now + self.lifetimes.signing_key_notice);
        }
        key.kid = public_jwk(&key)
            .thumbprint(ThumbprintHash::SHA256)
            .map_err(|_| Error::internal("a signing key has no thumbprint"))?;
        Ok(key)
    }
}

fn public_jwk(row: &signing_key::Model) -> Jwk {
    Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            key_id: Some(row.kid.clone()),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: BASE64_URL_SAFE_NO_PAD.encode(&row.public_key),
        }),
    }
}

/// This service's own keys, for its own verifier and for a router in the same process.
pub(crate) struct OwnKeys {
    pub(crate) keys: Arc<SigningKeys>,
    pub(crate) db: Db,
    pub(crate) deps: Deps,
}

impl KeySource for OwnKeys {
    fn fetch(&self) -> BoxFuture<'_, Result<JwkSet, IdentityError>> {
        Box::pin(async {
            let published = self.keys.published(&self.db, self.deps.now()).await;
            published.map_err(|error| IdentityError::KeysUnavailable {
                from: "the users database".to_owned(),
                reason: error.to_string().into(),
            })
        })
    }
}
