//! The corners of GraphQL over HTTP: odd methods, headers and bodies.

use super::*;

#[tokio::test]
async fn other_methods_and_paths_are_refused_clearly() {
    let cases = [
        case!("PUT /graphql", [JSON], HELLO => 405, [("allow", "GET, POST")], r#"…"code":"METHOD_NOT_ALLOWED""#),
        case!("HEAD /graphql?query=%7Bhello%7D", [PREFLIGHT], "" => 405, [("allow", "GET, POST")], ""),
        case!("PATCH /graphql", [JSON], HELLO => 405, [("allow", "GET, POST")], r#"…"code":"METHOD_NOT_ALLOWED""#),
        case!("PUT /graphql", [JSON, GRAPHQL], HELLO => 405, [AS_GRAPHQL], r#"…"code":"METHOD_NOT_ALLOWED""#),
        case!("DELETE /graphql", [], "" => 405, [("allow", "GET, POST")], r#"…"code":"METHOD_NOT_ALLOWED""#),
        case!("OPTIONS /graphql", [], "" => 204, [("allow", "GET, POST")], ""),
        case!("GET /nothing", [], "" => 404, [AS_JSON], r#"…"code":"NOT_FOUND""#),
        case!("POST /health", [], "" => 405, [], r#"…"code":"METHOD_NOT_ALLOWED""#),
        case!("GET /health", [], "" => 200, [("cache-control", "no-store")], r#"{"status":"ok"}"#),
        case!("GET /ready", [], "" => 200, [], r#"…"status":"ready""#),
    ];
    check_all(Config::default(), &cases).await;
}

#[tokio::test]
async fn odd_accept_headers_are_understood() {
    /// Header, status, content type.
    type Odd = (&'static str, u16, (&'static str, &'static str));
    const ODD: [Odd; 15] = [
        ("", 200, AS_JSON),
        (" , ,", 200, AS_JSON),
        ("application/*", 200, AS_JSON),
        ("APPLICATION/GraphQL-Response+JSON", 200, AS_GRAPHQL),
        ("application/graphql-response+json ; q=0.1", 200, AS_GRAPHQL),
        (
            "application/graphql-response+json;q=0.1, application/json;q=0.1",
            200,
            AS_GRAPHQL,
        ),
        (
            "application/json, application/graphql-response+json",
            200,
            AS_GRAPHQL,
        ),
        ("text/html, application/xhtml+xml, */*;q=0.8", 200, AS_JSON),
        ("application/json;q=0.000", 406, AS_JSON),
        ("*/*;q=0", 406, AS_JSON),
        (
            "application/json;q=0, application/graphql-response+json;q=0",
            406,
            AS_JSON,
        ),
        ("multipart/mixed", 406, AS_JSON),
        ("text/event-stream", 406, AS_JSON),
        ("json", 406, AS_JSON),
        ("application/graphql+json, application/json", 200, AS_JSON),
    ];
    for (accept, status, (name, value)) in ODD {
        let headers = [JSON, ("accept", accept)];
        let (is, headers, body) = send(
            Config::default(),
            "POST /graphql",
            &headers,
            Body::from(HELLO),
        )
        .await;
        assert_eq!(is.as_u16(), status, "{accept}: {body}");
        assert_eq!(headers[name], value, "{accept}");
    }
    let twice = [JSON, ("accept", "text/html"), GRAPHQL];
    let (_, headers, _) = send(
        Config::default(),
        "POST /graphql",
        &twice,
        Body::from(HELLO),
    )
    .await;
    assert_eq!(headers["content-type"], AS_GRAPHQL.1);
}

#[tokio::test]
async fn what_a_form_can_send_is_no_graphql_request() {
    let refused = |message: &'static str| message;
    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
    const MULTIPART: (&str, &str) = ("content-type", "multipart/form-data; boundary=x");
    const GRAPHQL_BODY: (&str, &str) = ("content-type", "application/graphql");
    let message = refused("…the content type of a GraphQL request must be `application/json`");
    let cases = [
        case!("POST /graphql", [FORM], "query=%7Bhello%7D" => 415, [AS_JSON], message),
        case!("POST /graphql", [FORM, PREFLIGHT], "query=%7Bhello%7D" => 415, [AS_JSON], message),
        case!("POST /graphql", [MULTIPART], "--x" => 415, [AS_JSON], message),
        case!("POST /graphql", [GRAPHQL_BODY], "{ hello }" => 415, [AS_JSON], message),
        case!("POST /graphql", [("content-type", "")], HELLO => 415, [AS_JSON], message),
        case!("POST /graphql", [("content-type", "application/json, text/plain")], HELLO => 415, [AS_JSON], message),
        case!("POST /graphql", [("content-type", "application/json; charset=iso-8859-1")], HELLO
            => 415, [AS_JSON], "…the charset must be utf-8"),
        case!("POST /graphql", [("content-type", "application/json; boundary=x; charset = utf8")], HELLO => 200, [], HELLO_ANSWER),
        case!("POST /graphql", [("content-type", "application/json;")], HELLO => 200, [], HELLO_ANSWER),
    ];
    check_all(Config::default(), &cases).await;
}

#[tokio::test]
async fn odd_bodies_are_read_or_refused_clearly() {
    let cases = [
        case!("POST /graphql", [JSON], "\u{feff}{\"query\":\"{ hello }\"}" => 200, [], HELLO_ANSWER),
        case!("POST /graphql", [JSON], "{\"query\":\"\u{feff}{ hello }\"}" => 200, [], HELLO_ANSWER),
        case!("POST /graphql", [JSON], " \r\n\t{\"query\":\"{ hello }\"}\n" => 200, [], HELLO_ANSWER),
        case!("POST /graphql", [JSON], "{\"qu\\u0065ry\":\"{ hell\\u006f }\"}" => 200, [], HELLO_ANSWER),
        case!("POST /graphql", [JSON], " \n" => 400, [], "…the request's body is empty"),
        case!("POST /graphql", [JSON], "[]" => 400, [], "…send one request at a time"),
        case!("POST /graphql", [JSON], "\n[" => 400, [], r#"…"code":"BATCHING_NOT_SUPPORTED""#),
        case!("POST /graphql", [JSON], "null" => 400, [], "…must be a JSON object with a `query`"),
        case!("POST /graphql", [JSON], "{ hello }" => 400, [], r#"…"code":"INVALID_JSON""#),
        case!("POST /graphql", [JSON], "query=%7Bhello%7D" => 400, [], r#"…"code":"INVALID_JSON""#),
        case!("POST /graphql", [JSON], "{'query':'{ hello }'}" => 400, [], "…key must be a string at line 1 column 2"),
        case!("POST /graphql", [JSON], "{\"query\":\"{ hello }\",}" => 400, [], "…trailing comma at line 1 column 22"),
        case!("POST /graphql", [JSON], "{\"query\":\"{ hello\n}\"}" => 400, [], "…control character"),
        case!("POST /graphql", [JSON], "{\"query\":\"\\ud800\"}" => 400, [], r#"…"code":"INVALID_JSON""#),
        case!("POST /graphql", [JSON], "{\"query\":[\"{ hello }\"]}" => 400, [], "…`query` must be a string"),
        case!("POST /graphql", [JSON], "{\"query\":\"{a}\",\"variables\":\"{}\"}" => 400, [], "…`variables` must be a JSON object"),
        case!("POST /graphql", [JSON], "{\"query\":\"{a}\",\"variables\":{\"n\":01}}" => 400, [], "…invalid number"),
        case!("POST /graphql", [JSON], "{\"Query\":\"{ hello }\"}" => 400, [], r#"…"code":"QUERY_MISSING""#),
    ];
    check_all(Config::default(), &cases).await;
    for bytes in [
        &b"{\"query\":\"{ hello \xff }\"}"[..],
        b"\xff\xfe{\0",
        b"{\"query\":\"{ hello }\",\"x\":\"\xc3\"}",
    ] {
        let (status, _, answer) = send(
            Config::default(),
            "POST /graphql",
            &[JSON],
            Body::from(bytes.to_vec()),
        )
        .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        assert!(answer.contains("INVALID_JSON"), "{answer}");
    }
}
