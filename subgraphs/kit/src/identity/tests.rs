//! Tokens good and bad, and keys that rotate, all at a fixed time.

mod access;
mod headers;
mod internal;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

const SECRETS: &str = "a-first-secret-of-at-least-32-bytes!,the-second-secret-of-32-bytes-or-so";
const USER: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("a valid time")
}

fn refused(error: IdentityError) -> String {
    error.to_string()
}

fn internal_claims() -> Value {
    json!({
        "iss": "weft-router", "aud": "users", "sub": USER, "scope": "user admin",
        "sid": USER, "rid": "r-1", "iat": now().timestamp(), "exp": now().timestamp() + 30,
    })
}

fn hs256(secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).expect("encodes")
}

fn unsigned(header: Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64.encode(value.to_string());
    format!("{}.{}.", part(&header), part(claims))
}

fn merged(mut base: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            base.as_object_mut().expect("an object").remove(name);
        } else {
            base[name] = value.clone();
        }
    }
    base
}

struct TestKey {
    kid: &'static str,
    pair: Ed25519KeyPair,
}

impl TestKey {
    fn new(kid: &'static str, seed: u8) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a key");
        Self { kid, pair }
    }

    fn public(&self) -> String {
        BASE64.encode(self.pair.public_key().as_ref())
    }

    fn jwk(&self) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": self.public()})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!(
            "{}.{}",
            BASE64.encode(header.to_string()),
            BASE64.encode(claims.to_string())
        );
        let signature = BASE64.encode(self.pair.sign(message.as_bytes()).as_ref());
        format!("{message}.{signature}")
    }
}

fn key_set(keys: &[&TestKey]) -> JwkSet {
    let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
    serde_json::from_value(json!({ "keys": keys })).expect("a key set")
}

fn access_header(kid: &str) -> Value {
    json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid})
}

fn access_claims() -> Value {
    json!({
        "iss": "weft", "aud": "weft", "sub": USER, "sid": USER, "jti": USER, "scope": "user",
        "iat": now().timestamp(), "exp": now().timestamp() + 900,
    })
}
