//! A small graph, a subgraph in memory that serves it, and what tests build from them.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use apollo_compiler::ast::{self, Definition, OperationType, Selection};
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, header};
use router_executor::{Identity, Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use crate::{
    app::App, config::Config, error::ServerError, graph::GraphSource, serve::Server, setup::Setup,
};

/// One subgraph with public fields, one that needs a token, and a mutation.
pub(crate) const SUPERGRAPH: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)
{ query: Query mutation: Mutation }
directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { GREETINGS @join__graph(name: "greetings", url: "http://greetings.invalid/graphql") }
type Query @join__type(graph: GREETINGS) {
  hello: String
  echo(n: Int!): Int
  secret: String @authenticated
  broken: String
  slow: String
}
type Mutation @join__type(graph: GREETINGS) { set: Boolean }
"#;

/// The subgraph `greetings`.
#[derive(Debug)]
pub(crate) struct Greetings {
    /// Who asked, and with which headers.
    pub(crate) seen: Mutex<Vec<(Arc<Identity>, Arc<HeaderMap>)>>,
    /// Mutations carried out.
    pub(crate) set: AtomicUsize,
    /// One permit lets one request that is `slow` or a mutation go on.
    pub(crate) go_on: Semaphore,
    /// One permit for each request that has come to wait.
    pub(crate) waiting: Semaphore,
}

impl Default for Greetings {
    fn default() -> Self {
        Self {
            seen: Mutex::default(),
            set: AtomicUsize::new(0),
            go_on: Semaphore::new(0),
            waiting: Semaphore::new(0),
        }
    }
}

impl Subgraph for Greetings {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        Box::pin(async move {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let query = body["query"].as_str().unwrap();
            self.seen
                .lock()
                .unwrap()
                .push((Arc::clone(&request.identity), Arc::clone(&request.headers)));
            let is_mutation = request.kind == OperationType::Mutation;
            if is_mutation || query.contains("slow") {
                self.waiting.add_permits(1);
                self.go_on.acquire().await.unwrap().forget();
            }
            let response =
                SubgraphResponse::json(self.answer(query, &body["variables"]).to_string());
            let mut headers = HeaderMap::new();
            if is_mutation {
                headers.insert(
                    header::SET_COOKIE,
                    HeaderValue::from_static("a=b; HttpOnly"),
                );
            }
            Ok(response.with_headers(headers))
        })
    }
}

impl Greetings {
    fn answer(&self, query: &str, variables: &Value) -> Value {
        let document = ast::Document::parse(query, "query").unwrap();
        let mut data = Map::new();
        let mut errors = Vec::new();
        for definition in &document.definitions {
            let Definition::OperationDefinition(operation) = definition else {
                continue;
            };
            for selection in &operation.selection_set {
                let Selection::Field(field) = selection else {
                    panic!("unexpected {query}")
                };
                let key = field.response_name().to_string();
                let value = match field.name.as_str() {
                    "hello" => json!("world"),
                    "echo" => match &*field.arguments[0].value {
                        ast::Value::Variable(name) => variables[name.as_str()].clone(),
                        value => serde_json::from_str(&value.to_string()).unwrap(),
                    },
                    "secret" => json!("42"),
                    "slow" => json!("late"),
                    "set" => json!(self.set.fetch_add(1, Ordering::SeqCst) < usize::MAX),
                    _ => {
                        errors.push(json!({ "message": "it broke", "path": [key], "extensions": { "code": "BROKEN" } }));
                        Value::Null
                    }
                };
                data.insert(key, value);
            }
        }
        if errors.is_empty() {
            json!({ "data": data })
        } else {
            json!({ "data": data, "errors": errors })
        }
    }
}

/// The router over [`SUPERGRAPH`] with a subgraph that never waits.
pub(crate) async fn app(config: Config) -> Arc<App> {
    setup(config, willing()).assemble().await.unwrap().0
}

/// The router over `greetings`.
pub(crate) async fn app_over(config: Config, greetings: Arc<Greetings>) -> Arc<App> {
    setup(config, greetings).assemble().await.unwrap().0
}

/// The server over [`SUPERGRAPH`] with a subgraph that never waits.
pub(crate) async fn bind(config: Config) -> Result<Server, ServerError> {
    setup(config, willing()).bind().await
}

fn willing() -> Arc<Greetings> {
    let greetings = Greetings::default();
    greetings.go_on.add_permits(1000);
    Arc::new(greetings)
}

fn setup(config: Config, greetings: Arc<Greetings>) -> Setup {
    Setup {
        subgraphs: [("greetings".to_owned(), greetings as Arc<dyn Subgraph>)].into(),
        ..Setup::over(config, GraphSource::Sdl(SUPERGRAPH.to_owned()))
    }
}
