//! What is kept of subgraphs' answers, for whom, and what ends it: through the whole router, over a catalogue and a stock
//! that change.

use std::{collections::BTreeMap, sync::Mutex, sync::atomic::AtomicBool};

use apollo_compiler::ast::{self, Definition, Selection};
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use router_executor::{Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};
use schema_composition::SubgraphInput;
use serde_json::Map;
use tokio::sync::watch;

use super::*;
use crate::{
    config::{CacheRule, Header},
    graph::GraphSource,
    http::{QueryText, RequestContext},
    setup::Setup,
};

mod ahead;
mod ended;
mod kept;
mod named;
mod once;
mod said;
mod templates;
mod told;
mod whom;

const CATALOG: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@cacheTag"])
type Query { product(id: ID!): Product @cacheTag(format: "product-{$args.id}") products: [Product!]! greeting: String }
type Mutation { rename(id: ID!, name: String!): Product remove(id: ID!): Boolean reprice(id: ID!): Offer print: Ticket }
type Ticket @key(fields: "code") { code: String text: String }
type Offer { product: Product text: String }
type Product @key(fields: "id") { id: ID! name: String }
"#;
const STOCK: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@cacheTag"])
type Query { shelves: Int }
type Product @key(fields: "id") @cacheTag(format: "stock of {$key.id}") { id: ID! count: Int }
"#;

/// What both subgraphs know, and what they were asked.
#[derive(Default)]
struct World {
    names: Mutex<BTreeMap<String, String>>,
    counts: Mutex<BTreeMap<String, u32>>,
    /// What they were asked since it was looked at: root fields, ids of entities.
    asked: Mutex<Vec<String>>,
    /// Headers of their answers.
    says: Mutex<HeaderMap>,
    /// Whether they fail.
    fails: AtomicBool,
    /// Errors in their answers.
    errors: Mutex<Vec<Value>>,
    /// Their answers' `extensions.cacheInvalidation`.
    invalidates: Mutex<Option<Value>>,
    /// Others of their answers' `extensions`.
    extensions: Mutex<Option<Value>>,
    /// Whether they do not answer for now.
    held: watch::Sender<bool>,
}

struct Side {
    world: Arc<World>,
}

impl Subgraph for Side {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        Box::pin(async move {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let query = body["query"].as_str().unwrap();
            let document = ast::Document::parse(query, "query").unwrap();
            let Some(Definition::OperationDefinition(operation)) = document.definitions.first()
            else {
                panic!("no operation: {query}")
            };
            let who = request.identity.subject.clone();
            let mut data = Map::new();
            for selection in &operation.selection_set {
                let Selection::Field(field) = selection else {
                    panic!("no field: {query}")
                };
                let argument = |name: &str| {
                    let mut arguments = field.arguments.iter();
                    let value = &arguments
                        .find(|argument| argument.name == name)
                        .unwrap()
                        .value;
                    match &**value {
                        ast::Value::Variable(name) => body["variables"][name.as_str()].clone(),
                        ast::Value::String(text) => json!(text),
                        other => serde_json::from_str(&other.to_string()).unwrap(),
                    }
                };
                let value = self.world.field(field, who.as_deref(), argument);
                data.insert(field.response_name().to_string(), value);
            }
            if self.world.fails.load(Ordering::SeqCst) {
                return Err(SubgraphError::Timeout);
            }
            let mut held = self.world.held.subscribe();
            held.wait_for(|held| !held).await.unwrap();
            let mut answer = json!({ "data": data });
            let errors = self.world.errors.lock().unwrap().clone();
            if !errors.is_empty() {
                answer["errors"] = Value::Array(errors);
            }
            if let Some(extensions) = self.world.extensions.lock().unwrap().clone() {
                answer["extensions"] = extensions;
            }
            if let Some(said) = self.world.invalidates.lock().unwrap().clone() {
                answer["extensions"] = json!({ "cacheInvalidation": said });
            }
            let response = SubgraphResponse::json(answer.to_string());
            Ok(response.with_headers(self.world.says.lock().unwrap().clone()))
        })
    }
}

impl World {
    fn field(
        &self,
        field: &ast::Field,
        who: Option<&str>,
        argument: impl Fn(&str) -> Value,
    ) -> Value {
        let note = |what: String| self.asked.lock().unwrap().push(what);
        let id = || argument("id").to_string().trim_matches('"').to_owned();
        match field.name.as_str() {
            "_entities" => {
                let wanted = argument("representations");
                let wanted = wanted.as_array().unwrap().iter();
                let entities = wanted.map(|wanted| {
                    let id = wanted["id"].as_str().unwrap();
                    note(id.to_owned());
                    json!({ "__typename": "Product", "count": self.counts.lock().unwrap().get(id) })
                });
                entities.collect()
            }
            "greeting" => {
                note("greeting".to_owned());
                json!(format!("hello {}", who.unwrap_or("you")))
            }
            "products" => {
                note("products".to_owned());
                let ids: Vec<String> = self.names.lock().unwrap().keys().cloned().collect();
                ids.iter()
                    .map(|id| self.product(id, &field.selection_set))
                    .collect()
            }
            "product" => {
                note(format!("product {}", id()));
                self.product(&id(), &field.selection_set)
            }
            "rename" => {
                let name = argument("name").as_str().unwrap().to_owned();
                self.names.lock().unwrap().insert(id(), name);
                self.product(&id(), &field.selection_set)
            }
            "remove" => json!(self.names.lock().unwrap().remove(&id()).is_some()),
            "reprice" | "edit" => json!({ "text": "done" }),
            "print" => json!({ "text": "printed", "code": null }),
            other => panic!("{other} is asked for"),
        }
    }

