//! Who the client is: EdDSA access tokens verified with the issuer's public keys.
//!
//! No token means anonymous. A token that cannot be verified is refused, never ignored.

mod internal;
mod keys;
mod verified;

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{HeaderMap, header};
use jsonwebtoken::{Algorithm, Validation};
use router_executor::Identity;
use serde::Deserialize;

pub use internal::InternalSecret;
pub(crate) use internal::InternalTokens;
pub(crate) use keys::PublishedKeys;
pub use keys::{KeySource, KeySourceError};

use self::{keys::KeyRing, verified::VerifiedTokens};
use crate::{
    code::{ErrorCode, GraphqlError},
    config::Auth,
};

/// Longer tokens are not read.
const MAX_TOKEN_BYTES: usize = 8 << 10;
/// Allowed difference between our clock and the issuer's, seconds.
const LEEWAY_SECONDS: u64 = 5;

/// Seconds since 1970; a parameter so that tests own the clock.
pub(crate) type Clock = fn() -> u64;

pub(crate) fn system_clock() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    sid: Option<String>,
}

/// Verifies clients' access tokens.
pub(crate) struct Authenticator {
    keys: Option<Arc<KeyRing>>,
    validation: Validation,
    verified: VerifiedTokens,
    clock: Clock,
}

impl Authenticator {
    /// Verifies with the keys of `source`; without one every token is refused.
    pub(crate) fn new(config: &Auth, source: Option<Arc<dyn KeySource>>, clock: Clock) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&config.issuer]);
        validation.set_audience(&[&config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY_SECONDS;
        Self {
            keys: source.map(|source| Arc::new(KeyRing::new(source, config.jwks_refresh.0))),
            validation,
            verified: VerifiedTokens::new(config.remembered_tokens),
            clock,
        }
    }

    /// The client behind `headers`.
    pub(crate) async fn identity(
        &self,
        headers: &HeaderMap,
    ) -> Result<Arc<Identity>, GraphqlError> {
        let Some(token) = bearer(headers)? else {
            return Ok(self.verified.anonymous());
        };
        let Some(keys) = &self.keys else {
            return Err(refused("this server accepts no access tokens"));
        };
        let now = (self.clock)();
        if let Some(client) = self.verified.get(token, keys.generation(), now) {
            return Ok(client);
        }
        let header = jsonwebtoken::decode_header(token)
            .map_err(|_| refused("the access token is malformed"))?;
        let is_access_token = header.typ.as_deref().is_some_and(|typ| {
            typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt")
        });
        if header.alg != Algorithm::EdDSA || !is_access_token {
            return Err(refused(
                "the token is not an access token signed with EdDSA",
            ));
        }
        let kid = header
            .kid
            .as_deref()
            .ok_or_else(|| refused("the access token names no key"))?;
        let key = keys.key(kid).await.map_err(|error| match error {
            keys::Missing::Unknown => refused("the access token was signed with an unknown key"),
            keys::Missing::Unavailable => GraphqlError::new(
                ErrorCode::AuthenticationUnavailable,
                "access tokens cannot be verified at the moment",
            ),
        })?;
        let generation = keys.generation();
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &self.validation)
            .map_err(explain)?
            .claims;
        let identity = Arc::new(Identity::from(&claims));
        self.verified.insert(
            token,
            generation,
            claims.exp + LEEWAY_SECONDS,
            Arc::clone(&identity),
        );
        Ok(identity)
    }

    /// Keeps the keys fresh for as long as it is polled; returns at once when there are none.
    pub(crate) fn refresh(&self) -> impl Future<Output = ()> + Send + 'static {
        let keys = self.keys.clone();
        async move {
            if let Some(keys) = keys {
                keys.keep_fresh().await;
            }
        }
    }

    /// The key set with which tokens are verified (RFC 7517), once it was loaded.
    pub(crate) fn key_set(&self) -> Option<Bytes> {
        self.keys.as_ref().and_then(|keys| keys.key_set())
    }

    /// Whether tokens can be verified; `None` when none are accepted.
    pub(crate) fn has_keys(&self) -> Option<bool> {
        self.keys.as_ref().map(|keys| keys.is_loaded())
    }
}

impl From<&Claims> for Identity {
    fn from(claims: &Claims) -> Self {
        let mut scopes: Vec<String> = claims
            .scope
            .split_ascii_whitespace()
            .map(str::to_owned)
            .collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self {
            subject: Some(claims.sub.clone()),
            scopes,
            session: claims.sid.clone(),
        }
    }
}

/// The token of `authorization: Bearer …` (RFC 6750, section 2.1).
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, GraphqlError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(refused("there is more than one authorization header"));
    }
    let text = value
        .to_str()
        .map_err(|_| refused("the authorization header is malformed"))?;
    match text.split_once(' ') {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() =>
        {
            let token = token.trim();
            if token.len() > MAX_TOKEN_BYTES {
                Err(refused("the access token is too long"))
            } else {
                Ok(Some(token))
            }
        }
        _ => Err(refused(
            "the authorization header must be `Bearer` and an access token",
        )),
    }
}

fn refused(message: &str) -> GraphqlError {
    GraphqlError::new(ErrorCode::Unauthenticated, message)
}

/// A client learns whether to log in again, not which check an invented token passed.
fn explain(error: jsonwebtoken::errors::Error) -> GraphqlError {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::ExpiredSignature => refused("the access token has expired"),
        ErrorKind::ImmatureSignature => refused("the access token is not valid yet"),
        ErrorKind::InvalidAudience | ErrorKind::InvalidIssuer => {
            refused("the access token is for another service")
        }
        _ => refused("the access token is not valid"),
    }
}

#[cfg(test)]
mod tests;
