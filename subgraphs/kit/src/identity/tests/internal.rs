//! The router's tokens.

use super::*;

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
