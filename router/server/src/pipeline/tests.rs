//! Execution as a client sees it: identity, failures, deadlines, mutations.

use std::{sync::atomic::Ordering, time::Duration};

use axum::{body::Body, response::Response};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use router_executor::Identity;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::{
    app::App,
    config::Span,
    fixture::{self, Greetings},
    http::routes,
};

mod caching;
mod failing;
mod leaks;
mod order;
mod sharing;
mod shelf;
mod unresolvable;

fn request(body: &Value) -> Request<Body> {
    Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/graphql-response+json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

async fn send(app: &Arc<App>, body: &Value) -> Response {
    routes(app).oneshot(request(body)).await.unwrap()
}

async fn check(app: &Arc<App>, body: Value, status: u16, answer: Value) {
    let response = send(app, &body).await;
    assert_eq!(response.status().as_u16(), status, "{body}");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let found: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(found, answer, "{body}");
}

#[tokio::test]
async fn fields_come_in_the_clients_order_under_its_names() {
    let app = fixture::app(Config::default()).await;
    let body = json!({ "query": "query($n: Int = 3) { b: echo(n: $n) a: hello __typename ...F } fragment F on Query { echo(n: 4) }" });
    let response = send(&app, &body).await;
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(
        bytes,
        r#"{"data":{"b":3,"a":"world","__typename":"Query","echo":4}}"#
    );
}

#[tokio::test]
async fn conditions_are_part_of_the_plans_key() {
    let app = fixture::app(Config::default()).await;
    let query = "query($with: Boolean!) { hello echo(n: 1) @include(if: $with) }";
    for _ in 0..2 {
        check(
            &app,
            json!({ "query": query, "variables": { "with": true } }),
            200,
            json!({ "data": { "hello": "world", "echo": 1 } }),
        )
        .await;
        check(
            &app,
            json!({ "query": query, "variables": { "with": false } }),
            200,
            json!({ "data": { "hello": "world" } }),
        )
        .await;
    }
}

/// Whoever enumerates the valuations of an operation's conditions makes the router plan, not run out of memory.
#[tokio::test]
async fn plans_are_kept_by_the_memory_they_take() {
    let mut config = Config::default();
    config.operation_cache.plan_bytes = crate::config::ByteSize(40_000);
    let app = fixture::app(config).await;
    let query = "query($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!, $e: Boolean!) {
        hello a: hello @skip(if: $a) b: hello @skip(if: $b) c: hello @skip(if: $c) d: hello @skip(if: $d) e: hello @skip(if: $e) }";
    for number in 0..32 {
        let is = |bit: u32| number >> bit & 1 == 1;
        let variables = json!({ "a": is(0), "b": is(1), "c": is(2), "d": is(3), "e": is(4) });
        let body = json!({ "query": query, "variables": variables });
        assert_eq!(send(&app, &body).await.status(), StatusCode::OK);
    }
    let kept = app.pipeline.state.load().plans.hottest(usize::MAX).len();
    assert!((1..20).contains(&kept), "{kept} of 32 plans");
}

#[tokio::test]
async fn operations_of_one_document_have_their_own_plans() {
    let app = fixture::app(Config::default()).await;
    let query = "query A { hello } query B { echo(n: 1) }";
    check(
        &app,
        json!({ "query": query, "operationName": "A" }),
        200,
        json!({ "data": { "hello": "world" } }),
    )
    .await;
    check(
        &app,
        json!({ "query": query, "operationName": "B" }),
        200,
        json!({ "data": { "echo": 1 } }),
    )
    .await;
}

#[tokio::test]
async fn a_subgraphs_error_stands_beside_partial_data() {
    let app = fixture::app(Config::default()).await;
    let response = send(&app, &json!({ "query": "{ hello oops: broken }" })).await;
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let found: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(found["data"], json!({ "hello": "world", "oops": null }));
    assert_eq!(found["errors"][0]["path"], json!(["oops"]));
    let place = json!([{ "line": 1, "column": 9 }]);
    assert_eq!(found["errors"][0]["locations"], place);
    assert_eq!(found["errors"][0]["extensions"]["code"], "BROKEN");
    assert_eq!(found["errors"][0]["extensions"]["service"], "greetings");
}

#[tokio::test]
async fn mutations_pass_cookies_on_and_queries_do_not() {
    let app = fixture::app(Config::default()).await;
    let response = send(&app, &json!({ "query": "mutation { set }" })).await;
    assert_eq!(response.headers()[header::SET_COOKIE], "a=b; HttpOnly");
    let response = send(&app, &json!({ "query": "{ hello }" })).await;
    assert!(!response.headers().contains_key(header::SET_COOKIE));
}

