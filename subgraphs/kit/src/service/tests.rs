//! What a request gets, good or bad, from a small service.

use std::time::Instant;

use async_graphql::{Context, EmptySubscription, Object};
use serde_json::{Value as Json, json};

use super::*;
use crate::{
    Error, Result,
    cache_policy::cache_control,
    db::DbConfig,
    identity::Identity,
    user_error::{UserError, UserErrorCode},
};

/// A service with one field per way to fail.
pub(crate) struct Query;

#[Object]
impl Query {
    async fn hello(&self) -> &str {
        "world"
    }

    async fn me(&self) -> &Self {
        self
    }

    async fn page(&self, first: Option<i32>) -> Result<&Self> {
        match first {
            Some(..0) => Err(Error::bad_input("no such page")),
            _ => Ok(self),
        }
    }

    async fn nodes(&self) -> [&Self; 2] {
        [self, self]
    }

    async fn add(&self, a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }

    async fn who(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(format!("{:?}", Scope::of(ctx)?.identity().user_id()))
    }

    async fn header(&self, ctx: &Context<'_>, name: String) -> Result<Option<String>> {
        let headers = &Scope::of(ctx)?.caller.headers;
        let value = headers.get(&name).and_then(|value| value.to_str().ok());
        Ok(value.map(str::to_owned))
    }

    async fn fails(&self, how: String) -> Option<Result<i32>> {
        Some(Err(match how.as_str() {
            "input" => Error::bad_input("no such thing"),
            "forbidden" => Error::forbidden(),
            "database" => sea_orm::DbErr::Custom("secret table".to_owned()).into(),
            _ => Error::internal("secret reason"),
        }))
    }

    async fn foreign(&self) -> Option<std::result::Result<i32, std::num::ParseIntError>> {
        Some("secret".parse())
    }

    #[graphql(directive = cache_control::apply(Some(60), None, None))]
    async fn kept(&self) -> bool {
        true
    }

    #[graphql(directive = cache_control::apply(Some(60), None, None))]
    async fn lowered(&self, ctx: &Context<'_>, to: Option<u32>) -> Result<bool> {
        match to {
            Some(seconds) => Scope::of(ctx)?.keep_at_most(seconds),
            None => Scope::of(ctx)?.keep_private(),
        }
        Ok(true)
    }

    #[graphql(directive = cache_control::apply(Some(60), None, None))]
    async fn cookie(&self, ctx: &Context<'_>) -> bool {
        ctx.append_http_header("set-cookie", "a=1")
    }

    async fn slow(&self) -> bool {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        true
    }
}

pub(crate) struct Mutation;

#[Object]
impl Mutation {
    /// Whether what this request reads is what it writes to.
    async fn reads_primary(&self, ctx: &Context<'_>) -> Result<bool> {
        let scope = Scope::of(ctx)?;
        Ok(std::ptr::eq(scope.reader(), scope.db.write()))
    }

    #[graphql(directive = cache_control::apply(Some(60), None, None))]
    async fn kept(&self) -> bool {
        true
    }

    async fn cookie(&self, ctx: &Context<'_>) -> Vec<UserError> {
        ctx.append_http_header("set-cookie", "a=1");
        ctx.append_http_header("set-cookie", "b=2");
        vec![UserError::new("input.name", UserErrorCode::Taken, "taken")]
    }
}

pub(crate) async fn service(behind_router: bool) -> Service {
    let db = Db::connect(&DbConfig::new("test", "sqlite::memory:"))
        .await
        .unwrap();
    let config = ServiceConfig {
        name: "test",
        db,
        deps: Deps::system(),
        limits: Limits {
            body: 1024 * 1024,
            ..Limits::default()
        },
        behind_router,
    };
    let schema = Schema::build(Query, Mutation, EmptySubscription);
    Service::new(config, schema, |_, _| {})
}

async fn ask(service: &Service, body: &str) -> (StatusCode, Json) {
    let caller = Caller::new(Identity::Anonymous, "test");
    let answer = service.execute(body.as_bytes(), caller).await;
    let json = serde_json::from_slice(&answer.body).unwrap();
    (answer.status, json)
}

