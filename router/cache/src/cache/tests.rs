//! The cache in one process: what is kept, and who asks the origin.

use std::sync::atomic::{AtomicU64, Ordering};

use futures::{FutureExt, future::join_all};

use super::*;
use crate::{Consistency, Entry, Layer, ManualClock, testing};

fn cache(clock: &Arc<ManualClock>) -> Cache {
    Cache::memory(Settings {
        clock: Arc::clone(clock) as _,
        ..Settings::default()
    })
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(1000))
}

fn key(cache: &Cache, name: &str) -> Key {
    let mut key = cache.key();
    key.text(name);
    key.finish()
}

fn answer(t0: Position, payload: &'static [u8]) -> Entry {
    Entry {
        t0,
        ..testing::entry(payload)
    }
}

async fn get(cache: &Cache, name: &str) -> Result<Bytes, &'static str> {
    let found = cache
        .look_up(&[key(cache, name)], Consistency::Strict, None)
        .await;
    match &found.entries[0] {
        Found::Hit(hit) => {
            assert_eq!(hit.layer, Layer::Process);
            Ok(hit.entry.payload.clone())
        }
        Found::Miss(miss) => Err(miss.name()),
    }
}

fn tag() -> [Tag; 1] {
    [Tag::named("a")]
}

#[tokio::test]
async fn an_entry_is_found_until_it_expires() {
    let clock = clock();
    let cache = cache(&clock);
    assert_eq!(get(&cache, "x").await, Err("absent"));
    cache.put(key(&cache, "x"), answer(cache.position(), b"1"));
    assert_eq!(get(&cache, "x").await.unwrap(), "1");
    assert_eq!(get(&cache, "y").await, Err("absent"));
    clock.advance(Duration::from_secs(60));
    assert_eq!(get(&cache, "x").await, Err("expired"));
}

#[tokio::test]
async fn an_entry_is_found_until_it_is_invalidated() {
    let cache = cache(&clock());
    let before = cache.position();
    cache.put(key(&cache, "x"), answer(before, b"1"));
    cache
        .invalidate(&[Tag::named("b")], Mode::Hard)
        .await
        .unwrap();
    assert_eq!(get(&cache, "x").await.unwrap(), "1");
    let position = cache.invalidate(&tag(), Mode::Hard).await.unwrap();
    assert!(position > before);
    assert_eq!(get(&cache, "x").await, Err("invalidated"));
    cache.put(key(&cache, "x"), answer(before, b"late"));
    assert_eq!(get(&cache, "x").await, Err("invalidated"));
    cache.put(key(&cache, "x"), answer(cache.position(), b"2"));
    assert_eq!(get(&cache, "x").await.unwrap(), "2");
    let found = cache
        .look_up(&[], Consistency::Strict, Some(position.next()))
        .await;
    assert_eq!(found.position, position);
}

#[tokio::test]
async fn what_is_too_large_is_not_kept() {
    let cache = cache(&clock());
    let mut entry = answer(cache.position(), b"");
    entry.payload = vec![0; crate::MOST_BYTES + 1].into();
    cache.put(key(&cache, "x"), entry.clone());
    entry.payload = Bytes::new();
    entry.tags = (0..=crate::MOST_TAGS as u64).map(Tag::from_bits).collect();
    cache.put(key(&cache, "y"), entry);
    for name in ["x", "y"] {
        assert_eq!(get(&cache, name).await, Err("absent"));
    }
    assert_eq!(cache.stats().puts_refused.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn memory_is_bounded_in_bytes() {
    let clock = clock();
    let cache = Cache::memory(Settings {
        memory: 1 << 20,
        clock: clock as _,
        ..Settings::default()
    });
    for number in 0..1000 {
        let mut entry = answer(cache.position(), b"");
        entry.payload = vec![0; 10_000].into();
        cache.put(key(&cache, &number.to_string()), entry);
    }
    let (entries, bytes) = cache.health().memory;
    assert!(bytes <= 1 << 20 && entries > 50, "{entries} {bytes}");
}

/// A lookup that found nothing.
fn nothing(cache: &Cache) -> LookUp {
    let found = cache.look_up(&[], Consistency::Strict, None).now_or_never();
    found.expect("there is nothing to wait for")
}

/// What a query does that finds nothing.
async fn query(cache: &Cache, asked: &AtomicU64, known: &[Tag]) -> Bytes {
    let found = nothing(cache);
    match cache.board(key(cache, "x"), known, &found) {
        Boarding::Lead(landing) => {
            let t0 = landing.t0();
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            landing.land(answer(t0, b"1"));
            Bytes::from_static(b"1")
        }
        Boarding::Join(waiting) => {
            let entry = waiting.entry().await;
            entry.expect("nothing was invalidated").payload.clone()
        }
    }
}

#[tokio::test]
async fn a_thousand_who_want_one_thing_ask_for_it_once() {
    let (cache, asked) = (cache(&clock()), AtomicU64::new(0));
    let tags = tag();
    let queries = (0..1000).map(|_| query(&cache, &asked, &tags));
    let got = join_all(queries).await;
    assert!(got.iter().all(|got| got == "1"));
    assert_eq!(
        (asked.load(Ordering::Relaxed), cache.health().flights),
        (1, 0)
    );
    assert_eq!(get(&cache, "x").await.unwrap(), "1");
}

fn lead(cache: &Cache) -> Landing {
    match cache.board(key(cache, "x"), &tag(), &nothing(cache)) {
        Boarding::Lead(landing) => landing,
        Boarding::Join(_) => panic!("a flight was joined"),
    }
}

fn join(cache: &Cache, known: &[Tag]) -> Waiting {
    match cache.board(key(cache, "x"), known, &nothing(cache)) {
        Boarding::Join(waiting) => waiting,
        Boarding::Lead(_) => panic!("no flight was joined"),
    }
}

#[tokio::test]
async fn nobody_joins_what_was_invalidated_since_it_began() {
    let clock = clock();
    let cache = cache(&clock);
    let first = lead(&cache);
    cache.invalidate(&tag(), Mode::Soft).await.unwrap();
    let second = lead(&cache);
    let waiting = join(&cache, &tag());
    second.land(answer(cache.position(), b"2"));
    drop(first);
    assert_eq!(waiting.entry().await.unwrap().payload, "2");
    let _old = lead(&cache);
    clock.advance(Duration::from_secs(1));
    drop(lead(&cache));
}

#[tokio::test]
async fn what_was_invalidated_on_the_way_is_used_by_nobody_who_joined() {
    let cache = cache(&clock());
    let landing = lead(&cache);
    // It was not known that it would have the tag.
    let waiting = join(&cache, &[]);
    cache.invalidate(&tag(), Mode::Hard).await.unwrap();
    let late = join(&cache, &[]);
    let t0 = landing.t0();
    landing.land(answer(t0, b"1"));
    assert_eq!((waiting.entry().await, late.entry().await), (None, None));
    assert_eq!(get(&cache, "x").await, Err("absent"));
}

#[tokio::test]
async fn who_joined_hears_when_the_leader_goes_away() {
    let cache = cache(&clock());
    let landing = lead(&cache);
    let mut waiting = Box::pin(join(&cache, &tag()).entry());
    assert!(waiting.as_mut().now_or_never().is_none());
    drop(landing);
    assert_eq!(waiting.await, None);
    drop(lead(&cache));
}
