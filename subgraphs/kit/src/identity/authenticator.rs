//! From a request's headers to its identity.

use chrono::{DateTime, Utc};
use http::{HeaderMap, header};

use super::{AccessVerifier, Identity, IdentityError, InternalVerifier};

/// How this subgraph learns who is asking.
pub enum Authenticator {
    /// Behind the router: every request carries an internal token.
    Internal(InternalVerifier),
    /// Alone: a client's access token, or nobody.
    Alone(AccessVerifier),
    /// Alone and without keys: a token cannot be checked, so none is accepted.
    Anonymous,
}

/// An established identity and what came with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authenticated {
    /// Who is asking.
    pub identity: Identity,
    /// The router's request id.
    pub request_id: Option<String>,
    /// Whether the request came through the router, so that its `x-weft-*` headers are the
    /// router's word and not the client's.
    pub through_router: bool,
}

impl Authenticator {
    /// Establishes the identity of a request with these headers.
    ///
    /// # Errors
    /// Any [`IdentityError`]; [`IdentityError::is_clients_fault`] tells 401 from 503.
    pub async fn authenticate(
        &self,
        headers: &HeaderMap,
        now: DateTime<Utc>,
    ) -> Result<Authenticated, IdentityError> {
        let token = bearer_token(headers)?;
        match self {
            Self::Internal(verifier) => {
                let token = token.ok_or(IdentityError::TokenMissing)?;
                let (identity, request_id) = verifier.verify(token, now)?;
                Ok(Authenticated {
                    identity,
                    request_id,
                    through_router: true,
                })
            }
            Self::Alone(verifier) => match token {
                None => Ok(Authenticated::default()),
                Some(token) => Ok(Authenticated {
                    identity: verifier.verify(token, now).await?.into_identity(),
                    ..Authenticated::default()
                }),
            },
            Self::Anonymous => match token {
                None => Ok(Authenticated::default()),
                Some(_) => Err(IdentityError::TokenInvalid {
                    reason: "this service has no keys to check it with",
                }),
            },
        }
    }
}

/// The token of `authorization: Bearer <token>` (RFC 6750, section 2.1), if there is the header.
fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, IdentityError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(IdentityError::TokenMalformed);
    }
    let text = value.to_str().map_err(|_| IdentityError::TokenMalformed)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() => {
            Ok(Some(token))
        }
        _ => Err(IdentityError::TokenMalformed),
    }
}
