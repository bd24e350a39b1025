//! The router's token to a subgraph: HS256, 30 seconds, one audience.

use chrono::{DateTime, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Identity, IdentityError, MAX_TOKEN_BYTES, split_scope};

/// The `iss` of every internal token.
const ISSUER: &str = "weft-router";

/// How long an internal token lives, in seconds.
const LIFETIME_SECONDS: i64 = 30;

/// Tolerated difference between the two machines' clocks, in seconds.
const LEEWAY_SECONDS: i64 = 5;

/// The shortest acceptable secret, in bytes (RFC 7518, section 3.2: at least the hash's length).
const MIN_SECRET_BYTES: usize = 32;

/// The claims of an internal token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternalClaims {
    /// Issuer, always `weft-router`.
    pub iss: String,
    /// The subgraph the token is for.
    pub aud: String,
    /// The user's id; absent when anonymous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<Uuid>,
    /// Space-separated scopes, may be empty.
    #[serde(default)]
    pub scope: String,
    /// The user's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Uuid>,
    /// The router's request id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rid: Option<String>,
    /// Issued at, seconds since the epoch.
    pub iat: i64,
    /// Expires at, seconds since the epoch.
    pub exp: i64,
}

/// One or two shared secrets: the first signs, any verifies, so that they can be rotated.
#[derive(Clone)]
pub struct InternalSecrets {
    secrets: Vec<Vec<u8>>,
}

impl InternalSecrets {
    /// Reads the value of `WEFT_INTERNAL_SECRET`: one or two secrets separated by a comma.
    ///
    /// # Errors
    /// [`IdentityError::Configuration`] when there are none, more than two, or one is too short.
    pub fn parse(value: &str) -> Result<Self, IdentityError> {
        let secrets: Vec<Vec<u8>> = value
            .split(',')
            .map(|secret| secret.trim().as_bytes().to_vec())
            .collect();
        if secrets.len() > 2 {
            return Err(configuration(format!(
                "expected one or two secrets separated by a comma, found {}",
                secrets.len()
            )));
        }
        if let Some(short) = secrets.iter().find(|s| s.len() < MIN_SECRET_BYTES) {
            return Err(configuration(format!(
                "a secret has {} bytes, at least {MIN_SECRET_BYTES} are needed",
                short.len()
            )));
        }
        Ok(Self { secrets })
    }

    /// Signs `claims` with the first secret, as the router does; for tests and tools.
    ///
    /// # Errors
    /// [`IdentityError::TokenInvalid`] when the claims cannot be encoded.
    pub fn sign(&self, claims: &InternalClaims) -> Result<String, IdentityError> {
        let secret = self.secrets.first().map_or(&[][..], Vec::as_slice);
        let header = Header::new(Algorithm::HS256);
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret)).map_err(|_| {
            IdentityError::TokenInvalid {
                reason: "the claims cannot be encoded",
            }
        })
    }
}

impl InternalClaims {
    /// The claims the router would send for `identity` at `now`; for tests and tools.
    pub fn new(audience: &str, identity: &Identity, now: DateTime<Utc>) -> Self {
        let scope = match identity {
            Identity::Anonymous => String::new(),
            Identity::User { scopes, .. } => scopes.join(" "),
        };
        Self {
            iss: ISSUER.to_owned(),
            aud: audience.to_owned(),
            sub: identity.user_id(),
            scope,
            sid: identity.session(),
            rid: None,
            iat: now.timestamp(),
            exp: now.timestamp() + LIFETIME_SECONDS,
        }
    }

    fn into_identity(self) -> Identity {
        match self.sub {
            None => Identity::Anonymous,
            Some(id) => Identity::User {
                id,
                scopes: split_scope(&self.scope),
                session: self.sid,
            },
        }
    }
}

/// Checks internal tokens for one subgraph.
pub struct InternalVerifier {
    keys: Vec<DecodingKey>,
    validation: Validation,
}

impl InternalVerifier {
    /// A verifier that accepts tokens whose audience is `subgraph`.
    pub fn new(secrets: &InternalSecrets, subgraph: &str) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[subgraph]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["iss", "aud", "exp"]);
        // The library reads the system clock; `check_times` compares with the caller's instead.
        validation.validate_exp = false;
        let keys = secrets
            .secrets
            .iter()
            .map(|secret| DecodingKey::from_secret(secret))
            .collect();
        Self { keys, validation }
    }

    /// The identity and request id a token carries.
    ///
    /// # Errors
    /// Any token error of [`IdentityError`].
    pub fn verify(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<(Identity, Option<String>), IdentityError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(IdentityError::TokenMalformed);
        }
        let mut claims = self.decode(token)?;
        check_times(&claims, now.timestamp())?;
        let request_id = claims.rid.take();
        Ok((claims.into_identity(), request_id))
    }

    fn decode(&self, token: &str) -> Result<InternalClaims, IdentityError> {
        let mut refusal = IdentityError::TokenInvalid {
            reason: "no secret is configured",
        };
        for key in &self.keys {
            match jsonwebtoken::decode::<InternalClaims>(token, key, &self.validation) {
                Ok(data) if data.header.crit.is_some() => {
                    return Err(IdentityError::TokenInvalid {
                        reason: "it has critical header parameters",
                    });
                }
                Ok(data) => return Ok(data.claims),
                Err(error) => {
                    refusal = super::access::refusal(&error);
                    // The other secret can only mend a signature.
                    if !matches!(error.kind(), ErrorKind::InvalidSignature) {
                        break;
                    }
                }
            }
        }
        Err(refusal)
    }
}

fn check_times(claims: &InternalClaims, now: i64) -> Result<(), IdentityError> {
    if claims.exp.saturating_add(LEEWAY_SECONDS) <= now {
        return Err(IdentityError::TokenExpired);
    }
    if claims.iat.saturating_sub(LEEWAY_SECONDS) > now {
        return Err(IdentityError::TokenInvalid {
            reason: "it is from the future",
        });
    }
    if claims.exp.saturating_sub(claims.iat) > LIFETIME_SECONDS {
        return Err(IdentityError::TokenInvalid {
            reason: "it lives too long",
        });
    }
    Ok(())
}

fn configuration(reason: String) -> IdentityError {
    IdentityError::Configuration {
        setting: "WEFT_INTERNAL_SECRET",
        reason,
    }
}
