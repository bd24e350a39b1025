//! From headers to an identity, and key sets over HTTP.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header};

use super::*;

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
