//! Who knows of an invalidation when, and what happens when it cannot be published.

use std::time::{Duration, Instant};

use router_cache::{Boarding, Cache, Consistency, Mode, Position, Settings, Tag};

use crate::harness::{
    Proxy, Server, fill, get, key, replica, replica_with, shown, soon, strictly, tags, until,
};

async fn invalidated(cache: &Cache, name: &str) -> Position {
    cache.invalidate(&tags(&[name]), Mode::Hard).await.unwrap()
}

#[tokio::test]
async fn others_know_at_once_when_strict_and_soon_when_bounded() {
    let server = Server::start();
    let (one, other) = (replica(&server.url()).await, replica(&server.url()).await);
    for _ in 0..50 {
        fill(&other, "a", &["t", "u"], "1");
        assert_eq!(strictly(&other, "a").await.unwrap(), "1");
        invalidated(&one, "u").await;
        assert_eq!(strictly(&other, "a").await, Err("invalidated".to_owned()));
    }
    fill(&other, "a", &["t", "u"], "2");
    let position = invalidated(&one, "t").await;
    soon("the news", other.wait_applied(position)).await;
    assert_eq!(
        get(&other, "a", Consistency::Bounded).await,
        Err("invalidated".to_owned())
    );
}

#[tokio::test]
async fn who_invalidates_knows_and_can_fill_again_at_once() {
    let server = Server::start();
    let cache = replica(&server.url()).await;
    for _ in 0..50 {
        fill(&cache, "a", &["t"], "1");
        assert_eq!(get(&cache, "a", Consistency::Bounded).await.unwrap(), "1");
        let position = invalidated(&cache, "t").await;
        assert!(cache.position() >= position);
        assert_eq!(
            get(&cache, "a", Consistency::Bounded).await,
            Err("invalidated".to_owned())
        );
    }
}

#[tokio::test]
async fn a_fill_that_began_before_an_invalidation_is_never_used() {
    let server = Server::start();
    let (one, other) = (replica(&server.url()).await, replica(&server.url()).await);
    let t0 = other.position();
    invalidated(&one, "t").await;
    other.put(key(&other, "a"), crate::harness::answer(t0, &["t"], "old"));
    for cache in [&one, &other] {
        assert!(strictly(cache, "a").await.is_err());
    }
}

#[tokio::test]
async fn soft_ends_freshness_and_hard_ends_use() {
    let server = Server::start();
    let (one, other) = (replica(&server.url()).await, replica(&server.url()).await);
    let mut entry = crate::harness::answer(other.position(), &["t"], "1");
    entry.stale_while_revalidate = Duration::from_secs(30);
    other.put(key(&other, "a"), entry);
    one.invalidate(&tags(&["t"]), Mode::Soft).await.unwrap();
    let found = other
        .look_up(&[key(&other, "a")], Consistency::Strict, None)
        .await;
    let stale = found.entries[0]
        .hit()
        .and_then(|hit| hit.stale)
        .expect("usable, but stale");
    assert!(stale.invalidated && stale.while_revalidate && !stale.if_error);
    invalidated(&one, "t").await;
    assert!(strictly(&other, "a").await.is_err());
}

#[tokio::test]
async fn a_plain_xadd_invalidates() {
    let server = Server::start();
    let cache = replica(&server.url()).await;
    for words in [
        &["XADD", "{weft}:inv", "*", "tag", "other", "tag", "t"][..],
        &[
            "XADD",
            "{weft}:inv",
            "MAXLEN",
            "~",
            "1000",
            "*",
            "tag",
            "t",
            "m",
            "h",
        ],
        &["XADD", "{weft}:inv", "*", "what", "is this"],
    ] {
        fill(&cache, "a", &["t"], "1");
        assert_eq!(strictly(&cache, "a").await.unwrap(), "1", "{words:?}");
        let _: String = server.command(words);
        assert!(strictly(&cache, "a").await.is_err(), "{words:?}");
    }
    fill(&cache, "a", &["t"], "1");
    assert_eq!(strictly(&cache, "a").await.unwrap(), "1");
}

#[tokio::test]
async fn who_has_the_position_of_a_write_reads_it() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let (one, other) = (replica(&server.url()).await, replica(&proxy.url()).await);
    fill(&other, "a", &["t"], "1");
    proxy.hang();
    let position = invalidated(&one, "t").await;
    let look_up = async || {
        let keys = [key(&other, "a")];
        let found = other
            .look_up(&keys, Consistency::Bounded, Some(position))
            .await;
        shown(&found.entries[0])
    };
    assert_eq!(
        get(&other, "a", Consistency::Bounded).await.unwrap(),
        "1",
        "within the bound"
    );
    assert!(look_up().await.is_err());
    proxy.flow();
    until("the news", async || other.position() >= position).await;
    until("an answer", async || {
        look_up().await == Err("invalidated".to_owned())
    })
    .await;
    fill(&other, "a", &["t"], "2");
    assert_eq!(look_up().await.unwrap(), "2");
}

