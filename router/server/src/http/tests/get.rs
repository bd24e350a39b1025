//! GET: what it serves, and that no foreign page can send it.

use super::*;

#[tokio::test]
async fn get_serves_queries_only() {
    let cases = [
        case!("GET /graphql?query=%7B%20hello%20%7D", [PREFLIGHT], "" => 200, [AS_JSON], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D", [JSON], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D", [("sec-fetch-site", "same-origin")], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=query($n:Int!)%7Becho(n:$n)%7D&variables=%7B%22n%22:7%7D", [PREFLIGHT], ""
            => 200, [], r#"{"data":{"echo":7}}"#),
        case!("GET /graphql?query=query+A%7Bhello%7Dquery+B%7Bhello%7D&operationName=B", [PREFLIGHT], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql", [PREFLIGHT], "" => 400, [], r#"…"code":"QUERY_MISSING""#),
        case!("GET /graphql?query=%7Bhello%7D&query=x", [PREFLIGHT], "" => 400, [], "…`query` is given twice"),
        case!("GET /graphql?query=%7Bhello%7D&variables=%7B", [PREFLIGHT], ""
            => 400, [], "…`variables` is not valid JSON: EOF while parsing an object at line 1 column 1"),
        case!("GET /graphql?query=%7Bhello%7D&variables=[]", [PREFLIGHT], "" => 400, [], "…`variables` must be a JSON object"),
        case!("GET /graphql?query=%7Bhello%7D&variables=null", [PREFLIGHT], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D&variables=&operationName=&extensions=", [PREFLIGHT], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D&extensions=7", [PREFLIGHT], "" => 400, [], "…`extensions` must be a JSON object"),
        case!("GET /graphql?query=%7Bhello%7D&unknown=1&unknown=2", [PREFLIGHT], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D&variables=%7B%7D&variables=%7B%7D", [PREFLIGHT], "" => 400, [], "…`variables` is given twice"),
        case!("GET /graphql?query=", [PREFLIGHT], "" => 400, [], r#"…"code":"QUERY_MISSING""#),
        case!("GET /graphql?query=%7Bhello%7D&query=%7Bhello%7D", [PREFLIGHT], "" => 400, [], "…`query` is given twice"),
        case!("GET /graphql?query=%FF", [PREFLIGHT, GRAPHQL], "" => 400, [], r#"…"code":"GRAPHQL_PARSE_FAILED""#),
        case!("GET /graphql?query=query%7Bhello%7Dmutation+M%7Bset%7D", [PREFLIGHT, GRAPHQL], "" => 400, [], r#"…"code":"GRAPHQL_VALIDATION_FAILED""#),
        case!("GET /graphql?query=query+Q%7Bhello%7Dmutation+M%7Bset%7D&operationName=Q", [PREFLIGHT], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=query+Q%7Bhello%7Dmutation+M%7Bset%7D&operationName=M", [PREFLIGHT], "" => 405, [("allow", "GET, POST")], r#"…"code":"METHOD_NOT_ALLOWED""#),
        case!("GET /graphql?query=mutation%7Bset%7D", [PREFLIGHT], "" => 405, [("allow", "GET, POST")], r#"…"code":"METHOD_NOT_ALLOWED""#),
        case!("GET /graphql?query=mutation%7Bset%7D", [PREFLIGHT, GRAPHQL], "" => 405, [], r#"…"code":"METHOD_NOT_ALLOWED""#),
    ];
    check_all(Config::default(), &cases).await;
}

#[tokio::test]
async fn no_foreign_page_can_send_a_get() {
    const BLOCKED: &str = r#"…"code":"CSRF_BLOCKED""#;
    const OTHER: (&str, &str) = ("origin", "https://other.example");
    const OWN: (&str, &str) = ("host", "own.example");
    let cases = [
        case!("GET /graphql?query=%7Bhello%7D", [], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D", [("content-type", "text/plain")], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D", [("sec-fetch-site", "none")], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D", [("sec-fetch-site", "cross-site")], "" => 403, [], BLOCKED),
        case!("GET /graphql?query=%7Bhello%7D", [("sec-fetch-site", "same-site")], "" => 403, [], BLOCKED),
        case!("GET /graphql?query=%7Bhello%7D", [("sec-fetch-site", "cross-site"), ("content-type", "text/plain")], "" => 403, [], BLOCKED),
        case!("GET /graphql?query=%7Bhello%7D", [("sec-fetch-site", "cross-site"), PREFLIGHT], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D", [("sec-fetch-site", "cross-site"), JSON], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D", [OTHER, OWN], "" => 403, [], BLOCKED),
        case!("GET /graphql?query=%7Bhello%7D", [("origin", "null"), OWN], "" => 403, [], BLOCKED),
        case!("GET /graphql?query=%7Bhello%7D", [("origin", "https://own.example"), OWN], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D", [("origin", "https://own.example"), OWN, ("sec-fetch-site", "cross-site")], "" => 403, [], BLOCKED),
    ];
    check_all(Config::default(), &cases).await;

    let mut strict = Config::default();
    strict.csrf.strict = true;
    let cases = [
        case!("GET /graphql?query=%7Bhello%7D", [], "" => 403, [], BLOCKED),
        case!("GET /graphql?query=%7Bhello%7D", [("content-type", "text/plain")], "" => 403, [], BLOCKED),
        case!("GET /graphql?query=%7Bhello%7D", [PREFLIGHT], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D", [("sec-fetch-site", "same-origin")], "" => 200, [], HELLO_ANSWER),
    ];
    check_all(strict, &cases).await;

    let mut shared = Config::default();
    shared.cors.origins = vec!["https://other.example".to_owned()];
    let cases = [
        case!("GET /graphql?query=%7Bhello%7D", [OTHER, ("sec-fetch-site", "cross-site")], "" => 200, [], HELLO_ANSWER),
        case!("GET /graphql?query=%7Bhello%7D", [("origin", "https://third.example")], "" => 403, [], BLOCKED),
    ];
    check_all(shared, &cases).await;
}
