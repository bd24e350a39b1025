//! What CDNs are told an answer is made from.

use super::*;
use crate::config::{ByteSize, TagHeader};

/// The header of an answer as `{header}`, and what subgraphs were asked for it.
async fn named(shop: &Shop, query: &str, header: &str) -> (Option<String>, Vec<String>) {
    let (_, headers, asked) = shop.ask(query, &[]).await;
    let value = headers.get(header);
    let value = value.map(|value| value.to_str().unwrap().to_owned());
    (value, asked)
}

fn with(header: TagHeader) -> impl FnOnce(&mut Config) {
    |config| config.cache.tag_header = Some(header)
}

/// The names are the same whether it is asked for, put together from parts, or kept as a whole.
#[tokio::test]
async fn an_answer_has_its_names_however_much_of_it_was_kept() {
    let list = "subgraph.catalog,subgraph.stock,type.Product,field.Query.products,\
                tag.stock%20of%201,tag.stock%20of%202,tag.stock%20of%203,\
                entity.Product.1,entity.Product.2,entity.Product.3";
    let product =
        "subgraph.catalog,type.Product,field.Query.product,tag.product-1,entity.Product.1";
    let cases: [(&str, &str); 4] = [
        (LIST, list),
        ("{ product(id: 1) { id name } }", product),
        ("{ greeting }", "subgraph.catalog,field.Query.greeting"),
        // Which it is is not asked for.
        (
            "{ product(id: 2) { name } }",
            "subgraph.catalog,type.Product,field.Query.product,tag.product-2,some.Product",
        ),
    ];
    for (query, expected) in cases {
        let shop = Shop::open(with(TagHeader::default())).await;
        let (first, asked) = named(&shop, query, "cache-tag").await;
        assert_eq!(first.as_deref(), Some(expected), "{query}");
        assert!(!asked.is_empty());
        let whole = named(&shop, query, "cache-tag").await;
        assert_eq!(whole, (first.clone(), vec![]), "{query}");
    }
    // Without whole answers there are parts.
    let shop = Shop::open(|config| {
        with(TagHeader::default())(config);
        config.cache.response_memory = ByteSize(0);
    })
    .await;
    for expected_asked in [4, 0] {
        let (names, asked) = named(&shop, LIST, "cache-tag").await;
        assert_eq!(
            (names.as_deref(), asked.len()),
            (Some(list), expected_asked)
        );
    }
    let rename = r#"mutation { rename(id: "2", name: "new") { id } }"#;
    let (none, _) = named(&shop, rename, "cache-tag").await;
    assert_eq!(none, None);
    let (names, asked) = named(&shop, LIST, "cache-tag").await;
    assert_eq!(asked, ["2", "products"]);
    assert_eq!(names.as_deref(), Some(list));
}

#[tokio::test]
async fn only_what_everybody_may_keep_has_names() {
    let says = [
        ("public, max-age=60", true),
        ("max-age=60", false),
        ("private, max-age=60", false),
        ("no-store", false),
        ("public", false),
    ];
    for (said, expected) in says {
        let shop = Shop::open(with(TagHeader::default())).await;
        shop.world.say("cache-control", said);
        for _ in 0..2 {
            let (names, _) = named(&shop, LIST, "cache-tag").await;
            assert_eq!(names.is_some(), expected, "{said}: {names:?}");
        }
    }
    let shop = Shop::open(with(TagHeader::default())).await;
    let error = json!({ "message": "no", "path": ["greeting"] });
    shop.world.errors.lock().unwrap().push(error);
    let (names, _) = named(&shop, "{ greeting }", "cache-tag").await;
    assert_eq!(names, None);
    let shop = Shop::open(|_| {}).await;
    let (_, headers, _) = shop.ask(LIST, &[]).await;
    assert!(!headers.contains_key("cache-tag"), "{headers:?}");
}

#[tokio::test]
async fn the_header_is_as_the_cdn_reads_it() {
    let header = |name: &str| TagHeader {
        name: name.parse().unwrap(),
        ..TagHeader::default()
    };
    let short = TagHeader {
        max_names: 5,
        ..TagHeader::default()
    };
    let cases = [
        (
            header("Surrogate-Key"),
            "subgraph.catalog field.Query.greeting",
        ),
        (header("xkey"), "subgraph.catalog field.Query.greeting"),
        (
            header("Edge-Cache-Tag"),
            "subgraph.catalog,field.Query.greeting",
        ),
    ];
    for (header, expected) in cases {
        let name = header.name.to_string();
        let shop = Shop::open(with(header)).await;
        let (names, _) = named(&shop, "{ greeting }", &name).await;
        assert_eq!(names.as_deref(), Some(expected), "{name}");
    }
    let shop = Shop::open(with(short)).await;
    let (names, _) = named(&shop, "{ products { id name } }", "cache-tag").await;
    let expected = "subgraph.catalog,type.Product,field.Query.products,some.Product";
    assert_eq!(names.as_deref(), Some(expected));
}

/// Tags that the subgraph gives an answer stand beside those of `@cacheTag`.
#[tokio::test]
async fn what_the_subgraph_calls_an_answer_is_a_name_of_it() {
    let shop = Shop::open(with(TagHeader::default())).await;
    let tags = json!({ "apolloCacheTags": ["home page"] });
    *shop.world.extensions.lock().unwrap() = Some(tags);
    for _ in 0..2 {
        let (names, _) = named(&shop, "{ greeting }", "cache-tag").await;
        let expected = "subgraph.catalog,field.Query.greeting,tag.home%20page";
        assert_eq!(names.as_deref(), Some(expected));
    }
}
