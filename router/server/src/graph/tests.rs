//! The graph follows its sources; what clients are answered shows it.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{body::Body, extract::State};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tower::ServiceExt;

use super::{GraphSource, Recomposer};
use crate::{
    app::App,
    config::{Config, Span},
    error::ServerError,
    fixture::{Greetings, SUPERGRAPH},
    http::routes,
    setup::Setup,
};

const HELLO: &str = "type Query { hello: String }";
const WITH_ECHO: &str = "type Query { hello: String echo(n: Int!): Int }";
/// Line 2, column 24: a type that nobody defines.
const BROKEN: &str = "type Query { hello: String }\nextend type Query { a: Nothing }";
const LIST: &str = "subgraphs:
  greetings:
    routing_url: http://greetings.invalid/graphql
    schema: { file: greetings.graphql }
";

/// A router over a list of subgraphs in a folder of its own.
struct Router {
    folder: TempDir,
    app: Arc<App>,
    recomposer: Recomposer,
}

impl Router {
    /// `greetings` is in this process and its schema in a file.
    async fn start(list: &str, schema: &str) -> Self {
        Self::over(list, schema, Arc::new(Greetings::default())).await
    }

    async fn over(list: &str, schema: &str, greetings: Arc<Greetings>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("greetings.graphql"), schema).unwrap();
        std::fs::write(folder.path().join("supergraph.yaml"), list).unwrap();
        let source = GraphSource::Compose(folder.path().join("supergraph.yaml"));
        let (app, recomposer) = assemble(source, greetings).await.unwrap();
        Self {
            folder,
            app,
            recomposer,
        }
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.folder.path().join(file), text).unwrap();
    }

    async fn poll(&mut self) {
        self.recomposer.poll(false).await;
    }

    async fn ready(&self) -> Value {
        let (status, text) = get(&self.app, "/ready").await;
        assert_eq!(status, StatusCode::OK, "{text}");
        serde_json::from_str::<Value>(&text).unwrap()["checks"]["graph"].take()
    }

    async fn id(&self) -> String {
        let graph = self.ready().await;
        graph["composition"]["id"].as_str().unwrap().to_owned()
    }

    async fn metric(&self, name: &str) -> f64 {
        let (_, text) = get(&self.app, "/metrics").await;
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.map_or(0.0, |value| value.trim().parse().unwrap())
    }

    /// The answer's data, or its first error's code.
    async fn ask(&self, query: &str) -> Value {
        ask(&self.app, query).await
    }
}

async fn assemble(
    source: GraphSource,
    greetings: Arc<Greetings>,
) -> Result<(Arc<App>, Recomposer), ServerError> {
    let mut config = Config::default();
    config.recomposition.start_timeout = Span(std::time::Duration::from_millis(1));
    let setup = Setup {
        subgraphs: [("greetings".to_owned(), greetings as _)].into(),
        environment: vec![("SECRET".to_owned(), "swordfish".to_owned())],
        ..Setup::over(config, source)
    };
    setup.assemble().await
}

async fn get(app: &Arc<App>, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = routes(app).oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn ask(app: &Arc<App>, query: &str) -> Value {
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(json!({ "query": query }).to_string()))
        .unwrap();
    let response = routes(app).oneshot(request).await.unwrap();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let mut answer: Value = serde_json::from_slice(&bytes).unwrap();
    match answer.pointer("/errors/0/extensions/code") {
        Some(code) => code.clone(),
        None => answer["data"].take(),
    }
}

