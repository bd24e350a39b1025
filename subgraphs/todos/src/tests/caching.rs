//! What caches may do with answers: by query and by who asks.

use super::*;

const PUBLIC: &str = "public, max-age=60";
const SHORT: &str = "public, max-age=10";
const PRIVATE: &str = "private, max-age=10";
const NEVER: &str = "no-store";

#[tokio::test]
async fn todos_are_for_who_asks_alone() {
    let world = World::new(Backend::Sqlite).await;
    let todo = json!({ "id": world.todo("one").await.id });
    let nothing = json!({ "id": Uuid::nil() });
    let none = json!({});
    let entity = |ty: &str, id: Uuid| json!({ "r": [{ "__typename": ty, "id": id }] });
    let entities = |selection: &str| {
        format!("query($r: [_Any!]!) {{ _entities(representations: $r) {{ {selection} }} }}")
    };
    let query = "query($id: ID!) { todo(id: $id) { title owner { id } relatedPost { id } } }";
    let list = "{ todos { totalCount nodes { title } edges { cursor } pageInfo { endCursor } } }";
    // Of the owner, the assignee, another user, an admin, nobody.
    let cases: Vec<(String, Json, [&str; 5])> = vec![
        (query.to_owned(), todo.clone(), [PRIVATE; 5]),
        (query.to_owned(), nothing, [PRIVATE; 5]),
        // Nobody gets an error.
        (
            list.to_owned(),
            none.clone(),
            [PRIVATE, PRIVATE, PRIVATE, PRIVATE, NEVER],
        ),
        (
            entities("... on Todo { title }"),
            json!({ "r": [{ "__typename": "Todo", "id": todo["id"] }] }),
            [PRIVATE; 5],
        ),
        (
            entities("... on Todo { title }"),
            entity("Todo", Uuid::nil()),
            [PRIVATE; 5],
        ),
        (
            entities("... on User { id }"),
            entity("User", OWNER),
            [PUBLIC; 5],
        ),
        (
            entities("... on User { openTodoCount }"),
            entity("User", OWNER),
            [SHORT; 5],
        ),
        (
            entities("... on User { todos { totalCount } }"),
            entity("User", OWNER),
            [PRIVATE; 5],
        ),
        (
            entities("... on User { openTodoCount todos { totalCount } }"),
            entity("User", OWNER),
            [PRIVATE; 5],
        ),
        (
            entities("... on Post { id }"),
            entity("Post", POST),
            [PUBLIC; 5],
        ),
        (
            entities("... on Post { todos { nodes { title owner { openTodoCount } } } }"),
            entity("Post", POST),
            [PRIVATE; 5],
        ),
        (
            "{ todos(first: 1000) { totalCount } }".to_owned(),
            none.clone(),
            [NEVER; 5],
        ),
        ("{ _service { sdl } }".to_owned(), none, [NEVER; 5]),
        (
            "mutation($id: ID!) { completeTodo(id: $id) { todo { title } } }".to_owned(),
            todo,
            [NEVER; 5],
        ),
    ];
    for (query, variables, expected) in &cases {
        let mut found = Vec::new();
        for (_, viewer) in viewers() {
            let body = json!({ "query": query, "variables": variables }).to_string();
            let caller = Caller::new(viewer, "test");
            let answer = world.service.execute(body.as_bytes(), caller).await;
            let header = answer.headers["cache-control"].to_str().unwrap();
            found.push(header.to_owned());
        }
        assert_eq!(found, expected, "{query} {variables}");
    }
}
