//! The public gateway benchmark, without HTTP.

use std::sync::Arc;

use benches_subgraphs::{Estimate, Requests};
use router_executor::{ExecutionOptions, FetchOutcome, Subgraph};
use serde_json::json;

use super::fixture::{Case, Routed, text};

const SDL: &str = include_str!("../../../../benches/data/supergraph.graphql");
const OPERATION: &str = include_str!("../../../../benches/data/operation.graphql");
const EXPECTED: &[u8] = include_bytes!("../../../../benches/data/expected.json");

#[tokio::test]
async fn the_answer_is_exact_to_the_byte() {
    let case = Case::new(SDL, OPERATION, json!({}));
    let router = benches_subgraphs::router(Estimate::Unknown, Requests::default());
    let names = case.supergraph.subgraphs().iter();
    let subgraphs: Vec<Arc<dyn Subgraph>> = names
        .map(|subgraph| -> Arc<dyn Subgraph> {
            Arc::new(Routed {
                router: router.clone(),
                path: format!("/{}", subgraph.name),
            })
        })
        .collect();
    let output = case.run(&subgraphs, &ExecutionOptions::default()).await;
    let answered = output.fetches.iter();
    let answered = answered.filter(|fetch| fetch.outcome == FetchOutcome::Answered);
    assert!(answered.count() <= 7);
    assert_eq!(output.errors, 0);
    assert!(output.body == EXPECTED, "{}", text(&output.body));
}
