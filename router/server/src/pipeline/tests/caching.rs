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
mod named;
mod once;
mod said;
mod templates;

const CATALOG: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@cacheTag"])
type Query { product(id: ID!): Product @cacheTag(format: "product-{$args.id}") products: [Product!]! greeting: String }
type Mutation { rename(id: ID!, name: String!): Product remove(id: ID!): Boolean reprice(id: ID!): Offer print: Ticket }
type Ticket @key(fields: "code") { code: String text: String }
type Offer { product: Product text: String }
type Product @key(fields: "id") { id: ID! name: String }
"#;
const STOCK: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key"])
type Query { shelves: Int }
type Product @key(fields: "id") { id: ID! count: Int }
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

#[tokio::test]
async fn what_is_kept_is_not_asked_for_again() {
    let shop = Shop::open(|_| {}).await;
    let first = shop.check(LIST, &["1", "2", "3", "products"]).await;
    assert_eq!(
        first["data"]["products"][1],
        json!({ "id": "2", "name": "two", "count": 20 })
    );
    let (again, headers, asked) = shop.ask(LIST, &[]).await;
    assert_eq!((again, asked), (first, vec![]));
    let control = headers[header::CACHE_CONTROL].to_str().unwrap();
    assert!(control.starts_with("public, max-age="), "{control}");
    let status = headers["cache-status"].to_str().unwrap();
    assert!(status.starts_with("weft; hit; ttl="), "{status}");
    // Another operation with the same parts: entities are found by themselves.
    shop.check("{ products { id count } }", &["products"]).await;
    shop.check("{ product(id: 2) { id count } }", &["product 2"])
        .await;
    // Another selection of the entities is another unit.
    shop.check("{ p: products { id name count } }", &["products"])
        .await;
}

/// What caches between the router and its clients must tell apart.
#[tokio::test]
async fn an_answer_that_may_be_kept_says_what_it_depends_on() {
    let shop = Shop::open(|config| {
        config.headers.propagate = ["x-tenant", "traceparent"]
            .map(|name| name.parse::<Header>().unwrap())
            .into();
    })
    .await;
    let cases = [
        ("public, max-age=60", Some("accept, x-tenant")),
        ("max-age=60", Some("accept, x-tenant, authorization")),
        ("no-store", None),
    ];
    for (said, expected) in cases {
        shop.world.say("cache-control", said);
        let all = json!({ "invalidate": [{ "all": true }] });
        invalidate(&shop, all).await;
        for _ in 0..2 {
            let (_, headers, _) = shop.ask("{ greeting }", &[]).await;
            let vary = headers.get_all(header::VARY).iter();
            let mut vary = vary.map(|value| value.to_str().unwrap());
            let found = vary.find(|value| value.contains("accept,"));
            assert_eq!(found, expected, "{said}: {headers:?}");
        }
    }
}