    fn product(&self, id: &str, selections: &[Selection]) -> Value {
        let names = self.names.lock().unwrap();
        let Some(name) = names.get(id) else {
            return Value::Null;
        };
        let mut product = Map::new();
        for selection in selections {
            let Selection::Field(field) = selection else {
                panic!("no field")
            };
            let value = match field.name.as_str() {
                "__typename" => json!("Product"),
                "id" => json!(id),
                "name" => json!(name),
                other => panic!("{other} is asked for"),
            };
            product.insert(field.response_name().to_string(), value);
        }
        Value::Object(product)
    }

    /// What was asked since this was last called.
    fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort();
        asked
    }

    fn say(&self, name: &'static str, value: &str) {
        let value = HeaderValue::from_str(value).unwrap();
        self.says.lock().unwrap().insert(name, value);
    }
}

struct Shop {
    app: Arc<App>,
    world: Arc<World>,
}

impl Shop {
    async fn open(change: impl FnOnce(&mut Config)) -> Self {
        Self::open_with(change, |setup| setup).await
    }

    async fn open_with(
        change: impl FnOnce(&mut Config),
        prepare: impl FnOnce(Setup) -> Setup,
    ) -> Self {
        Self::open_over(CATALOG, change, prepare).await
    }

    async fn open_over(
        catalog: &str,
        change: impl FnOnce(&mut Config),
        prepare: impl FnOnce(Setup) -> Setup,
    ) -> Self {
        let input = |name: &str, sdl: &str| SubgraphInput {
            name: name.to_owned(),
            url: format!("http://{name}.invalid"),
            sdl: sdl.to_owned(),
            source: None,
        };
        let inputs = [input("catalog", catalog), input("stock", STOCK)];
        let composed = schema_composition::compose(&inputs).unwrap();
        let world = Arc::new(World::default());
        world.say("cache-control", "public, max-age=60");
        for (id, name, count) in [("1", "one", 10), ("2", "two", 20), ("3", "three", 30)] {
            world
                .names
                .lock()
                .unwrap()
                .insert(id.to_owned(), name.to_owned());
            world.counts.lock().unwrap().insert(id.to_owned(), count);
        }
        let side = || {
            let world = Arc::clone(&world);
            Arc::new(Side { world }) as Arc<dyn Subgraph>
        };
        let mut config = Config::default();
        change(&mut config);
        let setup = Setup {
            subgraphs: [("catalog".to_owned(), side()), ("stock".to_owned(), side())].into(),
            environment: vec![(
                "WEFT_CACHE_INVALIDATION_TOKEN".to_owned(),
                "a token of some length".to_owned(),
            )],
            ..Setup::over(config, GraphSource::Sdl(composed.supergraph))
        };
        Self {
            app: prepare(setup).assemble().await.unwrap().0,
            world,
        }
    }

    /// One of the cache's counts.
    fn count(&self, name: &str) -> u64 {
        let caching = self.app.pipeline.caching().unwrap();
        let mut counts = caching.cache.stats().each();
        counts.find(|(known, _)| *known == name).unwrap().1
    }

    /// The answer to a query as JSON and the headers; what subgraphs were asked for it.
    async fn ask(&self, query: &str, headers: &[(&str, &str)]) -> (Value, HeaderMap, Vec<String>) {
        let (bytes, headers, asked) = self.ask_raw(query, headers).await;
        (serde_json::from_slice(&bytes).unwrap(), headers, asked)
    }

    /// The same with the answer as it was sent.
    async fn ask_raw(
        &self,
        query: &str,
        headers: &[(&str, &str)],
    ) -> (Bytes, HeaderMap, Vec<String>) {
        let mut request =
            Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Body::from(json!({ "query": query }).to_string());
        let response = routes(&self.app)
            .oneshot(request.body(body).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (bytes, parts.headers, self.world.asked())
    }

    /// Asks, and checks what subgraphs were asked for it.
    async fn check(&self, query: &str, asked: &[&str]) -> Value {
        let (answer, _, was_asked) = self.ask(query, &[]).await;
        assert_eq!(was_asked, asked, "{query} {answer}");
        answer
    }

    /// Asks as somebody.
    async fn greet(
        &self,
        subject: Option<&str>,
        scopes: &[&str],
        headers: &[(&str, &str)],
    ) -> String {
        let request = GraphqlRequest {
            query: QueryText::Plain("{ greeting }".into()),
            operation_name: None,
            variables: "{}".into(),
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            map.append(name, value.parse().unwrap());
        }
        let context = RequestContext {
            id: Arc::from("r"),
            identity: Arc::new(Identity {
                subject: subject.map(str::to_owned),
                scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
                session: None,
            }),
            headers: Arc::new(map),
            peer: None,
            deadline: tokio::time::Instant::now() + Duration::from_secs(60),
            queries_only: false,
        };
        let outcome = Arc::clone(&self.app.pipeline)
            .execute(request, context)
            .await
            .unwrap();
        String::from_utf8(outcome.body.to_vec()).unwrap()
    }
}

const LIST: &str = "{ products { id name count } }";

async fn invalidate(shop: &Shop, body: Value) -> (u16, Value) {
    let request = Request::post("/cache/invalidate")
        .header(header::AUTHORIZATION, "Bearer a token of some length")
        .body(Body::from(body.to_string()));
    let response = routes(&shop.app).oneshot(request.unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}
