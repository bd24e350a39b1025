//! The store on a real Redis, and on none.

use std::time::Instant;

use tokio::net::TcpListener;

use super::*;
use crate::testing::redis_url;

fn store(url: &str) -> RedisStore {
    RedisStore::open(url, format!("test:{}:", uuid::Uuid::new_v4())).unwrap()
}

fn count() -> Script {
    Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])")
}

#[tokio::test]
async fn a_script_sees_its_own_keys_only() {
    let url = redis_url();
    let (one, other) = (store(&url), store(&url));
    let keys = ["n".to_owned()];
    for (store, added, sum) in [(&one, 2, 2), (&one, 3, 5), (&other, 1, 1), (&one, 0, 5)] {
        assert_eq!(store.run(&count(), &keys, &[added]).await.unwrap(), sum);
    }
}

#[tokio::test]
async fn scripts_at_once_are_each_run_once() {
    let store = store(&redis_url());
    let keys = ["n".to_owned()];
    let (script, arguments) = (count(), [1]);
    let runs = (0..100).map(|_| store.run(&script, &keys, &arguments));
    let mut sums = futures::future::try_join_all(runs).await.unwrap();
    sums.sort_unstable();
    assert_eq!(sums, (1..=100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_connection_that_went_away_is_made_again_within_the_call() {
    let store = store(&redis_url());
    let keys = ["n".to_owned()];
    store.run(&count(), &keys, &[1]).await.unwrap();
    // The connection is told to close itself, so that only a new one can answer what follows.
    let (mut connection, _) = store.connected().await.unwrap();
    let quit: RedisResult<()> = redis::cmd("QUIT").query_async(&mut connection).await;
    quit.unwrap();
    assert_eq!(store.run(&count(), &keys, &[1]).await.unwrap(), 2);
    assert_eq!(store.connection.lock().await.made, 2);
}

#[tokio::test]
async fn a_failed_script_says_why_and_keeps_the_connection() {
    let store = store(&redis_url());
    let failing = Script::new("return redis.error_reply('ERR not today')");
    let error = store.run(&failing, &[], &[]).await.unwrap_err();
    assert!(error.to_string().contains("not today"), "{error}");
    assert_eq!(store.connection.lock().await.made, 1);
    assert!(store.connection.lock().await.current.is_some());
}

#[tokio::test]
async fn an_absent_or_silent_server_costs_no_more_than_the_budget() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let absent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let absent_address = absent.local_addr().unwrap();
    drop(absent);
    for address in [silent.local_addr().unwrap(), absent_address] {
        let store = store(&format!("redis://:secret@{address}/"));
        for _ in 0..2 {
            let started = Instant::now();
            let error = store.ping().await.unwrap_err().to_string();
            // Generous: the machine may be busy, the rule is that no default of seconds applies.
            assert!(started.elapsed() < BUDGET * 4, "{:?}", started.elapsed());
            assert!(error.contains(&address.to_string()), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}

#[test]
fn a_url_of_something_else_is_refused() {
    for url in [
        "",
        "localhost",
        "http://127.0.0.1/",
        "redis://:secret@/",
        "redis://h/x",
    ] {
        let error = RedisStore::open(url, "").unwrap_err();
        assert!(matches!(error, Error::Redis { .. }), "{url}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
