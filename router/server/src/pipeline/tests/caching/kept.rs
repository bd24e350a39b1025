//! What is kept and for how long.

use super::*;

#[tokio::test]
async fn what_is_kept_is_not_asked_for_again() {
    let shop = Shop::open(|_| {}).await;
    let first = shop.check(LIST, &["1", "2", "3", "products"]).await;
    assert_eq!(
        first["data"]["products"][1],
        json!({ "id": "2", "name": "two", "count": 20 })
    );
    let (again, headers, asked) = shop.ask(LIST, &[]).await;
    assert_eq!((again, asked), (first, vec![]));
    let control = headers[header::CACHE_CONTROL].to_str().unwrap();
    assert!(control.starts_with("public, max-age="), "{control}");
    let status = headers["cache-status"].to_str().unwrap();
    assert!(status.starts_with("weft; hit; ttl="), "{status}");
    // Another operation with the same parts: entities are found by themselves.
    shop.check("{ products { id count } }", &["products"]).await;
    shop.check("{ product(id: 2) { id count } }", &["product 2"])
        .await;
    // Another selection of the entities is another unit.
    shop.check("{ p: products { id name count } }", &["products"])
        .await;
}

#[tokio::test]
async fn what_must_not_be_kept_is_not() {
    let refused = [
        ("cache-control", "no-store"),
        ("cache-control", "max-age=60, no-cache"),
        ("cache-control", "max-age=0"),
        ("cache-control", "private, max-age=60"),
        ("set-cookie", "a=b"),
        ("vary", "*"),
    ];
    for (name, value) in refused {
        let shop = Shop::open(|_| {}).await;
        shop.world.say(name, value);
        shop.check("{ greeting }", &["greeting"]).await;
        let (_, headers, asked) = shop.ask("{ greeting }", &[]).await;
        assert_eq!(asked, ["greeting"], "{name}: {value}");
        assert_eq!(
            headers[header::CACHE_CONTROL],
            "no-store",
            "{name}: {value}"
        );
    }
    let shop = Shop::open(|_| {}).await;
    let (_, headers, _) = shop
        .ask("{ greeting }", &[("cache-control", "no-store")])
        .await;
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    shop.check("{ greeting }", &["greeting"]).await;
    let (_, headers, asked) = shop
        .ask("{ greeting }", &[("cache-control", "no-cache")])
        .await;
    assert_eq!(asked, ["greeting"]);
    assert_eq!(headers["cache-status"], "weft; fwd=request; stored");
    shop.check("{ greeting }", &[]).await;
}

#[tokio::test]
async fn the_configuration_decides_over_what_subgraphs_say() {
    let shop = Shop::open(|config| {
        let catalog = config
            .cache
            .subgraphs
            .entry("catalog".to_owned())
            .or_default();
        let rule = |max_age: u64| CacheRule {
            keep: max_age > 0,
            max_age: Some(Span::seconds(max_age.max(1))),
            scope: Some(crate::config::CacheScope::Public),
        };
        catalog.fields.insert("Query.greeting".to_owned(), rule(0));
        catalog.fields.insert("Query.products".to_owned(), rule(7));
        let stock = config
            .cache
            .subgraphs
            .entry("stock".to_owned())
            .or_default();
        stock.enabled = Some(false);
    })
    .await;
    for _ in 0..2 {
        shop.check("{ greeting }", &["greeting"]).await;
    }
    shop.check(LIST, &["1", "2", "3", "products"]).await;
    shop.check(LIST, &["1", "2", "3"]).await;
    let (_, headers, _) = shop.ask("{ products { name } }", &[]).await;
    let control = headers[header::CACHE_CONTROL].to_str().unwrap();
    let seconds: u64 = control
        .strip_prefix("public, max-age=")
        .unwrap()
        .parse()
        .unwrap();
    assert!(seconds <= 7, "{control}");
}

#[tokio::test]
async fn without_a_cache_everything_is_asked_for() {
    let shop = Shop::open(|config| config.cache.enabled = false).await;
    for _ in 0..2 {
        let (_, headers, asked) = shop.ask("{ greeting }", &[]).await;
        assert_eq!(asked, ["greeting"]);
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert!(!headers.contains_key("cache-status"));
    }
}

#[tokio::test]
async fn a_stale_answer_stands_in_for_one_that_fails() {
    let shop = Shop::open(|_| {}).await;
    shop.world
        .say("cache-control", "public, max-age=60, stale-if-error=600");
    shop.check("{ greeting }", &["greeting"]).await;
    invalidate(
        &shop,
        json!({ "invalidate": [{ "field": "Query.greeting" }], "mode": "soft" }),
    )
    .await;
    shop.world.fails.store(true, Ordering::SeqCst);
    let answer = shop.check("{ greeting }", &["greeting"]).await;
    assert_eq!(answer, json!({ "data": { "greeting": "hello you" } }));
    shop.world.fails.store(false, Ordering::SeqCst);
    shop.check("{ greeting }", &["greeting"]).await;
    // A hard invalidation ends that too.
    invalidate(
        &shop,
        json!({ "invalidate": [{ "field": "Query.greeting" }] }),
    )
    .await;
    shop.world.fails.store(true, Ordering::SeqCst);
    let answer = shop.check("{ greeting }", &["greeting"]).await;
    assert_eq!(answer["data"]["greeting"], Value::Null);
}

/// A subgraph that allows nothing is only asked; once it allows something, that is noticed.
#[tokio::test]
async fn what_is_never_kept_is_not_looked_for() {
    let shop = Shop::open(|_| {}).await;
    shop.world.say("cache-control", "no-store");
    for _ in 0..20 {
        shop.check(LIST, &["1", "2", "3", "products"]).await;
    }
    let looked_for = || shop.count("misses_absent");
    let before = looked_for();
    shop.check(LIST, &["1", "2", "3", "products"]).await;
    assert_eq!(looked_for(), before);
    shop.world.say("cache-control", "public, max-age=60");
    // Noticed, kept, found.
    shop.check(LIST, &["1", "2", "3", "products"]).await;
    shop.check(LIST, &["1", "2", "3", "products"]).await;
    shop.check(LIST, &[]).await;
}
