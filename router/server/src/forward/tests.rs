//! Which headers arrive where.

use std::sync::Mutex;

use bytes::Bytes;

use super::*;
use crate::config::Header;

#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl Subgraph for Recorder {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        let mut seen: Vec<String> = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
            .collect();
        seen.sort();
        *self.0.lock().unwrap() = seen;
        Box::pin(async { Ok(SubgraphResponse::json("{}")) })
    }
}

/// What `subgraph` gets of a client's `headers` with an operation of `kind`.
async fn arrives(
    headers: &[(&'static str, &'static str)],
    subgraph: &str,
    kind: OperationType,
) -> Vec<String> {
    let config = Headers {
        propagate: vec!["x-tenant".parse::<Header>().unwrap()],
        ..Headers::default()
    };
    let forward = Forward::new(&config);
    let recorder = Arc::new(Recorder::default());
    let guarded = forward.guard(subgraph, Arc::clone(&recorder) as Arc<dyn Subgraph>);
    let peer = PeerAddress(std::net::IpAddr::from([10, 0, 0, 1]));
    let mut client = HeaderMap::new();
    for (name, value) in headers {
        client.append(*name, HeaderValue::from_static(value));
    }
    let mut request = SubgraphRequest::new(kind, Bytes::new());
    request.headers = Arc::new(forward.headers(kind, &client, Some(peer)));
    guarded.call(request).await.unwrap();
    let seen = recorder.0.lock().unwrap();
    seen.clone()
}

#[tokio::test]
async fn only_listed_headers_travel_and_cookies_only_to_their_subgraph() {
    let sent = [
        ("x-tenant", "a"),
        ("x-other", "b"),
        ("authorization", "Bearer t"),
        ("cookie", "a=1; weft_refresh=r; b=2"),
        ("x-weft-refresh-token", "forged"),
        ("x-weft-client-address", "6.6.6.6"),
        ("x-forwarded-for", "6.6.6.6"),
    ];
    let mutation = OperationType::Mutation;
    assert_eq!(
        arrives(&sent, "users", mutation).await,
        [
            "x-tenant=a",
            "x-weft-client-address=10.0.0.1",
            "x-weft-refresh-token=r"
        ]
    );
    assert_eq!(arrives(&sent, "posts", mutation).await, ["x-tenant=a"]);
    assert_eq!(
        arrives(&sent, "users", OperationType::Query).await,
        ["x-tenant=a"]
    );
}

#[tokio::test]
async fn strange_cookies_are_left_out() {
    for cookie in [
        "",
        "weft_refresh",
        "weft_refresh=",
        "xweft_refresh=1",
        "a=weft_refresh=1",
        ";;;=",
    ] {
        let seen = arrives(&[("cookie", cookie)], "users", OperationType::Mutation).await;
        assert_eq!(seen, ["x-weft-client-address=10.0.0.1"], "{cookie}");
    }
}
