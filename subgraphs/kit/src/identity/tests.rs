//! Tokens good and bad, and keys that rotate, all at a fixed time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, header};
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

// ---- internal tokens ----

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

#[test]
fn internal_tokens_are_accepted_only_whole_and_in_time() {
    let first = "a-first-secret-of-at-least-32-bytes!";
    let second = "the-second-secret-of-32-bytes-or-so";
    let seconds = |offset: i64| now().timestamp() + offset;
    let cases = [
        ("the first secret", hs256(first, &internal_claims()), "user"),
        (
            "the second secret",
            hs256(second, &internal_claims()),
            "user",
        ),
        (
            "within the leeway",
            claims_with(first, json!({"iat": seconds(-34), "exp": seconds(-4)})),
            "user",
        ),
        (
            "anonymous",
            claims_with(first, json!({"sub": null, "scope": ""})),
            "anonymous",
        ),
        (
            "expired",
            claims_with(first, json!({"iat": seconds(-36), "exp": seconds(-6)})),
            "the token has expired",
        ),
        (
            "from the future",
            claims_with(first, json!({"iat": seconds(60), "exp": seconds(90)})),
            "the token is not valid: it is from the future",
        ),
        (
            "too long a life",
            claims_with(first, json!({"exp": seconds(3600)})),
            "the token is not valid: it lives too long",
        ),
        (
            "another audience",
            claims_with(first, json!({"aud": "posts"})),
            "the token is not valid: its audience is another",
        ),
        (
            "no audience",
            claims_with(first, json!({"aud": null})),
            "the token is not valid: its header or claims are not what is expected",
        ),
        (
            "another issuer",
            claims_with(first, json!({"iss": "weft"})),
            "the token is not valid: its issuer is not accepted",
        ),
        (
            "a subject that is no id",
            claims_with(first, json!({"sub": "root"})),
            "the token is not valid: its header or claims are not what is expected",
        ),
        (
            "a third secret",
            hs256("neither-of-the-two-secrets-32-bytes!", &internal_claims()),
            "the token is not valid: its signature does not match",
        ),
        (
            "alg none",
            unsigned(json!({"alg": "none", "typ": "JWT"}), &internal_claims()),
            "the token is not valid: its header or claims are not what is expected",
        ),
        (
            "no signature",
            unsigned(json!({"alg": "HS256", "typ": "JWT"}), &internal_claims()),
            "the token is not valid: its signature does not match",
        ),
        ("not a token", "abc".to_owned(), "the token is malformed"),
        (
            "nine kilobytes",
            "a".repeat(9 * 1024),
            "the token is malformed",
        ),
    ];
    let verifier =
        InternalVerifier::new(&InternalSecrets::parse(SECRETS).expect("secrets"), "users");
    for (name, token, expected) in cases {
        let found = match verifier.verify(&token, now()) {
            Ok((Identity::Anonymous, _)) => "anonymous".to_owned(),
            Ok((identity, request_id)) => {
                assert_eq!(identity.user_id(), Some(USER), "{name}");
                assert!(identity.is_admin(), "{name}");
                assert_eq!(identity.session(), Some(USER), "{name}");
                assert_eq!(request_id.as_deref(), Some("r-1"), "{name}");
                "user".to_owned()
            }
            Err(error) => refused(error),
        };
        assert_eq!(found, expected, "{name}");
    }
}

fn claims_with(secret: &str, changes: Value) -> String {
    hs256(secret, &merged(internal_claims(), changes))
}

#[test]
fn what_the_secrets_sign_they_verify() {
    let secrets = InternalSecrets::parse(SECRETS).expect("secrets");
    let token = secrets
        .sign(&InternalClaims::new("todos", &Identity::admin(USER), now()))
        .expect("signs");
    let (identity, _) = InternalVerifier::new(&secrets, "todos")
        .verify(&token, now())
        .expect("valid");
    assert_eq!(identity, Identity::admin(USER));
}

