//! What a subgraph says that a mutation changed.

use super::*;
use crate::config::{Span, SubgraphCache};

const ONE: &str = "{ product(id: 1) { id name } }";
const TWO: &str = "{ product(id: 2) { id name } }";
const ALL: &str = "{ products { id } }";
const RENAME: &str = r#"mutation { rename(id: "2", name: "new") { id } }"#;

/// What is asked for of all this after a mutation of which the subgraph says `said`.
async fn asked_after(said: Value) -> Vec<String> {
    let shop = Shop::open(|_| {}).await;
    let queries = [ONE, TWO, ALL, "{ greeting }"];
    for query in queries {
        shop.ask(query, &[]).await;
    }
    *shop.world.invalidates.lock().unwrap() = Some(said);
    let (answer, ..) = shop.ask(RENAME, &[]).await;
    assert_eq!(answer, json!({ "data": { "rename": { "id": "2" } } }));
    *shop.world.invalidates.lock().unwrap() = None;
    let mut asked = Vec::new();
    for query in queries {
        asked.extend(shop.ask(query, &[]).await.2);
    }
    asked
}

#[tokio::test]
async fn it_is_all_that_ends_if_it_is_complete() {
    let product = |id: &str| json!({ "type": "Product", "key": { "id": id }, "only": "fields" });
    let of = |complete: bool, targets: Value| json!({ "complete": complete, "targets": targets });
    let seen = ["product 2", "products"];
    let everything = ["product 1", "product 2", "products", "greeting"];
    let cases: Vec<(Value, Vec<&str>)> = vec![
        (of(true, json!([])), vec![]),
        (of(true, json!([product("2")])), vec!["product 2"]),
        (of(true, json!([product("1")])), vec!["product 1"]),
        (
            of(true, json!([{ "type": "Product", "only": "lists" }])),
            vec!["products"],
        ),
        // Besides what the result shows.
        (
            of(false, json!([product("1")])),
            vec!["product 1", "product 2", "products"],
        ),
        (
            json!([product("1")]),
            vec!["product 1", "product 2", "products"],
        ),
        (of(false, json!([])), seen.to_vec()),
        // What cannot be read may have been anything.
        (
            of(true, json!([product("1"), { "type": "Nobody" }])),
            everything.to_vec(),
        ),
        (of(true, json!([{ "type": "Nobody" }])), everything.to_vec()),
        (json!({ "complete": true }), seen.to_vec()),
        (json!("everything"), seen.to_vec()),
    ];
    for (said, expected) in cases {
        assert_eq!(asked_after(said.clone()).await, expected, "{said}");
    }
}

/// A subgraph that reads from replicas may answer from before for a while, and that would be kept.
#[tokio::test(start_paused = true)]
async fn it_ends_once_more_when_the_subgraph_has_settled() {
    let lag = Duration::from_millis(500);
    let shop = Shop::open(|config| {
        let settings = SubgraphCache {
            settle: Some(Span(lag)),
            ..SubgraphCache::default()
        };
        let subgraphs = &mut config.cache.subgraphs;
        subgraphs.insert("catalog".to_owned(), settings);
    })
    .await;
    shop.ask(RENAME, &[]).await;
    shop.check(TWO, &["product 2"]).await;
    shop.check(ONE, &["product 1"]).await;
    shop.check(TWO, &[]).await;
    tokio::time::sleep(lag * 2).await;
    shop.check(TWO, &["product 2"]).await;
    shop.check(ONE, &[]).await;
    tokio::time::sleep(lag * 2).await;
    shop.check(TWO, &[]).await;
}

/// Each field of a mutation may have changed what it does not show, whatever the others show.
#[tokio::test]
async fn one_field_does_not_answer_for_another() {
    let cases = [
        // Nothing is known of what `remove` did.
        (
            r#"mutation { a: rename(id: "2", name: "new") { id } b: remove(id: "3") }"#,
            vec!["product 1", "product 2", "products", "greeting"],
        ),
        // What `reprice` changed is not selected.
        (
            r#"mutation { a: rename(id: "2", name: "new") { id } b: reprice(id: "1") { text } }"#,
            vec!["product 1", "product 2", "products"],
        ),
        (
            r#"mutation { a: rename(id: "2", name: "new") { id } b: rename(id: "3", name: "new") { id } }"#,
            vec!["product 2", "products"],
        ),
    ];
    for (mutation, expected) in cases {
        let shop = Shop::open(|_| {}).await;
        let queries = [ONE, TWO, ALL, "{ greeting }"];
        for query in queries {
            shop.ask(query, &[]).await;
        }
        shop.ask(mutation, &[]).await;
        let mut asked = Vec::new();
        for query in queries {
            asked.extend(shop.ask(query, &[]).await.2);
        }
        assert_eq!(asked, expected, "{mutation}");
    }
}
