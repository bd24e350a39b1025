//! Internal tokens: how HTTP subgraphs know that a request comes from the router, and for whom.
//!
//! HS256, thirty seconds, one audience per subgraph; minted once and reused while more than half of
//! their time is left.

use std::{fmt, sync::Arc};

use http::HeaderValue;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use quick_cache::sync::Cache;
use serde::Serialize;

use super::{Clock, Identity, system_clock};
use crate::error::ServerError;

const VARIABLE: &str = "WEFT_INTERNAL_SECRET";
const MIN_SECRET_BYTES: usize = 32;
const LIFETIME_SECONDS: u64 = 30;
const REUSE_SECONDS: u64 = 15;
const REMEMBERED: usize = 20_000;

/// The secret shared with the subgraphs; never printed.
#[derive(Clone)]
pub struct InternalSecret(Arc<[u8]>);

impl fmt::Debug for InternalSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InternalSecret(…)")
    }
}

impl InternalSecret {
    /// Reads `WEFT_INTERNAL_SECRET`: one or two values of at least 32 bytes, separated by a comma;
    /// the first signs, the second is only for verifiers while secrets rotate.
    ///
    /// # Errors
    /// [`ServerError::InternalSecret`] when a value is too short or there are too many.
    pub fn from_environment(environment: &[(String, String)]) -> Result<Option<Self>, ServerError> {
        let Some((_, text)) = environment
            .iter()
            .find(|(name, value)| name == VARIABLE && !value.is_empty())
        else {
            return Ok(None);
        };
        let refuse = |reason| Err(ServerError::InternalSecret { reason });
        let values: Vec<&str> = text.split(',').map(str::trim).collect();
        if values.len() > 2 {
            return refuse("has more than two values");
        }
        if values.iter().any(|value| value.len() < MIN_SECRET_BYTES) {
            return refuse("every value must have at least 32 bytes");
        }
        Ok(values
            .first()
            .map(|value| Self(Arc::from(value.as_bytes()))))
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'static str,
    aud: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    rid: &'a str,
    iat: u64,
    exp: u64,
}

/// Mints and remembers internal tokens.
pub(crate) struct InternalTokens {
    key: EncodingKey,
    minted: Cache<(Arc<str>, Arc<Identity>), (HeaderValue, u64)>,
    clock: Clock,
}

impl fmt::Debug for InternalTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InternalTokens")
            .field("minted", &self.minted.len())
            .finish_non_exhaustive()
    }
}

impl InternalTokens {
    /// Signs with `secret`.
    pub(crate) fn new(secret: &InternalSecret) -> Self {
        Self::with_clock(secret, system_clock)
    }

    pub(crate) fn with_clock(secret: &InternalSecret, clock: Clock) -> Self {
        Self {
            key: EncodingKey::from_secret(&secret.0),
            minted: Cache::new(REMEMBERED),
            clock,
        }
    }

    /// `Bearer …` for a request of `identity` to `subgraph`. A reused token keeps the id of the
    /// request it was minted for. `None` when signing fails, which the subgraph then refuses.
    pub(crate) fn authorization(
        &self,
        subgraph: &Arc<str>,
        identity: &Arc<Identity>,
        request_id: &str,
    ) -> Option<HeaderValue> {
        let now = (self.clock)();
        let key = (Arc::clone(subgraph), Arc::clone(identity));
        if let Some((value, expires)) = self.minted.get(&key)
            && expires > now + REUSE_SECONDS
        {
            return Some(value);
        }
        let claims = Claims {
            iss: "weft-router",
            aud: subgraph,
            sub: identity.subject.as_deref(),
            scope: identity.scopes.join(" "),
            sid: identity.session.as_deref(),
            rid: request_id,
            iat: now,
            exp: now + LIFETIME_SECONDS,
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.key)
            .inspect_err(|error| tracing::error!(%error, "cannot sign an internal token"))
            .ok()?;
        let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
        value.set_sensitive(true);
        self.minted.insert(key, (value.clone(), claims.exp));
        Some(value)
    }
}
