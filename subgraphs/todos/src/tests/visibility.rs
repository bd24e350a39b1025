//! Who sees and changes a todo, through every way in.

use serde_json::{Value as Json, json};
use subgraphs_kit::testing::Backend;
use uuid::Uuid;

use super::{ASSIGNEE, OTHER, OWNER, POST, World, viewers};

/// The ways to a todo; each puts its title into the answer of those who see it.
const WAYS: [(&str, &str); 6] = [
    ("node", "query($id: ID!) { todo(id: $id) { title } }"),
    ("list", "{ todos { nodes { title } } }"),
    (
        "search",
        "{ todos(filter: { search: \"secret\", completed: false }, orderBy: DUE_AT_ASC) { edges { node { title } } } }",
    ),
    (
        "entity",
        "query($id: ID!) { _entities(representations: [{ __typename: \"Todo\", id: $id }]) { ... on Todo { title } } }",
    ),
    (
        "user",
        "query($owner: ID!) { _entities(representations: [{ __typename: \"User\", id: $owner }]) { ... on User { todos { nodes { title } } } } }",
    ),
    (
        "post",
        "query($post: ID!) { _entities(representations: [{ __typename: \"Post\", id: $post }]) { ... on Post { todos { nodes { title } } } } }",
    ),
];

const CHANGES: [(&str, &str); 5] = [
    (
        "update",
        "mutation($id: ID!) { updateTodo(id: $id, input: { title: \"changed\" }) { todo { id title } userErrors { field code message } } }",
    ),
    (
        "complete",
        "mutation($id: ID!) { completeTodo(id: $id) { todo { id completed } userErrors { field code message } } }",
    ),
    (
        "reopen",
        "mutation($id: ID!) { reopenTodo(id: $id) { todo { id completed } userErrors { field code message } } }",
    ),
    (
        "assign",
        "mutation($id: ID!) { assignTodo(id: $id) { todo { id assignee { id } } userErrors { field code message } } }",
    ),
    (
        "delete",
        "mutation($id: ID!) { deleteTodo(id: $id) { deletedId userErrors { field code message } } }",
    ),
];

fn variables(id: impl ToString) -> Json {
    json!({ "id": id.to_string(), "owner": OWNER, "post": POST })
}

