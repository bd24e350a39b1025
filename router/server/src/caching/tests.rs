//! Units of real plans, and the entities found in answers to them.

use std::sync::Arc;

use router_operation::{Document, Limits};
use router_planner::{Planner, QueryPlan};
use schema_composition::SubgraphInput;
use schema_model::Supergraph;
use serde::de::DeserializeSeed;

use super::{
    entities::EntityTypes,
    selected::Reading,
    tags::Found,
    units::{FetchUnits, Units},
};

const USERS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable"])
type Query { me: User user(id: ID!): User users: [User!]! node: Node }
type Mutation { rename(id: ID!): RenamePayload remove(id: ID!): Removed swap: Swapped }
type Swapped { a: User b: User }
type RenamePayload { user: User error: String }
type Removed { id: ID }
interface Node { id: ID! }
type User implements Node @key(fields: "id") @key(fields: "name") { id: ID! name: String! friends: [User] best: User }
type Team implements Node @key(fields: "owner { id }") { id: ID! owner: User! }
"#;
const POSTS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])
type Query { posts(tag: String): [Post] page: Page! stats: Stats }
type Page { edges: [Edge!]! count: Int! }
type Edge { cursor: ID node: Post! }
type Stats { visits: Int! }
type User @key(fields: "id") { id: ID! posts: [Post!]! }
type Post @key(fields: "id") { id: ID! title: String author: User }
"#;

fn supergraph() -> Supergraph {
    let input = |name: &str, sdl: &str| SubgraphInput {
        name: name.to_owned(),
        url: format!("http://{name}.invalid"),
        sdl: sdl.to_owned(),
        source: None,
    };
    let inputs = [input("users", USERS), input("posts", POSTS)];
    Supergraph::parse(&schema_composition::compose(&inputs).unwrap().supergraph).unwrap()
}

fn plan(supergraph: &Arc<Supergraph>, query: &str) -> QueryPlan {
    let document = Document::parse(supergraph, query, &Limits::default()).unwrap();
    let request = document.request(supergraph, None).unwrap();
    let conditions = request.unconditional().unwrap();
    let operation = request.normalize(supergraph, &conditions);
    Planner::new(Arc::clone(supergraph))
        .plan(&operation)
        .unwrap()
}

/// The units of the fetches of an operation.
fn units(query: &str) -> (Arc<EntityTypes>, Vec<FetchUnits>) {
    let supergraph = Arc::new(supergraph());
    let entities = Arc::new(EntityTypes::of(&supergraph));
    let plan = plan(&supergraph, query);
    let units = plan
        .fetches
        .iter()
        .map(|fetch| FetchUnits::of(&supergraph, &entities, fetch).unwrap());
    let units = units.collect();
    (entities, units)
}

fn root(units: &FetchUnits) -> &super::units::RootUnit {
    match &units.units {
        Units::Root(root) => root,
        Units::Entities(_) => panic!("not from the root: {units:?}"),
    }
}

/// The tags, those of the type and of all aside, of what the first fetch of `query` is answered.
fn check(query: &str, data: &str, expected: &[&str]) {
    let (_, units) = units(query);
    let mut found = Found::default();
    let reading = Reading {
        selected: &root(&units[0]).selected,
        found: &mut found,
        is_known: true,
    };
    let mut json = serde_json::Deserializer::from_str(data);
    reading.deserialize(&mut json).unwrap();
    let tags = found.of_entry("users", &[]).unwrap();
    let is_exact = |tag: &&String| {
        let is_of_one = ["entity ", "reference ", "some ", "members "];
        is_of_one.iter().any(|begin| tag.starts_with(begin)) && !tag.ends_with(" in users")
    };
    let tags: Vec<&str> = tags.iter().filter(is_exact).map(String::as_str).collect();
    assert_eq!(tags, expected, "{query} {data}");
}