#[test]
fn weak_or_odd_secrets_are_refused() {
    let good = "a".repeat(32);
    for (value, fits) in [
        (good.clone(), true),
        (format!("{good},{good}"), true),
        (String::new(), false),
        ("short".to_owned(), false),
        (format!("{good},"), false),
        (format!("{good},{good},{good}"), false),
    ] {
        let parsed = InternalSecrets::parse(&value);
        assert_eq!(parsed.is_ok(), fits, "{value}");
        if let Err(error) = parsed {
            assert!(!error.is_clients_fault());
            assert!(error.to_string().starts_with("WEFT_INTERNAL_SECRET: "));
        }
    }
}

// ---- access tokens ----

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

#[tokio::test]
async fn access_tokens_are_accepted_only_whole_and_in_time() {
    let key = TestKey::new("k1", 1);
    let other = TestKey::new("k1", 2);
    let verifier = AccessVerifier::new(
        Arc::new(KeyCache::new(FixedKeySource(key_set(&[&key])))),
        "weft",
        "weft",
    );
    let header = || access_header("k1");
    let with = |changes: Value| key.sign(&header(), &merged(access_claims(), changes));
    let with_header = |changes: Value| key.sign(&merged(header(), changes), &access_claims());
    let seconds = |offset: i64| now().timestamp() + offset;
    let mut forged = with(json!({}));
    forged.replace_range(forged.len() - 6..forged.len() - 2, "AAAA");
    let hmac_with_public_key = {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some("k1".to_owned());
        let secret = EncodingKey::from_secret(key.public().as_bytes());
        jsonwebtoken::encode(&header, &access_claims(), &secret).expect("encodes")
    };
    let not_expected = "the token is not valid: its header or claims are not what is expected";
    let bad_signature = "the token is not valid: its signature does not match";
    let cases = [
        ("good", with(json!({})), "user"),
        (
            "the long type",
            with_header(json!({"typ": "application/at+JWT"})),
            "user",
        ),
        (
            "expired within the leeway",
            with(json!({"exp": seconds(-4)})),
            "user",
        ),
        (
            "expired",
            with(json!({"exp": seconds(-5)})),
            "the token has expired",
        ),
        ("no expiry", with(json!({"exp": null})), not_expected),
        (
            "from the future",
            with(json!({"iat": seconds(6)})),
            "the token is not valid: it is from the future",
        ),
        ("forged signature", forged, bad_signature),
        (
            "another key's signature",
            other.sign(&header(), &access_claims()),
            bad_signature,
        ),
        (
            "alg none",
            unsigned(merged(header(), json!({"alg": "none"})), &access_claims()),
            not_expected,
        ),
        (
            "no signature",
            unsigned(header(), &access_claims()),
            bad_signature,
        ),
        (
            "HMAC with the public key",
            hmac_with_public_key,
            "the token is not valid: its algorithm is not EdDSA",
        ),
        (
            "an ID token",
            with_header(json!({"typ": "JWT"})),
            "the token is not valid: its type is not at+jwt",
        ),
        (
            "no type",
            with_header(json!({"typ": null})),
            "the token is not valid: its type is not at+jwt",
        ),
        (
            "no key id",
            with_header(json!({"kid": null})),
            "the token is not valid: it names no key",
        ),
        (
            "an unknown key id",
            with_header(json!({"kid": "k9"})),
            "the token is signed with an unknown key",
        ),
        (
            "critical headers",
            with_header(json!({"crit": ["b64"]})),
            "the token is not valid: it has critical header parameters",
        ),
        (
            "another audience",
            with(json!({"aud": "other"})),
            "the token is not valid: its audience is another",
        ),
        (
            "another issuer",
            with(json!({"iss": "other"})),
            "the token is not valid: its issuer is not accepted",
        ),
        ("no subject", with(json!({"sub": null})), not_expected),
        (
            "a subject that is no id",
            with(json!({"sub": "root"})),
            not_expected,
        ),
        ("not a token", "a.b".to_owned(), "the token is malformed"),
        ("nothing", String::new(), "the token is malformed"),
        (
            "nine kilobytes",
            "a".repeat(9 * 1024),
            "the token is malformed",
        ),
    ];
    for (name, token, expected) in cases {
        let found = match verifier.verify(&token, now()).await {
            Ok(claims) => {
                assert_eq!(claims.sub, USER, "{name}");
                "user".to_owned()
            }
            Err(error) => refused(error),
        };
        assert_eq!(found, expected, "{name}");
    }
}