#[tokio::test]
async fn a_mutation_ends_even_if_its_client_goes_away_and_a_query_does_not() {
    let greetings = Arc::new(Greetings::default());
    let app = fixture::app_over(Config::default(), Arc::clone(&greetings)).await;
    for query in ["mutation { set }", "{ slow }"] {
        let client = tokio::spawn({
            let app = Arc::clone(&app);
            async move { send(&app, &json!({ "query": query })).await }
        });
        greetings.waiting.acquire().await.unwrap().forget();
        client.abort();
        assert!(client.await.unwrap_err().is_cancelled());
    }
    greetings.go_on.add_permits(1);
    while greetings.set.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(greetings.go_on.available_permits(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_answered() {
    let mut config = Config::default();
    config.timeouts.request = Span(Duration::from_secs(2));
    let app = fixture::app_over(config, Arc::new(Greetings::default())).await;
    let response = send(&app, &json!({ "query": "{ slow }" })).await;
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes);
    // Either the executor gives the field up in time or the router the whole request.
    assert!(
        matches!(status, StatusCode::GATEWAY_TIMEOUT | StatusCode::OK) && text.contains("TIMEOUT"),
        "{status} {text}"
    );
}

#[tokio::test]
async fn too_many_requests_at_once_are_refused() {
    let mut config = Config::default();
    config.limits.concurrent_requests = 1;
    let greetings = Arc::new(Greetings::default());
    let app = fixture::app_over(config, Arc::clone(&greetings)).await;
    let first = tokio::spawn({
        let app = Arc::clone(&app);
        async move { send(&app, &json!({ "query": "{ slow }" })).await.status() }
    });
    greetings.waiting.acquire().await.unwrap().forget();
    let refused = send(&app, &json!({ "query": "{ hello }" })).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
    greetings.go_on.add_permits(1);
    assert_eq!(first.await.unwrap(), StatusCode::OK);
    assert_eq!(
        send(&app, &json!({ "query": "{ hello }" })).await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn subgraphs_learn_who_asks_and_nothing_else_about_it() {
    let greetings = Arc::new(Greetings::default());
    let app = fixture::app_over(Config::default(), Arc::clone(&greetings)).await;
    let mut anonymous = request(&json!({ "query": "{ hello }" }));
    anonymous
        .headers_mut()
        .insert("x-weft-user", HeaderValue::from_static("forged"));
    anonymous
        .headers_mut()
        .insert(header::COOKIE, HeaderValue::from_static("weft_refresh=r"));
    assert_eq!(
        routes(&app).oneshot(anonymous).await.unwrap().status(),
        StatusCode::OK
    );
    let seen = greetings.seen.lock().unwrap();
    assert_eq!(*seen[0].0, Identity::default());
    assert!(seen[0].1.is_empty(), "{:?}", seen[0].1);
}

#[tokio::test]
async fn operations_in_use_are_planned_before_another_graph_serves() {
    let app = fixture::app(Config::default()).await;
    let rare = json!({ "query": "query Rare { hello }" });
    let hot = json!({ "query": "query Hot($with: Boolean!) { hello echo(n: 1) @include(if: $with) }", "variables": { "with": true } });
    let gone = json!({ "query": "{ secret: hello slow }" });
    for body in [&rare, &hot, &hot, &gone] {
        send(&app, body).await;
    }
    let without_slow = fixture::SUPERGRAPH.replace("slow: String", "");
    let graph = Graph {
        supergraph: Arc::new(Supergraph::parse(&without_slow).unwrap()),
    };
    let prepared = app.pipeline.prepare(graph);
    let state = app.pipeline.state.load_full();
    let planned = |plans: &Plans| plans.hottest(10).len();
    assert_eq!(planned(&state.plans), 3);
    assert_eq!(planned(&prepared.plans), 2);

    app.pipeline.replace(prepared, state.subgraphs.clone());
    for body in [&rare, &hot] {
        assert_eq!(send(&app, body).await.status(), StatusCode::OK);
    }
    assert_eq!(planned(&app.pipeline.state.load().plans), 2);
    assert_eq!(send(&app, &gone).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn introspection_is_worked_out_once_for_each_operation_and_its_variables() {
    let app = fixture::app(Config::default()).await;
    let query = "query A($n: String!) { __type(name: $n) { kind } } query B { hello __typename __schema { queryType { name } } }";
    let ask =
        |name: &str| json!({ "query": query, "operationName": "A", "variables": { "n": name } });
    let kept = || app.pipeline.state.load().introspections.len();
    for _ in 0..2 {
        let object = json!({ "data": { "__type": { "kind": "OBJECT" } } });
        check(&app, ask("Query"), 200, object).await;
        let scalar = json!({ "data": { "__type": { "kind": "SCALAR" } } });
        check(&app, ask("Int"), 200, scalar).await;
        assert_eq!(kept(), 2);
    }
    let both = json!({ "data": { "hello": "world", "__typename": "Query", "__schema": { "queryType": { "name": "Query" } } } });
    check(
        &app,
        json!({ "query": query, "operationName": "B" }),
        200,
        both,
    )
    .await;
    assert_eq!(kept(), 3);
}
