//! The public gateway benchmark, without HTTP.

use std::sync::{Arc, Mutex};

use benches_subgraphs::{Estimate, Requests};
use futures::FutureExt;
use futures::future::BoxFuture;
use router_executor::{
    ExecutionOptions, FetchOutcome, Subgraph, SubgraphBody, SubgraphError, SubgraphRequest,
    SubgraphResponse,
};
use serde_json::{Value, json};

use super::fixture::{Case, Routed, text};

const SDL: &str = include_str!("../../../../benches/data/supergraph.graphql");
const OPERATION: &str = include_str!("../../../../benches/data/operation.graphql");
const EXPECTED: &[u8] = include_bytes!("../../../../benches/data/expected.json");
/// What `benches/instructions` reads instead of asking subgraphs.
const RECORDED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../benches/data/answers.json"
);

/// A subgraph that is listened to.
struct Recording {
    name: String,
    subgraph: Routed,
    /// Requests and answers of all subgraphs.
    record: Arc<Mutex<Vec<Value>>>,
}

impl Subgraph for Recording {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        async {
            let asked = request.body.clone();
            let answered = self.subgraph.call(request).await?;
            let SubgraphBody::Json(body) = &answered.body else {
                panic!("an answer in JSON");
            };
            self.record.lock().unwrap().push(json!({
                "subgraph": self.name, "request": text(&asked), "answer": text(body)
            }));
            Ok(answered)
        }
        .boxed()
    }
}

#[tokio::test]
async fn the_answer_is_exact_to_the_byte_and_the_recorded_answers_are_these() {
    let case = Case::new(SDL, OPERATION, json!({}));
    let router = benches_subgraphs::router(Estimate::Unknown, Requests::default());
    let record = Arc::default();
    let names = case.supergraph.subgraphs().iter();
    let subgraphs: Vec<Arc<dyn Subgraph>> = names
        .map(|subgraph| -> Arc<dyn Subgraph> {
            Arc::new(Recording {
                name: subgraph.name.clone(),
                subgraph: Routed {
                    router: router.clone(),
                    path: format!("/{}", subgraph.name),
                },
                record: Arc::clone(&record),
            })
        })
        .collect();
    let output = case.run(&subgraphs, &ExecutionOptions::default()).await;
    let answered = output.fetches.iter();
    let answered = answered.filter(|fetch| fetch.outcome == FetchOutcome::Answered);
    assert!(answered.count() <= 7);
    assert_eq!(output.errors, 0);
    assert!(output.body == EXPECTED, "{}", text(&output.body));
    compare(&record);
}

/// `UPDATE_CASES=1` writes what came out instead of comparing.
fn compare(record: &Mutex<Vec<Value>>) {
    let mut record = record.lock().unwrap();
    record.sort_by_key(Value::to_string);
    let lines: Vec<String> = record.iter().map(Value::to_string).collect();
    let record = format!("[\n{}\n]\n", lines.join(",\n"));
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(RECORDED, record).unwrap();
        return;
    }
    let recorded = std::fs::read_to_string(RECORDED).unwrap();
    assert!(
        record == recorded,
        "benches/data/answers.json is not what is asked and answered: run this test with UPDATE_CASES=1"
    );
}
