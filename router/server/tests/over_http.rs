//! The router as a process would run it: a real socket in front, HTTP subgraphs behind.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use axum::{Router, extract::State, http::HeaderMap, routing::post};
use benches_subgraphs::{Estimate, Subgraph};
use router_server::{Config, InternalSecret, Setup, Sources};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A router on a free port, serving until it is stopped.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(yaml: &str, secret: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("weft.yaml");
        std::fs::write(&file, format!("listen: 127.0.0.1:0\n{yaml}")).unwrap();
        let secret = secret.map(|secret| ("WEFT_INTERNAL_SECRET".to_owned(), secret.to_owned()));
        let sources = Sources {
            file: Some(file),
            environment: secret.into_iter().collect(),
            flags: Vec::new(),
        };
        let config = Config::load(&sources).unwrap();
        let server = Setup::new(config, &sources).unwrap().bind().await.unwrap();
        let address = server.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            task,
        }
    }

    /// Status and body of a GraphQL request.
    async fn post(&self, body: &str, headers: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: router\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            head.split(' ').nth(1).unwrap().parse().unwrap(),
            body.to_owned(),
        )
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

fn bench_data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../benches/data")
        .join(name)
}

#[tokio::test]
async fn the_benchmarks_answer_is_byte_for_byte_the_expected_one() {
    let subgraphs = benches_subgraphs::serve("127.0.0.1:0".parse().unwrap(), Estimate::Unknown)
        .await
        .unwrap();
    let names = [
        Subgraph::Accounts,
        Subgraph::Inventory,
        Subgraph::Products,
        Subgraph::Reviews,
    ];
    let urls: String = names
        .iter()
        .map(|subgraph| {
            format!(
                "  {}:\n    url: {}\n",
                subgraph.name(),
                subgraphs.url(*subgraph)
            )
        })
        .collect();
    let yaml = format!(
        "supergraph: {}\nsubgraphs:\n{urls}",
        bench_data("supergraph.graphql").display()
    );
    let router = Running::start(&yaml, None).await;
    let operation = std::fs::read_to_string(bench_data("operation.graphql")).unwrap();
    let expected = std::fs::read_to_string(bench_data("expected.json")).unwrap();
    let body = json!({ "query": operation }).to_string();
    for _ in 0..2 {
        subgraphs.reset_requests();
        let (status, answer) = router.post(&body, "").await;
        assert_eq!(status, 200);
        assert!(
            answer == expected.trim_end(),
            "{} bytes instead of {}",
            answer.len(),
            expected.len()
        );
        assert!(
            subgraphs.requests().total() <= 7,
            "{:?}",
            subgraphs.requests()
        );
    }
    router.stop().await;
    subgraphs.stop().await;
}

/// A subgraph that answers with its own schema or `value`, and remembers the headers it was sent.
#[derive(Clone, Default)]
struct Remembering(Arc<Mutex<Vec<HeaderMap>>>);

const SDL: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
type Query { value: String other: String }
"#;

async fn answer(
    State(seen): State<Remembering>,
    headers: HeaderMap,
    body: String,
) -> axum::Json<Value> {
    seen.0.lock().unwrap().push(headers);
    let body: Value = serde_json::from_str(&body).unwrap();
    let data = if body["query"].as_str().unwrap().contains("_service") {
        json!({ "_service": { "sdl": SDL } })
    } else {
        json!({ "value": "v" })
    };
    axum::Json(json!({ "data": data }))
}

async fn serve_subgraph(listener: TcpListener, seen: Remembering) -> JoinHandle<()> {
    let service = Router::new()
        .route("/graphql", post(answer))
        .with_state(seen);
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() })
}

/// The claims of the internal token in `headers`.
fn claims(headers: &HeaderMap) -> Value {
    let token = headers["authorization"]
        .to_str()
        .unwrap()
        .strip_prefix("Bearer ")
        .unwrap()
        .to_owned();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    validation.set_audience(&["things"]);
    let key = jsonwebtoken::DecodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::decode::<Value>(&token, &key, &validation)
        .unwrap()
        .claims
}