#[tokio::test]
async fn a_todo_is_seen_by_its_owner_its_assignee_and_admins_on_every_way() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let todo = world.todo("secret plan").await;
        for (viewer, identity) in viewers() {
            let sees = ["owner", "assignee", "admin"].contains(&viewer);
            for (way, query) in WAYS {
                let answer = world.ask(&identity, query, variables(todo.id)).await;
                let seen = answer.to_string().contains("secret plan");
                assert_eq!(seen, sees, "{backend:?} {viewer} by {way}: {answer}");
            }
        }
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn a_foreign_todo_answers_exactly_like_an_unknown_one() {
    let not_there = [
        Uuid::from_u128(77).to_string(),
        "nonsense".to_owned(),
        String::new(),
        "1".to_owned(),
        "\u{0}'; DROP TABLE todos --".to_owned(),
        "x".repeat(100_000),
    ];
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let todo = world.todo("secret plan").await;
        for (viewer, identity) in viewers() {
            if ["owner", "assignee", "admin"].contains(&viewer) {
                continue;
            }
            for (way, query) in WAYS.into_iter().chain(CHANGES) {
                let foreign = world.ask(&identity, query, variables(todo.id)).await;
                for unknown in &not_there {
                    let unknown = world.ask(&identity, query, variables(unknown)).await;
                    assert_eq!(foreign, unknown, "{backend:?} {viewer} by {way}");
                }
            }
        }
        assert_eq!(world.row(todo.id).await, Some(todo));
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn each_viewer_changes_what_the_rules_say_and_nothing_else() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        for (viewer, identity) in viewers() {
            for (change, query) in CHANGES {
                let refusal = match (viewer, change) {
                    ("owner" | "admin", _) | ("assignee", "complete" | "reopen") => None,
                    ("assignee", _) => Some("FORBIDDEN"),
                    ("anonymous", _) => Some("UNAUTHENTICATED"),
                    _ => Some("NOT_FOUND"),
                };
                let todo = world.todo("water the plants").await;
                let codes = world.codes(&identity, query, variables(todo.id)).await;
                let context = format!("{backend:?}: {viewer}, {change}");
                assert_eq!(codes, Vec::from_iter(refusal), "{context}");
                let row = world.row(todo.id).await;
                // Reopening an open todo is allowed and changes nothing.
                let unchanged = refusal.is_some() || change == "reopen";
                assert_eq!(row.as_ref() == Some(&todo), unchanged, "{context}");
                assert_eq!(row.is_none(), change == "delete" && !unchanged, "{context}");
            }
        }
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn who_sees_a_todo_follows_its_assignment() {
    let assign = "mutation($id: ID!, $to: ID) { assignTodo(id: $id, assigneeId: $to) { todo { version assignee { id } } userErrors { code } } }";
    let look = "query($id: ID!) { todo(id: $id) { assignee { id } } }";
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let [owner, assignee, other, ..] = viewers().map(|(_, identity)| identity);
        let id = world.todo("hand over").await.id;
        for to in [Some(OTHER), Some(ASSIGNEE), None] {
            let data = world
                .data(&owner, assign, json!({ "id": id, "to": to }))
                .await;
            let todo = &data["assignTodo"]["todo"];
            let expected = to.map_or(Json::Null, |to| json!({ "id": to }));
            assert_eq!(todo["assignee"], expected, "{backend:?}");
            let seen = |data: Json| !data["todo"].is_null();
            let by_assignee = world.data(&assignee, look, json!({ "id": id })).await;
            let by_other = world.data(&other, look, json!({ "id": id })).await;
            let expected = [to == Some(ASSIGNEE), to == Some(OTHER)];
            assert_eq!([seen(by_assignee), seen(by_other)], expected, "{to:?}");
        }
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn without_a_signed_in_user_lists_are_refused_or_null_and_the_count_is_public() {
    let list = "{ todos { nodes { id } } }";
    let through = "query($owner: ID!, $post: ID!) { _entities(representations: [{ __typename: \"User\", id: $owner }, { __typename: \"Post\", id: $post }]) { ... on User { id openTodoCount todos { totalCount } } ... on Post { id todos { totalCount } } } }";
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        world.todo("one").await;
        let [(_, owner), .., (_, anonymous)] = viewers();
        let answer = world.ask(&anonymous, list, json!({})).await;
        assert_eq!(answer["data"]["todos"], Json::Null);
        assert_eq!(answer["errors"][0]["path"], json!(["todos"]));
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code, "UNAUTHENTICATED");

        let data = world.data(&anonymous, through, variables(1)).await;
        let nothing = json!([
            { "id": OWNER, "openTodoCount": 1, "todos": null },
            { "id": POST, "todos": null },
        ]);
        assert_eq!(data["_entities"], nothing);
        let data = world.data(&owner, through, variables(1)).await;
        let all = json!([
            { "id": OWNER, "openTodoCount": 1, "todos": { "totalCount": 1 } },
            { "id": POST, "todos": { "totalCount": 1 } },
        ]);
        assert_eq!(data["_entities"], all);
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn a_strangers_todos_are_an_empty_list_and_their_total_is_zero() {
    let query = "query($owner: ID!, $post: ID!) { _entities(representations: [{ __typename: \"User\", id: $owner }, { __typename: \"Post\", id: $post }]) { ... on User { todos { totalCount nodes { id } } } ... on Post { todos { totalCount nodes { id } } } } }";
    let world = World::new(Backend::Sqlite).await;
    world.todo("one").await;
    let (_, other) = &viewers()[2];
    let data = world.data(other, query, variables(1)).await;
    let empty = json!({ "todos": { "totalCount": 0, "nodes": [] } });
    assert_eq!(data["_entities"], json!([empty, empty]));
    world.test.drop_database().await;
}

#[tokio::test]
async fn a_representation_that_is_no_entity_of_ours_is_null_and_fails_no_neighbour() {
    let query = "query($all: [_Any!]!) { _entities(representations: $all) { __typename ... on Todo { title } ... on User { openTodoCount } ... on Post { id } } }";
    let world = World::new(Backend::Sqlite).await;
    let todo = world.todo("here").await;
    let all = json!([
        { "__typename": "Todo", "id": "nonsense" },
        { "__typename": "User", "id": "nonsense" },
        { "__typename": "Post", "id": "" },
        { "__typename": "Todo", "id": Uuid::from_u128(9) },
        { "__typename": "Todo", "id": todo.id },
        { "__typename": "User", "id": OWNER },
    ]);
    let (_, owner) = &viewers()[0];
    let data = world.data(owner, query, json!({ "all": all })).await;
    let expected = json!([
        null,
        null,
        null,
        null,
        { "__typename": "Todo", "title": "here" },
        { "__typename": "User", "openTodoCount": 1 },
    ]);
    assert_eq!(data["_entities"], expected);
    world.test.drop_database().await;
}
