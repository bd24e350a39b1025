//! What the catalogue's SDL says that a mutation ends.

use super::*;

const LINK: &str = r#"@link(url: "https://weft.dev/cache/v0.1", import: ["@cacheInvalidate"])"#;
const RENAME: &str = r#"mutation { rename(id: "2", name: "new") { id } }"#;
/// What ends by what its result shows.
const SEEN: [&str; 2] = ["product 2", "products"];
const ALL: [&str; 4] = ["greeting", "product 1", "product 2", "products"];

/// The catalogue with `uses` on its mutations' fields; the directive as `link` imports it has the name `name`.
fn catalog(link: &str, name: &str, uses: &[(&str, &str)]) -> String {
    let head = format!(
        r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@cacheTag", "@composeDirective"])
  {link} @composeDirective(name: "{name}")
directive {name}(
  type: String key: [String!] only: String fields: [String!] field: String tag: String subgraph: String
  complete: Boolean
) repeatable on FIELD_DEFINITION
input Which {{ id: ID name: String }}"#
    );
    let linked = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@cacheTag"])"#;
    let mut sdl = CATALOG.replace(linked, &head);
    assert!(sdl.contains(&head));
    for (field, uses) in uses {
        assert!(sdl.contains(field), "{field}");
        sdl = sdl.replace(field, &format!("{field} {uses}"));
    }
    sdl
}

/// What is asked for of all that was kept after `mutation`.
async fn asked_after(catalog: &str, mutation: &str, prepare: impl FnOnce(&World)) -> Vec<String> {
    let shop = Shop::open_over(catalog, |_| {}, |setup| setup).await;
    let queries = [
        "{ greeting }",
        "{ product(id: 1) { id name } }",
        "{ product(id: 2) { id name } }",
        "{ products { id } }",
    ];
    for query in queries {
        shop.ask(query, &[]).await;
    }
    prepare(&shop.world);
    shop.ask(mutation, &[]).await;
    *shop.world.invalidates.lock().unwrap() = None;
    shop.world.errors.lock().unwrap().clear();
    shop.world.fails.store(false, Ordering::SeqCst);
    let mut asked = Vec::new();
    for query in queries {
        asked.extend(shop.ask(query, &[]).await.2);
    }
    asked
}

const RENAMES: &str = "rename(id: ID!, name: String!): Product";
const REMOVES: &str = "remove(id: ID!): Boolean";
const REPRICES: &str = "reprice(id: ID!): Offer";

#[tokio::test]
async fn they_are_filled_with_the_arguments() {
    let product = r#"type: "Product", key: "id: {$args.id}", only: "fields""#;
    let complete = format!("@cacheInvalidate({product}, complete: true)");
    let besides = r#"@cacheInvalidate(type: "Product", key: "id: 1", only: "fields")"#;
    let lists = r#"@cacheInvalidate(type: "Product", only: "lists")"#;
    let reprice = r#"mutation { reprice(id: "2") { text } }"#;
    let cases: Vec<(&str, String, &str, Vec<&str>)> = vec![
        // Besides what its result shows.
        (
            RENAMES,
            besides.to_owned(),
            RENAME,
            vec!["product 1", "product 2", "products"],
        ),
        (RENAMES, complete.clone(), RENAME, vec!["product 2"]),
        (
            RENAMES,
            format!("{complete} {lists}"),
            RENAME,
            SEEN.to_vec(),
        ),
        (
            RENAMES,
            "@cacheInvalidate(complete: true)".to_owned(),
            RENAME,
            vec![],
        ),
        (
            RENAMES,
            r#"@cacheInvalidate(tag: "product-{$args.id}", complete: true)"#.to_owned(),
            RENAME,
            vec!["product 2"],
        ),
        (
            RENAMES,
            r#"@cacheInvalidate(field: "Query.greeting", complete: true)"#.to_owned(),
            RENAME,
            vec!["greeting"],
        ),
        // Its result reaches no entity: without a word of it everything of the subgraph ends.
        (
            REMOVES,
            String::new(),
            r#"mutation { remove(id: "9") }"#,
            ALL.to_vec(),
        ),
        // The list shows it by its key.
        (
            REMOVES,
            r#"@cacheInvalidate(type: "Product", key: "id: {$args.id}", only: "entity")"#
                .to_owned(),
            r#"mutation { remove(id: "2") }"#,
            SEEN.to_vec(),
        ),
        // It shows no product by its key: which it was is told by the argument.
        (
            REPRICES,
            String::new(),
            reprice,
            vec!["product 1", "product 2", "products"],
        ),
        (REPRICES, complete, reprice, vec!["product 2"]),
    ];
    for (field, uses, mutation, expected) in cases {
        let catalog = catalog(LINK, "@cacheInvalidate", &[(field, &uses)]);
        let asked = asked_after(&catalog, mutation, |_| {}).await;
        assert_eq!(asked, expected, "{uses} {mutation}");
    }
}