#[tokio::test]
async fn a_mutation_ends_what_it_changed_and_nothing_else() {
    let shop = Shop::open(|_| {}).await;
    shop.check(LIST, &["1", "2", "3", "products"]).await;
    shop.check("{ product(id: 1) { id name } }", &["product 1"])
        .await;
    shop.check("{ product(id: 2) { id name } }", &["product 2"])
        .await;
    shop.check("{ greeting }", &["greeting"]).await;
    let rename = r#"mutation { rename(id: "2", name: "new") { id } }"#;
    let (_, headers, _) = shop.ask(rename, &[]).await;
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert!(headers.contains_key("x-cache-pos"), "{headers:?}");
    // The list, and of the batch what is about the changed one.
    let list = shop.check(LIST, &["2", "products"]).await;
    assert_eq!(list["data"]["products"][1]["name"], "new");
    shop.check("{ product(id: 1) { id name } }", &[]).await;
    let changed = shop
        .check("{ product(id: 2) { id name } }", &["product 2"])
        .await;
    assert_eq!(changed["data"]["product"]["name"], "new");
    shop.check("{ greeting }", &[]).await;
    // Another name in the payload's place: nobody knows which entity it was.
    shop.ask(r#"mutation { reprice(id: "3") { text } }"#, &[])
        .await;
    shop.check("{ product(id: 1) { id name } }", &["product 1"])
        .await;
    shop.check("{ greeting }", &[]).await;
    // Nothing at all is known of what it did: everything of the subgraph goes.
    shop.ask(r#"mutation { remove(id: "3") }"#, &[]).await;
    shop.check("{ greeting }", &["greeting"]).await;
    let list = shop.check("{ products { id } }", &["products"]).await;
    assert_eq!(list["data"]["products"].as_array().unwrap().len(), 2);
}

/// Which entity was changed is asked for besides what the client asks for, who does not see it.
#[tokio::test]
async fn a_mutation_whose_client_selects_no_key_ends_what_it_changed_and_nothing_else() {
    let shop = Shop::open(|_| {}).await;
    let uncached = Shop::open(|config| config.cache.enabled = false).await;
    for selection in [
        "{ name }",
        "{ id: name }",
        "{ n: name __typename id: name }",
    ] {
        shop.check(LIST, &["1", "2", "3", "products"]).await;
        shop.check("{ product(id: 1) { id name } }", &["product 1"])
            .await;
        shop.check("{ product(id: 2) { id name } }", &["product 2"])
            .await;
        let rename = format!(r#"mutation {{ rename(id: "2", name: "new") {selection} }}"#);
        let (bytes, ..) = shop.ask_raw(&rename, &[]).await;
        let (plain, ..) = uncached.ask_raw(&rename, &[]).await;
        assert_eq!(bytes, plain, "{bytes:?}");
        // Of the batch only what is about the changed one, and the list that it is in.
        shop.check(LIST, &["2", "products"]).await;
        shop.check("{ product(id: 1) { id name } }", &[]).await;
        shop.check("{ product(id: 2) { id name } }", &["product 2"])
            .await;
        let all = json!({ "invalidate": [{ "all": true }] });
        invalidate(&shop, all).await;
    }
}

/// A key that may be null, and that could not be had, is nothing the client asked for.
#[tokio::test]
async fn a_key_that_only_the_cache_reads_does_not_fail_a_mutation() {
    let shop = Shop::open(|_| {}).await;
    let error = json!({ "message": "no code", "path": ["print", "code"] });
    *shop.world.errors.lock().unwrap() = vec![error.clone()];
    let print = "mutation { print { text } }";
    let expected = json!({ "data": { "print": { "text": "printed" } } });
    let (answer, headers, _) = shop.ask(print, &[]).await;
    assert_eq!(answer, expected);
    assert!(headers.contains_key("x-cache-pos"), "{headers:?}");
    // Who asks for it is told.
    let (answer, ..) = shop.ask("mutation { print { text code } }", &[]).await;
    assert_eq!(answer["errors"][0]["message"], error["message"], "{answer}");
}

#[tokio::test]
async fn a_mutation_that_fails_may_have_done_its_work() {
    let shop = Shop::open(|_| {}).await;
    shop.check("{ product(id: 1) { id name } }", &["product 1"])
        .await;
    shop.world.fails.store(true, Ordering::SeqCst);
    let rename = r#"mutation { rename(id: "1", name: "new") { id } }"#;
    let (answer, ..) = shop.ask(rename, &[]).await;
    assert!(answer["errors"].is_array(), "{answer}");
    shop.world.fails.store(false, Ordering::SeqCst);
    let answer = shop
        .check("{ product(id: 1) { id name } }", &["product 1"])
        .await;
    assert_eq!(answer["data"]["product"]["name"], "new");
}

#[tokio::test]
async fn nobody_gets_the_answer_that_was_made_for_another() {
    type Asker = (
        Option<&'static str>,
        &'static [&'static str],
        &'static [(&'static str, &'static str)],
    );
    const ASKERS: [Asker; 7] = [
        (None, &[], &[]),
        (None, &[], &[("x-tenant", "a")]),
        (None, &[], &[("x-tenant", "b")]),
        (Some("ada"), &[], &[]),
        (Some("ada"), &["admin"], &[]),
        (Some("bob"), &[], &[]),
        (Some("bob"), &[], &[("x-tenant", "a")]),
    ];
    let says = [
        "max-age=60",
        "private, max-age=60",
        "max-age=60, s-maxage=60",
        "public, max-age=60",
    ];
    for said in says {
        let shop = Shop::open(|config| {
            config.headers.propagate = vec!["x-tenant".parse::<Header>().unwrap()];
        })
        .await;
        shop.world.say("cache-control", said);
        for round in 0..2 {
            for (subject, scopes, headers) in ASKERS {
                let answer = shop.greet(subject, scopes, headers).await;
                let asked = shop.world.asked().len();
                let own = format!("hello {}", subject.unwrap_or("you"));
                if said.starts_with("public") {
                    continue;
                }
                assert!(answer.contains(&own), "{said} {subject:?}: {answer}");
                let is_kept = subject.is_some() || !said.starts_with("private");
                let expected = usize::from(round == 0 || !is_kept);
                assert_eq!(
                    asked, expected,
                    "{said} {subject:?} {scopes:?} {headers:?} {round}"
                );
            }
        }
    }
    // What says that it is public is everybody's, but for the headers that its origin saw.
    let shop = Shop::open(|config| {
        config.headers.propagate = vec!["x-tenant".parse::<Header>().unwrap()];
    })
    .await;
    assert!(
        shop.greet(Some("ada"), &[], &[])
            .await
            .contains("hello ada")
    );
    assert!(shop.greet(None, &[], &[]).await.contains("hello ada"));
    let other = shop.greet(Some("bob"), &[], &[("x-tenant", "a")]).await;
    assert!(other.contains("hello bob"), "{other}");
}

#[tokio::test]
async fn what_must_not_be_kept_is_not() {
    let refused = [
        ("cache-control", "no-store"),
        ("cache-control", "max-age=60, no-cache"),
        ("cache-control", "max-age=0"),
        ("cache-control", "private, max-age=60"),
        ("set-cookie", "a=b"),
        ("vary", "*"),
    ];
    for (name, value) in refused {
        let shop = Shop::open(|_| {}).await;
        shop.world.say(name, value);
        shop.check("{ greeting }", &["greeting"]).await;
        let (_, headers, asked) = shop.ask("{ greeting }", &[]).await;
        assert_eq!(asked, ["greeting"], "{name}: {value}");
        assert_eq!(
            headers[header::CACHE_CONTROL],
            "no-store",
            "{name}: {value}"
        );
    }
    let shop = Shop::open(|_| {}).await;
    let (_, headers, _) = shop
        .ask("{ greeting }", &[("cache-control", "no-store")])
        .await;
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    shop.check("{ greeting }", &["greeting"]).await;
    let (_, headers, asked) = shop
        .ask("{ greeting }", &[("cache-control", "no-cache")])
        .await;
    assert_eq!(asked, ["greeting"]);
    assert_eq!(headers["cache-status"], "weft; fwd=request; stored");
    shop.check("{ greeting }", &[]).await;
}

#[tokio::test]
async fn the_configuration_decides_over_what_subgraphs_say() {
    let shop = Shop::open(|config| {
        let catalog = config
            .cache
            .subgraphs
            .entry("catalog".to_owned())
            .or_default();
        let rule = |max_age: u64| CacheRule {
            keep: max_age > 0,
            max_age: Some(Span::seconds(max_age.max(1))),
            scope: Some(crate::config::CacheScope::Public),
        };
        catalog.fields.insert("Query.greeting".to_owned(), rule(0));
        catalog.fields.insert("Query.products".to_owned(), rule(7));
        let stock = config
            .cache
            .subgraphs
            .entry("stock".to_owned())
            .or_default();
        stock.enabled = Some(false);
    })
    .await;
    for _ in 0..2 {
        shop.check("{ greeting }", &["greeting"]).await;
    }
    shop.check(LIST, &["1", "2", "3", "products"]).await;
    shop.check(LIST, &["1", "2", "3"]).await;
    let (_, headers, _) = shop.ask("{ products { name } }", &[]).await;
    let control = headers[header::CACHE_CONTROL].to_str().unwrap();
    let seconds: u64 = control
        .strip_prefix("public, max-age=")
        .unwrap()
        .parse()
        .unwrap();
    assert!(seconds <= 7, "{control}");
}

#[tokio::test]
async fn without_a_cache_everything_is_asked_for() {
    let shop = Shop::open(|config| config.cache.enabled = false).await;
    for _ in 0..2 {
        let (_, headers, asked) = shop.ask("{ greeting }", &[]).await;
        assert_eq!(asked, ["greeting"]);
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert!(!headers.contains_key("cache-status"));
    }
}

#[tokio::test]
async fn a_stale_answer_stands_in_for_one_that_fails() {
    let shop = Shop::open(|_| {}).await;
    shop.world
        .say("cache-control", "public, max-age=60, stale-if-error=600");
    shop.check("{ greeting }", &["greeting"]).await;
    invalidate(
        &shop,
        json!({ "invalidate": [{ "field": "Query.greeting" }], "mode": "soft" }),
    )
    .await;
    shop.world.fails.store(true, Ordering::SeqCst);
    let answer = shop.check("{ greeting }", &["greeting"]).await;
    assert_eq!(answer, json!({ "data": { "greeting": "hello you" } }));
    shop.world.fails.store(false, Ordering::SeqCst);
    shop.check("{ greeting }", &["greeting"]).await;
    // A hard invalidation ends that too.
    invalidate(
        &shop,
        json!({ "invalidate": [{ "field": "Query.greeting" }] }),
    )
    .await;
    shop.world.fails.store(true, Ordering::SeqCst);
    let answer = shop.check("{ greeting }", &["greeting"]).await;
    assert_eq!(answer["data"]["greeting"], Value::Null);
}

async fn invalidate(shop: &Shop, body: Value) -> (u16, Value) {
    let request = Request::post("/cache/invalidate")
        .header(header::AUTHORIZATION, "Bearer a token of some length")
        .body(Body::from(body.to_string()));
    let response = routes(&shop.app).oneshot(request.unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn operators_can_end_what_they_know_to_be_out_of_date() {
    let cases = [
        (json!({ "all": true }), true),
        (json!({ "subgraph": "catalog" }), true),
        (json!({ "subgraph": "stock" }), false),
        (json!({ "type": "Product" }), true),
        (json!({ "subgraph": "catalog", "type": "Product" }), true),
        (json!({ "subgraph": "stock", "type": "Product" }), false),
        (json!({ "type": "Product", "key": { "id": 1 } }), true),
        (json!({ "type": "Product", "key": { "id": "2" } }), false),
        (json!({ "field": "Query.product" }), true),
        (json!({ "field": "Query.products" }), false),
        (json!({ "tag": "product-1" }), true),
        (json!({ "tag": "product-2" }), false),
    ];
    for (target, ends) in cases {
        let shop = Shop::open(|_| {}).await;
        let query = "{ product(id: 1) { id name } }";
        shop.check(query, &["product 1"]).await;
        let (status, answer) = invalidate(&shop, json!({ "invalidate": [target] })).await;
        assert_eq!(status, 200, "{target} {answer}");
        assert!(answer["position"].is_string(), "{answer}");
        let asked: &[&str] = if ends { &["product 1"] } else { &[] };
        let (_, _, was_asked) = shop.ask(query, &[]).await;
        assert_eq!(was_asked, asked, "{target}");
    }
    let shop = Shop::open(|_| {}).await;
    let wrong = [
        (json!({ "invalidate": [] }), "1 to 1000 things"),
        (json!({ "invalidate": [{}] }), "name one of"),
        (
            json!({ "invalidate": [{ "type": "Nothing" }] }),
            "no subgraph has a `@key` on a type `Nothing`",
        ),
        (
            json!({ "invalidate": [{ "all": true, "tag": "x" }] }),
            "name one of",
        ),
        (
            json!({ "invalidate": [{ "type": "Product", "key": { "id": [] } }] }),
            "a key's fields are",
        ),
        (json!({ "what": 1 }), "the body cannot be read"),
    ];
    for (body, says) in wrong {
        let (status, answer) = invalidate(&shop, body.clone()).await;
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(status == 400 && message.contains(says), "{body} {answer}");
    }
    let request = Request::post("/cache/invalidate").header(header::AUTHORIZATION, "Bearer wrong");
    let request = request
        .body(Body::from(r#"{"invalidate":[{"all":true}]}"#))
        .unwrap();
    let response = routes(&shop.app).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_get_is_answered_with_not_modified_while_nothing_changed() {
    let shop = Shop::open(|_| {}).await;
    let get = async |known: &str| {
        let request = Request::get("/graphql?query=%7Bgreeting%7D")
            .header("graphql-preflight", "1")
            .header(header::IF_NONE_MATCH, known);
        let request = request.body(Body::empty()).unwrap();
        let response = routes(&shop.app).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts, body.collect().await.unwrap().to_bytes())
    };
    let (first, body) = get("").await;
    assert!(first.status == 200 && !body.is_empty());
    let tag = first.headers[header::ETAG].to_str().unwrap();
    for known in [tag, &format!("\"x\", W/{tag}"), "*"] {
        let (again, body) = get(known).await;
        assert_eq!((again.status.as_u16(), body.len()), (304, 0), "{known}");
        assert_eq!(again.headers[header::ETAG], tag);
    }
    let (other, _) = get("\"x\"").await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn a_client_can_see_what_came_from_where() {
    let shop = Shop::open(|_| {}).await;
    let explain = [("x-cache-explain", "1")];
    let (answer, ..) = shop.ask(LIST, &explain).await;
    let fetches = &answer["extensions"]["cache"]["fetches"];
    assert_eq!(fetches[0]["subgraph"], "catalog", "{answer}");
    assert_eq!(fetches[0]["what"], json!(["Query.products"]));
    assert_eq!(
        (&fetches[0]["fetched"], &fetches[0]["memory"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(fetches[0]["missed"], json!(["absent"]));
    assert_eq!(fetches[1]["fetched"], 3);
    assert_eq!(fetches[1]["ttlSource"], "response");
    let (answer, ..) = shop.ask(LIST, &explain).await;
    assert_eq!(
        answer["extensions"]["cache"]["response"]["hit"], true,
        "{answer}"
    );
    shop.world.say("cache-control", "no-store");
    let (answer, ..) = shop.ask("{ greeting }", &explain).await;
    assert_eq!(
        answer["extensions"]["cache"]["fetches"][0]["notStored"], "no-store",
        "{answer}"
    );
    let (answer, ..) = shop.ask("{ greeting }", &[]).await;
    assert_eq!(answer["extensions"], Value::Null);
}

/// A client that presents the position of its write is answered from nothing older.
#[tokio::test]
async fn the_position_of_a_write_is_a_demand() {
    let shop = Shop::open(|_| {}).await;
    let rename = r#"mutation { rename(id: "2", name: "new") { id } }"#;
    let (_, headers, _) = shop.ask(rename, &[]).await;
    let position = headers["x-cache-pos"].to_str().unwrap().to_owned();
    shop.check("{ greeting }", &["greeting"]).await;
    let (_, _, asked) = shop
        .ask("{ greeting }", &[("x-cache-pos", &position)])
        .await;
    assert_eq!(asked, Vec::<String>::new());
    // One that this router has not heard of yet.
    let (_, _, asked) = shop
        .ask("{ greeting }", &[("x-cache-pos", "99999999999999-0")])
        .await;
    assert_eq!(asked, ["greeting"]);
}

/// A subgraph that allows nothing is only asked; once it allows something, that is noticed.
#[tokio::test]
async fn what_is_never_kept_is_not_looked_for() {
    let shop = Shop::open(|_| {}).await;
    shop.world.say("cache-control", "no-store");
    for _ in 0..20 {
        shop.check(LIST, &["1", "2", "3", "products"]).await;
    }
    let looked_for = || shop.count("misses_absent");
    let before = looked_for();
    shop.check(LIST, &["1", "2", "3", "products"]).await;
    assert_eq!(looked_for(), before);
    shop.world.say("cache-control", "public, max-age=60");
    // Noticed, kept, found.
    shop.check(LIST, &["1", "2", "3", "products"]).await;
    shop.check(LIST, &["1", "2", "3", "products"]).await;
    shop.check(LIST, &[]).await;
}