#[tokio::test]
async fn a_changed_file_changes_what_clients_may_ask() {
    let mut router = Router::start(LIST, HELLO).await;
    let first = router.id().await;
    assert_eq!(
        router.ask("{ echo(n: 1) }").await,
        "GRAPHQL_VALIDATION_FAILED"
    );

    router.write("greetings.graphql", WITH_ECHO);
    router.poll().await;
    assert_eq!(
        router.ask("{ echo(n: 1) hello }").await,
        json!({ "echo": 1, "hello": "world" })
    );
    let second = router.id().await;
    assert_ne!(first, second);

    router.write("greetings.graphql", HELLO);
    router.poll().await;
    assert_eq!(
        router.ask("{ echo(n: 1) }").await,
        "GRAPHQL_VALIDATION_FAILED"
    );
    assert_eq!(router.id().await, first);
    let composed = "weft_composition_attempts_total{outcome=\"composed\"}";
    assert_eq!(router.metric(composed).await, 3.0);
    let info = |id| format!("weft_graph_info{{id=\"{id}\"}}");
    assert_eq!(router.metric(&info(first)).await, 1.0);
    assert_eq!(router.metric(&info(second)).await, 0.0);
}

#[tokio::test]
async fn what_does_not_compose_is_refused_once_and_the_last_good_graph_serves() {
    let mut router = Router::start(LIST, HELLO).await;
    let good = router.id().await;
    router.write("greetings.graphql", BROKEN);
    for _ in 0..3 {
        router.poll().await;
    }
    let graph = router.ready().await;
    assert_eq!(graph["status"], "outdated");
    let composition = &graph["composition"];
    assert_eq!(composition["id"], json!(good));
    assert_eq!(composition["lastAttempt"]["outcome"], "refused");
    let failure = &composition["lastFailure"];
    assert_eq!(failure["ongoing"], true, "{graph:#}");
    let diagnostic = &failure["diagnostics"][0];
    assert_eq!(diagnostic["code"], "INVALID_GRAPHQL", "{graph:#}");
    assert_eq!(diagnostic["subgraph"], "greetings");
    assert_eq!(
        (&diagnostic["line"], &diagnostic["column"]),
        (&json!(2), &json!(24))
    );
    let refused = "weft_composition_attempts_total{outcome=\"refused\"}";
    assert_eq!(router.metric(refused).await, 1.0);
    assert_eq!(router.metric("weft_composition_failing").await, 1.0);
    assert_eq!(router.ask("{ hello }").await, json!({ "hello": "world" }));

    router.write("greetings.graphql", HELLO);
    router.poll().await;
    let graph = router.ready().await;
    assert_eq!(graph["status"], "ok");
    assert_eq!(graph["composition"]["lastFailure"]["ongoing"], false);
    assert_eq!(router.id().await, good);
    assert_eq!(router.metric("weft_composition_failing").await, 0.0);
}

#[tokio::test]
async fn a_schema_that_says_the_same_differently_changes_nothing() {
    let mut router = Router::start(LIST, HELLO).await;
    let before = router.id().await;
    router.write("greetings.graphql", &format!("# greets\n{HELLO}"));
    router.poll().await;
    assert_eq!(router.id().await, before);
    let graph = router.ready().await;
    assert_eq!(graph["composition"]["lastAttempt"]["outcome"], "unchanged");
    let unchanged = "weft_composition_attempts_total{outcome=\"unchanged\"}";
    assert_eq!(router.metric(unchanged).await, 1.0);
}

#[tokio::test]
async fn subgraphs_come_and_go_with_the_list() {
    let mut router = Router::start(LIST, HELLO).await;
    let more = format!(
        "{LIST}  more:\n    routing_url: http://more.invalid\n    schema: {{ sdl: 'type Query {{ more: Int }}' }}\n"
    );
    router.write("supergraph.yaml", &more);
    router.poll().await;
    let graph = router.ready().await;
    assert_eq!(graph["subgraphs"], json!(["greetings", "more"]));
    assert_eq!(
        router
            .ask("{ hello __type(name: \"Query\") { fields { name } } }")
            .await,
        json!({ "hello": "world", "__type": { "fields": [{ "name": "hello" }, { "name": "more" }] } })
    );

    router.write(
        "supergraph.yaml",
        &more.replace("more.invalid", "else.invalid"),
    );
    let before = router.id().await;
    router.poll().await;
    assert_ne!(router.id().await, before, "the URL is part of the graph");

    router.write("supergraph.yaml", LIST);
    router.poll().await;
    assert_eq!(router.ready().await["subgraphs"], json!(["greetings"]));
    let (_, metrics) = get(&router.app, "/metrics").await;
    assert!(!metrics.contains("subgraph=\"more\""), "{metrics}");
}

