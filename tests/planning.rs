//! `weft plan` on graphs composed by `weft compose`: what of a composed graph planning depends on.

use std::path::Path;

use tempfile::TempDir;

use crate::harness::{Finished, weft};

const LINK: &str = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override", "@shareable", "@context", "@fromContext"])
"#;

async fn run(folder: &Path, arguments: &[&str]) -> Finished {
    let mut command = weft(arguments);
    command.current_dir(folder);
    Finished::run(command).await
}

/// A folder with the graph that these subgraphs of federation 2 compose to, and an operation.
async fn composed(subgraphs: &[(&str, &str)], operation: &str) -> TempDir {
    let linked: Vec<(&str, String)> = subgraphs
        .iter()
        .map(|(name, sdl)| (*name, format!("{LINK}{sdl}")))
        .collect();
    let linked: Vec<(&str, &str)> = linked
        .iter()
        .map(|(name, sdl)| (*name, sdl.as_str()))
        .collect();
    let folder = composed_as_is(&linked).await;
    std::fs::write(folder.path().join("operation.graphql"), operation).unwrap();
    folder
}

/// A folder with the graph that these subgraphs compose to.
async fn composed_as_is(subgraphs: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let mut config = String::from("subgraphs:\n");
    for (name, sdl) in subgraphs {
        write(&format!("{name}.graphql"), sdl);
        config += &format!(
            "  {name}: {{ routing_url: http://{name}, schema: {{ file: {name}.graphql }} }}\n"
        );
    }
    write("supergraph.yaml", &config);
    let composed = run(folder.path(), &["compose", "--config", "supergraph.yaml"]).await;
    write("supergraph.graphql", &composed.success());
    folder
}

async fn plan(folder: &Path, more: &[&str]) -> Finished {
    let files = [
        "plan",
        "--supergraph",
        "supergraph.graphql",
        "--operation",
        "operation.graphql",
    ];
    run(folder, &[&files[..], more].concat()).await
}

/// The fetches alone: without the summary and the headings of the waves.
fn fetches(plan: &str) -> String {
    let lines = plan.lines().skip(1);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("wave "));
    lines.map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn a_plan_is_for_the_labels_that_are_named() {
    let old =
        "type Query { bill: Bill } type Bill @key(fields: \"id\") { id: ID! amount: Int tax: Int }";
    let new = r#"type Bill @key(fields: "id") {
      id: ID!
      amount: Int @override(from: "old", label: "percent(5)")
      tax: Int @override(from: "old", label: "taxes")
    }"#;
    let folder = composed(&[("old", old), ("new", new)], "{ bill { amount tax } }").await;
    let folder = folder.path();
    let off = plan(folder, &[]).await.success();
    let expected = "1 fetch in 1 wave\n\nwave 1\n0 old\n  {bill{amount tax}}\n";
    assert_eq!(off, expected);
    let labels = ["--override-label", "percent(5)"];
    let one = fetches(&plan(folder, &labels).await.success());
    assert!(
        one.starts_with("0 old\n  {bill{tax id}}\n1 new after 0\n"),
        "{one}"
    );
    let labels = [
        "--override-label",
        "taxes",
        "--override-label",
        "percent(5)",
    ];
    let both = fetches(&plan(folder, &labels).await.success());
    assert!(
        both.starts_with("0 old\n  {bill{id}}\n1 new after 0\n"),
        "{both}"
    );
    let unknown = plan(folder, &["--override-label", "tax"]).await;
    assert_eq!(unknown.status.code(), Some(1));
    let said = unknown.stderr;
    assert!(
        said.contains("no @override has the label \"tax\"; the graph has percent(5), taxes"),
        "{said}"
    );
}

#[tokio::test]
async fn arguments_from_contexts_are_filled() {
    let shops = r#"type Query { shops: [Shop] }
    type Shop @key(fields: "id") @context(name: "shop") { id: ID! currency: String items: [Item] }
    type Item @key(fields: "id") { id: ID! price(in: String @fromContext(field: "$shop { currency }")): Int }"#;
    let parts = "type Item @key(fields: \"id\") { id: ID! parts: [Item] }";
    let subgraphs = [("shops", shops), ("parts", parts)];
    let folder = composed(&subgraphs, "{ shops { items { price parts { price } } } }").await;
    let found = fetches(&plan(folder.path(), &[]).await.success());
    let expected = "\
0 shops
  {shops{currency items{id}}}
1 parts after 0
  shops.@.items.@ Item{id}, kept: shops.@{currency}
  query($representations:[_Any!]!){_entities(representations:$representations){...on Item{parts{id}}}}
2 shops after 1
  shops.@.items.@.parts.@ Item{id}, $context0: shops.@{currency}
  shops.@.items.@ Item{id}, $context0: shops.@{currency}
  query($representations:[_Any!]!,$context0:String){_entities(representations:$representations){...on Item{price(in:$context0)}}}
";
    assert_eq!(found, expected);
}

