//! How many bytes of Redis an entry takes over its payload, by its tags:
//!
//! ```sh
//! cargo run --release -p router-cache --example entry_bytes -- redis://127.0.0.1:6379
//! ```
//!
//! The Redis must be empty: everything in it is counted (`MEMORY USAGE`), and removed.

use std::{sync::atomic::Ordering, time::Duration};

use router_cache::{Cache, Entry, Settings, Tag};

const ENTRIES: u64 = 1000;
/// Short enough not to be compressed, so that payloads are what was put.
const PAYLOAD: usize = 200;

#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).expect("the URL of a Redis");
    let client = redis::Client::open(url.as_str()).expect("a URL of a Redis");
    let mut redis = client
        .get_multiplexed_async_connection()
        .await
        .expect("a Redis that answers");
    println!("tags  bytes over the payload");
    for tags in [4, 6, 10, 14, 32, 64, 128] {
        let size: u64 = redis::cmd("DBSIZE").query_async(&mut redis).await.unwrap();
        assert_eq!(size, 0, "the Redis is not empty");
        let cache = Cache::redis(&url, Settings::default()).unwrap();
        cache.connected().await;
        for number in 0..ENTRIES {
            let mut key = cache.key();
            key.integer(i64::try_from(number).unwrap());
            let since = std::time::UNIX_EPOCH.elapsed().unwrap();
            let entry = Entry {
                t0: cache.position(),
                tags: (0..tags)
                    .map(|tag| Tag::named(format!("tag {tag}")))
                    .collect(),
                created: u64::try_from(since.as_millis()).unwrap(),
                ttl: Duration::from_secs(60),
                stale_while_revalidate: Duration::ZERO,
                stale_if_error: Duration::ZERO,
                cost: Duration::from_millis(1),
                flags: 1,
                payload: vec![b'1'; PAYLOAD].into(),
            };
            cache.put(key.finish(), entry);
            while number.saturating_sub(cache.stats().redis_writes.load(Ordering::Relaxed)) > 500 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        while cache.stats().redis_writes.load(Ordering::Relaxed) < ENTRIES {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        println!("{tags:4}  {:.0}", over_payload(&mut redis).await);
        drop(cache);
        let _: String = redis::cmd("FLUSHDB").query_async(&mut redis).await.unwrap();
    }
}

/// Of an entry, on average; keys that hold no entry (the log and its head) are of another type than a string.
async fn over_payload(redis: &mut redis::aio::MultiplexedConnection) -> f64 {
    let keys: Vec<Vec<u8>> = redis::cmd("KEYS")
        .arg("*")
        .query_async(redis)
        .await
        .unwrap();
    let (mut bytes, mut entries) = (0_u64, 0_u64);
    for key in keys {
        let kind: String = redis::cmd("TYPE")
            .arg(&key)
            .query_async(redis)
            .await
            .unwrap();
        if kind == "string" {
            let usage: u64 = redis::cmd("MEMORY")
                .arg("USAGE")
                .arg(&key)
                .query_async(redis)
                .await
                .unwrap();
            bytes += usage;
            entries += 1;
        }
    }
    assert_eq!(entries, ENTRIES);
    bytes as f64 / entries as f64 - PAYLOAD as f64
}
