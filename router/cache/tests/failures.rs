//! What a Redis that is not there, hangs or is slow costs.

use std::time::{Duration, Instant};

use router_cache::{BreakerPhase, Cache, Consistency, Settings};

use crate::harness::{Proxy, Server, fill, get, key, replica, replica_with, soon, strictly, until};

/// How long the slowest of `count` lookups of something new takes, and all of them together.
async fn look_ups(cache: &Cache, count: usize) -> (Duration, Duration) {
    let (mut slowest, mut all) = (Duration::ZERO, Duration::ZERO);
    for number in 0..count {
        let began = Instant::now();
        let name = format!("new {number} {began:?}");
        for consistency in [Consistency::Bounded, Consistency::Strict] {
            cache.look_up(&[key(cache, &name)], consistency, None).await;
        }
        slowest = slowest.max(began.elapsed());
        all += began.elapsed();
    }
    (slowest, all)
}

#[tokio::test]
async fn without_redis_everything_is_a_miss_until_it_is_there() {
    let mut server = Server::stopped(&["--save", ""]);
    let cache = Cache::redis(&server.url(), Settings::default()).unwrap();
    for consistency in [Consistency::Bounded, Consistency::Strict] {
        fill(&cache, "a", &["t"], "1");
        assert_eq!(
            get(&cache, "a", consistency).await,
            Err("redis-disconnected".to_owned())
        );
    }
    assert!(!cache.health().is_connected && cache.health().has_redis);
    let (_, all) = look_ups(&cache, 1000).await;
    assert!(all < Duration::from_secs(1), "{all:?}");
    server.run();
    soon("a connection", cache.connected()).await;
    fill(&cache, "a", &["t"], "1");
    assert_eq!(strictly(&cache, "a").await.unwrap(), "1");
}

#[tokio::test]
async fn a_redis_that_hangs_costs_one_read_budget_and_then_nothing() {
    let server = Server::start();
    let cache = replica_with(&server.url(), Settings::default()).await;
    fill(&cache, "a", &["t"], "1");
    server.halt();
    let (slowest, all) = look_ups(&cache, 1000).await;
    assert!(slowest < Duration::from_millis(100), "{slowest:?}");
    assert!(all < Duration::from_secs(1), "{all:?}");
    assert_eq!(cache.health().breaker, BreakerPhase::Open);
    server.resume();
    until("hits", async || strictly(&cache, "a").await.is_ok()).await;
}

#[tokio::test]
async fn a_slow_redis_costs_nothing_either() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let cache = replica_with(&proxy.url(), Settings::default()).await;
    proxy.delay(Duration::from_millis(100));
    let (slowest, all) = look_ups(&cache, 1000).await;
    assert!(slowest < Duration::from_millis(100), "{slowest:?}");
    assert!(all < Duration::from_secs(1), "{all:?}");
    proxy.delay(Duration::ZERO);
    fill(&cache, "a", &["t"], "1");
    until("hits", async || {
        fill(&cache, "a", &["t"], "1");
        strictly(&cache, "a").await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_killed_and_started_again_is_used_again() {
    let mut server = Server::start();
    let (one, other) = (replica(&server.url()).await, replica(&server.url()).await);
    for _ in 0..3 {
        server.kill();
        until("the loss", async || !one.health().is_connected).await;
        let (_, all) = look_ups(&one, 1000).await;
        assert!(all < Duration::from_secs(1), "{all:?}");
        server.run();
        until("hits", async || {
            fill(&one, "a", &["t"], "1");
            strictly(&other, "a").await.is_ok()
        })
        .await;
    }
}

#[tokio::test]
async fn a_full_redis_fails_nobody() {
    let server = Server::start();
    let cache = replica(&server.url()).await;
    let _: () = server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    fill(&cache, "a", &["t"], "1");
    until("a refusal", async || {
        cache
            .stats()
            .each()
            .any(|(name, count)| name == "redis_writes_failed" && count == 1)
    })
    .await;
    assert_eq!(strictly(&cache, "a").await.unwrap(), "1", "in the process");
    let _: () = server.command(&["CONFIG", "SET", "maxmemory", "0"]);
    fill(&cache, "a", &["t"], "1");
    until("the entry", async || {
        strictly(&replica(&server.url()).await, "a").await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_cache_that_is_dropped_or_shut_down_leaves_no_connection() {
    let server = Server::start();
    let clients = || {
        server
            .command::<String>(&["CLIENT", "LIST"])
            .lines()
            .count()
    };
    let cache = replica(&server.url()).await;
    assert_eq!(clients(), 4, "three and the one that asks");
    cache.shut_down().await;
    until("the end", async || clients() == 1).await;
    assert_eq!(
        strictly(&cache, "a").await,
        Err("redis-disconnected".to_owned())
    );
    drop(replica(&server.url()).await);
    until("the end", async || clients() == 1).await;
}
