//! What an execution hands to subgraphs and takes from them besides data.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use apollo_compiler::ast::OperationType;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, header};
use router_executor::{
    ExecutionInput, ExecutionOptions, FetchOutcome, Identity, Subgraph, SubgraphError,
    SubgraphRequest, SubgraphResponse,
};
use serde_json::json;

use super::fixture::{Case, GRAPH, JOIN};

/// Answers every request alike, with a cookie; keeps the requests.
struct Cookies {
    body: &'static str,
    requests: Mutex<Vec<SubgraphRequest>>,
}

impl Cookies {
    fn new(body: &'static str) -> Arc<Self> {
        Arc::new(Self {
            body,
            requests: Mutex::default(),
        })
    }
}

impl Subgraph for Cookies {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        self.requests.lock().unwrap().push(request);
        let mut headers = HeaderMap::new();
        headers.append(header::SET_COOKIE, HeaderValue::from_static("a=1"));
        headers.append(header::SET_COOKIE, HeaderValue::from_static("b=2"));
        async move { Ok(SubgraphResponse::json(self.body).with_headers(headers)) }.boxed()
    }
}

#[tokio::test]
async fn a_request_carries_who_asks_and_until_when() {
    let users = Cookies::new(r#"{"data":{"me":{"nick":"n","id":"1"}}}"#);
    let stats = Cookies::new(r#"{"data":{"_entities":[{"visits":1}]}}"#);
    let subgraphs: Vec<Arc<dyn Subgraph>> = vec![users.clone(), users.clone(), stats.clone()];
    let case = Case::new(
        &format!("{JOIN}{GRAPH}"),
        "{ me { nick visits } }",
        json!({}),
    );
    let identity = Arc::new(Identity {
        subject: Some("u".to_owned()),
        ..Identity::default()
    });
    let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static("de"))]);
    let input = ExecutionInput {
        subgraphs: &subgraphs,
        variables: &[],
        introspection: &[],
        identity: identity.clone(),
        headers: Arc::new(headers),
        request_id: Arc::from("r7"),
        deadline: Some(Instant::now() + Duration::from_secs(9)),
        options: &ExecutionOptions::default(),
        locate: None,
        note: None,
    };
    let output = case.plan.execute(&input).await;
    assert_eq!(
        &output.body[..],
        br#"{"data":{"me":{"nick":"n","visits":1}}}"#
    );
    assert!(output.set_cookies.is_empty(), "queries set no cookies");
    let requests = [&users, &stats].map(|s| s.requests.lock().unwrap().clone());
    for request in requests.iter().flatten() {
        assert_eq!(request.kind, OperationType::Query);
        assert_eq!(request.identity, identity);
        assert_eq!(request.headers["accept-language"], "de");
        assert_eq!(&*request.request_id, "r7");
        assert_eq!(request.deadline, input.deadline);
    }
    assert_eq!(requests.map(|requests| requests.len()), [1, 1]);
    let entities: Vec<_> = output.fetches.iter().map(|fetch| fetch.entities).collect();
    assert_eq!(entities, [0, 1]);
    for fetch in output.fetches {
        assert_eq!(fetch.outcome, FetchOutcome::Answered);
        assert!(fetch.request_bytes > 0 && fetch.response_bytes > 0);
    }
}

#[tokio::test]
async fn cookies_come_back_from_mutations() {
    let users = Cookies::new(r#"{"data":{"rename":{"nick":"n"}}}"#);
    let subgraphs: Vec<Arc<dyn Subgraph>> = vec![users.clone(), users.clone(), users];
    let operation = "mutation { rename(name: \"n\") { nick } }";
    let case = Case::new(&format!("{JOIN}{GRAPH}"), operation, json!({}));
    let output = case.run(&subgraphs, &ExecutionOptions::default()).await;
    assert_eq!(output.set_cookies, ["a=1", "b=2"]);
}

#[tokio::test]
async fn a_subgraph_that_is_not_configured_is_an_error() {
    let case = Case::new(&format!("{JOIN}{GRAPH}"), "{ me { nick } }", json!({}));
    let output = case.run(&[], &ExecutionOptions::default()).await;
    assert_eq!(
        &output.body[..],
        br#"{"data":{"me":null},"errors":[{"message":"the subgraph cannot be asked","path":["me"],"extensions":{"code":"SUBREQUEST_FAILED","service":"users"}}]}"#
    );
    assert_eq!(output.errors, 1);
    assert_eq!(
        output.fetches[0].outcome,
        FetchOutcome::Failed("SUBREQUEST_FAILED")
    );
}
