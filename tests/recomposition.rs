//! A router whose schemas change while it serves.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::harness::{ChangingSubgraph, Client, Program, weft};

/// Longer than any change may take to be seen.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at a router that is not there yet.
const PAUSE: Duration = Duration::from_millis(20);

const RATE: u64 = 200;
const CONNECTIONS: usize = 8;
const CHANGES: u64 = 10;
/// The one of the changes that does not compose.
const BROKEN: u64 = 6;
/// Requests answered before the next change.
const ANSWERED_BETWEEN: u64 = 200;

/// Products have a name and what the lines of `more` say.
fn catalog(more: &str) -> String {
    format!(
        r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
type Query {{ products: [Product!]! }}
type Product @key(fields: "id") {{
  id: ID!
  name: String!
  {more}
}}
"#
    )
}

const STOCK: &str = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
type Product @key(fields: "id") {
  id: ID!
  place: String!
}
"#;

/// A router that composes two running subgraphs, the catalog one changing.
struct Shop {
    catalog: ChangingSubgraph,
    router: Program,
    stock: ChangingSubgraph,
    folder: TempDir,
}

impl Shop {
    async fn open() -> Self {
        let catalog = ChangingSubgraph::start(&catalog("extra0: String!")).await;
        let stock = ChangingSubgraph::start(STOCK).await;
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("supergraph.yaml");
        std::fs::write(&list, list_of(&catalog, &stock)).unwrap();
        let router = router("--compose", &list, "50ms").await;
        Self {
            catalog,
            router,
            stock,
            folder,
        }
    }
}

/// A `supergraph.yaml` of running subgraphs.
fn list_of(catalog: &ChangingSubgraph, stock: &ChangingSubgraph) -> String {
    let subgraph = |name: &str, subgraph: &ChangingSubgraph| {
        let url = subgraph.url();
        format!("  {name}:\n    schema: {{ subgraph_url: \"{url}\" }}\n")
    };
    let (catalog, stock) = (subgraph("catalog", catalog), subgraph("stock", stock));
    format!("subgraphs:\n{catalog}{stock}")
}

async fn router(flag: &str, file: &Path, poll_interval: &str) -> Program {
    let file = file.to_str().unwrap();
    let mut command = weft(&["router", flag, file, "--listen", "127.0.0.1:0"]);
    command.env("WEFT_RECOMPOSITION__POLL_INTERVAL", poll_interval);
    // A line for each request of the load would bury what is looked for.
    command.env("WEFT_LOG__LEVEL", "info,router_server::http=warn");
    Program::start(command).await
}

/// What `/ready` says of the graph.
async fn graph(client: &Client) -> Value {
    let answer = client.get("/ready").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["checks"]["graph"].take()
}

fn id(graph: &Value) -> &str {
    graph["composition"]["id"].as_str().unwrap()
}

/// The graph, once it `is` as expected.
async fn graph_that(client: &Client, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let graph = graph(client).await;
        if is(&graph) {
            return graph;
        }
        assert!(Instant::now() < deadline, "{what}: {graph:#}");
        tokio::time::sleep(PAUSE).await;
    }
}

async fn metric(client: &Client, name: &str) -> u64 {
    let text = client.get("/metrics").await.text();
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(name));
    value.map_or(0, |value| value.trim().parse().unwrap())
}

/// Requests at a steady rate, whether or not earlier ones have been answered.
struct Load {
    offered: u64,
    took: Duration,
    /// Answers that were not exactly the expected one.
    failed: Vec<String>,
}

async fn load(origin: String, stop: CancellationToken, answered: watch::Sender<u64>) -> Load {
    let clients: Vec<Client> = (0..CONNECTIONS).map(|_| Client::new(&origin)).collect();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / RATE as u32);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let began = Instant::now();
    let mut under_way = JoinSet::new();
    let mut failed = Vec::new();
    let mut offered = 0;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(ended) = under_way.join_next() => {
                failed.extend(note(ended, &answered));
            }
            _ = ticks.tick() => {
                let client = clients[offered as usize % CONNECTIONS].clone();
                under_way.spawn(one_request(client, offered));
                offered += 1;
            }
        }
    }
    let took = began.elapsed();
    while let Some(ended) = under_way.join_next().await {
        failed.extend(note(ended, &answered));
    }
    Load {
        offered,
        took,
        failed,
    }
}

fn note(
    ended: Result<Result<(), String>, tokio::task::JoinError>,
    answered: &watch::Sender<u64>,
) -> Option<String> {
    answered.send_modify(|count| *count += 1);
    ended.unwrap_or_else(|error| Err(error.to_string())).err()
}

/// One of several operations over both subgraphs, none of which the changes concern.
async fn one_request(client: Client, number: u64) -> Result<(), String> {
    let query = format!(
        "query Load{} {{ products {{ id name place }} }}",
        number % 5
    );
    let answer = client.graphql(&query, json!({})).await;
    let product = |id| json!({ "id": format!("{id}"), "name": format!("name {id}"), "place": format!("place {id}") });
    let expected = json!({ "data": { "products": [product(1), product(2), product(3)] } });
    match answer.status.is_success() && answer.json() == expected {
        true => Ok(()),
        false => Err(format!("{} {}", answer.status, answer.text())),
    }
}

/// The new field is there for clients and the earlier one is not.
async fn check_visible(client: &Client, now: &str, before: &str) {
    let query = |field: &str| format!("{{ products {{ {field} }} }}");
    let data = client.data(&query(now), json!({})).await;
    assert_eq!(data["products"][0][now], format!("{now} 1"));
    let answer = client.graphql(&query(before), json!({})).await;
    assert_eq!(answer.codes(), ["GRAPHQL_VALIDATION_FAILED"], "{before}");
}

