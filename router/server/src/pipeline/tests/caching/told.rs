//! What clients are told, and what they demand.

use super::*;

/// What caches between the router and its clients must tell apart.
#[tokio::test]
async fn an_answer_that_may_be_kept_says_what_it_depends_on() {
    let shop = Shop::open(|config| {
        config.headers.propagate = ["x-tenant", "traceparent"]
            .map(|name| name.parse::<Header>().unwrap())
            .into();
    })
    .await;
    let cases = [
        ("public, max-age=60", Some("accept, x-tenant")),
        ("max-age=60", Some("accept, x-tenant, authorization")),
        ("no-store", None),
    ];
    for (said, expected) in cases {
        shop.world.say("cache-control", said);
        let all = json!({ "invalidate": [{ "all": true }] });
        invalidate(&shop, all).await;
        for _ in 0..2 {
            let (_, headers, _) = shop.ask("{ greeting }", &[]).await;
            let vary = headers.get_all(header::VARY).iter();
            let mut vary = vary.map(|value| value.to_str().unwrap());
            let found = vary.find(|value| value.contains("accept,"));
            assert_eq!(found, expected, "{said}: {headers:?}");
        }
    }
}

#[tokio::test]
async fn a_get_is_answered_with_not_modified_while_nothing_changed() {
    let shop = Shop::open(|_| {}).await;
    let get = async |known: &str| {
        let request = Request::get("/graphql?query=%7Bgreeting%7D")
            .header("graphql-preflight", "1")
            .header(header::IF_NONE_MATCH, known);
        let request = request.body(Body::empty()).unwrap();
        let response = routes(&shop.app).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts, body.collect().await.unwrap().to_bytes())
    };
    let (first, body) = get("").await;
    assert!(first.status == 200 && !body.is_empty());
    let tag = first.headers[header::ETAG].to_str().unwrap();
    for known in [tag, &format!("\"x\", W/{tag}"), "*"] {
        let (again, body) = get(known).await;
        assert_eq!((again.status.as_u16(), body.len()), (304, 0), "{known}");
        assert_eq!(again.headers[header::ETAG], tag);
    }
    let (other, _) = get("\"x\"").await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn a_client_can_see_what_came_from_where() {
    let shop = Shop::open(|_| {}).await;
    let explain = [("x-cache-explain", "1")];
    let (answer, ..) = shop.ask(LIST, &explain).await;
    let fetches = &answer["extensions"]["cache"]["fetches"];
    assert_eq!(fetches[0]["subgraph"], "catalog", "{answer}");
    assert_eq!(fetches[0]["what"], json!(["Query.products"]));
    assert_eq!(
        (&fetches[0]["fetched"], &fetches[0]["memory"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(fetches[0]["missed"], json!(["absent"]));
    assert_eq!(fetches[1]["fetched"], 3);
    assert_eq!(fetches[1]["ttlSource"], "response");
    let (answer, ..) = shop.ask(LIST, &explain).await;
    assert_eq!(
        answer["extensions"]["cache"]["response"]["hit"], true,
        "{answer}"
    );
    shop.world.say("cache-control", "no-store");
    let (answer, ..) = shop.ask("{ greeting }", &explain).await;
    assert_eq!(
        answer["extensions"]["cache"]["fetches"][0]["notStored"], "no-store",
        "{answer}"
    );
    let (answer, ..) = shop.ask("{ greeting }", &[]).await;
    assert_eq!(answer["extensions"], Value::Null);
}

/// A client that presents the position of its write is answered from nothing older.
#[tokio::test]
async fn the_position_of_a_write_is_a_demand() {
    let shop = Shop::open(|_| {}).await;
    let rename = r#"mutation { rename(id: "2", name: "new") { id } }"#;
    let (_, headers, _) = shop.ask(rename, &[]).await;
    let position = headers["x-cache-pos"].to_str().unwrap().to_owned();
    shop.check("{ greeting }", &["greeting"]).await;
    let (_, _, asked) = shop
        .ask("{ greeting }", &[("x-cache-pos", &position)])
        .await;
    assert_eq!(asked, Vec::<String>::new());
    // One that this router has not heard of yet.
    let (_, _, asked) = shop
        .ask("{ greeting }", &[("x-cache-pos", "99999999999999-0")])
        .await;
    assert_eq!(asked, ["greeting"]);
}