/// A source whose answer can be changed, which counts how often it is asked.
#[derive(Clone, Default)]
struct ChangingSource {
    set: Arc<Mutex<Option<JwkSet>>>,
    reads: Arc<AtomicUsize>,
}

impl ChangingSource {
    fn answer(&self, keys: Option<&[&TestKey]>) {
        *self.set.lock().expect("not poisoned") = keys.map(key_set);
    }
}

impl KeySource for ChangingSource {
    fn fetch(&self) -> BoxFuture<'_, Result<JwkSet, IdentityError>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let set = self.set.lock().expect("not poisoned").clone();
        Box::pin(async move {
            set.ok_or(IdentityError::KeysUnavailable {
                from: "test".to_owned(),
                reason: "down".into(),
            })
        })
    }
}

#[tokio::test]
async fn keys_are_read_once_refreshed_at_a_limited_rate_and_survive_an_outage() {
    let (first, second) = (TestKey::new("k1", 1), TestKey::new("k2", 2));
    let source = ChangingSource::default();
    let cache = KeyCache::new(source.clone());
    // Seconds from the start, what the source answers from then on, the key asked for, the outcome
    // and the number of reads so far.
    type Step<'a> = (
        i64,
        Option<&'a [&'a TestKey]>,
        &'static str,
        &'static str,
        usize,
    );
    let steps: [Step<'_>; 11] = [
        (0, None, "k1", "unavailable", 1),
        (1, Some(&[&first]), "k1", "unavailable", 1),
        (5, Some(&[&first]), "k1", "found", 2),
        (6, Some(&[&first]), "k1", "found", 2),
        (7, Some(&[&first, &second]), "k2", "unknown", 2),
        (10, Some(&[&first, &second]), "k2", "found", 3),
        (11, Some(&[&first, &second]), "k3", "unknown", 3),
        (15, Some(&[&first, &second]), "k3", "unknown", 4),
        (400, None, "k2", "found", 5),
        (410, None, "k1", "found", 6),
        (420, Some(&[&second]), "k1", "unknown", 7),
    ];
    for (seconds, answer, kid, expected, reads) in steps {
        source.answer(answer);
        let found = match cache.get(kid, now() + TimeDelta::seconds(seconds)).await {
            Ok(_) => "found",
            Err(IdentityError::KeyUnknown) => "unknown",
            Err(_) => "unavailable",
        };
        assert_eq!(found, expected, "{kid} at {seconds} s");
        assert_eq!(
            source.reads.load(Ordering::Relaxed),
            reads,
            "at {seconds} s"
        );
    }
}

#[tokio::test]
async fn concurrent_requests_share_one_read_of_the_keys() {
    let key = TestKey::new("k1", 1);
    let source = ChangingSource::default();
    source.answer(Some(&[&key]));
    let cache = KeyCache::new(source.clone());
    let gets = (0..50).map(|_| cache.get("k1", now()));
    for found in futures::future::join_all(gets).await {
        assert!(found.is_ok());
    }
    assert_eq!(source.reads.load(Ordering::Relaxed), 1);
}

// ---- from headers ----