#[test]
fn entities_are_found_wherever_they_are() {
    check(
        "{ user(id: 1) { id name } }",
        r#"{"user":{"id":"1","name":"a"}}"#,
        &["entity User id=1:1"],
    );
    check(
        "{ user(id: 7) { x: id name } }",
        r#"{"user":{"x":7,"name":"a"}}"#,
        &["entity User id=1:7"],
    );
    check("{ me { id } }", r#"{"me":null}"#, &["members of User"]);
    check(
        "{ user(id: 1) { name } }",
        r#"{"user":{"name":"a"}}"#,
        &["some of User"],
    );
    // Nothing says which one it is.
    check(
        "{ me { id name } }",
        r#"{"me":{"id":"1","name":"a"}}"#,
        &["entity User id=1:1", "members of User"],
    );
    check(
        "{ users { id friends { id } } }",
        r#"{"users":[{"id":"1","friends":[{"id":"2"},null]},{"id":"3","friends":null}]}"#,
        &[
            "entity User id=1:1",
            "entity User id=1:3",
            "members of User",
            "reference User id=1:2",
        ],
    );
    check(
        "{ node { id ... on User { best { id } } } }",
        r#"{"node":{"__typename":"User","id":"1","best":{"id":"2"}}}"#,
        &[
            "entity User id=1:1",
            "members of Team",
            "members of User",
            "reference User id=1:2",
        ],
    );
    // A key that is no leaf tells nothing.
    check(
        "{ node { id ... on User { best { id } } } }",
        r#"{"node":{"__typename":"Team","id":"1"}}"#,
        &["members of Team", "members of User", "some of Team"],
    );
}

#[test]
fn what_a_page_shows_depends_on_which_are_in_it() {
    check(
        "{ page { edges { cursor node { title id } } } }",
        r#"{"page":{"edges":[{"cursor":"a","node":{"id":"1","title":"x"}}]}}"#,
        &["entity Post id=1:1", "members of Post"],
    );
    check(
        "{ page { edges { cursor } } }",
        r#"{"page":{"edges":[]}}"#,
        &["members of Post"],
    );
    check(
        "{ page { count } }",
        r#"{"page":{"count":3}}"#,
        &["members of Post"],
    );
    check("{ stats { visits } }", r#"{"stats":{"visits":3}}"#, &[]);
}

#[test]
fn a_mutation_reaches_the_entities_of_its_payload() {
    let cases = [
        ("mutation { rename(id: 1) { error } }", vec!["User"]),
        ("mutation { remove(id: 1) { id } }", vec![]),
    ];
    for (query, expected) in cases {
        let (_, units) = units(query);
        let [field] = root(&units[0]).fields.as_slice() else {
            panic!("not one field: {units:?}")
        };
        let reached: Vec<&str> = field.reached.iter().map(|ty| &**ty).collect();
        assert_eq!(reached, expected, "{query}");
    }
}

#[test]
fn a_mutation_tells_what_may_be_where_nothing_is_selected() {
    let cases = [
        ("mutation { rename(id: 1) { error } }", vec!["User"]),
        ("mutation { rename(id: 1) { user { name } } }", vec![]),
        ("mutation { swap { a { id } } }", vec!["User"]),
        ("mutation { swap { a { id } b { id } } }", vec![]),
    ];
    for (query, expected) in cases {
        let (_, units) = units(query);
        let [field] = root(&units[0]).fields.as_slice() else {
            panic!("not one field: {units:?}")
        };
        let hidden: Vec<&str> = field.hidden.iter().map(|ty| &**ty).collect();
        assert_eq!(hidden, expected, "{query}");
    }
}

#[test]
fn entities_of_a_fetch_have_units_of_their_own() {
    let (entities, units) = units("{ users { posts { title } } }");
    let Units::Entities(calls) = &units[1].units else {
        panic!("not of entities: {units:?}")
    };
    let [call] = calls.as_slice() else {
        panic!("not one call: {calls:?}")
    };
    assert_eq!(&*call.response_key, "_entities");
    assert!(call.selection.contains("posts"), "{}", call.selection);
    let mut found = Found::default();
    let reading = Reading {
        selected: &call.selected,
        found: &mut found,
        is_known: true,
    };
    let mut json = serde_json::Deserializer::from_str(r#"{"posts":[{"title":"x"}]}"#);
    reading.deserialize(&mut json).unwrap();
    let tags = found.of_entry("posts", &[]).unwrap();
    assert!(tags.contains(&"members of Post".to_owned()), "{tags:?}");
    assert!(!tags.contains(&"members of User".to_owned()), "{tags:?}");
    let key = entities.get("User").unwrap().key.as_ref().unwrap();
    assert_eq!(key.as_slice(), [Box::from("id")]);
    assert_eq!(entities.get("Team").unwrap().key, None);
}
