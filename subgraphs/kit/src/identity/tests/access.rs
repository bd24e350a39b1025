//! Clients' tokens, and the keys they are checked with.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use futures::future::BoxFuture;

use super::*;

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