/// Federation 1: no `@link`, extensions, `@external` keys, a shared value type. One subgraph names its roots differently.
const OLD_STYLE: [(&str, &str); 3] = [
    (
        "accounts",
        r#"extend type Query { me: User }
        type User @key(fields: "id") { id: ID! username: String name: String }"#,
    ),
    (
        "products",
        r#"schema { query: RootQuery mutation: M }
        type RootQuery { topProducts: [Product] product(upc: String!): Product }
        type M { rename(upc: String!, name: String!): Product }
        type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int dimensions: Dimensions }
        type Dimensions { size: String weight: Float }"#,
    ),
    (
        "reviews",
        r#"type Query { lastReview: Review }
        type Mutation { review(upc: String!, body: String!): Review unreview(id: ID!): Boolean }
        type Review @key(fields: "id") { id: ID! body: String author: User @provides(fields: "username") product: Product }
        extend type User @key(fields: "id") { id: ID! @external username: String @external reviews: [Review] }
        extend type Product @key(fields: "upc") {
          upc: String! @external price: Int @external reviews: [Review] worth: Int @requires(fields: "price") dimensions: Dimensions
        }
        type Dimensions { size: String weight: Float }"#,
    ),
];

const OLD_STYLE_PLANS: [(&str, &str); 4] = [
    (
        "{ topProducts { name reviews { author { username } } worth dimensions { size } } }",
        "\
0 products
  {topProducts{name dimensions{size}upc price}}
1 reviews after 0
  topProducts.@ Product{upc}+{price}
  query($representations:[_Any!]!){_entities(representations:$representations){...on Product{reviews{author{username}}worth}}}
",
    ),
    (
        "{ lastReview { author { username name } product { dimensions { size } weight } } __typename }",
        "\
0 reviews
  {lastReview{author{username id}product{dimensions{size}upc}}}
1 accounts after 0
  lastReview.author User{id}
  query($representations:[_Any!]!){_entities(representations:$representations){...on User{name}}}
2 products after 0
  lastReview.product Product{upc}
  query($representations:[_Any!]!){_entities(representations:$representations){...on Product{weight}}}
",
    ),
    (
        r#"query { product(upc: "1") { ... on Product { __typename worth } } }"#,
        r#"0 products
  {product(upc:"1"){upc price}}
1 reviews after 0
  product Product{upc}+{price}
  query($representations:[_Any!]!){_entities(representations:$representations){...on Product{worth}}}
"#,
    ),
    (
        r#"mutation {
          rename(upc: "1", name: "x") { name worth }
          a: review(upc: "1", body: "b") { product { name } author { name } }
          b: review(upc: "2", body: "b") { id }
          again: rename(upc: "2", name: "y") { upc }
          unreview(id: 1) __typename
        }"#,
        r#"0 products
  mutation{rename(upc:"1",name:"x"){name upc price}}
1 reviews after 0
  rename Product{upc}+{price}
  query($representations:[_Any!]!){_entities(representations:$representations){...on Product{worth}}}
2 reviews after 1
  mutation{a:review(upc:"1",body:"b"){product{upc}author{id}}}
3 products after 2
  a.product Product{upc}
  query($representations:[_Any!]!){_entities(representations:$representations){...on Product{name}}}
4 accounts after 2
  a.author User{id}
  query($representations:[_Any!]!){_entities(representations:$representations){...on User{name}}}
5 reviews after 3, 4
  mutation{b:review(upc:"2",body:"b"){id}}
6 products after 5
  mutation{again:rename(upc:"2",name:"y"){upc}}
7 reviews after 6
  mutation{unreview(id:1)}
"#,
    ),
];

#[tokio::test]
async fn graphs_of_federation_1_and_roots_of_other_names_are_planned_like_any() {
    let folder = composed_as_is(&OLD_STYLE).await;
    for (operation, expected) in OLD_STYLE_PLANS {
        std::fs::write(folder.path().join("operation.graphql"), operation).unwrap();
        let found = fetches(&plan(folder.path(), &[]).await.success());
        assert_eq!(found, expected, "{operation}");
    }
}
