//! What targets stamp, and which entries that reaches.

use schema_composition::SubgraphInput;
use schema_model::Supergraph;
use serde_json::{Value, json};

use super::*;

const POSTS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])
type Query { posts: [Post] }
type Post @key(fields: "id") { id: ID! title: String author: User likes: [Like!]! likeCount: Int! }
type Like { at: String }
type User @key(fields: "id") @key(fields: "name") { id: ID! name: String posts: [Post] }
"#;

fn entities() -> EntityTypes {
    let input = SubgraphInput {
        name: "posts".to_owned(),
        url: "http://posts.invalid".to_owned(),
        sdl: POSTS.to_owned(),
        source: None,
    };
    let composed = schema_composition::compose(&[input]).unwrap();
    EntityTypes::of(&Supergraph::parse(&composed.supergraph).unwrap())
}

fn tags_of(target: &Value) -> Result<Vec<String>, String> {
    let target: Target = serde_json::from_value(target.clone()).map_err(|e| e.to_string())?;
    target.tags(&entities(), Some("posts"))
}

/// A field that has a tag of its own.
fn likes() -> Shown {
    Shown {
        more: true,
        apart: [Box::from("likes")].into(),
    }
}

/// Entries by name: what is in them, and whose answer they are.
fn entries() -> Vec<(&'static str, Vec<String>)> {
    let entry = |subgraph: &str, add: fn(&mut Found)| {
        let mut found = Found::default();
        add(&mut found);
        found.of_entry(subgraph, &[]).unwrap()
    };
    vec![
        (
            "post 1",
            entry("posts", |f| {
                f.entity("Post", &[("id", "1")], &Shown::fields())
            }),
        ),
        (
            "post 1 of another subgraph",
            entry("likes", |f| {
                f.entity("Post", &[("id", "1")], &Shown::fields())
            }),
        ),
        (
            "post 2",
            entry("posts", |f| {
                f.entity("Post", &[("id", "2")], &Shown::fields())
            }),
        ),
        (
            "reference to post 1",
            entry("posts", |f| {
                f.entity("Post", &[("id", "1")], &Shown::default())
            }),
        ),
        (
            "a post",
            entry("posts", |f| f.unknown("Post", &Shown::fields())),
        ),
        (
            "likes of post 1",
            entry("posts", |f| f.entity("Post", &[("id", "1")], &likes())),
        ),
        (
            "likes of a post",
            entry("posts", |f| f.unknown("Post", &likes())),
        ),
        ("no post", entry("posts", |f| f.members("Post"))),
        (
            "list with post 2",
            entry("posts", |f| {
                f.members("Post");
                f.entity("Post", &[("id", "2")], &Shown::fields());
            }),
        ),
        (
            "many posts",
            entry("posts", |f| {
                (0..500).for_each(|id: u32| {
                    f.entity("Post", &[("id", &id.to_string())], &Shown::fields());
                });
            }),
        ),
        (
            "user 1",
            entry("posts", |f| {
                f.entity("User", &[("id", "1")], &Shown::fields())
            }),
        ),
    ]
}

#[test]
fn a_target_ends_what_it_names_and_nothing_else() {
    let of_post_1 = [
        "post 1",
        "post 1 of another subgraph",
        "reference to post 1",
        "likes of post 1",
        "likes of a post",
        "a post",
        "no post",
        "list with post 2",
        "many posts",
    ];
    let all_posts = [&of_post_1[..], &["post 2"]].concat();
    let cases: Vec<(Value, Vec<&str>)> = vec![
        // Whatever it is that happened to it.
        (
            json!({ "type": "Post", "key": { "id": 1 } }),
            of_post_1.to_vec(),
        ),
        (
            json!({ "type": "Post", "key": { "id": "1" }, "only": "fields" }),
            vec![
                "post 1",
                "post 1 of another subgraph",
                "likes of post 1",
                "likes of a post",
                "a post",
                "many posts",
            ],
        ),
        (
            json!({ "type": "Post", "key": { "id": "1" }, "only": "fields", "own": true }),
            vec![
                "post 1",
                "likes of post 1",
                "likes of a post",
                "a post",
                "many posts",
            ],
        ),
        (
            json!({ "type": "Post", "key": { "id": "1" }, "only": "fields", "subgraph": "likes" }),
            vec!["post 1 of another subgraph"],
        ),
        (
            json!({ "type": "Post", "key": { "id": "1" }, "only": "entity" }),
            vec![
                "post 1",
                "post 1 of another subgraph",
                "reference to post 1",
                "likes of post 1",
                "likes of a post",
                "a post",
                "many posts",
            ],
        ),
        (
            json!({ "type": "Post", "key": { "id": "1" }, "only": "fields", "fields": ["likes", "likeCount"], "own": true }),
            vec!["likes of post 1", "likes of a post"],
        ),
        (
            json!({ "type": "Post", "key": { "id": "1" }, "only": "fields", "fields": ["likeCount"] }),
            vec![],
        ),
        // One of them is not apart from the rest.
        (
            json!({ "type": "Post", "key": { "id": "1" }, "only": "fields", "fields": ["likes", "title"], "own": true }),
            vec![
                "post 1",
                "likes of post 1",
                "likes of a post",
                "a post",
                "many posts",
            ],
        ),
        (
            json!({ "type": "Post", "only": "lists" }),
            vec!["no post", "list with post 2"],
        ),
        (json!({ "type": "Post" }), all_posts),
        (
            json!({ "type": "Post", "subgraph": "likes" }),
            vec!["post 1 of another subgraph"],
        ),
        // By a key under which nothing is found.
        (
            json!({ "type": "User", "key": { "name": "ada" }, "only": "fields", "own": true }),
            vec!["user 1"],
        ),
        (
            json!({ "subgraph": "likes" }),
            vec!["post 1 of another subgraph"],
        ),
    ];
    for (target, expected) in cases {
        let stamped = tags_of(&target).unwrap();
        let mut ended: Vec<&str> = entries()
            .into_iter()
            .filter(|(_, tags)| tags.iter().any(|tag| stamped.contains(tag)))
            .map(|(name, _)| name)
            .collect();
        ended.sort_unstable();
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(ended, expected, "{target}");
    }
}

#[test]
fn what_names_nothing_is_refused() {
    let refused = [
        json!({}),
        json!({ "type": "Nobody" }),
        json!({ "type": "Post", "only": "fields" }),
        json!({ "type": "Post", "key": { "id": "1" }, "fields": ["title"] }),
        json!({ "type": "Post", "only": "lists", "key": { "id": "1" } }),
        json!({ "type": "Post", "only": "lists", "own": true }),
        json!({ "type": "Post", "only": "entity" }),
        json!({ "type": "Post", "key": { "id": "1" }, "only": "entity", "own": true }),
        json!({ "type": "Post", "only": "everything" }),
        json!({ "type": "Post", "key": { "id": "1" }, "subgraph": "posts" }),
        json!({ "type": "Post", "key": { "id": null } }),
        json!({ "type": "Post", "tag": "x" }),
        json!({ "key": { "id": "1" } }),
        json!({ "tag": "x", "only": "fields" }),
        json!({ "own": true, "subgraph": "posts" }),
        json!({ "all": true, "own": true }),
        json!({ "unknown": 1 }),
    ];
    for target in refused {
        assert!(tags_of(&target).is_err(), "{target}");
    }
    let own: Target = serde_json::from_value(json!({ "own": true })).unwrap();
    let by_nobody = own.tags(&entities(), None).unwrap_err();
    assert_eq!(by_nobody, "`own` is for subgraphs to say");
}
