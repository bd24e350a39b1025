//! Two subgraphs over the same things, of which all that is known is how often they were changed; in this process and
//! over HTTP.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use apollo_compiler::ast::{self, Definition, Document, Field, Selection};
use axum::Json;
use axum::extract::State;
use axum::routing::post;
use http::header::CACHE_CONTROL;
use schema_composition::SubgraphInput;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::changing::fields;

const ITEMS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
type Query { item(id: ID!): Item items: [Item!]! }
type Mutation { bump(id: ID!): Item }
type Item @key(fields: "id") { id: ID! version: Int! }
"#;
const DETAILS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
type Item @key(fields: "id") { id: ID! detail: Int! }
"#;

/// `item(id)` and `items` have a `version` from one subgraph and a `detail` from the other, which are the same number;
/// `bump(id)` adds one to it. Answers may be kept for a minute by everybody.
pub(crate) struct Versions {
    origin: Arc<Origin>,
    address: SocketAddr,
    _serving: AbortOnDropHandle<()>,
}

struct Origin {
    versions: Vec<AtomicU64>,
    /// `Cache-Control` of answers.
    control: Mutex<&'static str>,
    /// How long a query takes at most.
    takes: Mutex<Duration>,
    /// Answers to queries wait while this is so; what they say is settled before.
    is_held: watch::Sender<bool>,
    /// Queries whose answer is settled.
    asked: watch::Sender<u64>,
}

impl Versions {
    /// Of things with ids from 0.
    pub(crate) async fn start(things: usize) -> Self {
        let origin = Arc::new(Origin {
            versions: (0..things).map(|_| AtomicU64::new(0)).collect(),
            control: Mutex::new("public, max-age=60"),
            takes: Mutex::new(Duration::ZERO),
            is_held: watch::Sender::new(false),
            asked: watch::Sender::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let service = axum::Router::new()
            .route("/graphql", post(answer))
            .with_state(Arc::clone(&origin));
        let serving = tokio::spawn(async move {
            let served = axum::serve(listener, service).await;
            served.expect("serving does not end");
        });
        Self {
            origin,
            address,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    /// The supergraph of both subgraphs.
    pub(crate) fn supergraph(&self) -> String {
        let url = format!("http://{}/graphql", self.address);
        let inputs = [("items", ITEMS), ("details", DETAILS)].map(|(name, sdl)| SubgraphInput {
            name: name.to_owned(),
            url: url.clone(),
            sdl: sdl.to_owned(),
            source: None,
        });
        let composed = schema_composition::compose(&inputs);
        let composed = composed.unwrap_or_else(|report| panic!("{report:?}"));
        composed.supergraph
    }

    /// From now on a query takes a time by chance, but no longer.
    pub(crate) fn take(&self, longest: Duration) {
        *self.origin.takes.lock().expect("nobody panics with it") = longest;
    }

    /// From now on answers may not be kept.
    pub(crate) fn forbid_keeping(&self) {
        *self.origin.control.lock().expect("nobody panics with it") = "no-store";
    }

    /// Answers to queries say what holds when they are asked, and do not arrive before they are released.
    pub(crate) fn hold(&self) {
        self.origin.is_held.send_replace(true);
    }

    pub(crate) fn release(&self) {
        self.origin.is_held.send_replace(false);
    }

    /// How many queries there were so far.
    pub(crate) fn asked(&self) -> u64 {
        *self.origin.asked.borrow()
    }

    /// Waits until there were so many queries.
    pub(crate) async fn until_asked(&self, queries: u64) {
        let mut asked = self.origin.asked.subscribe();
        let enough = asked.wait_for(|asked| *asked >= queries);
        enough.await.expect("the subgraphs live as long as this");
    }
}

type Answered = ([(http::HeaderName, &'static str); 1], Json<Value>);

async fn answer(State(origin): State<Arc<Origin>>, Json(request): Json<Value>) -> Answered {
    let query = request["query"].as_str().unwrap_or_default();
    let document = Document::parse(query, "query");
    let document = document.unwrap_or_else(|_| panic!("not a query: {query}"));
    let Some(Definition::OperationDefinition(operation)) = document.definitions.first() else {
        panic!("no operation: {query}")
    };
    let is_query = operation.operation_type == ast::OperationType::Query;
    let takes = *origin.takes.lock().expect("nobody panics with it");
    let [before, after] = [(); 2].map(|()| takes.mul_f64(rand::random_range(0.0..0.5)));
    tokio::time::sleep(before).await;
    let fields = fields(&operation.selection_set).expect("only fields are asked for");
    let data: Map<String, Value> = fields
        .into_iter()
        .map(|field| {
            let value = origin.field(field, &request["variables"]);
            (field.response_name().to_string(), value)
        })
        .collect();
    if is_query {
        origin.asked.send_modify(|asked| *asked += 1);
        tokio::time::sleep(after).await;
        let mut is_held = origin.is_held.subscribe();
        let _ = is_held.wait_for(|is_held| !is_held).await;
    }
    let control = *origin.control.lock().expect("nobody panics with it");
    ([(CACHE_CONTROL, control)], Json(json!({ "data": data })))
}

impl Origin {
    fn field(&self, field: &Field, variables: &Value) -> Value {
        let below = &field.selection_set;
        match field.name.as_str() {
            "item" => self.item(&id(&argument(field, "id", variables)), below),
            "items" => (0..self.versions.len())
                .map(|id| self.item(&id.to_string(), below))
                .collect(),
            "bump" => {
                let id = id(&argument(field, "id", variables));
                self.version(&id).fetch_add(1, Ordering::SeqCst);
                self.item(&id, below)
            }
            "_entities" => {
                let wanted = argument(field, "representations", variables);
                let wanted = wanted.as_array().expect("a list").iter();
                wanted
                    .map(|wanted| self.item(&id(&wanted["id"]), below))
                    .collect()
            }
            other => panic!("{other} is asked for"),
        }
    }

    fn item(&self, id: &str, selections: &[Selection]) -> Value {
        let version = self.version(id).load(Ordering::SeqCst);
        let fields = fields(selections).expect("only fields are asked for");
        fields
            .into_iter()
            .map(|field| {
                let value = match field.name.as_str() {
                    "__typename" => json!("Item"),
                    "id" => json!(id),
                    "version" | "detail" => json!(version),
                    other => panic!("{other} is asked for"),
                };
                (field.response_name().to_string(), value)
            })
            .collect()
    }

    fn version(&self, id: &str) -> &AtomicU64 {
        let index: usize = id.parse().expect("ids are numbers");
        &self.versions[index]
    }
}

/// The value of an argument that has one, be it written or a variable.
fn argument(field: &Field, name: &str, variables: &Value) -> Value {
    let mut arguments = field.arguments.iter();
    let found = arguments.find(|argument| argument.name == name);
    match &*found.expect("it has the argument").value {
        ast::Value::Variable(name) => variables[name.as_str()].clone(),
        ast::Value::String(text) => json!(text),
        other => serde_json::from_str(&other.to_string()).expect("it is plain"),
    }
}

fn id(value: &Value) -> String {
    match value {
        Value::String(id) => id.clone(),
        other => other.to_string(),
    }
}