#[tokio::test]
async fn the_authorization_header_decides_who_asks() {
    let secrets = InternalSecrets::parse(SECRETS).expect("secrets");
    let key = TestKey::new("k1", 1);
    let internal = Authenticator::Internal(InternalVerifier::new(&secrets, "users"));
    let alone = Authenticator::Alone(AccessVerifier::new(
        Arc::new(KeyCache::new(FixedKeySource(key_set(&[&key])))),
        "weft",
        "weft",
    ));
    let anonymous = Authenticator::Anonymous;
    let internal_token = hs256("a-first-secret-of-at-least-32-bytes!", &internal_claims());
    let access_token = key.sign(&access_header("k1"), &access_claims());
    let bearer = |token: &str| format!("Bearer {token}");
    let cases: [(&str, &Authenticator, Vec<String>, &str); 11] = [
        (
            "no token behind the router",
            &internal,
            vec![],
            "a token is required",
        ),
        (
            "the router's token",
            &internal,
            vec![bearer(&internal_token)],
            "user",
        ),
        (
            "a client's token where the router's belongs",
            &internal,
            vec![bearer(&access_token)],
            "the token is not valid: its algorithm is not accepted",
        ),
        ("no token alone", &alone, vec![], "anonymous"),
        (
            "a client's token alone",
            &alone,
            vec![format!("bearer {access_token}")],
            "user",
        ),
        (
            "an internal token alone",
            &alone,
            vec![bearer(&internal_token)],
            "the token is not valid: its algorithm is not EdDSA",
        ),
        (
            "another scheme",
            &alone,
            vec!["Basic YTpi".to_owned()],
            "the token is malformed",
        ),
        (
            "no token after the scheme",
            &alone,
            vec!["Bearer ".to_owned()],
            "the token is malformed",
        ),
        (
            "two headers",
            &alone,
            vec![bearer(&access_token), bearer(&access_token)],
            "the token is malformed",
        ),
        ("no keys and no token", &anonymous, vec![], "anonymous"),
        (
            "no keys and a token",
            &anonymous,
            vec![bearer(&access_token)],
            "the token is not valid: this service has no keys to check it with",
        ),
    ];
    for (name, authenticator, values, expected) in cases {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                header::AUTHORIZATION,
                HeaderValue::from_str(&value).expect("a value"),
            );
        }
        let found = match authenticator.authenticate(&headers, now()).await {
            Ok(Authenticated {
                identity: Identity::Anonymous,
                ..
            }) => "anonymous".to_owned(),
            Ok(_) => "user".to_owned(),
            Err(error) => refused(error),
        };
        assert_eq!(found, expected, "{name}");
    }
}

#[tokio::test]
async fn a_key_set_is_read_over_http_within_limits() {
    let key = TestKey::new("k1", 1);
    let good = serde_json::to_string(&key_set(&[&key])).expect("encodes");
    let cases = [
        ("200 OK", good.clone(), "found"),
        (
            "500 Internal Server Error",
            good.clone(),
            "500 Internal Server Error",
        ),
        (
            "200 OK",
            "<html>".to_owned(),
            "expected value at line 1 column 1",
        ),
        (
            "200 OK",
            format!("{good}{}", " ".repeat(70_000)),
            "length limit exceeded",
        ),
    ];
    for (status, body, expected) in cases {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("binds");
        let address = listener.local_addr().expect("an address");
        let source = HttpKeySource::new(&format!("http://{address}/jwks.json")).expect("a source");
        let (answered, fetched) = tokio::join!(answer_once(listener, status, body), source.fetch());
        answered.expect("answers");
        let found = match fetched {
            Ok(set) => set
                .find("k1")
                .map_or("missing".to_owned(), |_| "found".to_owned()),
            Err(IdentityError::KeysUnavailable { reason, .. }) => reason.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{status}");
    }
    for url in ["", "ftp://host/", "/path"] {
        assert!(
            matches!(
                HttpKeySource::new(url),
                Err(IdentityError::Configuration { .. })
            ),
            "{url}"
        );
    }
}

async fn answer_once(
    listener: tokio::net::TcpListener,
    status: &str,
    body: String,
) -> std::io::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (mut stream, _) = listener.accept().await?;
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await?;
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    // A reader that gives up early closes the connection; that is its right.
    let _ = stream.write_all(body.as_bytes()).await;
    Ok(())
}