#[tokio::test]
async fn without_a_value_it_is_not_all_that_ends() {
    let field = "edit(which: Which): Offer";
    let uses = r#"@cacheInvalidate(type: "Product", key: "id: {$args.which.id}", only: "fields", complete: true)
      @cacheInvalidate(field: "Query.greeting")"#;
    let edits = catalog(LINK, "@cacheInvalidate", &[(REPRICES, uses)]);
    let edits = edits.replace(REPRICES, field);
    let cases: [(&str, &[&str]); 5] = [
        (r#"edit(which: { id: "2" })"#, &["greeting", "product 2"]),
        ("edit(which: { id: 2 })", &["greeting", "product 2"]),
        ("edit(which: { id: null })", &ALL),
        (r#"edit(which: { name: "x" })"#, &ALL),
        ("edit", &ALL),
    ];
    for (field, expected) in cases {
        let mutation = format!("mutation {{ {field} {{ text }} }}");
        let asked = asked_after(&edits, &mutation, |_| {}).await;
        assert_eq!(asked, expected, "{mutation}");
    }
}

/// They do not depend on what came of it, but for what the subgraph itself says.
#[tokio::test]
async fn what_the_answer_says_goes_before_them() {
    let uses = r#"@cacheInvalidate(type: "Product", key: "id: {$args.id}", only: "fields", complete: true)"#;
    let catalog = catalog(LINK, "@cacheInvalidate", &[(RENAMES, uses)]);
    let product_1 = json!({ "type": "Product", "key": { "id": "1" }, "only": "fields" });
    let everything = ["greeting", "product 1", "product 2", "products"];
    let cases: Vec<(Value, Vec<&str>)> = vec![
        (Value::Null, vec!["product 2"]),
        (json!({ "complete": true, "targets": [] }), vec![]),
        (
            json!({ "complete": true, "targets": [product_1] }),
            vec!["product 1"],
        ),
        (json!([product_1]), vec!["product 1", "product 2"]),
        (
            json!({ "complete": false, "targets": [product_1] }),
            vec!["product 1", "product 2"],
        ),
        // There is more than what is understood.
        (json!([{ "type": "Nobody" }]), everything.to_vec()),
        (
            json!({ "complete": true, "targets": [{ "type": "Nobody" }] }),
            everything.to_vec(),
        ),
        (json!("everything"), SEEN.to_vec()),
    ];
    for (said, expected) in cases {
        let says = said.clone();
        let asked = asked_after(&catalog, RENAME, |world| {
            *world.invalidates.lock().unwrap() = Some(says);
        })
        .await;
        assert_eq!(asked, expected, "{said}");
    }
    let failed = asked_after(&catalog, RENAME, |world| {
        world.fails.store(true, Ordering::SeqCst);
    });
    assert_eq!(failed.await, ["product 2"]);
    let with_errors = asked_after(&catalog, RENAME, |world| {
        world
            .errors
            .lock()
            .unwrap()
            .push(json!({ "message": "no" }));
    });
    assert_eq!(with_errors.await, ["product 2"]);
}

/// Fields that one request carries out say all that it ends only together.
#[tokio::test]
async fn all_fields_of_a_mutation_have_their_say() {
    let product = r#"type: "Product", key: "id: {$args.id}", only: "fields", complete: true"#;
    let uses = format!("@cacheInvalidate({product})");
    let both = r#"mutation { rename(id: "2", name: "new") { id } reprice(id: "1") { text } }"#;
    let with_removal = r#"mutation { rename(id: "2", name: "new") { id } remove(id: "9") }"#;
    let nothing = "@cacheInvalidate(complete: true)";
    type Case<'c> = (&'c str, &'c [(&'c str, &'c str)], &'c [&'c str]);
    let cases: [Case<'_>; 4] = [
        (
            both,
            &[(RENAMES, &uses), (REPRICES, &uses)],
            &["product 1", "product 2"],
        ),
        (
            both,
            &[(RENAMES, &uses), (REPRICES, nothing)],
            &["product 2"],
        ),
        (
            both,
            &[(RENAMES, &uses)],
            &["product 1", "product 2", "products"],
        ),
        // Nothing is known of what `remove` did.
        (
            with_removal,
            &[(RENAMES, &uses)],
            &["greeting", "product 1", "product 2", "products"],
        ),
    ];
    for (mutation, uses, expected) in cases {
        let catalog = catalog(LINK, "@cacheInvalidate", uses);
        let asked = asked_after(&catalog, mutation, |_| {}).await;
        assert_eq!(asked, expected, "{uses:?} {mutation}");
    }
}

#[tokio::test]
async fn it_is_known_by_its_specification_and_not_by_its_name() {
    let url = "https://weft.dev/cache/v0.1";
    let renamed =
        format!(r#"@link(url: "{url}", import: [{{ name: "@cacheInvalidate", as: "@ends" }}])"#);
    let aliased = format!(r#"@link(url: "{url}", as: "kept")"#);
    let cases: [(&str, &str, &[&str]); 5] = [
        (LINK, "@cacheInvalidate", &[]),
        (&renamed, "@ends", &[]),
        (
            &format!(r#"@link(url: "{url}")"#),
            "@cache__cacheInvalidate",
            &[],
        ),
        (&aliased, "@kept__cacheInvalidate", &[]),
        // Somebody else's.
        (
            r#"@link(url: "https://else.example/cache/v0.1", import: ["@cacheInvalidate"])"#,
            "@cacheInvalidate",
            &SEEN,
        ),
    ];
    for (link, name, expected) in cases {
        let uses = format!("{name}(complete: true)");
        let catalog = catalog(link, name, &[(RENAMES, &uses)]);
        let asked = asked_after(&catalog, RENAME, |_| {}).await;
        assert_eq!(asked, expected, "{link}");
    }
}

/// It says nothing, and the router finds out by itself.
#[tokio::test]
async fn a_malformed_one_ends_what_would_end_without_it() {
    let uses = r#"@cacheInvalidate(complete: true) @cacheInvalidate(type: "Product", key: "id: {$args.what}")"#;
    let catalog = catalog(LINK, "@cacheInvalidate", &[(RENAMES, uses)]);
    assert_eq!(asked_after(&catalog, RENAME, |_| {}).await, SEEN);
}
