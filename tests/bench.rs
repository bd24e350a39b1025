//! The public gateway benchmark: the router alone over subgraphs that are not ours.

use benches_subgraphs::{Estimate, Subgraph};
use serde_json::{Value, json};

use crate::harness::BenchStack;

const OPERATION: &str = include_str!("../benches/data/operation.graphql");
const EXPECTED: &[u8] = include_bytes!("../benches/data/expected.json");

/// Six is the optimum by hand.
const MOST_REQUESTS: u64 = 7;

#[tokio::test]
async fn the_answer_is_exact_and_takes_few_requests() {
    let stack = BenchStack::start(Estimate::Unknown).await;
    // The second time everything about the operation is cached.
    for round in ["cold", "warm"] {
        stack.subgraphs.reset_requests();
        let answer = stack.client().graphql(OPERATION, json!({})).await;
        assert_eq!(answer.status, 200, "{round}: {}", answer.text());
        assert_eq!(
            answer.body.len(),
            EXPECTED.len(),
            "{round}: {}",
            difference(&answer.body)
        );
        assert!(
            answer.body == EXPECTED,
            "{round}: {}",
            difference(&answer.body)
        );
        let requests = stack.subgraphs.requests();
        assert!(requests.total() <= MOST_REQUESTS, "{round}: {requests:?}");
        for subgraph in Subgraph::ALL {
            assert!(requests.of(subgraph) >= 1, "{round}: {requests:?}");
        }
    }
}

/// Where an answer leaves the expected one, for a message shorter than both.
fn difference(answer: &[u8]) -> String {
    let at = answer
        .iter()
        .zip(EXPECTED)
        .take_while(|(a, b)| a == b)
        .count();
    let around = |bytes: &[u8]| {
        let (from, to) = (at.saturating_sub(60), (at + 60).min(bytes.len()));
        String::from_utf8_lossy(&bytes[from.min(to)..to]).into_owned()
    };
    format!(
        "at byte {at}\n  is     {}\n  not    {}",
        around(answer),
        around(EXPECTED)
    )
}

#[tokio::test]
async fn required_fields_reach_the_subgraph_that_requires_them() {
    let stack = BenchStack::start(Estimate::FromRepresentation).await;
    let data = stack
        .client()
        .data("{ topProducts { upc shippingEstimate } }", json!({}))
        .await;
    let estimates: Vec<&Value> = data["topProducts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|product| &product["shippingEstimate"])
        .collect();
    assert_eq!(estimates, [50, 0, 10, 50, 0]);
}

#[tokio::test]
async fn a_provided_field_needs_no_second_subgraph() {
    let stack = BenchStack::start(Estimate::Unknown).await;
    let query = "{ topProducts(first: 1) { reviews { author { username } } } }";
    let data = stack.client().data(query, json!({})).await;
    let username = &data["topProducts"][0]["reviews"][0]["author"]["username"];
    assert_eq!(username, "urigo");
    assert_eq!(stack.subgraphs.requests().of(Subgraph::Accounts), 0);
    assert_eq!(stack.subgraphs.requests().total(), 2);
}
