//! Access tokens and the keys that sign them.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use http_body_util::BodyExt;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use subgraphs_kit::identity::{
    AccessVerifier, Authenticator, FixedKeySource, Identity, InternalClaims, InternalSecrets,
    InternalVerifier, KeyCache,
};
use tower::ServiceExt;

use crate::harness::{PASSWORD, World, config, on_each_database, tokens};

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("a part");
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test]
async fn an_access_token_says_what_the_router_expects() {
    on_each_database(async |world| {
        let token = world.register("ann").await.access;
        let id = world.id_of("ann").await;
        let header = part(&token, 0);
        assert_eq!(
            (&header["alg"], &header["typ"]),
            (&json!("EdDSA"), &json!("at+jwt"))
        );
        let claims = part(&token, 1);
        let names: Vec<_> = claims
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect();
        assert_eq!(
            BTreeSet::from_iter(names.iter().map(String::as_str)),
            BTreeSet::from(["iss", "aud", "sub", "sid", "jti", "iat", "exp", "scope"])
        );
        for (claim, expected) in [
            ("iss", json!("weft")),
            ("aud", json!("weft")),
            ("sub", json!(id)),
            ("scope", json!("user")),
            ("iat", json!(world.now().timestamp())),
            ("exp", json!(world.now().timestamp() + 900)),
        ] {
            assert_eq!(claims[claim], expected, "{claim}");
        }
        world.promote("ann").await;
        let admin = tokens(&world.login("ann", PASSWORD).await, "login").access;
        assert_eq!(part(&admin, 1)["scope"], "user admin");
    })
    .await;
}

/// The service's own private key, to forge with.
async fn private_key(world: &World) -> EncodingKey {
    let sql = "SELECT private_key FROM signing_keys WHERE generation = 1";
    let statement = Statement::from_string(world.db.backend(), sql);
    let row = world
        .db
        .write()
        .query_one_raw(statement)
        .await
        .expect("reads")
        .expect("a row");
    let der: Vec<u8> = row.try_get("", "private_key").expect("a key");
    EncodingKey::from_ed_der(&der)
}

async fn post(router: &axum::Router, token: Option<&str>) -> (StatusCode, Value) {
    let mut request = Request::post("/graphql").header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = Body::from(json!({ "query": "{ me { username } }" }).to_string());
    let request = request.body(body).expect("a request");
    let response = router.clone().oneshot(request).await.expect("answers");
    let status = response.status();
    let body = response
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    (status, serde_json::from_slice(&body).expect("JSON"))
}

#[tokio::test]
async fn alone_only_whole_tokens_of_its_own_are_accepted() {
    on_each_database(async |world| {
        let router = world
            .users
            .router(Authenticator::Alone(world.users.access_verifier()));
        let good = world.register("ann").await.access;
        let (header, claims) = (part(&good, 0), part(&good, 1));
        let key = private_key(world).await;
        let sign = |typ: &str, changes: Value| {
            let mut header_of = Header::new(Algorithm::EdDSA);
            header_of.typ = Some(typ.to_owned());
            header_of.kid = header["kid"].as_str().map(str::to_owned);
            let mut claims = claims.clone();
            for (name, value) in changes.as_object().expect("an object") {
                claims[name] = value.clone();
            }
            jsonwebtoken::encode(&header_of, &claims, &key).expect("signs")
        };
        let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let mut none = header.clone();
        none["alg"] = json!("none");
        let admin = json!({ "scope": "user admin" });
        let payload = good.split('.').nth(1).expect("a payload");
        let mut promoted = claims.clone();
        promoted["scope"] = json!("user admin");
        let now = world.now().timestamp();
        let cases = [
            ("whole", good.clone(), true),
            (
                "whole, with other claims that are true",
                sign("at+jwt", admin),
                true,
            ),
            ("expired", sign("at+jwt", json!({ "exp": now - 6 })), false),
            (
                "another audience",
                sign("at+jwt", json!({ "aud": "other" })),
                false,
            ),
            (
                "another issuer",
                sign("at+jwt", json!({ "iss": "other" })),
                false,
            ),
            ("another type", sign("JWT", json!({})), false),
            ("alg none", format!("{}.{payload}.", encode(&none)), false),
            (
                "changed claims",
                good.replace(payload, &encode(&promoted)),
                false,
            ),
            (
                "no signature",
                good.rsplit_once('.').expect("parts").0.to_owned() + ".",
                false,
            ),
            ("nonsense", "nonsense".to_owned(), false),
        ];
        for (name, token, accepted) in cases {
            let (status, body) = post(&router, Some(&token)).await;
            if accepted {
                assert_eq!(body["data"]["me"]["username"], "ann", "{name}");
            } else {
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}");
                assert_eq!(
                    body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED",
                    "{name}"
                );
                assert!(!body.to_string().contains("ann"), "{name}");
            }
        }
        let (status, body) = post(&router, None).await;
        assert_eq!(
            (status, &body["data"]["me"]),
            (StatusCode::OK, &Value::Null)
        );
        world.advance(15 * 60 + 6);
        assert_eq!(
            post(&router, Some(&good)).await.0,
            StatusCode::UNAUTHORIZED,
            "by the clock"
        );
    })
    .await;
}

