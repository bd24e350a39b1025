//! What many want at once is fetched once, and kept once.

use futures::future::join_all;
use tokio::task::{JoinSet, yield_now};

use super::*;

const MANY: usize = 50;

/// A shop whose clients share nothing, so that all of them come to what keeps subgraphs' answers.
async fn shop() -> Arc<Shop> {
    let shop = Shop::open(|config| config.traffic.deduplicate = false).await;
    Arc::new(shop)
}

#[tokio::test]
async fn who_shares_an_answer_does_not_keep_it_again() {
    let queries: [(&str, &[&str]); 2] = [
        ("{ greeting }", &["greeting"]),
        (LIST, &["1", "2", "3", "products"]),
    ];
    for (query, parts) in queries {
        let shop = shop().await;
        shop.world.held.send_replace(true);
        let asking = join_all((0..MANY).map(|_| shop.ask(query, &[])));
        let release = async {
            // Everybody's own scope, and everybody's.
            while shop.count("misses_absent") < 2 * MANY as u64 {
                yield_now().await;
            }
            shop.world.held.send_replace(false);
        };
        let (answers, ()) = tokio::join!(asking, release);
        let mut asked: Vec<String> = answers
            .iter()
            .flat_map(|(.., asked)| asked.clone())
            .collect();
        asked.sort();
        assert_eq!(asked, parts, "{query}");
        assert_eq!(shop.count("puts"), parts.len() as u64, "{query}");
        for (answer, headers, _) in &answers {
            assert_eq!(*answer, answers[0].0, "{query}");
            // Those who shared it know that it is kept, and for how long.
            let control = headers[header::CACHE_CONTROL].to_str().unwrap();
            assert!(control.starts_with("public, max-age="), "{control}");
        }
    }
}

/// Between a lookup in vain and asking, what was under way may have ended: it is found all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_just_now_is_not_fetched_again() {
    const KEYS: usize = 300;
    let shop = shop().await;
    for key in 0..KEYS {
        let names = &shop.world.names;
        names
            .lock()
            .unwrap()
            .insert(key.to_string(), "one".to_owned());
    }
    for key in 0..KEYS {
        let mut clients = JoinSet::new();
        for number in 0..6 {
            let shop = Arc::clone(&shop);
            clients.spawn(async move {
                for _ in 0..number {
                    yield_now().await;
                }
                let query = format!("{{ product(id: {key}) {{ id name count }} }}");
                shop.ask(&query, &[]).await.2
            });
        }
        let mut asked = clients.join_all().await.concat();
        asked.extend(shop.world.asked());
        asked.sort();
        assert_eq!(asked, [key.to_string(), format!("product {key}")]);
    }
    assert_eq!(shop.count("puts"), 2 * KEYS as u64);
}
