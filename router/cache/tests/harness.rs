//! Redis servers of our own, a network that can be made bad, and entries to keep.

mod proxy;
mod server;

use std::{
    future::Future,
    time::{Duration, Instant},
};

use bytes::Bytes;
use router_cache::{Cache, Consistency, Entry, Found, Key, Position, Settings, Tag};

pub(crate) use self::{
    proxy::Proxy,
    server::{Server, free_port},
};

/// A cache on `url`, connected, that waits for answers as long as a busy machine takes.
pub(crate) async fn replica(url: &str) -> Cache {
    replica_with(
        url,
        Settings {
            read_budget: Duration::from_secs(1),
            ..Settings::default()
        },
    )
    .await
}

pub(crate) async fn replica_with(url: &str, settings: Settings) -> Cache {
    let cache = Cache::redis(url, settings).unwrap();
    soon("a connection", cache.connected()).await;
    cache
}

pub(crate) fn key(cache: &Cache, name: &str) -> Key {
    let mut key = cache.key();
    key.text(name);
    key.finish()
}

pub(crate) fn tags(names: &[&str]) -> Vec<Tag> {
    names.iter().map(Tag::named).collect()
}

/// What the origin answers now, to who knew the log up to `t0`: fresh for a minute, with these tags.
pub(crate) fn answer(t0: Position, names: &[&str], payload: impl Into<Bytes>) -> Entry {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    Entry {
        t0,
        tags: tags(names).into_iter().collect(),
        created: since.as_millis() as u64,
        ttl: Duration::from_secs(60),
        stale_while_revalidate: Duration::ZERO,
        stale_if_error: Duration::ZERO,
        cost: Duration::from_millis(3),
        flags: 0,
        payload: payload.into(),
    }
}

/// What `cache` has under `name`: its payload, or why there is nothing.
pub(crate) async fn get(
    cache: &Cache,
    name: &str,
    consistency: Consistency,
) -> Result<Bytes, String> {
    let found = cache.look_up(&[key(cache, name)], consistency, None).await;
    shown(&found.entries[0])
}

pub(crate) async fn strictly(cache: &Cache, name: &str) -> Result<Bytes, String> {
    get(cache, name, Consistency::Strict).await
}

pub(crate) fn shown(found: &Found) -> Result<Bytes, String> {
    match found {
        Found::Hit(hit) => Ok(hit.entry.payload.clone()),
        Found::Miss(miss) => Err(miss.name().to_owned()),
    }
}

/// Puts what the origin answers, asked now.
pub(crate) fn fill(cache: &Cache, name: &str, names: &[&str], payload: &'static str) {
    cache.put(key(cache, name), answer(cache.position(), names, payload));
}

/// Waits for something that must happen, and soon.
pub(crate) async fn soon<T>(what: &str, happens: impl Future<Output = T>) -> T {
    let happened = tokio::time::timeout(Duration::from_secs(20), happens).await;
    happened.unwrap_or_else(|_| panic!("{what} does not come"))
}

/// Asks until it is so. For what is not announced anywhere.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{what} does not come"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
