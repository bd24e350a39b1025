//! A subgraph that cannot be reached, seen by clients and operators.

use super::*;
use crate::{graph::GraphSource, setup::Setup};

/// The codes that `requests` clients get one after the other, and the breaker's metric.
async fn codes(yaml: Value, requests: usize) -> (Vec<String>, Option<String>) {
    let mut config: Config = serde_json::from_value(yaml).unwrap();
    // Nothing listens on port 1.
    let greetings = config.subgraphs.entry("greetings".to_owned()).or_default();
    greetings.url = serde_json::from_value(json!("http://127.0.0.1:1/graphql")).unwrap();
    let setup = Setup::over(config, GraphSource::Sdl(fixture::SUPERGRAPH.to_owned()));
    let app = setup.assemble().await.unwrap().0;
    let mut codes = Vec::new();
    for _ in 0..requests {
        let response = send(&app, &json!({ "query": "{ hello }" })).await;
        assert_eq!(response.status(), StatusCode::OK);
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap();
        codes.push(code.to_owned());
    }
    let text = app.metrics.text();
    let metric = text.lines().find(|line| line.contains("circuit_open{"));
    (codes, metric.map(str::to_owned))
}

#[tokio::test]
async fn it_is_left_alone_where_that_is_configured() {
    const FAILED: &str = "SUBREQUEST_CONNECTION_FAILED";
    const OPEN: &str = "SUBREQUEST_CIRCUIT_OPEN";
    let metric = |value: u8| {
        Some(format!(
            r#"weft_subgraph_circuit_open{{subgraph="greetings"}} {value}"#
        ))
    };
    let on = json!({ "enabled": true, "minimum_requests": 2 });
    let everywhere = json!({ "subgraph_defaults": { "circuit_breaker": on } });
    let (found, open) = codes(everywhere.clone(), 4).await;
    assert_eq!(found, [FAILED, FAILED, OPEN, OPEN]);
    assert_eq!(open, metric(1));
    assert_eq!(codes(everywhere, 1).await.1, metric(0));

    let here = json!({ "subgraphs": { "greetings": { "circuit_breaker": on } } });
    assert_eq!(codes(here, 3).await.0, [FAILED, FAILED, OPEN]);

    let mut not_here = json!({ "subgraph_defaults": { "circuit_breaker": on } });
    not_here["subgraphs"] = json!({ "greetings": { "circuit_breaker": { "enabled": false } } });
    let by_default = json!({});
    for yaml in [not_here, by_default] {
        assert_eq!(codes(yaml, 3).await, (vec![FAILED.to_owned(); 3], None));
    }
}
