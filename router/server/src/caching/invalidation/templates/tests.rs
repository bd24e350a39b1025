//! Which uses are heeded, and what is said of the others.

use schema_composition::SubgraphInput;
use schema_model::Supergraph;

use super::*;

/// What is wrong with `uses`, which stand on a field `Mutation.change`.
fn mistakes_of(uses: &str) -> Vec<String> {
    let sdl = r#"
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@composeDirective"])
  @link(url: "https://weft.dev/cache/v0.1", import: ["@cacheInvalidate"])
  @composeDirective(name: "@cacheInvalidate")
directive @cacheInvalidate(
  all: Boolean type: String key: [String!] only: String fields: [String!] field: String tag: String
  subgraph: String own: Boolean complete: Boolean
) repeatable on FIELD_DEFINITION
type Query { post(id: ID): Post USES_OF_QUERY }
type Post @key(fields: "id") { id: ID! title: String likes: [Like!]! }
type Like { at: String }
type Mutation { change(id: ID, ids: [ID!], input: Change): Post USES }
input Change { id: ID! status: Status tags: [String!] within: Change }
enum Status { OPEN CLOSED }
"#;
    let (of_query, uses) = match uses.strip_prefix("query ") {
        Some(uses) => (uses, ""),
        None => ("", uses),
    };
    let input = SubgraphInput {
        name: "posts".to_owned(),
        url: "http://posts.invalid".to_owned(),
        sdl: sdl.replace("USES_OF_QUERY", of_query).replace("USES", uses),
        source: None,
    };
    let composed = schema_composition::compose(&[input]).unwrap();
    let supergraph = Supergraph::parse(&composed.supergraph).unwrap();
    let found = mistakes(&supergraph, &EntityTypes::of(&supergraph)).into_iter();
    found
        .map(|Mistake { coordinate, reason }| format!("{coordinate}: {reason}"))
        .collect()
}

#[test]
fn what_can_be_heeded_is_no_mistake() {
    let uses = [
        "@cacheInvalidate(complete: true)",
        r#"@cacheInvalidate(type: "Post")"#,
        r#"@cacheInvalidate(all: true)"#,
        r#"@cacheInvalidate(type: "Post", key: ["id: {$args.id}"], only: "fields", fields: "likes", own: true)"#,
        r#"@cacheInvalidate(type: "Post", key: "id: { $args.input.within.id }", only: "entity", complete: true)"#,
        r#"@cacheInvalidate(type: "Post", only: "lists") @cacheInvalidate(tag: "post-{$args.input.status}-{$args.id}")"#,
        r#"@cacheInvalidate(field: "Query.post") @cacheInvalidate(subgraph: "posts", key: null)"#,
    ];
    for uses in uses {
        assert_eq!(mistakes_of(uses), Vec::<String>::new(), "{uses}");
    }
}

#[test]
fn a_mistake_is_named_with_its_field() {
    let cases = [
        ("@cacheInvalidate", "it names nothing"),
        ("@cacheInvalidate(complete: false)", "it names nothing"),
        (
            r#"@cacheInvalidate(type: "Nobody")"#,
            "no subgraph has a `@key` on a type `Nobody`",
        ),
        (r#"@cacheInvalidate(only: "lists")"#, "name one of"),
        (
            r#"@cacheInvalidate(type: "Post", only: "everything")"#,
            "unknown variant `everything`, expected one of `fields`, `entity`, `lists`",
        ),
        (
            r#"@cacheInvalidate(type: "Post", key: "id")"#,
            r#"`key` must be one or more strings as in "id: {$args.id}", not "id""#,
        ),
        (
            r#"@cacheInvalidate(type: "Post", key: ["id: 1", "id: 2"])"#,
            r#"`key` must be one or more strings as in "id: {$args.id}", not ["id: 1", "id: 2"]"#,
        ),
        (
            r#"@cacheInvalidate(type: "Post", key: "code: {$args.id}")"#,
            "there is no field `Post.code`",
        ),
        (
            r#"@cacheInvalidate(type: "Post", key: "id: 1", only: "fields", fields: ["hates"])"#,
            "there is no field `Post.hates`",
        ),
        (
            r#"@cacheInvalidate(subgraph: "users")"#,
            "there is no subgraph `users`",
        ),
        (
            r#"@cacheInvalidate(field: "Post.likes")"#,
            "there is no root field `Post.likes`",
        ),
        (
            r#"@cacheInvalidate(tag: "post-{$args.id")"#,
            r#"a brace in "post-{$args.id" is not closed"#,
        ),
        (
            r#"@cacheInvalidate(tag: "post-{$key.id}")"#,
            "{$key.id}: what stands in braces must be an argument as in {$args.id}",
        ),
        (
            r#"@cacheInvalidate(tag: "post-{$args.code}")"#,
            "{$args.code}: the field has no argument `code`",
        ),
        (
            r#"@cacheInvalidate(tag: "post-{$args.id.x}")"#,
            "{$args.id.x}: `ID` has no field `x`",
        ),
        (
            r#"@cacheInvalidate(tag: "post-{$args.ids}")"#,
            "{$args.ids}: it is no single scalar or enum value",
        ),
        (
            r#"@cacheInvalidate(tag: "post-{$args.input}")"#,
            "{$args.input}: it is no single scalar or enum value",
        ),
        (
            r#"@cacheInvalidate(tag: "post-{$args.input.tags}")"#,
            "{$args.input.tags}: it is no single scalar or enum value",
        ),
        // The others are heeded.
        (
            r#"@cacheInvalidate(type: "Post") @cacheInvalidate(type: "Nobody")"#,
            "no subgraph has a `@key` on a type `Nobody`",
        ),
    ];
    for (uses, expected) in cases {
        let found = mistakes_of(uses);
        let expected = format!("Mutation.change: {expected}");
        let is_said = found.len() == 1 && found[0].starts_with(&expected);
        assert!(is_said, "{uses}: {found:?} instead of {expected}");
    }
    assert_eq!(
        mistakes_of(r#"query @cacheInvalidate(type: "Post")"#),
        ["Query.post: it is for fields of the mutation type"]
    );
}
