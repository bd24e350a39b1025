//! What becomes of entries: found here, found by others, and what they take.

use std::time::Duration;

use router_cache::{Cache, Consistency, Key, Layer, Settings};

use crate::harness::{Server, answer, fill, get, key, replica, soon, strictly, until};

async fn written(cache: &Cache, entries: u64) {
    until("the entry in Redis", async || {
        cache
            .stats()
            .each()
            .any(|(name, count)| name == "redis_writes" && count >= entries)
    })
    .await;
}

#[tokio::test]
async fn what_one_replica_fetched_others_find() {
    let server = Server::start();
    let (one, other) = (replica(&server.url()).await, replica(&server.url()).await);
    for consistency in [Consistency::Strict, Consistency::Bounded] {
        assert_eq!(
            get(&other, "a", consistency).await,
            Err("absent".to_owned())
        );
    }
    let long = "a".repeat(5000);
    one.put(key(&one, "a"), answer(one.position(), &["t"], long.clone()));
    assert_eq!(strictly(&one, "a").await.unwrap(), long, "at once");
    written(&one, 1).await;
    for layer in [Layer::Redis, Layer::Process] {
        let found = other
            .look_up(&[key(&other, "a")], Consistency::Bounded, None)
            .await;
        let hit = found.entries[0].hit().expect("others find it");
        assert_eq!(
            (hit.layer, &hit.entry.payload[..]),
            (layer, long.as_bytes())
        );
    }
}

#[tokio::test]
async fn a_replica_that_starts_finds_what_others_fetched_before() {
    let server = Server::start();
    let one = replica(&server.url()).await;
    fill(&one, "a", &["t"], "1");
    fill(&one, "b", &["u"], "1");
    one.invalidate(&[router_cache::Tag::named("u")], router_cache::Mode::Hard)
        .await
        .unwrap();
    written(&one, 1).await;
    let other = replica(&server.url()).await;
    assert_eq!(strictly(&other, "a").await.unwrap(), "1");
    assert!(strictly(&other, "b").await.is_err());
}

#[tokio::test]
async fn many_keys_are_found_in_the_order_they_were_asked_for() {
    let server = Server::start();
    let (one, other) = (replica(&server.url()).await, replica(&server.url()).await);
    let names: Vec<String> = (0..700).map(|number| format!("k{number}")).collect();
    for name in names.iter().step_by(2) {
        one.put(
            key(&one, name),
            answer(one.position(), &["t"], name.clone()),
        );
    }
    written(&one, 350).await;
    let keys: Vec<Key> = names.iter().map(|name| key(&other, name)).collect();
    for consistency in [Consistency::Strict, Consistency::Bounded] {
        let found = other.look_up(&keys, consistency, None).await;
        for (number, (name, found)) in names.iter().zip(&found.entries).enumerate() {
            let payload = found.hit().map(|hit| &hit.entry.payload[..]);
            let expected = (number % 2 == 0).then_some(name.as_bytes());
            assert_eq!(payload, expected, "{name} {consistency:?} {found:?}");
        }
    }
}

#[tokio::test]
async fn what_is_no_entry_is_a_miss() {
    let server = Server::start();
    let cache = replica(&server.url()).await;
    fill(&cache, "a", &["t"], "1");
    written(&cache, 1).await;
    let other = replica(&server.url()).await;
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let name = [b"weft:", &key(&cache, "a").as_bytes()[..]].concat();
    for damage in [&b""[..], b"\x01", b"hello", &[1, 1, 0xff, 0xff, 0xff]] {
        let _: () = redis::cmd("SET")
            .arg(&name)
            .arg(damage)
            .query(&mut connection)
            .unwrap();
        assert_eq!(
            strictly(&other, "a").await,
            Err("absent".to_owned()),
            "{damage:?}"
        );
    }
    let _: () = redis::cmd("DEL").arg(&name).query(&mut connection).unwrap();
    let _: () = redis::cmd("LPUSH")
        .arg(&name)
        .arg(1)
        .query(&mut connection)
        .unwrap();
    assert_eq!(
        strictly(&other, "a").await,
        Err("absent".to_owned()),
        "a list"
    );
}

#[tokio::test]
async fn namespaces_share_nothing() {
    let server = Server::start();
    let one = replica(&server.url()).await;
    let settings = Settings {
        namespace: "other".to_owned(),
        ..Settings::default()
    };
    let other = Cache::redis(&server.url(), settings).unwrap();
    soon("a connection", other.connected()).await;
    fill(&one, "a", &["t"], "1");
    written(&one, 1).await;
    assert_eq!(strictly(&other, "a").await, Err("absent".to_owned()));
    other
        .invalidate(&[router_cache::Tag::named("t")], router_cache::Mode::Hard)
        .await
        .unwrap();
    assert_eq!(strictly(&one, "a").await.unwrap(), "1");
}

#[tokio::test]
async fn an_entry_leaves_redis_when_its_time_is_over() {
    let server = Server::start();
    let cache = replica(&server.url()).await;
    let mut entry = answer(cache.position(), &["t"], "1");
    entry.stale_if_error = Duration::from_secs(30);
    cache.put(key(&cache, "a"), entry);
    written(&cache, 1).await;
    let names: Vec<Vec<u8>> = server.command(&["KEYS", "weft:*"]);
    let mut connection = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let left: i64 = redis::cmd("PTTL")
        .arg(&names[0])
        .query(&mut connection)
        .unwrap();
    assert!((80_000..=90_000).contains(&left), "{left}");
}

/// What Redis needs over the payload for an entry with six tags, by `MEMORY USAGE` and by the memory it uses in all.
#[tokio::test]
async fn an_entry_takes_at_most_260_bytes_over_its_payload() {
    const ENTRIES: u64 = 20_000;
    // From 200 to 455 bytes: what the allocator rounds up evens out.
    let payload = |number: u64| vec![b'x'; 200 + (number % 256) as usize];
    let server = Server::start();
    let cache = replica(&server.url()).await;
    let used = || -> i64 {
        let info: String = server.command(&["INFO", "memory"]);
        let line = info
            .lines()
            .find_map(|line| line.strip_prefix("used_memory:"));
        line.unwrap().parse().unwrap()
    };
    let names = [
        "*",
        "users",
        "users/User",
        "users/User:1",
        "users/User[]",
        "users/Query.users",
    ];
    let before = used();
    for number in 0..ENTRIES {
        let entry = answer(cache.position(), &names, payload(number));
        cache.put(key(&cache, &number.to_string()), entry);
        if number % 1000 == 999 {
            written(&cache, number + 1).await;
        }
    }
    let sum: i64 = (0..ENTRIES)
        .map(|number| payload(number).len() as i64)
        .sum();
    let in_all = (used() - before - sum) / ENTRIES as i64;
    let mut connection = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let usage = (0..256).map(|number| {
        let name = [b"weft:", &key(&cache, &number.to_string()).as_bytes()[..]].concat();
        let usage = redis::cmd("MEMORY")
            .arg("USAGE")
            .arg(&name)
            .query(&mut connection);
        usage.unwrap_or(0) - payload(number).len() as i64
    });
    let by_usage = usage.sum::<i64>() / 256;
    println!(
        "over the payload: MEMORY USAGE {by_usage} bytes, used_memory {in_all} bytes an entry"
    );
    assert!(by_usage <= 260, "{by_usage}");
    // With the tables of all keys and of those that expire, which double as they grow, and the clients' buffers.
    assert!(in_all <= 300, "{in_all}");
}