/// The broken schema is refused, and told of in `/ready`, in a metric and in the log.
async fn check_refused(shop: &Shop, client: &Client, serving: &str, field: &str) {
    let broken = format!("{field}: String!\n  broken: Nothing");
    shop.catalog.change(&catalog(&broken));
    let graph = graph_that(client, "the broken schema is refused", |graph| {
        graph["status"] == "outdated"
    });
    let graph = graph.await;
    assert_eq!(id(&graph), serving, "the last good graph serves");
    let failure = &graph["composition"]["lastFailure"];
    assert_eq!(failure["ongoing"], true);
    let diagnostic = &failure["diagnostics"][0];
    assert_eq!(diagnostic["code"], "INVALID_GRAPHQL", "{graph:#}");
    assert_eq!(diagnostic["subgraph"], "catalog");
    assert_eq!(
        (&diagnostic["line"], &diagnostic["column"]),
        (&json!(7), &json!(11)),
        "{graph:#}"
    );
    let message = diagnostic["message"].as_str().unwrap();
    assert!(message.contains("Nothing"), "{message}");

    let refused = "weft_composition_attempts_total{outcome=\"refused\"}";
    assert_eq!(metric(client, refused).await, 1);
    assert_eq!(metric(client, "weft_composition_failing").await, 1);
    let output = shop.router.output();
    assert_eq!(output.matches("INVALID_GRAPHQL").count(), 1, "{output}");
    check_visible(client, field, "broken").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_changes_under_load_fail_no_request_and_a_broken_one_is_refused() {
    let shop = Shop::open().await;
    let client = shop.router.client();
    let stop = CancellationToken::new();
    let (answered, mut progress) = watch::channel(0);
    let loading = tokio::spawn(load(
        shop.router.origin().to_owned(),
        stop.clone(),
        answered,
    ));

    let mut serving = id(&graph(&client).await).to_owned();
    let mut field = "extra0".to_owned();
    for change in 1..=CHANGES {
        let enough = |count: &u64| *count >= change * ANSWERED_BETWEEN;
        within_patience(progress.wait_for(enough)).await.unwrap();
        if change == BROKEN {
            check_refused(&shop, &client, &serving, &field).await;
            continue;
        }
        let next = format!("extra{change}");
        shop.catalog.change(&catalog(&format!("{next}: String!")));
        let graph = graph_that(&client, &next, |graph| id(graph) != serving).await;
        assert_eq!(graph["status"], "ok", "{graph:#}");
        check_visible(&client, &next, &field).await;
        serving = id(&graph).to_owned();
        field = next;
    }
    let enough = |count: &u64| *count > (CHANGES + 1) * ANSWERED_BETWEEN;
    within_patience(progress.wait_for(enough)).await.unwrap();
    stop.cancel();
    let load = within_patience(loading).await.unwrap();

    assert_eq!(load.failed, [""; 0], "of {} requests", load.offered);
    assert_eq!(*progress.borrow(), load.offered, "all were answered");
    assert!(load.offered > (CHANGES + 1) * ANSWERED_BETWEEN);
    let due = load.took.as_secs_f64() * RATE as f64;
    assert!(
        load.offered as f64 >= due * 0.95,
        "{} of {due}",
        load.offered
    );
    let composed = "weft_composition_attempts_total{outcome=\"composed\"}";
    assert_eq!(metric(&client, composed).await, CHANGES);
    assert!(shop.router.stop().await.success());
}

async fn within_patience<T>(work: impl Future<Output = T>) -> T {
    let worked = tokio::time::timeout(PATIENCE, work).await;
    worked.unwrap_or_else(|_| panic!("not within {PATIENCE:?}"))
}

#[tokio::test]
async fn a_subgraph_that_moves_is_called_where_it_is() {
    let shop = Shop::open().await;
    let client = shop.router.client();
    let before = graph(&client).await;
    let elsewhere = ChangingSubgraph::start(&catalog("extra0: String! elsewhere: String!")).await;
    // Written aside and renamed, so that no half of it is ever read.
    let list = shop.folder.path().join("supergraph.yaml");
    let aside = shop.folder.path().join("aside");
    std::fs::write(&aside, list_of(&elsewhere, &shop.stock)).unwrap();
    std::fs::rename(&aside, &list).unwrap();
    let moved = |graph: &Value| id(graph) != id(&before);
    graph_that(&client, "the subgraph has moved", moved).await;
    // The subgraph that is left behind does not know the field.
    check_visible(&client, "elsewhere", "nowhere").await;
    drop(shop.catalog);
    assert_eq!(one_request(client, 0).await, Ok(()));
}

#[tokio::test]
async fn a_hangup_makes_the_router_read_its_supergraph_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("supergraph.graphql");
    let supergraph = include_str!("../benches/data/supergraph.graphql");
    std::fs::write(&file, supergraph).unwrap();
    let router = router("--supergraph", &file, "off").await;
    let client = router.client();
    let before = graph(&client).await;

    std::fs::write(&file, format!("{supergraph}\nenum Added {{ ONE }}\n")).unwrap();
    router.hang_up().await;
    let after = graph_that(&client, "read again", |graph| id(graph) != id(&before)).await;
    assert_eq!(after["status"], "ok");

    std::fs::write(&file, "not a schema").unwrap();
    router.hang_up().await;
    let refused = graph_that(&client, "refused", |graph| graph["status"] == "outdated").await;
    assert_eq!(id(&refused), id(&after));
    assert!(router.stop().await.success());
}