fn query(query: &str) -> String {
    json!({ "query": query }).to_string()
}

#[tokio::test]
async fn a_bad_request_gets_a_code_and_no_data() {
    let service = service(false).await;
    let aliases: String = (0..10_000).map(|n| format!("a{n}: hello ")).collect();
    let cases = [
        ("not json".to_owned(), "BAD_REQUEST"),
        ("[]".to_owned(), "BAD_REQUEST"),
        ("{}".to_owned(), "BAD_REQUEST"),
        (query("  "), "BAD_REQUEST"),
        ("[".repeat(100_000), "BAD_REQUEST"),
        (" ".repeat(2 * 1024 * 1024), "PAYLOAD_TOO_LARGE"),
        (query("{"), "GRAPHQL_PARSE_FAILED"),
        (query("{ unknown }"), "GRAPHQL_VALIDATION_FAILED"),
        (query("{ add(a: 1) }"), "GRAPHQL_VALIDATION_FAILED"),
        (
            query("query A { hello } query B { hello }"),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            query("query($a: Int!) { add(a: $a, b: 1) }"),
            "BAD_USER_INPUT",
        ),
        (
            query("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (query(&format!("{{ {aliases} }}")), "OPERATION_TOO_LARGE"),
        (query(&"{ me ".repeat(200_000)), "OPERATION_TOO_LARGE"),
        (
            query(&format!("{}hello{}", "{ me ".repeat(45), "}".repeat(45))),
            "OPERATION_TOO_LARGE",
        ),
        (
            query(&format!("{{ add(a: {}1) }}", "[".repeat(200_000))),
            "OPERATION_TOO_LARGE",
        ),
        (query("subscription { hello }"), "GRAPHQL_VALIDATION_FAILED"),
    ];
    for (body, code) in cases {
        let started = Instant::now();
        let (status, json) = ask(&service, &body).await;
        let shown: String = body.chars().take(80).collect();
        assert!(status.is_client_error(), "{shown}: {status} {json}");
        assert_eq!(
            json["errors"][0]["extensions"]["code"], code,
            "{shown}: {json}"
        );
        assert_eq!(json.get("data"), None, "{shown}: {json}");
        assert!(started.elapsed().as_secs() < 5, "{shown}");
    }
}

#[tokio::test]
async fn an_operation_that_may_resolve_too_much_is_refused_before_it_begins() {
    let nested = |levels: usize| {
        let (open, close) = (
            "page(first: $n) { nodes { ".repeat(levels),
            " } }".repeat(levels),
        );
        format!("query Q($n: Int) {{ {open} hello {close} }}")
    };
    for behind_router in [false, true] {
        let service = service(behind_router).await;
        for (levels, first, cost) in [
            (2, 100, None),
            (6, 7, None),
            (6, 8, Some("337042")),
            (6, 100, Some("1020202020202")),
            (18, 100, Some("18446744073709551615")),
        ] {
            let variables = json!({ "n": first });
            let body = json!({ "query": nested(levels), "variables": variables }).to_string();
            let started = Instant::now();
            let (status, json) = ask(&service, &body).await;
            let Some(cost) = cost else {
                assert_eq!(status, StatusCode::OK, "{levels} of {first}: {json}");
                continue;
            };
            assert_eq!(status, StatusCode::BAD_REQUEST, "{levels} of {first}");
            let message = format!(
                "the operation may resolve {cost} fields, more than the 300000 allowed: ask for \
                 smaller pages (`first`, `last`) or nest fewer lists"
            );
            let code = json!({ "code": "OPERATION_TOO_COSTLY" });
            let expected = json!({ "errors": [{ "message": message, "extensions": code }] });
            assert_eq!(json, expected, "{levels} of {first}");
            assert!(started.elapsed().as_millis() < 500);
        }
    }
}

#[tokio::test]
async fn a_failure_is_one_error_at_its_path_without_secrets() {
    for behind_router in [false, true] {
        let service = service(behind_router).await;
        let cases = [
            ("fails(how: \"input\")", "BAD_USER_INPUT", "no such thing"),
            (
                "fails(how: \"forbidden\")",
                "FORBIDDEN",
                "you may not do this",
            ),
            (
                "fails(how: \"database\")",
                "INTERNAL_SERVER_ERROR",
                "internal error",
            ),
            (
                "fails(how: \"bug\")",
                "INTERNAL_SERVER_ERROR",
                "internal error",
            ),
            ("foreign", "INTERNAL_SERVER_ERROR", "internal error"),
        ];
        for (field, code, message) in cases {
            let (status, json) = ask(&service, &query(&format!("{{ hello x: {field} }}"))).await;
            assert_eq!(status, StatusCode::OK);
            assert_eq!(json["data"], json!({ "hello": "world", "x": null }));
            let error = &json["errors"][0];
            assert_eq!(json["errors"].as_array().unwrap().len(), 1);
            assert_eq!(error["path"], json!(["x"]), "{json}");
            assert_eq!(error["message"], message);
            assert_eq!(error["extensions"], json!({ "code": code }));
            assert!(!json.to_string().contains("secret"));
        }
    }
}

#[tokio::test]
async fn a_remembered_document_is_executed_with_the_new_variables() {
    let service = service(false).await;
    for (a, expected) in [(1, 3), (5, 7)] {
        let body = json!({
            "query": "query Q($a: Int!) { add(a: $a, b: 2) } query R { hello }",
            "operationName": "Q",
            "variables": { "a": a },
            "extensions": null,
        });
        let (_, json) = ask(&service, &body.to_string()).await;
        assert_eq!(json, json!({ "data": { "add": expected } }));
    }
}

#[tokio::test]
async fn a_mutation_reads_what_it_wrote_whether_it_is_named_or_not() {
    let service = service(false).await;
    let named = json!({ "query": "mutation M { readsPrimary }", "operationName": "M" });
    for body in [
        query("mutation { readsPrimary }"),
        query("mutation M { readsPrimary }"),
        named.to_string(),
    ] {
        let (_, json) = ask(&service, &body).await;
        assert_eq!(json, json!({ "data": { "readsPrimary": true } }), "{body}");
    }
}

#[tokio::test]
async fn headers_of_resolvers_come_out_with_the_answer() {
    let service = service(false).await;
    let body = query("mutation { cookie { field code message } }");
    let caller = Caller::anonymous("test");
    let answer = service.execute(body.as_bytes(), caller).await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    let json: Json = serde_json::from_slice(&answer.body).unwrap();
    let expected = json!([{ "field": ["input", "name"], "code": "TAKEN", "message": "taken" }]);
    assert_eq!(json["data"]["cookie"], expected);
}

#[tokio::test]
async fn every_answer_says_what_caches_may_do_with_it() {
    for behind_router in [false, true] {
        let service = service(behind_router).await;
        let cases = [
            (query("{ kept }"), "public, max-age=60"),
            (query("query A { kept } query B { hello }"), "no-store"),
            (query("{ kept lowered(to: 5) }"), "public, max-age=5"),
            (query("{ kept lowered }"), "private, max-age=10"),
            (query("{ kept hello }"), "no-store"),
            (query("{ kept fails(how: \"input\") }"), "no-store"),
            (query("{ kept cookie }"), "no-store"),
            (query("{ kept _service { sdl } }"), "no-store"),
            (query("{ kept @skip(if: true) }"), "public, max-age=60"),
            (query("mutation { kept }"), "no-store"),
            (query("mutation { cookie { code } }"), "no-store"),
            (query("query($a: Int!) { kept }"), "no-store"),
            (query("{ unknown }"), "no-store"),
            (query("{"), "no-store"),
            (query(""), "no-store"),
            ("not json".to_owned(), "no-store"),
            (" ".repeat(2 * 1024 * 1024), "no-store"),
        ];
        // Twice: the second time the document is remembered.
        for (body, expected) in cases.iter().chain(&cases) {
            let caller = Caller::anonymous("test");
            let answer = service.execute(body.as_bytes(), caller).await;
            let found: Vec<_> = answer.headers.get_all(CACHE_CONTROL).iter().collect();
            let shown: String = body.chars().take(80).collect();
            assert_eq!(found, [expected], "{shown}");
        }
    }
}
