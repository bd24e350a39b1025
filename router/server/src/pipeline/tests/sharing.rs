//! Equal queries under way at the same time are carried out once, and nothing else is.

use tokio::{
    task::{JoinHandle, yield_now},
    time::Instant,
};

use super::*;
use crate::{caching::Wish, client_address::PeerAddress, config::Header, http::QueryText};

/// A router over one subgraph that waits to be told to go on.
struct Bench {
    app: Arc<App>,
    greetings: Arc<Greetings>,
}

/// Who asks what.
#[derive(Clone)]
struct Client {
    query: &'static str,
    operation_name: Option<&'static str>,
    variables: &'static str,
    user: Option<&'static str>,
    headers: &'static [(&'static str, &'static str)],
    peer: u8,
}

const CLIENT: Client = Client {
    query: "query A($n: Int = 1) { slow echo(n: $n) } query B($n: Int = 1) { slow echo(n: $n) }",
    operation_name: Some("A"),
    variables: "{}",
    user: None,
    headers: &[],
    peer: 1,
};

impl Bench {
    /// At the client edge alone, unless `subgraphs` says otherwise.
    async fn new(edge: bool, subgraphs: bool) -> Self {
        let mut config = Config::default();
        config.traffic.deduplicate = edge;
        config.subgraph_defaults.deduplicate = subgraphs;
        config.headers.propagate = vec!["x-tenant".parse::<Header>().unwrap()];
        let greetings = Arc::new(Greetings::default());
        let app = fixture::app_over(config, Arc::clone(&greetings)).await;
        Self { app, greetings }
    }