#[tokio::test]
async fn a_replica_that_hears_nothing_stops_using_what_it_has() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let (one, other) = (
        replica(&server.url()).await,
        replica_with(&proxy.url(), Settings::default()).await,
    );
    fill(&other, "a", &["t"], "1");
    proxy.hang();
    let began = Instant::now();
    invalidated(&one, "t").await;
    until("a miss", async || {
        get(&other, "a", Consistency::Bounded).await.is_err()
    })
    .await;
    assert!(
        began.elapsed() < Duration::from_millis(400),
        "{:?}",
        began.elapsed()
    );
    proxy.flow();
    until("news", async || {
        get(&other, "a", Consistency::Bounded).await == Err("invalidated".to_owned())
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_published_is_said_kept_to_and_published_later() {
    let server = Server::start();
    let settings = Settings {
        append_wait: Duration::from_millis(300),
        ..Settings::default()
    };
    let one = Cache::redis(&server.url(), settings).unwrap();
    soon("a connection", one.connected()).await;
    let other = replica(&server.url()).await;
    for cache in [&one, &other] {
        fill(cache, "a", &["t"], "1");
        fill(cache, "b", &["u"], "1");
    }
    server.halt();
    let began = Instant::now();
    one.invalidate(&tags(&["t"]), Mode::Hard).await.unwrap_err();
    assert!(
        began.elapsed() < Duration::from_millis(600),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(one.health().unpublished, 1);
    server.resume();
    until("publication", async || one.health().unpublished == 0).await;
    until("a connection", async || strictly(&other, "b").await.is_ok()).await;
    assert_eq!(strictly(&other, "a").await, Err("invalidated".to_owned()));
    until("a connection", async || strictly(&one, "b").await.is_ok()).await;
    assert_eq!(strictly(&one, "a").await, Err("invalidated".to_owned()));
    fill(&one, "a", &["t"], "2");
    assert_eq!(strictly(&one, "a").await.unwrap(), "2");
}

/// Redis is well, and only this replica cannot reach it for a moment.
#[tokio::test]
async fn an_invalidation_waits_for_a_connection() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let (one, other) = (replica(&proxy.url()).await, replica(&server.url()).await);
    fill(&other, "a", &["t"], "1");
    for _ in 0..5 {
        proxy.cut();
        invalidated(&one, "t").await;
        assert!(strictly(&other, "a").await.is_err());
    }
}

#[tokio::test]
async fn more_invalidations_than_can_wait_become_one_of_everything() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let settings = Settings {
        append_wait: Duration::from_millis(50),
        append_queue: 1,
        ..Settings::default()
    };
    let one = Cache::redis(&proxy.url(), settings).unwrap();
    soon("a connection", one.connected()).await;
    let other = replica(&server.url()).await;
    fill(&other, "z", &["z"], "1");
    proxy.hang();
    for number in 0..200 {
        let tag = Tag::named(if number == 199 {
            "z".to_owned()
        } else {
            number.to_string()
        });
        one.invalidate(&[tag], Mode::Hard).await.unwrap_err();
    }
    proxy.flow();
    until("publication", async || one.health().unpublished == 0).await;
    assert!(strictly(&other, "z").await.is_err());
}

#[tokio::test]
async fn a_full_redis_takes_invalidations_all_the_same() {
    let server = Server::start();
    let cache = replica(&server.url()).await;
    fill(&cache, "a", &["t"], "1");
    let _: () = server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    assert!(
        server.try_command::<()>(&["SET", "x", "y"]).is_err(),
        "it is full"
    );
    invalidated(&cache, "t").await;
    assert!(strictly(&cache, "a").await.is_err());
}

#[tokio::test]
async fn a_server_that_forgot_the_script_is_told_again() {
    let server = Server::start();
    let cache = replica(&server.url()).await;
    fill(&cache, "a", &["t"], "1");
    let _: () = server.command(&["SCRIPT", "FLUSH"]);
    invalidated(&cache, "t").await;
    assert!(strictly(&cache, "a").await.is_err());
}

/// Found by the checker: what such a fetch brings may be from before a write that the reader must see.
#[tokio::test]
async fn who_cannot_hear_of_the_log_joins_no_fetch_that_was_under_way() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let one = replica(&server.url()).await;
    let cut_off = replica_with(&proxy.url(), Settings::default()).await;
    let keys = [key(&cut_off, "a")];
    let found = cut_off.look_up(&keys, Consistency::Strict, None).await;
    let Boarding::Lead(_landing) = cut_off.board(keys[0], &[], &found) else {
        panic!("nobody is under way");
    };
    let found = cut_off.look_up(&keys, Consistency::Strict, None).await;
    assert!(matches!(
        cut_off.board(keys[0], &[], &found),
        Boarding::Join(_)
    ));
    proxy.hang();
    let position = invalidated(&one, "t").await;
    for (consistency, at_least) in [
        (Consistency::Strict, None),
        (Consistency::Bounded, Some(position)),
    ] {
        let found = cut_off.look_up(&keys, consistency, at_least).await;
        assert!(found.entries[0].miss().is_some());
        let boarding = cut_off.board(keys[0], &[], &found);
        assert!(matches!(boarding, Boarding::Lead(_)), "{consistency:?}");
    }
}
