//! The client's access token: EdDSA, `typ: at+jwt` (RFC 9068), checked against a JWKS.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Identity, IdentityError, KeyCache, MAX_TOKEN_BYTES, split_scope};

/// Tolerated difference between the issuer's clock and ours, in seconds.
const LEEWAY_SECONDS: i64 = 5;

/// The header type of an access token (RFC 9068, section 2.1).
const TOKEN_TYPE: &str = "at+jwt";

/// The claims of an access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// The user's id.
    pub sub: Uuid,
    /// The session the token was issued in.
    pub sid: Uuid,
    /// The token's own id.
    pub jti: Uuid,
    /// Issued at, seconds since the epoch.
    pub iat: i64,
    /// Expires at, seconds since the epoch.
    pub exp: i64,
    /// Space-separated scopes.
    pub scope: String,
}

impl AccessClaims {
    /// The identity the claims speak for.
    pub fn into_identity(self) -> Identity {
        Identity::User {
            id: self.sub,
            scopes: split_scope(&self.scope),
            session: Some(self.sid),
        }
    }
}

/// Checks access tokens of one issuer for one audience.
pub struct AccessVerifier {
    keys: Arc<KeyCache>,
    validation: Validation,
}

impl AccessVerifier {
    /// A verifier that accepts tokens of `issuer` for `audience` signed with one of `keys`.
    pub fn new(keys: Arc<KeyCache>, issuer: &str, audience: &str) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The library reads the system clock; `check_times` compares with the caller's instead.
        validation.validate_exp = false;
        Self { keys, validation }
    }

    /// The claims of a valid token.
    ///
    /// # Errors
    /// Any token error of [`IdentityError`], or [`IdentityError::KeysUnavailable`].
    pub async fn verify(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<AccessClaims, IdentityError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(IdentityError::TokenMalformed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|error| refusal(&error))?;
        let kid = check_header(&header)?;
        let key = self.keys.get(kid, now).await?;
        let data = jsonwebtoken::decode::<AccessClaims>(token, &key, &self.validation)
            .map_err(|error| refusal(&error))?;
        check_times(&data.claims, now.timestamp())?;
        Ok(data.claims)
    }
}

fn check_header(header: &Header) -> Result<&str, IdentityError> {
    let invalid = |reason| Err(IdentityError::TokenInvalid { reason });
    if header.alg != Algorithm::EdDSA {
        return invalid("its algorithm is not EdDSA");
    }
    let is_access_token = header.typ.as_deref().is_some_and(|typ| {
        let short = typ.strip_prefix("application/").unwrap_or(typ);
        short.eq_ignore_ascii_case(TOKEN_TYPE)
    });
    if !is_access_token {
        return invalid("its type is not at+jwt");
    }
    if header.crit.is_some() {
        return invalid("it has critical header parameters");
    }
    header.kid.as_deref().ok_or(IdentityError::TokenInvalid {
        reason: "it names no key",
    })
}

fn check_times(claims: &AccessClaims, now: i64) -> Result<(), IdentityError> {
    if claims.exp.saturating_add(LEEWAY_SECONDS) <= now {
        return Err(IdentityError::TokenExpired);
    }
    if claims.iat.saturating_sub(LEEWAY_SECONDS) > now {
        return Err(IdentityError::TokenInvalid {
            reason: "it is from the future",
        });
    }
    Ok(())
}

/// What a decoding error means to the caller; never repeats any of the token.
pub(super) fn refusal(error: &JwtError) -> IdentityError {
    let reason = match error.kind() {
        ErrorKind::ExpiredSignature => return IdentityError::TokenExpired,
        ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Utf8(_) => {
            return IdentityError::TokenMalformed;
        }
        ErrorKind::Json(_) => "its header or claims are not what is expected",
        ErrorKind::InvalidSignature => "its signature does not match",
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => {
            "its algorithm is not accepted"
        }
        ErrorKind::InvalidIssuer => "its issuer is not accepted",
        ErrorKind::InvalidAudience => "its audience is another",
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => {
            "a claim is missing or malformed"
        }
        _ => "it cannot be verified",
    };
    IdentityError::TokenInvalid { reason }
}