#[tokio::test]
async fn behind_the_router_nobody_else_is_answered_but_for_health_and_keys() {
    on_each_database(async |world| {
        let secrets =
            InternalSecrets::parse("an internal secret of at least 32 bytes").expect("a secret");
        let verifier = InternalVerifier::new(&secrets, "users");
        let router = world.users.router(Authenticator::Internal(verifier));
        let token = world.register("ann").await.access;
        let identity = world.identity(&token).await;
        let internal = |audience, identity: &Identity| {
            secrets
                .sign(&InternalClaims::new(audience, identity, world.now()))
                .expect("signs")
        };
        for (name, token, status) in [
            ("nothing", None, StatusCode::UNAUTHORIZED),
            (
                "a client's own token",
                Some(token.clone()),
                StatusCode::UNAUTHORIZED,
            ),
            (
                "for another subgraph",
                Some(internal("posts", &identity)),
                StatusCode::UNAUTHORIZED,
            ),
            (
                "the router",
                Some(internal("users", &identity)),
                StatusCode::OK,
            ),
            (
                "the router for nobody",
                Some(internal("users", &Identity::Anonymous)),
                StatusCode::OK,
            ),
        ] {
            assert_eq!(post(&router, token.as_deref()).await.0, status, "{name}");
        }
        for path in ["/health", "/ready", "/.well-known/jwks.json"] {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            let response = router.clone().oneshot(request).await.expect("answers");
            assert_eq!(response.status(), StatusCode::OK, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_published_keys_are_public_and_verify() {
    on_each_database(async |world| {
        let token = world.register("ann").await.access;
        let router = world.users.router(Authenticator::Anonymous);
        let request = Request::get("/.well-known/jwks.json").body(Body::empty());
        let response = router
            .oneshot(request.expect("a request"))
            .await
            .expect("answers");
        assert_eq!(response.headers()["cache-control"], "public, max-age=300");
        let body = response
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        let set: Value = serde_json::from_slice(&body).expect("JSON");
        for key in set["keys"].as_array().expect("keys") {
            let names: BTreeSet<_> = key
                .as_object()
                .expect("a key")
                .keys()
                .map(String::as_str)
                .collect();
            assert_eq!(
                names,
                BTreeSet::from(["use", "alg", "kid", "kty", "crv", "x"])
            );
        }
        let set: JwkSet = serde_json::from_slice(&body).expect("a key set");
        assert!(verifies(&set, world, &token).await);
    })
    .await;
}

/// Whether somebody who has read exactly this set accepts the token now.
async fn verifies(set: &JwkSet, world: &World, token: &str) -> bool {
    let keys = KeyCache::new(FixedKeySource(set.clone()));
    let verifier = AccessVerifier::new(Arc::new(keys), "weft", "weft");
    verifier.verify(token, world.now()).await.is_ok()
}

#[tokio::test]
async fn keys_rotate_without_a_lapse_and_replicas_agree() {
    on_each_database(async |world| {
        let replica = world.replica(config());
        world.register("ann").await;
        let mut kids = BTreeSet::new();
        let mut earlier: Option<(JwkSet, String)> = None;
        // Ten minutes before, at and five minutes after every midnight of three rotations.
        for step in 0..300 {
            let minutes = (step / 3) * 24 * 60 + [-10, 0, 5][step as usize % 3];
            let target = crate::harness::start() + TimeDelta::minutes(minutes.max(0));
            world.clock.advance(target - world.now());
            let token = tokens(&world.login("ann", PASSWORD).await, "login").access;
            let published = replica.jwks().await.expect("keys");
            assert_eq!(
                published,
                world.users.jwks().await.expect("keys"),
                "step {step}"
            );
            assert!((2..=3).contains(&published.keys.len()), "step {step}");
            assert!(verifies(&published, world, &token).await, "step {step}");
            if let Some((set, old)) = &earlier {
                let old_is_alive =
                    world.now().timestamp() < part(old, 1)["exp"].as_i64().expect("exp");
                assert!(
                    verifies(set, world, &token).await,
                    "a day-old set serves, step {step}"
                );
                assert_eq!(
                    verifies(&published, world, old).await,
                    old_is_alive,
                    "step {step}"
                );
            }
            kids.insert(part(&token, 0)["kid"].as_str().expect("a kid").to_owned());
            earlier = Some((published, token));
        }
        assert_eq!(kids.len(), 4, "the first key and three rotations");

        // Nobody signed in for a year: the next key still gives a day's notice.
        world.advance(365 * 24 * 3600);
        let before = replica.jwks().await.expect("keys");
        world.advance(23 * 3600);
        let token = tokens(&world.login("ann", PASSWORD).await, "login").access;
        assert!(verifies(&before, world, &token).await);
    })
    .await;
}

#[tokio::test]
async fn replicas_that_start_together_make_one_set_of_keys() {
    on_each_database(async |world| {
        let mut replicas = Vec::new();
        for seed in 0..4 {
            let mut config = config();
            config.entropy = Arc::new(subgraphs_users::entropy::SeededEntropy::new(seed));
            replicas.push(world.replica(config));
        }
        let sets = futures::future::join_all(replicas.iter().map(|users| users.jwks())).await;
        let first = sets[0].as_ref().expect("keys");
        assert_eq!(first.keys.len(), 2);
        for set in &sets {
            assert_eq!(set.as_ref().expect("keys"), first);
        }
    })
    .await;
}
