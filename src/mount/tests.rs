//! What runs in the router's process keeps to its bounds.

use std::sync::mpsc;

use router_server::{ByteSize, Span, SubgraphSettings};
use tokio::sync::oneshot;

use super::*;

/// Longer than any of this may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(20)
}

#[test]
fn a_subgraph_has_its_own_bounds_or_those_of_all() {
    let mut config = Config::default();
    config.subgraph_defaults.timeout = Span::seconds(7);
    config.subgraph_defaults.response_bytes = ByteSize(700);
    let own = SubgraphSettings {
        timeout: Some(Span::seconds(3)),
        ..SubgraphSettings::default()
    };
    config.subgraphs.insert("posts".to_owned(), own);
    for (name, seconds) in [("users", 7), ("posts", 3)] {
        let expected = Bounds {
            timeout: Duration::from_secs(seconds),
            response_bytes: 700,
        };
        assert_eq!(Bounds::of(name, &config), expected, "{name}");
    }
    let own = SubgraphSettings {
        response_bytes: Some(ByteSize(30)),
        ..SubgraphSettings::default()
    };
    config.subgraphs.insert("posts".to_owned(), own);
    assert_eq!(Bounds::of("posts", &config).response_bytes, 30);
}

#[tokio::test]
async fn work_that_ends_in_time_gives_its_output_and_work_that_panics_fails() {
    let until = Instant::now() + PATIENCE;
    assert_eq!(bounded(async { 5 }, until).await.ok(), Some(5));
    let panics = bounded(async { assert_eq!(1, 2, "on purpose") }, until).await;
    let failed = matches!(panics, Err(SubgraphError::ConnectionFailed { .. }));
    assert!(failed, "{panics:?}");
}

#[tokio::test]
async fn work_ends_at_the_deadline_and_when_nobody_waits() {
    let endless = |alive: oneshot::Sender<()>| async move {
        let _alive = alive;
        std::future::pending::<()>().await;
    };
    let (alive, ended) = oneshot::channel();
    let late = bounded(endless(alive), soon()).await;
    assert!(matches!(late, Err(SubgraphError::Timeout)), "{late:?}");
    let ended = tokio::time::timeout(PATIENCE, ended).await;
    assert!(ended.is_ok_and(|sent| sent.is_err()), "it is dropped");

    let (alive, ended) = oneshot::channel();
    let abandoned = bounded(endless(alive), Instant::now() + PATIENCE);
    assert!(tokio::time::timeout_at(soon(), abandoned).await.is_err());
    let ended = tokio::time::timeout(PATIENCE, ended).await;
    assert!(ended.is_ok_and(|sent| sent.is_err()), "it is dropped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_does_not_yield_cannot_hold_up_the_deadline() {
    let (release, released) = mpsc::channel::<()>();
    let stubborn = async move { released.recv_timeout(PATIENCE) };
    let asked = tokio::spawn(bounded(stubborn, soon()));
    let late = asked.await.expect("it does not panic");
    assert!(matches!(late, Err(SubgraphError::Timeout)), "{late:?}");
    drop(release);
}
