//! What a request costs a service besides its database.
//!
//! `cost CASE ROUNDS [WAY]`, alone for the time, or for instructions under callgrind with
//! `--toggle-collect='*cost*rounds*'`.
//!
//! Cases: `small` (one object of three fields), `entities-N` (N representations of an entity that a loader loads, four
//! fields each), `levels-N` (the same with a fifth field that needs a batch of its own), `batch-N` (a plain field that
//! gives N such entities without a loader: what `_entities` could cost at best).
//!
//! Ways: `direct`, `task` (in a task of its own with a deadline, as `weft` mounts a service), `http` (over a connection
//! that is kept, with the least of a client: any real one costs more).

use std::{
    collections::HashMap,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::{
    Any, Context, Data, EmptyMutation, EmptySubscription, ID, Object, Schema, Value,
};
use bytes::Bytes;
use serde_json::json;
use subgraphs_kit::{
    Error, Result,
    clock::Deps,
    db::{Db, DbConfig},
    entity::Entities,
    http,
    identity::Authenticator,
    limits::Limits,
    loader::{BatchLoader, Loader},
    scope::{Caller, Scope, request_data},
    service::{Service, ServiceConfig},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use uuid::Uuid;

/// A product, made up from its id.
#[derive(Clone)]
struct Product(Uuid);

#[derive(Clone, PartialEq, Eq, Hash)]
struct ProductById(Uuid);

#[derive(Clone, PartialEq, Eq, Hash)]
struct ScoreOf(Uuid);

struct Store;

type Loaders = Arc<BatchLoader<Store>>;

impl Loader<ProductById> for Store {
    type Value = Product;
    type Error = Error;

    async fn load(&self, keys: &[ProductById]) -> Result<HashMap<ProductById, Product>> {
        let found = keys.iter().map(|key| (key.clone(), Product(key.0)));
        Ok(found.collect())
    }
}

impl Loader<ScoreOf> for Store {
    type Value = i32;
    type Error = Error;

    async fn load(&self, keys: &[ScoreOf]) -> Result<HashMap<ScoreOf, i32>> {
        Ok(keys.iter().map(|key| (key.clone(), 5)).collect())
    }
}

#[Object]
impl Product {
    async fn id(&self) -> ID {
        self.0.into()
    }

    async fn name(&self) -> &str {
        "A table of oak with room for six"
    }

    async fn price(&self) -> i32 {
        899
    }

    async fn in_stock(&self) -> bool {
        true
    }

    async fn score(&self, ctx: &Context<'_>) -> Option<Result<i32>> {
        let loaders: &Loaders = request_data(ctx).ok()?;
        loaders.load_one(ScoreOf(self.0)).await.transpose()
    }
}

struct Query;

impl Query {
    async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Product>> {
        let Ok(id) = Uuid::try_parse(id) else {
            return Ok(None);
        };
        let loaders: &Loaders = request_data(ctx)?;
        loaders.load_one(ProductById(id)).await
    }
}

#[Object]
impl Query {
    async fn product(&self, ctx: &Context<'_>, id: ID) -> Option<Result<Product>> {
        Self::find(ctx, &id).await.transpose()
    }

    /// What `_entities` would be if it were written by hand.
    async fn batch(&self, representations: Vec<Any>) -> Vec<Option<Product>> {
        let id = |any: &Any| match &any.0 {
            Value::Object(members) => match (members.get("__typename"), members.get("id")) {
                (Some(Value::String(name)), Some(Value::String(id))) if name == "Product" => {
                    Uuid::try_parse(id).ok()
                }
                _ => None,
            },
            _ => None,
        };
        let ids = representations.iter().map(id);
        ids.map(|id| id.map(Product)).collect()
    }

    #[graphql(entity)]
    async fn find_product_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Product>> {
        Self::find(ctx, &id).await
    }
}

fn attach(scope: &Arc<Scope>, data: &mut Data) {
    let loaders: Loaders = Arc::new(scope.queue.loader(Store));
    data.insert(loaders);
}

fn body(case: &str) -> Option<String> {
    let uuid = |n: u128| Uuid::from_u128(0x0190_e0f0_0000_7000_8000_0000_0000_0000 + n).to_string();
    if case == "small" {
        let query = "query($id: ID!) { product(id: $id) { id name price } }";
        return Some(json!({ "query": query, "variables": { "id": uuid(1) } }).to_string());
    }
    let (kind, count) = case.rsplit_once('-')?;
    let score = if kind == "levels" { " score" } else { "" };
    let field = if kind == "batch" {
        "batch"
    } else {
        "_entities"
    };
    let query = format!(
        "query($r: [_Any!]!) {{ {field}(representations: $r) {{ ... on Product {{ id name price inStock{score} }} }} }}"
    );
    let representations: Vec<_> = (0..count.parse().ok()?)
        .map(|n| json!({ "__typename": "Product", "id": uuid(n) }))
        .collect();
    Some(json!({ "query": query, "variables": { "r": representations } }).to_string())
}

#[inline(never)]
fn rounds(runtime: &Runtime, way: &mut Way, body: &Bytes, rounds: u32) {
    for _ in 0..rounds {
        black_box(runtime.block_on(way.ask(body)));
    }
}

/// How a service is asked.
enum Way {
    Direct(Service),
    Task(Service),
    Http(TcpStream),
}

impl Way {
    async fn open(name: &str, service: Service) -> Self {
        match name {
            "task" => return Self::Task(service),
            "http" => {}
            _ => return Self::Direct(service),
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let routes = http::router(service, Authenticator::Anonymous);
        tokio::spawn(http::serve(
            listener,
            routes,
            std::future::pending(),
            Duration::ZERO,
        ));
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("an option");
        Self::Http(stream)
    }

    async fn ask(&mut self, body: &Bytes) -> Bytes {
        match self {
            Self::Direct(service) => execute(service.clone(), body.clone()).await,
            Self::Task(service) => {
                let task = tokio::spawn(execute(service.clone(), body.clone()));
                let answer = tokio::time::timeout(Duration::from_secs(30), task).await;
                answer.expect("in time").expect("no panic")
            }
            Self::Http(stream) => exchange(stream, body).await.expect("an answer"),
        }
    }
}

async fn execute(service: Service, body: Bytes) -> Bytes {
    service.execute(&body, Caller::anonymous("r")).await.body
}

/// Sends a request and reads the body of the answer.
async fn exchange(stream: &mut TcpStream, body: &[u8]) -> std::io::Result<Bytes> {
    let length = body.len();
    let mut request = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         accept: application/graphql-response+json\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes();
    request.extend_from_slice(body);
    stream.write_all(&request).await?;
    let mut answer = Vec::with_capacity(4096);
    loop {
        stream.read_buf(&mut answer).await?;
        let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(&answer[..head]);
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|l| l.parse().ok()).expect("a length");
        while answer.len() < head + 4 + length {
            stream.read_buf(&mut answer).await?;
        }
        return Ok(Bytes::from(answer).slice(head + 4..));
    }
}

/// What this process has used of the processors, in the kernel too: microseconds, in steps of ten thousand.
fn processor_time() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks = fields.take(2).map(|field| field.parse::<u64>().ok());
    Some(ticks.sum::<Option<u64>>()? * 10_000)
}

fn service(db: Db) -> Service {
    let config = ServiceConfig {
        name: "cost",
        db,
        deps: Deps::system(),
        limits: Limits::default(),
        behind_router: true,
    };
    let schema = Schema::build(Entities(Query), EmptyMutation, EmptySubscription);
    Service::new(config, schema, attach)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let case = arguments.get(1).map_or("small", String::as_str);
    let count = arguments.get(2).and_then(|count| count.parse().ok());
    let count = count.unwrap_or(10);
    let way = arguments.get(3).map_or("direct", String::as_str);
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().expect("a runtime");
    let db = runtime.block_on(Db::connect(&DbConfig::new("cost", "sqlite::memory:")));
    let service = service(db.expect("a database in memory"));
    let body = Bytes::from(body(case).expect("a case: small, entities-N, levels-N, batch-N"));
    let expected = runtime.block_on(execute(service.clone(), body.clone()));
    let mut way = runtime.block_on(Way::open(way, service));
    assert_eq!(runtime.block_on(way.ask(&body)), expected, "the same bytes");
    let text = String::from_utf8_lossy(&expected);
    assert!(!text.contains("\"errors\""), "{text}");
    let (started, used) = (Instant::now(), processor_time());
    rounds(&runtime, &mut way, &body, count);
    let each = started.elapsed() / count;
    let used = processor_time()
        .zip(used)
        .map(|(after, before)| after - before);
    let used = used.map_or(0, |used| used / u64::from(count));
    let (bytes, each) = (expected.len(), each.as_micros());
    println!("{case}: {bytes} bytes, {each} us a request, of processors {used} us");
}