    fn ask(&self, client: &Client) -> JoinHandle<Result<Bytes, Refused>> {
        let request = GraphqlRequest {
            query: QueryText::Plain(client.query.into()),
            operation_name: client.operation_name.map(str::to_owned),
            variables: client.variables.into(),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in client.headers {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let context = RequestContext {
            id: Arc::from("r"),
            identity: Arc::new(Identity {
                subject: client.user.map(str::to_owned),
                ..Identity::default()
            }),
            headers: Arc::new(headers),
            peer: Some(PeerAddress([10, 0, 0, client.peer].into())),
            deadline: Instant::now() + Duration::from_secs(60),
            queries_only: false,
        };
        let answer = Arc::clone(&self.app.pipeline).execute(request, context);
        tokio::spawn(async move { answer.await.map(|outcome| outcome.body) })
    }

    /// Until `calls` have come to the subgraph and `joined` requests share the answer of another.
    async fn wait(&self, calls: usize, joined: u64) {
        let now = || (self.calls(), self.app.pipeline.sharing.joined.get());
        while now() != (calls, joined) {
            assert!(now().0 <= calls && now().1 <= joined, "{:?}", now());
            yield_now().await;
        }
    }

    fn calls(&self) -> usize {
        self.greetings.seen.lock().unwrap().len()
    }
}

#[tokio::test]
async fn equal_queries_are_carried_out_once() {
    let bench = Bench::new(true, false).await;
    let tasks: Vec<_> = (0..50).map(|_| bench.ask(&CLIENT)).collect();
    bench.wait(1, 49).await;
    bench.greetings.go_on.add_permits(1);
    for task in tasks {
        let body = task.await.unwrap().unwrap();
        assert_eq!(body, r#"{"data":{"slow":"late","echo":1}}"#);
    }
    bench.greetings.go_on.add_permits(1);
    bench.ask(&CLIENT).await.unwrap().unwrap();
    bench.wait(2, 49).await;
    assert_eq!(bench.app.pipeline.state.load().flights.len(), 0);
    let plans = bench.app.pipeline.state.load().plans.hottest(10);
    assert_eq!(plans.len(), 1);
    assert_eq!(plans[0].1, 2, "one plan, looked up twice");
}

#[tokio::test]
async fn queries_that_may_be_answered_differently_are_not_shared() {
    let bench = Bench::new(true, false).await;
    let clients = [
        CLIENT,
        Client {
            operation_name: Some("B"),
            ..CLIENT
        },
        Client {
            variables: r#"{"n":2}"#,
            ..CLIENT
        },
        Client {
            user: Some("u"),
            ..CLIENT
        },
        Client {
            user: Some("v"),
            ..CLIENT
        },
        Client {
            headers: &[("x-tenant", "a")],
            ..CLIENT
        },
        Client {
            headers: &[("x-tenant", "b")],
            ..CLIENT
        },
        Client {
            query: "{ slow }",
            operation_name: None,
            ..CLIENT
        },
        Client {
            query: "{ slow, }",
            operation_name: None,
            ..CLIENT
        },
    ];
    let mut tasks: Vec<_> = clients.iter().map(|client| bench.ask(client)).collect();
    bench.wait(clients.len(), 0).await;
    // Subgraphs learn neither a client's other headers nor its address from a query.
    tasks.push(bench.ask(&Client {
        headers: &[("x-other", "a"), ("cookie", "weft_refresh=r")],
        peer: 2,
        ..CLIENT
    }));
    bench.wait(clients.len(), 1).await;
    bench.greetings.go_on.add_permits(clients.len());
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

/// Not told apart by their hash alone.
#[tokio::test]
async fn equality_is_of_everything() {
    let bench = Bench::new(true, false).await;
    let state = bench.app.pipeline.state.load_full();
    let (supergraph, documents) = (&state.graph.supergraph, &state.documents);
    let plain = |text: &'static str| QueryText::Plain(text.into());
    let get = async |text| documents.get(supergraph, &plain(text)).await;
    let document = get("{ hello }").await.unwrap();
    let other_document = get("{ hello, }").await.unwrap();
    let asked = || Asked {
        document: Arc::clone(&document),
        operation_name: None,
        variables: "{}".to_owned(),
        identity: Arc::default(),
        headers: Arc::default(),
        wish: Wish::default(),
    };
    assert_eq!(asked(), asked());
    let mut others: [Asked; 6] = std::array::from_fn(|_| asked());
    others[0].document = other_document;
    others[1].operation_name = Some("A".to_owned());
    others[2].variables = "{ }".to_owned();
    Arc::make_mut(&mut others[3].identity).session = Some("s".to_owned());
    Arc::make_mut(&mut others[4].headers).insert("a", HeaderValue::from_static("b"));
    others[5].wish.no_cache = true;
    for other in others {
        assert_ne!(asked(), other);
    }
}

#[tokio::test]
async fn mutations_are_carried_out_each_and_separate_queries() {
    let bench = Bench::new(true, true).await;
    let mutation = Client {
        query: "mutation { set }",
        operation_name: None,
        ..CLIENT
    };
    let before = bench.ask(&CLIENT);
    bench.wait(1, 0).await;
    let mutations = [bench.ask(&mutation), bench.ask(&mutation)];
    bench.wait(3, 0).await;
    let during = bench.ask(&CLIENT);
    bench.wait(4, 0).await;
    bench.greetings.go_on.add_permits(3);
    for mutation in mutations {
        mutation.await.unwrap().unwrap();
    }
    before.await.unwrap().unwrap();
    // Began before the mutations ended, and goes on.
    assert!(!during.is_finished());
    let after = [bench.ask(&CLIENT), bench.ask(&CLIENT)];
    bench.wait(5, 1).await;
    bench.greetings.go_on.add_permits(2);
    for task in after.into_iter().chain([during]) {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_client_that_goes_away_takes_nothing_from_the_others() {
    let bench = Bench::new(true, true).await;
    let first = bench.ask(&CLIENT);
    bench.wait(1, 0).await;
    let second = bench.ask(&CLIENT);
    bench.wait(1, 1).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    bench.greetings.go_on.add_permits(1);
    second.await.unwrap().unwrap();
    assert_eq!(bench.calls(), 1);
}

/// Different operations that ask a subgraph for the same.
#[tokio::test]
async fn subgraph_requests_are_shared_beside_the_client_edge() {
    for (edge, subgraphs, calls) in [
        (true, true, 1),
        (false, true, 1),
        (true, false, 2),
        (false, false, 2),
    ] {
        let bench = Bench::new(edge, subgraphs).await;
        let other = Client {
            operation_name: Some("B"),
            ..CLIENT
        };
        let tasks = [bench.ask(&CLIENT), bench.ask(&other)];
        bench.wait(calls, 0).await;
        let count = bench.app.metrics.subgraph_deduplicated("greetings");
        while count.get() != 2 - calls as u64 {
            yield_now().await;
        }
        bench.greetings.go_on.add_permits(calls);
        for task in tasks {
            let body = task.await.unwrap().unwrap();
            assert_eq!(body, r#"{"data":{"slow":"late","echo":1}}"#);
        }
        assert_eq!(bench.calls(), calls);
    }
}

#[tokio::test]
async fn an_answer_from_an_earlier_graph_is_not_shared_with_who_asks_later() {
    let bench = Bench::new(true, false).await;
    let earlier = bench.ask(&CLIENT);
    bench.wait(1, 0).await;
    let pipeline = &bench.app.pipeline;
    let state = pipeline.state.load_full();
    let supergraph = Arc::clone(&state.graph.supergraph);
    pipeline.replace(
        pipeline.prepare(Graph { supergraph }),
        state.subgraphs.clone(),
    );
    let later = bench.ask(&CLIENT);
    bench.wait(2, 0).await;
    bench.greetings.go_on.add_permits(2);
    earlier.await.unwrap().unwrap();
    later.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_refusal_is_everybodys() {
    let bench = Bench::new(true, true).await;
    let refused = Client {
        query: "{ slow secret }",
        operation_name: None,
        ..CLIENT
    };
    let tasks: Vec<_> = (0..5).map(|_| bench.ask(&refused)).collect();
    for task in tasks {
        let errors = task.await.unwrap().unwrap_err();
        assert_eq!(errors[0].code, ErrorCode::Unauthenticated);
    }
    assert_eq!(bench.calls(), 0);
}

#[tokio::test]
async fn each_response_has_its_own_id_and_is_counted() {
    let bench = Bench::new(true, true).await;
    let tasks = ["one", "two"].map(|id| {
        let app = Arc::clone(&bench.app);
        tokio::spawn(async move {
            let mut request = request(&json!({ "query": "{ slow }" }));
            let headers = request.headers_mut();
            headers.insert("x-request-id", HeaderValue::from_static(id));
            let response = routes(&app).oneshot(request).await.unwrap();
            assert_eq!(response.headers()["x-request-id"], id);
            assert_eq!(response.status(), StatusCode::OK);
        })
    });
    bench.wait(1, 1).await;
    bench.greetings.go_on.add_permits(1);
    for task in tasks {
        task.await.unwrap();
    }
    let text = bench.app.metrics.text();
    for line in [
        r#"weft_graphql_requests_total{status="200"} 2"#,
        "weft_deduplicated_requests_total 1",
        r#"weft_subgraph_deduplicated_requests_total{subgraph="greetings"} 0"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

/// Plans and flights are found by the document's number.
#[tokio::test]
async fn a_document_is_the_same_however_clients_write_it() {
    let bench = Bench::new(true, false).await;
    let state = bench.app.pipeline.state.load_full();
    let (supergraph, documents) = (&state.graph.supergraph, &state.documents);
    let plain = QueryText::Plain("{ hello }".into());
    let number = documents.get(supergraph, &plain).await.unwrap().number;
    for written in [
        r#""{ hello }""#,
        r#""{ hello\u0020}""#,
        r#""{ h\u0065llo }""#,
    ] {
        for _ in 0..2 {
            let document = documents.get(supergraph, &QueryText::Json(written)).await;
            assert_eq!(document.unwrap().number, number, "{written}");
        }
    }
    let cases = [
        (r#""{ hello\n}""#, Ok(())),
        (r#""\n \t""#, Err(ErrorCode::QueryMissing)),
        (r#""{ hello \ud800 }""#, Err(ErrorCode::InvalidJson)),
        (r#""{ hello""#, Err(ErrorCode::GraphqlParseFailed)),
    ];
    for (written, expected) in cases {
        let document = documents.get(supergraph, &QueryText::Json(written)).await;
        let outcome = document.map(|document| assert_ne!(document.number, number));
        let outcome = outcome.map_err(|errors| errors[0].code);
        assert_eq!(outcome, expected, "{written}");
    }
}