#[tokio::test]
async fn a_router_composes_running_subgraphs_signs_its_requests_and_survives_their_absence() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Remembering::default();
    let subgraph = serve_subgraph(listener, seen.clone()).await;

    let folder = tempfile::tempdir().unwrap();
    let compose = folder.path().join("supergraph.yaml");
    std::fs::write(
        &compose,
        format!("federation_version: =2.9.0\nsubgraphs:\n  things:\n    schema:\n      subgraph_url: http://{address}/graphql\n"),
    )
    .unwrap();
    let router = Running::start(&format!("compose: {}\n", compose.display()), Some(SECRET)).await;

    let body = json!({ "query": "{ value }" }).to_string();
    let (status, text) = router
        .post(&body, "x-request-id: r-1\r\ncookie: a=b\r\n")
        .await;
    assert_eq!((status, text.as_str()), (200, r#"{"data":{"value":"v"}}"#));
    {
        let seen = seen.0.lock().unwrap();
        assert_eq!(claims(&seen[0])["rid"], "composition");
        let last = seen.last().unwrap();
        assert_eq!(last["x-request-id"], "r-1");
        assert!(!last.contains_key("cookie"), "{last:?}");
        let claims = claims(last);
        assert_eq!(claims["iss"], "weft-router");
        assert_eq!(claims.get("sub"), None);
    }

    subgraph.abort();
    let _ = subgraph.await;
    let (status, text) = router.post(&body, "").await;
    let failed: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (status, &failed["data"]),
        (200, &json!({ "value": null })),
        "{text}"
    );
    assert_eq!(failed["errors"][0]["path"], json!(["value"]), "{text}");
    let code = failed["errors"][0]["extensions"]["code"].as_str().unwrap();
    assert!(code.starts_with("SUBREQUEST_"), "{text}");
    assert!(
        !text.contains(&address.port().to_string()),
        "the answer names the subgraph's address: {text}"
    );

    let listener = TcpListener::bind(address).await.unwrap();
    let subgraph = serve_subgraph(listener, seen.clone()).await;
    let (_, text) = router.post(&body, "").await;
    assert_eq!(text, r#"{"data":{"value":"v"}}"#);
    router.stop().await;
    subgraph.abort();
}

#[tokio::test]
async fn operators_have_an_address_of_their_own_until_the_router_has_stopped() {
    let sources = Sources::default().flag("--listen", "listen", Some("127.0.0.1:0".to_owned()));
    let admin = Some("127.0.0.1:0".to_owned());
    let sources = sources.flag("--admin", "admin.listen", admin);
    let supergraph = bench_data("supergraph.graphql").display().to_string();
    let sources = sources.flag("--supergraph", "supergraph", Some(supergraph));
    let config = Config::load(&sources).unwrap();
    let server = Setup::new(config, &sources).unwrap().bind().await.unwrap();
    let (clients, operators) = (server.address(), server.admin_address().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    let get = |address: SocketAddr, path: &'static str| async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    assert!(
        get(operators, "/metrics")
            .await
            .contains("weft_graph_info{id=")
    );
    assert!(get(operators, "/ready").await.contains("\"composition\""));
    assert!(!get(clients, "/ready").await.contains("\"composition\""));
    assert!(get(clients, "/metrics").await.starts_with("HTTP/1.1 404"));
    stop.send(()).unwrap();
    task.await.unwrap();
    assert!(TcpStream::connect(operators).await.is_err());
}

#[tokio::test]
async fn what_keeps_a_router_from_starting_is_said_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    write("plain.graphql", "type Query { a: Int }");
    write("broken.graphql", "type Query { a: ");
    write(
        "broken.yaml",
        "subgraphs:\n  a:\n    routing_url: http://a\n    schema:\n      file: broken.graphql\n",
    );
    write(
        "missing.yaml",
        "subgraphs:\n  a:\n    routing_url: http://a\n    schema:\n      file: nowhere.graphql\n",
    );
    write(
        "sdl.yaml",
        "subgraphs:\n  a:\n    schema:\n      sdl: 'type Query { a: Int }'\n",
    );
    let nowhere = schema_composition::SubgraphInput {
        name: "a".to_owned(),
        url: String::new(),
        sdl: "type Query { a: Int }".to_owned(),
        source: None,
    };
    let composed = schema_composition::compose(&[nowhere]).unwrap();
    write("no-url.graphql", &composed.supergraph);
    let cases = [
        ("", "no graph to serve: set `supergraph`"),
        ("supergraph: nowhere.graphql", "cannot read "),
        (
            "supergraph: plain.graphql",
            "the supergraph cannot be used: no `join__Graph` enum",
        ),
        (
            "supergraph: broken.graphql",
            "the supergraph cannot be used: ",
        ),
        ("compose: broken.yaml", "the subgraphs do not compose:\n"),
        ("compose: missing.yaml", "nowhere.graphql: no such file"),
        ("compose: sdl.yaml", "subgraphs.a: needs a `routing_url`"),
        (
            "supergraph: no-url.graphql",
            "subgraph `a`: the subgraph URL `` cannot be used: ",
        ),
    ];
    for (yaml, expected) in cases {
        let file = write("weft.yaml", &format!("listen: 127.0.0.1:0\n{yaml}\n"));
        let sources = Sources {
            file: Some(file),
            ..Sources::default()
        };
        let config = Config::load(&sources).unwrap();
        let started = match Setup::new(config, &sources) {
            Ok(setup) => setup.bind().await.map(|_| ()),
            Err(error) => Err(error),
        };
        let message = started.expect_err(yaml).to_string();
        assert!(message.contains(expected), "{yaml}: {message}");
    }
}

#[test]
fn an_unusable_secret_is_refused_without_being_shown() {
    let environment = [("WEFT_INTERNAL_SECRET".to_owned(), "hunter2".to_owned())];
    let message = InternalSecret::from_environment(&environment)
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "WEFT_INTERNAL_SECRET: every value must have at least 32 bytes"
    );
}