#[tokio::test]
async fn a_list_with_mistakes_keeps_the_last_good_one() {
    let mut router = Router::start(LIST, HELLO).await;
    router.write(
        "supergraph.yaml",
        "subgraphs: { a: { schema: { subgraph_url: '${SECRET}' } } }",
    );
    for _ in 0..2 {
        router.poll().await;
    }
    let graph = router.ready().await;
    assert_eq!(graph["status"], "outdated");
    let failure = &graph["composition"]["lastFailure"];
    assert_eq!(
        failure["reason"],
        "the list of subgraphs has mistakes (1); the log names them"
    );
    assert!(!graph.to_string().contains("swordfish"), "{graph:#}");
    let unusable = "weft_composition_attempts_total{outcome=\"unusable\"}";
    assert_eq!(router.metric(unusable).await, 1.0);

    router.write("supergraph.yaml", LIST);
    router.write("greetings.graphql", WITH_ECHO);
    router.poll().await;
    assert_eq!(router.ready().await["status"], "ok");
    assert_eq!(router.ask("{ echo(n: 2) }").await, json!({ "echo": 2 }));
}

#[tokio::test]
async fn headers_from_a_file_are_those_of_the_moment() {
    let (mut router, more, task, _) = beside_a_running_subgraph().await;
    let list = std::fs::read_to_string(router.folder.path().join("supergraph.yaml")).unwrap();
    let headers = "/', introspection_headers: { x-token: '${file.token}' }";
    router.write("token", "one\n");
    router.write(
        "supergraph.yaml",
        &list.replace("/' }", &format!("{headers} }}")),
    );
    router.poll().await;
    router.write("token", "another\n");
    router.poll().await;
    assert_eq!(more.tokens(), ["", "one", "another"]);
    task.abort();
}

#[tokio::test]
async fn a_new_subgraph_that_cannot_be_read_waits_outside() {
    let mut router = Router::start(LIST, HELLO).await;
    let more =
        "  more:\n    routing_url: http://more.invalid\n    schema: { file: more.graphql }\n";
    router.write("supergraph.yaml", &format!("{LIST}{more}"));
    router.poll().await;
    let graph = router.ready().await;
    let failure = &graph["composition"]["lastFailure"];
    assert_eq!(failure["reason"], "no schema could be read yet of more");
    assert_eq!(graph["subgraphs"], json!(["greetings"]));

    router.write("more.graphql", "type Query { more: Int }");
    router.recomposer.poll(true).await;
    let graph = router.ready().await;
    assert_eq!(graph["status"], "ok", "{graph:#}");
    assert_eq!(graph["subgraphs"], json!(["greetings", "more"]));
}

#[tokio::test]
async fn a_supergraph_file_is_served_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("supergraph.graphql");
    std::fs::write(&file, SUPERGRAPH).unwrap();
    let source = GraphSource::Supergraph(file.clone());
    let (app, mut recomposer) = assemble(source, Arc::default()).await.unwrap();
    assert_eq!(ask(&app, "{ world }").await, "GRAPHQL_VALIDATION_FAILED");

    std::fs::write(&file, SUPERGRAPH.replace("hello:", "world: String hello:")).unwrap();
    recomposer.poll(false).await;
    assert_eq!(ask(&app, "{ hello }").await, json!({ "hello": "world" }));
    // The subgraph does not know the field, but the graph does.
    assert_eq!(ask(&app, "{ world }").await, "BROKEN");

    std::fs::write(&file, "type Query { hello: Strin }").unwrap();
    recomposer.poll(false).await;
    assert_eq!(ask(&app, "{ world }").await, "BROKEN");
    let (_, ready) = get(&app, "/ready").await;
    assert!(ready.contains("\"status\":\"outdated\""), "{ready}");
    assert!(!ready.contains("Strin }"), "no SDL is shown: {ready}");

    std::fs::remove_file(&file).unwrap();
    recomposer.poll(false).await;
    assert_eq!(ask(&app, "{ world }").await, "BROKEN");
    let (_, ready) = get(&app, "/ready").await;
    let path = folder.path().display().to_string();
    assert!(ready.contains("the file cannot be read"), "{ready}");
    assert!(!ready.contains(&path), "no path is shown: {ready}");
}

