//! Access tokens and what becomes of them; internal tokens.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

use super::*;

/// A key and the JWK Set that publishes it.
struct Issuer {
    key: EncodingKey,
    kid: &'static str,
    jwk: Value,
}

impl Issuer {
    fn new(kid: &'static str) -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": x });
        Self {
            key: EncodingKey::from_ed_der(pkcs8.as_ref()),
            kid,
            jwk,
        }
    }

    fn sign(&self, typ: &str, claims: &Value) -> String {
        let header = Header {
            typ: Some(typ.to_owned()),
            kid: Some(self.kid.to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

/// Publishes what it is told to and counts how often it is asked.
#[derive(Debug, Default)]
struct Published {
    keys: Mutex<Option<Vec<Value>>>,
    asked: AtomicUsize,
}

impl Published {
    fn publish(&self, issuers: &[&Issuer]) {
        *self.keys.lock().unwrap() =
            Some(issuers.iter().map(|issuer| issuer.jwk.clone()).collect());
    }
}

impl KeySource for Published {
    fn fetch(&self) -> BoxFuture<'_, Result<Bytes, KeySourceError>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let keys = self.keys.lock().unwrap().clone();
        Box::pin(async move {
            match keys {
                Some(keys) => Ok(Bytes::from(json!({ "keys": keys }).to_string())),
                None => Err(KeySourceError("down".to_owned())),
            }
        })
    }
}

fn claims() -> Value {
    let now = system_clock();
    json!({ "iss": "weft", "aud": "weft", "sub": "u1", "sid": "s1", "jti": "j", "iat": now, "exp": now + 60, "scope": "user admin user" })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn bearing(token: &str) -> HeaderMap {
    HeaderMap::from_iter([(
        header::AUTHORIZATION,
        HeaderValue::from_str(&format!("Bearer {token}")).unwrap(),
    )])
}

fn authenticator(source: &Arc<Published>) -> Authenticator {
    Authenticator::new(
        &Auth::default(),
        Some(Arc::clone(source) as Arc<dyn KeySource>),
        system_clock,
    )
}

#[tokio::test]
async fn a_valid_token_names_its_client_and_none_is_anonymous() {
    let issuer = Issuer::new("k1");
    let source = Arc::new(Published::default());
    source.publish(&[&issuer]);
    let authenticator = authenticator(&source);
    assert_eq!(
        *authenticator.identity(&HeaderMap::new()).await.unwrap(),
        Identity::default()
    );
    let headers = bearing(&issuer.sign("at+jwt", &claims()));
    for _ in 0..3 {
        let identity = authenticator.identity(&headers).await.unwrap();
        assert_eq!(identity.subject.as_deref(), Some("u1"));
        assert_eq!(identity.scopes, ["admin", "user"]);
        assert_eq!(identity.session.as_deref(), Some("s1"));
    }
    let list = with("aud", json!(["other", "weft"]));
    assert!(
        authenticator
            .identity(&bearing(&issuer.sign("application/at+jwt", &list)))
            .await
            .is_ok()
    );
    assert_eq!(source.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn everything_but_a_valid_token_is_refused() {
    let (issuer, stranger) = (Issuer::new("k1"), Issuer::new("k1"));
    let source = Arc::new(Published::default());
    source.publish(&[&issuer]);
    let authenticator = authenticator(&source);
    let now = system_clock();
    let none = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt","kid":"k1"}"#),
        URL_SAFE_NO_PAD.encode(claims().to_string())
    );
    // The public key used as an HMAC secret.
    let confused = {
        let header = Header {
            typ: Some("at+jwt".into()),
            kid: Some("k1".into()),
            ..Header::new(Algorithm::HS256)
        };
        let x = URL_SAFE_NO_PAD
            .decode(issuer.jwk["x"].as_str().unwrap())
            .unwrap();
        jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(&x)).unwrap()
    };
    let good = issuer.sign("at+jwt", &claims());
    let tampered = {
        let parts: Vec<&str> = good.split('.').collect();
        format!(
            "{}.{}.{}",
            parts[0],
            URL_SAFE_NO_PAD.encode(with("sub", json!("u2")).to_string()),
            parts[2]
        )
    };
    let cases = [
        (
            "expired",
            issuer.sign("at+jwt", &with("exp", json!(now - 6))),
            "the access token has expired",
        ),
        (
            "not yet",
            issuer.sign("at+jwt", &with("nbf", json!(now + 60))),
            "the access token is not valid yet",
        ),
        (
            "issuer",
            issuer.sign("at+jwt", &with("iss", json!("evil"))),
            "the access token is for another service",
        ),
        (
            "audience",
            issuer.sign("at+jwt", &with("aud", json!("evil"))),
            "the access token is for another service",
        ),
        (
            "no exp",
            issuer.sign("at+jwt", &without("exp")),
            "the access token is not valid",
        ),
        (
            "no iss",
            issuer.sign("at+jwt", &without("iss")),
            "the access token is not valid",
        ),
        (
            "no aud",
            issuer.sign("at+jwt", &without("aud")),
            "the access token is not valid",
        ),
        (
            "no sub",
            issuer.sign("at+jwt", &without("sub")),
            "the access token is not valid",
        ),
        (
            "sub",
            issuer.sign("at+jwt", &with("sub", json!(7))),
            "the access token is not valid",
        ),
        (
            "id token",
            issuer.sign("JWT", &claims()),
            "the token is not an access token signed with EdDSA",
        ),
        (
            "hmac",
            confused,
            "the token is not an access token signed with EdDSA",
        ),
        (
            "stranger",
            stranger.sign("at+jwt", &claims()),
            "the access token is not valid",
        ),
        ("tampered", tampered, "the access token is not valid"),
        ("none", none, "the access token is malformed"),
        ("noise", "a.b.c".to_owned(), "the access token is malformed"),
        ("long", "a".repeat(9000), "the access token is too long"),
    ];
    for (name, token, message) in cases {
        let error = authenticator
            .identity(&bearing(&token))
            .await
            .expect_err(name);
        assert_eq!(
            (error.code, error.message.as_str()),
            (ErrorCode::Unauthenticated, message),
            "{name}"
        );
    }
    for value in ["", "Bearer", "Bearer ", "Basic dTpw", "bearer  "] {
        let headers =
            HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
        let error = authenticator.identity(&headers).await.expect_err(value);
        assert_eq!(error.code, ErrorCode::Unauthenticated, "{value}");
    }
    let mut twice = bearing(&good);
    twice.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"));
    assert!(authenticator.identity(&twice).await.is_err());
}

#[tokio::test]
async fn without_keys_every_token_is_refused() {
    let authenticator = Authenticator::new(&Auth::default(), None, system_clock);
    assert!(authenticator.identity(&HeaderMap::new()).await.is_ok());
    let error = authenticator.identity(&bearing("a.b.c")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unauthenticated);
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_is_down_is_not_the_clients_fault() {
    let issuer = Issuer::new("k1");
    let source = Arc::new(Published::default());
    let authenticator = authenticator(&source);
    let headers = bearing(&issuer.sign("at+jwt", &claims()));
    let error = authenticator.identity(&headers).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::AuthenticationUnavailable);
    assert_eq!(authenticator.has_keys(), Some(false));
    source.publish(&[&issuer]);
    tokio::time::advance(std::time::Duration::from_secs(6)).await;
    assert!(authenticator.identity(&headers).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn unknown_key_ids_ask_the_issuer_seldom() {
    let (old, new, invented) = (Issuer::new("k1"), Issuer::new("k2"), Issuer::new("k3"));
    let source = Arc::new(Published::default());
    source.publish(&[&old]);
    let authenticator = authenticator(&source);
    assert!(
        authenticator
            .identity(&bearing(&old.sign("at+jwt", &claims())))
            .await
            .is_ok()
    );
    for _ in 0..100 {
        let error = authenticator
            .identity(&bearing(&invented.sign("at+jwt", &claims())))
            .await
            .unwrap_err();
        assert_eq!(
            error.message,
            "the access token was signed with an unknown key"
        );
    }
    assert_eq!(source.asked.load(Ordering::SeqCst), 1);
    source.publish(&[&new]);
    tokio::time::advance(std::time::Duration::from_secs(6)).await;
    assert!(
        authenticator
            .identity(&bearing(&new.sign("at+jwt", &claims())))
            .await
            .is_ok()
    );
    assert_eq!(source.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_withdrawn_key_forgets_its_tokens() {
    let (old, new) = (Issuer::new("k1"), Issuer::new("k2"));
    let source = Arc::new(Published::default());
    source.publish(&[&old]);
    let authenticator = authenticator(&source);
    let headers = bearing(&old.sign("at+jwt", &claims()));
    assert!(authenticator.identity(&headers).await.is_ok());
    source.publish(&[&new]);
    tokio::time::advance(std::time::Duration::from_secs(6)).await;
    assert!(
        authenticator
            .identity(&bearing(&new.sign("at+jwt", &claims())))
            .await
            .is_ok()
    );
    assert!(authenticator.identity(&headers).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_in_the_background_and_last_good_ones_kept() {
    let issuer = Issuer::new("k1");
    let source = Arc::new(Published::default());
    let authenticator = authenticator(&source);
    let task = tokio::spawn(authenticator.refresh());
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(authenticator.has_keys(), Some(false));
    source.publish(&[&issuer]);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(authenticator.has_keys(), Some(true));
    *source.keys.lock().unwrap() = None;
    tokio::time::sleep(std::time::Duration::from_secs(400)).await;
    assert!(
        authenticator
            .identity(&bearing(&issuer.sign("at+jwt", &claims())))
            .await
            .is_ok()
    );
    task.abort();
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn the_internal_secret_comes_from_the_environment_and_is_never_shown() {
    let read = |text: &str| {
        InternalSecret::from_environment(&[("WEFT_INTERNAL_SECRET".to_owned(), text.to_owned())])
    };
    assert!(InternalSecret::from_environment(&[]).unwrap().is_none());
    assert!(read("").unwrap().is_none());
    let secret = read(&format!("{SECRET},{SECRET}2")).unwrap().unwrap();
    assert_eq!(format!("{secret:?}"), "InternalSecret(…)");
    for bad in [
        "short",
        &format!("{SECRET},short"),
        &format!("{SECRET},{SECRET},{SECRET}"),
        &format!("{SECRET},"),
    ] {
        let error = read(bad).unwrap_err().to_string();
        assert!(
            error.starts_with("WEFT_INTERNAL_SECRET: ") && !error.contains(SECRET),
            "{error}"
        );
    }
}

static NOW: AtomicU64 = AtomicU64::new(0);

#[test]
fn internal_tokens_follow_the_contract_and_are_reused_while_fresh() {
    let secret =
        InternalSecret::from_environment(&[("WEFT_INTERNAL_SECRET".to_owned(), SECRET.to_owned())])
            .unwrap()
            .unwrap();
    let start = system_clock();
    NOW.store(start, Ordering::SeqCst);
    let tokens = InternalTokens::with_clock(&secret, || NOW.load(Ordering::SeqCst));
    let identity = Arc::new(Identity {
        subject: Some("u1".into()),
        scopes: vec!["admin".into(), "user".into()],
        session: Some("s1".into()),
    });
    let posts: Arc<str> = Arc::from("posts");
    let first = tokens.authorization(&posts, &identity, "r1").unwrap();
    assert!(first.is_sensitive());

    let decode = |value: &HeaderValue, audience: &str| {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[audience]);
        let token = value
            .to_str()
            .unwrap()
            .strip_prefix("Bearer ")
            .unwrap()
            .to_owned();
        jsonwebtoken::decode::<Value>(
            &token,
            &DecodingKey::from_secret(SECRET.as_bytes()),
            &validation,
        )
        .map(|data| data.claims)
    };
    let expected = json!({ "iss": "weft-router", "aud": "posts", "sub": "u1", "scope": "admin user", "sid": "s1",
        "rid": "r1", "iat": start, "exp": start + 30 });
    assert_eq!(decode(&first, "posts").unwrap(), expected);
    assert!(decode(&first, "users").is_err());

    NOW.store(start + 14, Ordering::SeqCst);
    assert_eq!(
        tokens.authorization(&posts, &identity, "r2").unwrap(),
        first
    );
    NOW.store(start + 15, Ordering::SeqCst);
    assert_ne!(
        tokens.authorization(&posts, &identity, "r3").unwrap(),
        first
    );

    let anonymous = tokens.authorization(&posts, &Arc::default(), "r4").unwrap();
    let claims = decode(&anonymous, "posts").unwrap();
    assert_eq!((claims.get("sub"), &claims["scope"]), (None, &json!("")));
    let other = tokens
        .authorization(&Arc::from("users"), &identity, "r5")
        .unwrap();
    assert_eq!(decode(&other, "users").unwrap()["aud"], "users");
}
