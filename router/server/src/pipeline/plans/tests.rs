//! Progressive overrides as a client sees them, and how many plans they make.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use futures::future::BoxFuture;
use http::{Request, header};
use http_body_util::BodyExt;
use router_executor::{Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};
use tower::ServiceExt;

use super::*;
use crate::{
    app::App,
    config::{Config, Share},
    graph::{Graph, GraphSource},
    http::routes,
    setup::Setup,
};

const SUPERGRAPH: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.4", for: EXECUTION)
{ query: Query }
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, overrideLabel: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { OLD @join__graph(name: "old", url: "http://old.invalid") NEW @join__graph(name: "new", url: "http://new.invalid") }
type Query @join__type(graph: OLD) @join__type(graph: NEW) {
  tenth: String @join__field(graph: OLD, overrideLabel: "percent(10)") @join__field(graph: NEW, override: "old", overrideLabel: "percent(10)")
  half: String @join__field(graph: OLD, overrideLabel: "percent(50)") @join__field(graph: NEW, override: "old", overrideLabel: "percent(50)")
  mine: String @join__field(graph: OLD, overrideLabel: "mine") @join__field(graph: NEW, override: "old", overrideLabel: "mine")
  plain: String @join__field(graph: OLD)
}
"#;

/// Answers every field with its own name.
struct Named(&'static str);

impl Subgraph for Named {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        Box::pin(async move {
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let query = body["query"].as_str().unwrap();
            let fields = query.trim_matches(['{', '}']).split(' ');
            let fields = fields.map(|field| format!("\"{field}\":\"{}\"", self.0));
            let data = fields.collect::<Vec<_>>().join(",");
            Ok(SubgraphResponse::json(format!("{{\"data\":{{{data}}}}}")))
        })
    }
}

async fn app(labels: &[(&str, Share)], draw: fn() -> f64) -> Arc<App> {
    let labels = labels
        .iter()
        .map(|(label, share)| ((*label).to_owned(), *share));
    let config = Config {
        override_labels: labels.collect(),
        ..Config::default()
    };
    let subgraph = |name| {
        (
            String::from(name),
            Arc::new(Named(name)) as Arc<dyn Subgraph>,
        )
    };
    let setup = Setup {
        subgraphs: [subgraph("old"), subgraph("new")].into(),
        draw,
        ..Setup::over(config, GraphSource::Sdl(SUPERGRAPH.to_owned()))
    };
    setup.assemble().await.unwrap().0
}

async fn answer(app: &Arc<App>, query: &str) -> String {
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(format!("{{\"query\":\"{query}\"}}")))
        .unwrap();
    let response = routes(app).oneshot(request).await.unwrap();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// 5, 30, 70 and again.
fn in_turn() -> f64 {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    [5.0, 30.0, 70.0][DRAWN.fetch_add(1, Ordering::Relaxed) as usize % 3]
}

#[tokio::test]
async fn every_request_draws_who_answers_and_one_number_has_few_plans() {
    let app = app(&[], in_turn).await;
    for _ in 0..3 {
        for (tenth, half) in [("new", "new"), ("old", "new"), ("old", "old")] {
            assert_eq!(
                answer(&app, "{ tenth half plain }").await,
                format!(r#"{{"data":{{"tenth":"{tenth}","half":"{half}","plain":"old"}}}}"#)
            );
        }
    }
    assert_eq!(app.pipeline.state.load().plans.cache.len(), 3);
}

#[tokio::test]
async fn labels_that_do_not_matter_make_no_plans() {
    let app = app(&[], in_turn).await;
    for _ in 0..6 {
        assert_eq!(
            answer(&app, "{ plain }").await,
            r#"{"data":{"plain":"old"}}"#
        );
    }
    assert_eq!(app.pipeline.state.load().plans.cache.len(), 1);
}

#[tokio::test]
async fn the_configuration_decides_over_labels_of_ones_own() {
    for (share, who) in [(true, "new"), (false, "old")] {
        let app = app(&[("mine", Share::of_all(share))], || 99.0).await;
        assert_eq!(
            answer(&app, "{ mine }").await,
            format!(r#"{{"data":{{"mine":"{who}"}}}}"#)
        );
    }
    let unset = app(&[], || 0.0).await;
    assert_eq!(
        answer(&unset, "{ mine }").await,
        r#"{"data":{"mine":"old"}}"#
    );
}

#[tokio::test]
async fn plans_are_made_ahead_for_the_labels_of_the_next_graph() {
    let app = app(&[], || 30.0).await;
    answer(&app, "{ tenth half }").await;
    let pipeline = &app.pipeline;
    let cases = [
        (SUPERGRAPH.to_owned(), &["percent(50)"][..]),
        // There the label is another one, and the old one is not on.
        (SUPERGRAPH.replace("percent(50)", "percent(60)"), &[]),
        // There the field has moved.
        (
            SUPERGRAPH.replace(
                r#"@join__field(graph: OLD, overrideLabel: "percent(50)") @join__field(graph: NEW, override: "old", overrideLabel: "percent(50)")"#,
                "@join__field(graph: NEW)",
            ),
            &[],
        ),
    ];
    for (sdl, active) in cases {
        let supergraph = Arc::new(Supergraph::parse(&sdl).unwrap());
        let next = pipeline.prepare(Graph { supergraph });
        let plans: Vec<PlanKey> = next.plans.cache.iter().map(|(key, _)| key).collect();
        let [key] = plans.as_slice() else {
            panic!("one plan: {plans:?}");
        };
        let expected: ActiveLabels = active.iter().map(|&label| Arc::from(label)).collect();
        assert_eq!(key.active, expected, "{sdl}");
    }
}
