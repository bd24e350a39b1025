//! How long an invalidation takes of a tag that many entries have:
//!
//! ```sh
//! cargo run --release -p router-cache --example invalidation_latency -- redis://127.0.0.1:6379 1000000
//! ```

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use router_cache::{Cache, Entry, Mode, Settings, Tag};

const ROUNDS: usize = 1000;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("the URL of a Redis");
    let entries: u64 = arguments
        .next()
        .map_or(1_000_000, |count| count.parse().unwrap());
    let cache = Cache::redis(&url, Settings::default()).unwrap();
    cache.connected().await;
    let tag = Tag::named("everywhere");
    let written = || cache.stats().redis_writes.load(Ordering::Relaxed);
    for number in 0..entries {
        let mut key = cache.key();
        key.integer(number as i64);
        let since = std::time::UNIX_EPOCH.elapsed().unwrap();
        let entry = Entry {
            t0: cache.position(),
            tags: [tag].into_iter().collect(),
            created: since.as_millis() as u64,
            ttl: Duration::from_secs(3600),
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            cost: Duration::from_millis(1),
            flags: 0,
            payload: format!("{{\"id\":{number}}}").into(),
        };
        cache.put(key.finish(), entry);
        // No more than may wait.
        while number - written().min(number) > 2000 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let mut took = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        cache.invalidate(&[tag], Mode::Hard).await.unwrap();
        took.push(began.elapsed());
    }
    took.sort();
    println!("{} entries written; an invalidation takes", written());
    for (name, index) in [("p50", 500), ("p99", 990), ("most", 999)] {
        println!("{name} {:?}", took[index]);
    }
}