#[tokio::test]
async fn requests_under_way_end_with_the_graph_they_began_with() {
    let greetings = Arc::new(Greetings::default());
    let schema = "type Query { hello: String slow: String }";
    let mut router = Router::over(LIST, schema, Arc::clone(&greetings)).await;
    let slow = tokio::spawn({
        let app = Arc::clone(&router.app);
        async move { ask(&app, "{ slow }").await }
    });
    greetings.waiting.acquire().await.unwrap().forget();
    router.write("greetings.graphql", HELLO);
    router.poll().await;
    assert_eq!(router.ask("{ slow }").await, "GRAPHQL_VALIDATION_FAILED");
    greetings.go_on.add_permits(1);
    assert_eq!(slow.await.unwrap(), json!({ "slow": "late" }));
}

/// A running subgraph whose schema is tagged, and the tags it was asked with.
#[derive(Clone, Default)]
struct Tagging {
    schema: Arc<Mutex<String>>,
    asked: Arc<Mutex<Vec<Option<String>>>>,
    tokens: Arc<Mutex<Vec<String>>>,
}

impl Tagging {
    async fn serve(&self, listener: TcpListener) -> JoinHandle<()> {
        let service = axum::Router::new()
            .route("/", axum::routing::post(Self::answer))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, service).await.unwrap() })
    }

    async fn answer(
        State(this): State<Self>,
        headers: HeaderMap,
    ) -> (StatusCode, HeaderMap, String) {
        let schema = this.schema.lock().unwrap().clone();
        let token = headers.get("x-token").map(|token| token.to_str().unwrap());
        this.tokens
            .lock()
            .unwrap()
            .push(token.unwrap_or_default().to_owned());
        let known = headers.get(header::IF_NONE_MATCH).cloned();
        let text = known.as_ref().map(|tag| tag.to_str().unwrap().to_owned());
        this.asked.lock().unwrap().push(text);
        let tag = http::HeaderValue::try_from(format!("\"{}\"", schema.len())).unwrap();
        if known.as_ref() == Some(&tag) {
            return (StatusCode::NOT_MODIFIED, HeaderMap::new(), String::new());
        }
        let body = json!({ "data": { "_service": { "sdl": schema } } });
        (
            StatusCode::OK,
            HeaderMap::from_iter([(header::ETAG, tag)]),
            body.to_string(),
        )
    }

    fn set(&self, schema: &str) {
        *self.schema.lock().unwrap() = schema.to_owned();
    }

    fn tokens(&self) -> Vec<String> {
        self.tokens.lock().unwrap().clone()
    }

    fn asked(&self) -> Vec<Option<String>> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// A router over `greetings`, in a file, and `more`, which is running.
async fn beside_a_running_subgraph() -> (Router, Tagging, JoinHandle<()>, std::net::SocketAddr) {
    let more = Tagging::default();
    more.set("type Query { more: Int }");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = more.serve(listener).await;
    let list = format!("{LIST}  more:\n    schema: {{ subgraph_url: 'http://{address}/' }}\n");
    (Router::start(&list, HELLO).await, more, task, address)
}

