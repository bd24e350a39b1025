//! Requests and what comes back: through the routes in memory.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::{
    Config,
    config::{ByteSize, Span},
    fixture,
};

/// A request in one line, its headers, its body; and what must come back.
struct Case {
    request: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    status: u16,
    /// Headers that must be there with this value.
    answered: &'static [(&'static str, &'static str)],
    /// The whole body, or a part of it if it starts with `…`.
    answer: &'static str,
}

const JSON: (&str, &str) = ("content-type", "application/json");
const GRAPHQL: (&str, &str) = ("accept", "application/graphql-response+json");
const PREFLIGHT: (&str, &str) = ("graphql-preflight", "1");
const AS_JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");
const AS_GRAPHQL: (&str, &str) = (
    "content-type",
    "application/graphql-response+json; charset=utf-8",
);
const AS_OPENMETRICS: (&str, &str) = (
    "content-type",
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
);
const HELLO: &str = r#"{"query":"{ hello }"}"#;
const HELLO_ANSWER: &str = r#"{"data":{"hello":"world"}}"#;

async fn send(
    config: Config,
    request: &str,
    headers: &[(&str, &str)],
    body: Body,
) -> (StatusCode, HeaderMap, String) {
    let (method, path) = request.split_once(' ').unwrap();
    let mut builder = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let app = fixture::app(config).await;
    let response = super::routes(&app)
        .oneshot(builder.body(body).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (
        parts.status,
        parts.headers,
        String::from_utf8_lossy(&bytes).into_owned(),
    )
}

async fn check(config: &Config, case: &Case) {
    let (status, headers, body) = send(
        config.clone(),
        case.request,
        case.headers,
        Body::from(case.body),
    )
    .await;
    let what = format!(
        "{} {:?} {}\n→ {status} {headers:?} {body}",
        case.request, case.headers, case.body
    );
    assert_eq!(status.as_u16(), case.status, "{what}");
    for (name, value) in case.answered {
        assert_eq!(
            headers.get(*name).map(|found| found.to_str().unwrap()),
            Some(*value),
            "{name}: {what}"
        );
    }
    assert!(headers.contains_key("x-request-id"), "{what}");
    match case.answer.strip_prefix('…') {
        Some(part) => assert!(body.contains(part), "{part}: {what}"),
        None => assert_eq!(body, case.answer, "{what}"),
    }
}

async fn check_all(config: Config, cases: &[Case]) {
    for case in cases {
        check(&config, case).await;
    }
}

macro_rules! case {
    ($request:literal, $headers:expr, $body:expr => $status:literal, $answered:expr, $answer:expr) => {
        Case {
            request: $request,
            headers: &$headers,
            body: $body,
            status: $status,
            answered: &$answered,
            answer: $answer,
        }
    };
}

mod corners;
mod get;

#[tokio::test]
async fn media_types_are_negotiated() {
    let cases = [
        case!("POST /graphql", [JSON], HELLO => 200, [AS_JSON], HELLO_ANSWER),
        case!("POST /graphql", [JSON, ("accept", "*/*")], HELLO => 200, [AS_JSON], HELLO_ANSWER),
        case!("POST /graphql", [JSON, ("accept", "application/json")], HELLO => 200, [AS_JSON], HELLO_ANSWER),
        case!("POST /graphql", [JSON, GRAPHQL], HELLO => 200, [AS_GRAPHQL], HELLO_ANSWER),
        case!("POST /graphql", [JSON, ("accept", "application/graphql-response+json, application/json;q=0.9")], HELLO
            => 200, [AS_GRAPHQL], HELLO_ANSWER),
        case!("POST /graphql", [JSON, ("accept", "application/json, application/graphql-response+json;q=0.5")], HELLO
            => 200, [AS_JSON], HELLO_ANSWER),
        case!("POST /graphql", [JSON, ("accept", "application/graphql-response+json;charset=utf-8, */*;q=0.1")], HELLO
            => 200, [AS_GRAPHQL], HELLO_ANSWER),
        case!("POST /graphql", [JSON, ("accept", "application/json;q=0, */*")], HELLO => 200, [AS_GRAPHQL], HELLO_ANSWER),
        case!("POST /graphql", [JSON, ("accept", "text/html")], HELLO => 406, [AS_JSON], r#"…"code":"NOT_ACCEPTABLE""#),
        case!("POST /graphql", [JSON, ("accept", "application/json; charset=latin1")], HELLO
            => 406, [AS_JSON], r#"…"code":"NOT_ACCEPTABLE""#),
    ];
    check_all(Config::default(), &cases).await;
}

#[tokio::test]
async fn a_post_must_be_json_in_utf_8() {
    let cases = [
        case!("POST /graphql", [("content-type", "application/json; charset=utf-8")], HELLO => 200, [], HELLO_ANSWER),
        case!("POST /graphql", [("content-type", "Application/JSON;charset=\"UTF-8\"")], HELLO => 200, [], HELLO_ANSWER),
        case!("POST /graphql", [], HELLO => 415, [AS_JSON], r#"…"code":"UNSUPPORTED_MEDIA_TYPE""#),
        case!("POST /graphql", [("content-type", "text/plain")], HELLO => 415, [], r#"…"code":"UNSUPPORTED_MEDIA_TYPE""#),
        case!("POST /graphql", [("content-type", "application/jsonx")], HELLO => 415, [], r#"…"code":"UNSUPPORTED_MEDIA_TYPE""#),
        case!("POST /graphql", [("content-type", "application/json; charset=utf-16")], HELLO
            => 415, [], r#"…"code":"UNSUPPORTED_MEDIA_TYPE""#),
        case!("POST /graphql", [JSON, ("content-encoding", "gzip")], HELLO => 415, [], r#"…"code":"UNSUPPORTED_MEDIA_TYPE""#),
        case!("POST /graphql", [JSON, JSON], HELLO => 415, [], r#"…"code":"UNSUPPORTED_MEDIA_TYPE""#),
    ];
    check_all(Config::default(), &cases).await;
}

#[tokio::test]
async fn malformed_bodies_are_refused_with_a_position() {
    let cases = [
        case!("POST /graphql", [JSON], "" => 400, [],
            r#"{"errors":[{"message":"the request's body is empty","extensions":{"code":"INVALID_JSON"}}]}"#),
        case!("POST /graphql", [JSON], "{\"query\":\n  oops}" => 400, [AS_JSON],
            r#"{"errors":[{"message":"the request's body is not valid JSON: expected value at line 2 column 3","extensions":{"code":"INVALID_JSON"}}]}"#),
        case!("POST /graphql", [JSON, GRAPHQL], "{\"query\":\"{ hello }\"" => 400, [AS_GRAPHQL],
            "…EOF while parsing an object at line 1 column 20"),
        case!("POST /graphql", [JSON], "{\"query\":\"{ hello }\"} x" => 400, [], "…trailing characters at line 1 column 23"),
        case!("POST /graphql", [JSON], "[{\"query\":\"{ hello }\"}]" => 400, [], r#"…"code":"BATCHING_NOT_SUPPORTED""#),
        case!("POST /graphql", [JSON], "\"{ hello }\"" => 400, [], r#"…"code":"BAD_REQUEST""#),
        case!("POST /graphql", [JSON], "{\"query\":1}" => 400, [],
            r#"{"errors":[{"message":"`query` must be a string","extensions":{"code":"BAD_REQUEST"}}]}"#),
        case!("POST /graphql", [JSON], "{\"query\":\"{a}\",\"operationName\":1}" => 400, [], "…`operationName` must be a string"),
        case!("POST /graphql", [JSON], "{\"query\":\"{a}\",\"variables\":[]}" => 400, [], "…`variables` must be a JSON object"),
        case!("POST /graphql", [JSON], "{\"query\":\"{a}\",\"extensions\":\"\"}" => 400, [], "…`extensions` must be a JSON object"),
        case!("POST /graphql", [JSON], "{\"query\":\"{a}\",\"query\":\"{b}\"}" => 400, [], "…duplicate field `query`"),
        case!("POST /graphql", [JSON], "{}" => 400, [], r#"…"code":"QUERY_MISSING""#),
        case!("POST /graphql", [JSON], "{\"query\":\"  \"}" => 400, [], r#"…"code":"QUERY_MISSING""#),
        case!("POST /graphql", [JSON], "{\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"x\"}}}" => 400, [],
            r#"{"errors":[{"message":"PersistedQueryNotSupported","extensions":{"code":"PERSISTED_QUERY_NOT_SUPPORTED"}}]}"#),
    ];
    check_all(Config::default(), &cases).await;
}

#[tokio::test]
async fn null_members_count_as_left_out() {
    let body =
        r#"{"query":"{ hello }","operationName":null,"variables":null,"extensions":null,"id":7}"#;
    check(
        &Config::default(),
        &case!("POST /graphql", [JSON], body => 200, [], HELLO_ANSWER),
    )
    .await;
}

#[tokio::test]
async fn request_errors_have_a_status_by_media_type() {
    const UNKNOWN: &str = r#"{"query":"{ hello\n  nothing }"}"#;
    const UNKNOWN_ANSWER: &str =
        r#"…"locations":[{"line":2,"column":3}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}"#;
    let cases = [
        case!("POST /graphql", [JSON], UNKNOWN => 200, [AS_JSON], UNKNOWN_ANSWER),
        case!("POST /graphql", [JSON, GRAPHQL], UNKNOWN => 400, [AS_GRAPHQL], UNKNOWN_ANSWER),
        case!("POST /graphql", [JSON, GRAPHQL], r#"{"query":"{ hello"}"# => 400, [], r#"…"code":"GRAPHQL_PARSE_FAILED""#),
        case!("POST /graphql", [JSON, GRAPHQL], r#"{"query":"{ ...A } fragment A on Query { ...A }"}"#
            => 400, [], r#"…"code":"GRAPHQL_VALIDATION_FAILED""#),
        case!("POST /graphql", [JSON, GRAPHQL], r#"{"query":"query A { hello } query B { hello }"}"#
            => 400, [], r#"…"code":"OPERATION_NOT_FOUND""#),
        case!("POST /graphql", [JSON, GRAPHQL], r#"{"query":"query A { hello }","operationName":"B"}"#
            => 400, [], r#"…"code":"OPERATION_NOT_FOUND""#),
        case!("POST /graphql", [JSON, GRAPHQL], r#"{"query":"query($n: Int!) { echo(n: $n) }"}"#
            => 400, [], r#"…"code":"INVALID_VARIABLES""#),
        case!("POST /graphql", [JSON, GRAPHQL], r#"{"query":"query($n: Int!) { echo(n: $n) }","variables":{"n":"x"}}"#
            => 400, [], r#"…"code":"INVALID_VARIABLES""#),
        case!("POST /graphql", [JSON, GRAPHQL], r#"{"query":"{ secret }"}"#
            => 401, [("www-authenticate", "Bearer error=\"invalid_token\"")], r#"…`Query.secret` needs an access token"#),
    ];
    check_all(Config::default(), &cases).await;
}

#[tokio::test]
async fn a_token_that_cannot_be_verified_is_refused_before_anything_is_read() {
    const CHALLENGE: (&str, &str) = ("www-authenticate", "Bearer error=\"invalid_token\"");
    let cases = [
        case!("POST /graphql", [JSON, ("authorization", "Bearer a.b.c")], "not even JSON" => 401, [CHALLENGE, AS_JSON], r#"…"code":"UNAUTHENTICATED""#),
        case!("POST /graphql", [JSON, GRAPHQL, ("authorization", "Basic dTpw")], HELLO => 401, [CHALLENGE, AS_GRAPHQL], r#"…"code":"UNAUTHENTICATED""#),
        case!("GET /graphql?query=%7Bhello%7D", [PREFLIGHT, ("authorization", "")], "" => 401, [CHALLENGE], r#"…"code":"UNAUTHENTICATED""#),
    ];
    check_all(Config::default(), &cases).await;
}

#[tokio::test]
async fn operators_are_answered_with_the_clients_unless_they_have_an_address_of_their_own() {
    let composition = r#"…"composition":{"id":""#;
    let metrics = r#"…weft_graphql_requests_total{status="200"} 1"#;
    let together = [
        case!("GET /ready", [], "" => 200, [], composition),
        case!("GET /metrics", [], "" => 200, [AS_OPENMETRICS], "…# EOF\n"),
        case!("POST /metrics", [], "" => 405, [], r#"…"code":"METHOD_NOT_ALLOWED""#),
    ];
    check_all(Config::default(), &together).await;

    let mut config = Config::default();
    config.admin.listen = Some("127.0.0.1:0".parse().unwrap());
    let apart = [
        case!("GET /health", [], "" => 200, [], r#"{"status":"ok"}"#),
        case!("GET /ready", [], "" => 200, [], r#"…"graph":{"status":"ok","subgraphs":["greetings"]}"#),
        case!("GET /metrics", [], "" => 404, [], r#"…"code":"NOT_FOUND""#),
    ];
    check_all(config.clone(), &apart).await;
    let app = fixture::app(config).await;
    let hello = Request::post("/graphql").header("content-type", "application/json");
    let hello = hello.body(Body::from(HELLO)).unwrap();
    assert_eq!(
        super::routes(&app).oneshot(hello).await.unwrap().status(),
        200
    );
    for (path, status, part) in [
        ("/ready", 200, composition),
        ("/metrics", 200, metrics),
        ("/health", 200, "…ok"),
        ("/graphql", 404, "…NOT_FOUND"),
        ("/", 404, "…NOT_FOUND"),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = super::admin_routes(&app).oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            text.contains(part.trim_start_matches('…')),
            "{path}: {text}"
        );
    }
}

#[tokio::test]
async fn limits_hold() {
    let mut config = Config::default();
    config.limits.body_bytes = ByteSize(200);
    config.limits.query_bytes = ByteSize(60);
    config.limits.tokens = 20;
    config.limits.depth = 2;
    config.limits.aliases = 2;
    config.limits.root_fields = 3;
    const LONG: &str = r#"{"query":"{ hello # 4567890123456789012345678901234567890123456789012345678901234567890\n }"}"#;
    const HUGE: &str = r#"{"query":"{ hello }","pad":"123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"}"#;
    let cases = [
        case!("POST /graphql", [JSON], HELLO => 200, [], HELLO_ANSWER),
        case!("POST /graphql", [JSON], HUGE => 413, [("connection", "close")], r#"…"code":"PAYLOAD_TOO_LARGE""#),
        case!("POST /graphql", [JSON, GRAPHQL], LONG => 400, [], r#"…"code":"QUERY_TOO_LARGE""#),
        case!("POST /graphql", [JSON], r#"{"query":"{ a: hello b: hello c: hello }"}"# => 200, [], r#"…"code":"TOO_MANY_ALIASES""#),
        case!("POST /graphql", [JSON], r#"{"query":"{ hello hello hello hello }"}"# => 200, [], r#"…"code":"TOO_MANY_ROOT_FIELDS""#),
        case!("POST /graphql", [JSON], r#"{"query":"{a{a{a}}}"}"# => 200, [], r#"…"code":"TOO_DEEP""#),
        case!("POST /graphql", [JSON], r#"{"query":"{ a b c d e f g h i j k l m n o p q r s }"}"# => 200, [], r#"…"code":"TOO_MANY_TOKENS""#),
    ];
    check_all(config, &cases).await;
}

#[tokio::test]
async fn a_body_of_unknown_length_is_limited_too() {
    let mut config = Config::default();
    config.limits.body_bytes = ByteSize(1000);
    let chunks = futures::stream::iter(
        (0..100).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[b' '; 100]))),
    );
    let (status, _, body) = send(config, "POST /graphql", &[JSON], Body::from_stream(chunks)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_times_out() {
    let mut config = Config::default();
    config.timeouts.body_read = Span(Duration::from_secs(3));
    let body = Body::from_stream(futures::stream::pending::<
        Result<bytes::Bytes, std::io::Error>,
    >());
    let (status, _, body) = send(config, "POST /graphql", &[JSON], body).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT, "{body}");
    assert!(body.contains("BODY_TIMEOUT"), "{body}");
}

#[tokio::test]
async fn fragment_bombs_and_alias_floods_end_quickly() {
    let mut bomb = String::from("{ ...F0 }");
    for level in 0..40 {
        bomb.push_str(&format!(
            " fragment F{level} on Query {{ ...F{0} ...F{0} }}",
            level + 1
        ));
    }
    bomb.push_str(" fragment F40 on Query { hello }");
    let flood: String = (0..10_000).map(|n| format!("a{n}: hello ")).collect();
    let deep = format!("{}hello{}", "{ a".repeat(5_000), "}".repeat(5_000));
    for query in [bomb, format!("{{ {flood} }}"), deep] {
        let body = serde_json::json!({ "query": query }).to_string();
        let started = std::time::Instant::now();
        let (status, _, answer) = send(
            Config::default(),
            "POST /graphql",
            &[JSON, GRAPHQL],
            Body::from(body),
        )
        .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        assert!(answer.contains("TOO_") && answer.len() < 1000, "{answer}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn request_ids_are_kept_if_sane_and_made_otherwise() {
    for (sent, kept) in [
        ("abc-123_x.y:z", true),
        ("a b", false),
        ("x\"y", false),
        ("", false),
        (&"a".repeat(129), false),
    ] {
        let (_, headers, _) = send(
            Config::default(),
            "GET /health",
            &[("x-request-id", sent)],
            Body::empty(),
        )
        .await;
        let answered = headers["x-request-id"].to_str().unwrap();
        assert_eq!(answered == sent, kept, "{sent:?} {answered:?}");
        assert!(!answered.is_empty());
    }
}

#[tokio::test]
async fn only_configured_origins_may_call() {
    const PAGE: (&str, &str) = ("origin", "https://app.example");
    const ASKING: [(&str, &str); 3] = [
        PAGE,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    let (_, headers, _) = send(
        Config::default(),
        "OPTIONS /graphql",
        &ASKING,
        Body::empty(),
    )
    .await;
    assert!(!headers.contains_key("access-control-allow-origin"));

    let mut config = Config::default();
    config.cors.origins = vec!["https://app.example".to_owned()];
    config.cors.credentials = true;
    let (status, headers, _) =
        send(config.clone(), "OPTIONS /graphql", &ASKING, Body::empty()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        headers["access-control-allow-origin"],
        "https://app.example"
    );
    assert_eq!(headers["access-control-allow-credentials"], "true");
    assert_eq!(headers["access-control-max-age"], "7200");
    assert!(
        headers["access-control-allow-headers"]
            .to_str()
            .unwrap()
            .contains("content-type")
    );

    let foreign = [("origin", "https://evil.example"), ASKING[1], ASKING[2]];
    let (_, headers, _) = send(config.clone(), "OPTIONS /graphql", &foreign, Body::empty()).await;
    assert!(!headers.contains_key("access-control-allow-origin"));
    let (_, headers, _) = send(config, "POST /graphql", &[JSON, PAGE], Body::from(HELLO)).await;
    assert_eq!(
        headers["access-control-allow-origin"],
        "https://app.example"
    );
    assert_eq!(headers["access-control-expose-headers"], "x-request-id");
}

#[tokio::test]
async fn introspection_and_graphiql_can_be_switched_off() {
    let config = Config {
        introspection: false,
        graphiql: false,
        ..Config::default()
    };
    let cases = [
        case!("POST /graphql", [JSON, GRAPHQL], r#"{"query":"{ __schema { queryType { name } } }"}"#
            => 400, [], r#"…"code":"INTROSPECTION_DISABLED""#),
        case!("POST /graphql", [JSON], r#"{"query":"{ __typename }"}"# => 200, [], r#"{"data":{"__typename":"Query"}}"#),
        case!("GET /", [], "" => 404, [], r#"…"code":"NOT_FOUND""#),
    ];
    check_all(config, &cases).await;
    check(
        &Config::default(),
        &case!("POST /graphql", [JSON], r#"{"query":"{ __schema { queryType { name } } }"}"#
        => 200, [], r#"{"data":{"__schema":{"queryType":{"name":"Query"}}}}"#),
    )
    .await;
}

#[tokio::test]
async fn graphiql_is_served_under_a_strict_policy() {
    let (status, headers, page) = send(Config::default(), "GET /", &[], Body::empty()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(headers["cache-control"], "no-cache");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("http"),
        "{policy}"
    );
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "the page asks for something elsewhere: {page}"
    );

    let script = page
        .split("src=\"./")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap();
    let path = format!("GET /{script}");
    let (status, headers, unpacked) = send(Config::default(), &path, &[], Body::empty()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(
        headers["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(headers["vary"], "accept-encoding");
    assert!(!headers.contains_key("content-encoding"));

    let gzip = [("accept-encoding", "br;q=0, gzip")];
    let (_, headers, packed) = send(Config::default(), &path, &gzip, Body::empty()).await;
    assert_eq!(headers["content-encoding"], "gzip");
    assert!(packed.len() < unpacked.len());
    let tag = headers["etag"].to_str().unwrap().to_owned();
    let known = [gzip[0], ("if-none-match", tag.as_str())];
    let (status, _, body) = send(Config::default(), &path, &known, Body::empty()).await;
    assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));

    for path in [
        "GET /graphiql/nothing.js",
        "GET /graphiql/..%2f..%2fCargo.toml",
        "GET /graphiql/../../Cargo.toml",
    ] {
        let (status, ..) = send(Config::default(), path, &[], Body::empty()).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_panic_is_answered_and_the_server_lives() {
    let plain = Config::default();
    let mut with_cors = Config::default();
    with_cors.cors.origins = vec!["https://app.example".to_owned()];
    for config in [plain, with_cors] {
        let greetings = Arc::new(fixture::Greetings::default());
        // Who waits on it panics.
        greetings.go_on.close();
        let app = fixture::app_over(config, greetings).await;
        let routes = super::routes(&app);
        let ask = async |query: &str| {
            let request = Request::post("/graphql").header(JSON.0, JSON.1);
            let request = request.body(Body::from(format!(r#"{{"query":"{query}"}}"#)));
            let response = routes.clone().oneshot(request.unwrap()).await.unwrap();
            let (parts, body) = response.into_parts();
            assert!(parts.headers.contains_key("x-request-id"), "{parts:?}");
            let bytes = body.collect().await.unwrap().to_bytes();
            (parts.status, String::from_utf8_lossy(&bytes).into_owned())
        };
        let (status, body) = ask("{ slow }").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        let is_told = body.contains("INTERNAL_SERVER_ERROR") && !body.contains("Acquire");
        assert!(is_told, "{body}");
        let expected = (StatusCode::OK, HELLO_ANSWER.to_owned());
        assert_eq!(ask("{ hello }").await, expected);
    }
}
