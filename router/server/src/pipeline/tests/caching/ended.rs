//! What ends what is kept: mutations, and operators.

use super::*;

#[tokio::test]
async fn a_mutation_ends_what_it_changed_and_nothing_else() {
    let shop = Shop::open(|_| {}).await;
    shop.check(LIST, &["1", "2", "3", "products"]).await;
    shop.check("{ product(id: 1) { id name } }", &["product 1"])
        .await;
    shop.check("{ product(id: 2) { id name } }", &["product 2"])
        .await;
    shop.check("{ greeting }", &["greeting"]).await;
    let rename = r#"mutation { rename(id: "2", name: "new") { id } }"#;
    let (_, headers, _) = shop.ask(rename, &[]).await;
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert!(headers.contains_key("x-cache-pos"), "{headers:?}");
    // The list, and of the batch what is about the changed one.
    let list = shop.check(LIST, &["2", "products"]).await;
    assert_eq!(list["data"]["products"][1]["name"], "new");
    shop.check("{ product(id: 1) { id name } }", &[]).await;
    let changed = shop
        .check("{ product(id: 2) { id name } }", &["product 2"])
        .await;
    assert_eq!(changed["data"]["product"]["name"], "new");
    shop.check("{ greeting }", &[]).await;
    // Another name in the payload's place: nobody knows which entity it was.
    shop.ask(r#"mutation { reprice(id: "3") { text } }"#, &[])
        .await;
    shop.check("{ product(id: 1) { id name } }", &["product 1"])
        .await;
    shop.check("{ greeting }", &[]).await;
    // Nothing at all is known of what it did: everything of the subgraph goes.
    shop.ask(r#"mutation { remove(id: "3") }"#, &[]).await;
    shop.check("{ greeting }", &["greeting"]).await;
    let list = shop.check("{ products { id } }", &["products"]).await;
    assert_eq!(list["data"]["products"].as_array().unwrap().len(), 2);
}

/// Which entity was changed is asked for besides what the client asks for, who does not see it.
#[tokio::test]
async fn a_mutation_whose_client_selects_no_key_ends_what_it_changed_and_nothing_else() {
    let shop = Shop::open(|_| {}).await;
    let uncached = Shop::open(|config| config.cache.enabled = false).await;
    for selection in [
        "{ name }",
        "{ id: name }",
        "{ n: name __typename id: name }",
    ] {
        shop.check(LIST, &["1", "2", "3", "products"]).await;
        shop.check("{ product(id: 1) { id name } }", &["product 1"])
            .await;
        shop.check("{ product(id: 2) { id name } }", &["product 2"])
            .await;
        let rename = format!(r#"mutation {{ rename(id: "2", name: "new") {selection} }}"#);
        let (bytes, ..) = shop.ask_raw(&rename, &[]).await;
        let (plain, ..) = uncached.ask_raw(&rename, &[]).await;
        assert_eq!(bytes, plain, "{bytes:?}");
        // Of the batch only what is about the changed one, and the list that it is in.
        shop.check(LIST, &["2", "products"]).await;
        shop.check("{ product(id: 1) { id name } }", &[]).await;
        shop.check("{ product(id: 2) { id name } }", &["product 2"])
            .await;
        let all = json!({ "invalidate": [{ "all": true }] });
        invalidate(&shop, all).await;
    }
}

/// A key that may be null, and that could not be had, is nothing the client asked for.
#[tokio::test]
async fn a_key_that_only_the_cache_reads_does_not_fail_a_mutation() {
    let shop = Shop::open(|_| {}).await;
    let error = json!({ "message": "no code", "path": ["print", "code"] });
    *shop.world.errors.lock().unwrap() = vec![error.clone()];
    let print = "mutation { print { text } }";
    let expected = json!({ "data": { "print": { "text": "printed" } } });
    let (answer, headers, _) = shop.ask(print, &[]).await;
    assert_eq!(answer, expected);
    assert!(headers.contains_key("x-cache-pos"), "{headers:?}");
    // Who asks for it is told.
    let (answer, ..) = shop.ask("mutation { print { text code } }", &[]).await;
    assert_eq!(answer["errors"][0]["message"], error["message"], "{answer}");
}

#[tokio::test]
async fn a_mutation_that_fails_may_have_done_its_work() {
    let shop = Shop::open(|_| {}).await;
    shop.check("{ product(id: 1) { id name } }", &["product 1"])
        .await;
    shop.world.fails.store(true, Ordering::SeqCst);
    let rename = r#"mutation { rename(id: "1", name: "new") { id } }"#;
    let (answer, ..) = shop.ask(rename, &[]).await;
    assert!(answer["errors"].is_array(), "{answer}");
    shop.world.fails.store(false, Ordering::SeqCst);
    let answer = shop
        .check("{ product(id: 1) { id name } }", &["product 1"])
        .await;
    assert_eq!(answer["data"]["product"]["name"], "new");
}

#[tokio::test]
async fn operators_can_end_what_they_know_to_be_out_of_date() {
    let cases = [
        (json!({ "all": true }), true),
        (json!({ "subgraph": "catalog" }), true),
        (json!({ "subgraph": "stock" }), false),
        (json!({ "type": "Product" }), true),
        (json!({ "subgraph": "catalog", "type": "Product" }), true),
        (json!({ "subgraph": "stock", "type": "Product" }), false),
        (json!({ "type": "Product", "key": { "id": 1 } }), true),
        (json!({ "type": "Product", "key": { "id": "2" } }), false),
        (json!({ "field": "Query.product" }), true),
        (json!({ "field": "Query.products" }), false),
        (json!({ "tag": "product-1" }), true),
        (json!({ "tag": "product-2" }), false),
    ];
    for (target, ends) in cases {
        let shop = Shop::open(|_| {}).await;
        let query = "{ product(id: 1) { id name } }";
        shop.check(query, &["product 1"]).await;
        let (status, answer) = invalidate(&shop, json!({ "invalidate": [target] })).await;
        assert_eq!(status, 200, "{target} {answer}");
        assert!(answer["position"].is_string(), "{answer}");
        let asked: &[&str] = if ends { &["product 1"] } else { &[] };
        let (_, _, was_asked) = shop.ask(query, &[]).await;
        assert_eq!(was_asked, asked, "{target}");
    }
    let shop = Shop::open(|_| {}).await;
    let wrong = [
        (json!({ "invalidate": [] }), "1 to 1000 things"),
        (json!({ "invalidate": [{}] }), "name one of"),
        (
            json!({ "invalidate": [{ "type": "Nothing" }] }),
            "no subgraph has a `@key` on a type `Nothing`",
        ),
        (
            json!({ "invalidate": [{ "all": true, "tag": "x" }] }),
            "name one of",
        ),
        (
            json!({ "invalidate": [{ "type": "Product", "key": { "id": [] } }] }),
            "a key's fields are",
        ),
        (json!({ "what": 1 }), "the body cannot be read"),
    ];
    for (body, says) in wrong {
        let (status, answer) = invalidate(&shop, body.clone()).await;
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(status == 400 && message.contains(says), "{body} {answer}");
    }
    let request = Request::post("/cache/invalidate").header(header::AUTHORIZATION, "Bearer wrong");
    let request = request
        .body(Body::from(r#"{"invalidate":[{"all":true}]}"#))
        .unwrap();
    let response = routes(&shop.app).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}