#[tokio::test]
async fn a_tagged_schema_is_not_sent_twice() {
    let (mut router, more, task, _) = beside_a_running_subgraph().await;
    assert_eq!(more.asked(), [None]);
    router.poll().await;
    let tag = Some("\"24\"".to_owned());
    assert_eq!(more.asked().as_slice(), std::slice::from_ref(&tag));
    let reads = |outcome| {
        format!("weft_subgraph_schema_fetches_total{{subgraph=\"more\",outcome=\"{outcome}\"}}")
    };
    assert_eq!(router.metric(&reads("unchanged")).await, 1.0);

    more.set("type Query { more: Int other: Int }");
    router.poll().await;
    router.poll().await;
    assert_eq!(more.asked(), [tag, Some("\"35\"".to_owned())]);
    assert_eq!(router.metric(&reads("changed")).await, 1.0);
    assert_eq!(router.metric(&reads("unchanged")).await, 2.0);
    assert_eq!(
        router
            .ask("{ __type(name: \"Query\") { fields { name } } }")
            .await["__type"]["fields"],
        json!([{ "name": "hello" }, { "name": "more" }, { "name": "other" }])
    );
    task.abort();
}

#[tokio::test]
async fn a_subgraph_that_is_down_keeps_its_schema_and_holds_nothing_up() {
    let (mut router, more, task, address) = beside_a_running_subgraph().await;
    task.abort();
    let _ = task.await;
    router.write("greetings.graphql", WITH_ECHO);
    router.poll().await;
    let graph = router.ready().await;
    assert_eq!(graph["status"], "ok");
    assert_eq!(graph["subgraphs"], json!(["greetings", "more"]));
    assert_eq!(router.ask("{ echo(n: 3) }").await, json!({ "echo": 3 }));
    let read = &graph["composition"]["schemas"][1]["lastRead"];
    assert_eq!(read["outcome"], "failed", "{graph:#}");
    let port = address.port().to_string();
    assert!(!graph.to_string().contains(&port), "{graph:#}");

    // Ever more polls pass without a question, but for one that was asked for.
    let failed = "weft_subgraph_schema_fetches_total{subgraph=\"more\",outcome=\"failed\"}";
    let mut failures = Vec::new();
    for _ in 0..12 {
        router.poll().await;
        failures.push(router.metric(failed).await);
    }
    assert_eq!(
        failures,
        [2.0, 2.0, 3.0, 3.0, 3.0, 3.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0]
    );
    more.set("type Query { more: Int back: Int }");
    let task = more.serve(TcpListener::bind(address).await.unwrap()).await;
    router.recomposer.poll(true).await;
    let graph = router.ready().await;
    let read = &graph["composition"]["schemas"][1]["lastRead"];
    assert_eq!(read["outcome"], "changed", "{graph:#}");
    task.abort();
}

#[tokio::test]
async fn a_subgraph_that_refuses_the_router_at_start_names_the_remedy() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = axum::Router::new().route(
        "/",
        axum::routing::post(|| async { StatusCode::UNAUTHORIZED }),
    );
    let task = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("supergraph.yaml");
    let text = format!("subgraphs: {{ a: {{ schema: {{ subgraph_url: 'http://{address}/' }} }} }}");
    std::fs::write(&list, text).unwrap();
    let started = assemble(GraphSource::Compose(list), Arc::default()).await;
    let message = started.err().unwrap().to_string();
    assert!(message.contains("WEFT_INTERNAL_SECRET"), "{message}");
    task.abort();
}

#[tokio::test]
async fn a_missing_list_is_a_mistake_of_configuration() {
    let source = GraphSource::Compose(Path::new("/nowhere/supergraph.yaml").to_owned());
    let error = assemble(source, Arc::default()).await.err().unwrap();
    assert!(
        matches!(&error, ServerError::Configuration { .. }),
        "{error}"
    );
    let message = error.to_string();
    assert!(
        message.starts_with("/nowhere/supergraph.yaml:1:1: cannot be read"),
        "{message}"
    );
}
