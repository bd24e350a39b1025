//! Tokens: access tokens that say who someone is, and refresh tokens that are exchanged for them.

use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use subgraphs_kit::identity::AccessClaims;
use subgraphs_kit::{Error, Result};

use crate::entropy::{Entropy, random};

/// The length of a refresh token, in bytes.
const REFRESH_TOKEN_BYTES: usize = 32;

/// Signs an access token (RFC 9068).
///
/// # Errors
/// `Internal` when the key cannot sign.
pub(crate) fn sign_access_token(
    claims: &AccessClaims,
    kid: String,
    key: &EncodingKey,
) -> Result<String> {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(kid);
    jsonwebtoken::encode(&header, claims, key)
        .map_err(|error| Error::internal(format!("an access token could not be signed: {error}")))
}

/// A refresh token in the clear: 256 bits that only its owner has. There is no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RefreshToken([u8; REFRESH_TOKEN_BYTES]);

impl RefreshToken {
    /// The first token of a session.
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        Self(random(entropy))
    }

    /// Reads what a client sends; `None` if it cannot be one of ours.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        if text.len() > 64 {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// What the client keeps.
    pub(crate) fn encode(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the database keeps: SHA-256. (256 random bits need no salt and no slow hash.)
    pub(crate) fn digest(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.0).as_ref().to_vec()
    }

    /// The one token this one is exchanged for.
    ///
    /// It is derived and not drawn, so that a client whose answer was lost gets the same token again
    /// although only its digest was stored. Neither the database (which has the secret but no token)
    /// nor the holder of a token (who has no secret) can compute it alone.
    pub(crate) fn successor(&self, rotation_secret: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, rotation_secret);
        let tag = hmac::sign(&key, &self.0);
        let mut bytes = [0; REFRESH_TOKEN_BYTES];
        bytes.copy_from_slice(tag.as_ref());
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn a_refresh_token_survives_the_round_trip_and_others_are_refused() {
        let token = RefreshToken::generate(&SeededEntropy::new(1));
        let text = token.encode();
        assert!(RefreshToken::decode(&text).is_some_and(|read| read == token));
        for bad in [
            "",
            "short",
            &text[1..],
            &format!("{text}A"),
            &"A".repeat(1_000_000),
            "💥",
        ] {
            assert!(RefreshToken::decode(bad).is_none());
        }
    }

    #[test]
    fn successors_are_the_same_for_the_same_token_and_secret_only() {
        let entropy = SeededEntropy::new(1);
        let (one, two) = (
            RefreshToken::generate(&entropy),
            RefreshToken::generate(&entropy),
        );
        assert!(one.successor(b"secret") == one.successor(b"secret"));
        assert!(one.successor(b"secret") != one.successor(b"another"));
        assert!(one.successor(b"secret") != two.successor(b"secret"));
        assert!(one.successor(b"secret") != one);
    }
}
