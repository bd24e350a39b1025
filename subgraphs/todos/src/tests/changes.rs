//! What mutations do, and what they refuse.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use subgraphs_kit::{identity::Identity, testing::Backend};

use super::{ASSIGNEE, OWNER, POST, World, now};

const CREATE: &str = "mutation($input: CreateTodoInput!) { createTodo(input: $input) { todo {
    id title description completed priority dueAt version createdAt updatedAt completedAt
    owner { id } assignee { id } relatedPost { id }
} userErrors { field code } } }";

const UPDATE: &str =
    "mutation($id: ID!, $input: UpdateTodoInput!) { updateTodo(id: $id, input: $input) { todo {
    title description priority dueAt version updatedAt relatedPost { id }
} userErrors { field code } } }";

fn owner() -> Identity {
    Identity::user(OWNER)
}

/// Asserts that `query` is refused with exactly these `(field path, code)`s and without a todo.
async fn check_refused(world: &World, query: &str, variables: Json, expected: &[(&str, &str)]) {
    let data = world.data(&owner(), query, variables.clone()).await;
    let payload = data.as_object().unwrap().values().next().unwrap();
    assert_eq!(payload["todo"], Json::Null, "{variables}");
    let found: Vec<_> = payload["userErrors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            let path = error["field"].as_array().unwrap();
            let path: Vec<_> = path.iter().map(|part| part.as_str().unwrap()).collect();
            (path.join("."), error["code"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(field, code)| ((*field).to_owned(), (*code).to_owned()))
        .collect();
    assert_eq!(found, expected, "{variables}");
}

#[tokio::test]
async fn a_todo_is_kept_as_it_was_written() {
    let input = json!({
        "title": "  Äpfel kaufen 🍎 ",
        "description": "two\nlines",
        "priority": "URGENT",
        "dueAt": "2027-02-03T04:05:06.123456789+02:00",
        "assigneeId": ASSIGNEE,
        "relatedPostId": POST,
    });
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let data = world
            .data(&owner(), CREATE, json!({ "input": input }))
            .await;
        let todo = data["createTodo"]["todo"].clone();
        let stamp = now().to_rfc3339();
        let expected = json!({
            "id": todo["id"],
            "title": "Äpfel kaufen 🍎",
            "description": "two\nlines",
            "completed": false,
            "priority": "URGENT",
            "dueAt": "2027-02-03T02:05:06.123456+00:00",
            "version": 1,
            "createdAt": stamp,
            "updatedAt": stamp,
            "completedAt": null,
            "owner": { "id": OWNER },
            "assignee": { "id": ASSIGNEE },
            "relatedPost": { "id": POST },
        });
        assert_eq!(todo, expected, "{backend:?}");

        // And the same when it is read again.
        let read = CREATE
            .split_once("todo {")
            .unwrap()
            .1
            .split_once("userErrors")
            .unwrap()
            .0;
        let query = format!("query($id: ID!) {{ todo(id: $id) {{ {read} }}");
        let data = world
            .data(&owner(), &query, json!({ "id": todo["id"] }))
            .await;
        assert_eq!(data["todo"], expected, "{backend:?}");
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn a_title_is_enough() {
    let world = World::new(Backend::Sqlite).await;
    let data = world
        .data(
            &owner(),
            CREATE,
            json!({ "input": { "title": "x", "description": "  " } }),
        )
        .await;
    let todo = &data["createTodo"]["todo"];
    for field in ["description", "dueAt", "assignee", "relatedPost"] {
        assert_eq!(todo[field], Json::Null, "{field}");
    }
    assert_eq!(todo["priority"], "MEDIUM");
    world.test.drop_database().await;
}

#[tokio::test]
async fn every_mistake_of_an_input_is_named_and_nothing_is_written() {
    let long = |length: usize| "x".repeat(length);
    let cases: Vec<(Json, Vec<(&str, &str)>)> = vec![
        (json!({ "title": "" }), vec![("input.title", "REQUIRED")]),
        (json!({ "title": "\t " }), vec![("input.title", "REQUIRED")]),
        (
            json!({ "title": long(201) }),
            vec![("input.title", "TOO_LONG")],
        ),
        (
            json!({ "title": "a\u{0}b" }),
            vec![("input.title", "INVALID")],
        ),
        (json!({ "title": "a\nb" }), vec![("input.title", "INVALID")]),
        (
            json!({ "title": "a", "description": long(5_001) }),
            vec![("input.description", "TOO_LONG")],
        ),
        (
            json!({ "title": "a", "description": "a\u{0}b" }),
            vec![("input.description", "INVALID")],
        ),
        (
            json!({ "title": "a", "dueAt": "1969-12-31T23:59:59Z" }),
            vec![("input.dueAt", "INVALID")],
        ),
        (
            json!({ "title": "a", "dueAt": "9999-12-31T00:00:00Z" }),
            vec![("input.dueAt", "INVALID")],
        ),
        (
            json!({ "title": "a", "assigneeId": "bob", "relatedPostId": "" }),
            vec![
                ("input.assigneeId", "INVALID"),
                ("input.relatedPostId", "INVALID"),
            ],
        ),
        (
            json!({ "title": "", "description": long(5_001), "dueAt": "1900-01-01T00:00:00Z" }),
            vec![
                ("input.title", "REQUIRED"),
                ("input.description", "TOO_LONG"),
                ("input.dueAt", "INVALID"),
            ],
        ),
    ];
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let todo = world.todo("untouched").await;
        for (input, expected) in &cases {
            check_refused(&world, CREATE, json!({ "input": input }), expected).await;
            // An update refuses the same; who is to do it, it does not change.
            if input.get("assigneeId").is_none() {
                let variables = json!({ "id": todo.id, "input": input });
                check_refused(&world, UPDATE, variables, expected).await;
            }
        }
        let removed = json!({ "id": todo.id, "input": { "title": null, "priority": null } });
        let expected = [("input.title", "REQUIRED"), ("input.priority", "REQUIRED")];
        check_refused(&world, UPDATE, removed, &expected).await;

        let assign = "mutation($id: ID!) { assignTodo(id: $id, assigneeId: \"bob\") { todo { id } userErrors { field code } } }";
        let variables = json!({ "id": todo.id });
        check_refused(&world, assign, variables, &[("assigneeId", "INVALID")]).await;

        let data = world
            .data(&owner(), "{ todos { totalCount } }", json!({}))
            .await;
        assert_eq!(data["todos"]["totalCount"], 1);
        assert_eq!(world.row(todo.id).await, Some(todo));
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn an_update_changes_what_is_given_and_leaves_the_rest() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let todo = world.todo("before").await;
        let steps = [
            (
                json!({ "title": "after", "description": "more", "dueAt": "2030-01-01T00:00:00Z" }),
                ("after", Some("more"), Some("2030-01-01T00:00:00+00:00"), 2),
            ),
            (
                json!({ "description": null, "version": 2 }),
                ("after", None, Some("2030-01-01T00:00:00+00:00"), 3),
            ),
            (
                json!({ "dueAt": null, "title": "last" }),
                ("last", None, None, 4),
            ),
            // What changes nothing is no change.
            (
                json!({ "title": "last", "version": 4 }),
                ("last", None, None, 4),
            ),
            (json!({}), ("last", None, None, 4)),
        ];
        for (input, (title, description, due_at, version)) in steps {
            world.clock.advance(TimeDelta::seconds(1));
            let variables = json!({ "id": todo.id, "input": input });
            let data = world.data(&owner(), UPDATE, variables).await;
            let todo = &data["updateTodo"]["todo"];
            assert_eq!(todo["title"], title);
            assert_eq!(todo["description"].as_str(), description);
            assert_eq!(todo["dueAt"].as_str(), due_at);
            assert_eq!(todo["version"], version);
            assert_eq!(todo["relatedPost"], json!({ "id": POST }));
        }
        let row = world.row(todo.id).await.unwrap();
        assert_eq!(row.updated_at, now() + TimeDelta::seconds(3));
        assert_eq!(row.created_at, now());
        assert_eq!(row.assignee_id, Some(ASSIGNEE));
        // Searches find it by its new title only.
        for (word, found) in [("LAST", 1), ("before", 0), ("more", 0)] {
            let query =
                "query($word: String) { todos(filter: { search: $word }) { nodes { id } } }";
            let data = world.data(&owner(), query, json!({ "word": word })).await;
            assert_eq!(data["todos"]["nodes"].as_array().unwrap().len(), found);
        }
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn a_stale_version_is_a_conflict_and_writes_nothing() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let todo = world.todo("contended").await;
        let complete =
            "mutation($id: ID!) { completeTodo(id: $id) { todo { version } userErrors { code } } }";
        let id = json!({ "id": todo.id });
        let data = world.data(&Identity::user(ASSIGNEE), complete, id).await;
        assert_eq!(data["completeTodo"]["todo"]["version"], 2);
        let row = world.row(todo.id).await;
        for version in [1_i64, 3, 0, -1, i64::from(i32::MAX), i64::MAX] {
            let input = json!({ "title": "overwritten", "version": version });
            let variables = json!({ "id": todo.id, "input": input });
            check_refused(&world, UPDATE, variables, &[("", "CONFLICT")]).await;
        }
        assert_eq!(world.row(todo.id).await, row);
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn of_many_updates_of_one_version_at_once_one_wins() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let todo = world.todo("contended").await;
        let owner = owner();
        let update = |number: usize| {
            let input = json!({ "title": format!("by {number}"), "version": 1 });
            world.codes(&owner, UPDATE, json!({ "id": todo.id, "input": input }))
        };
        let updates = futures::future::join_all((0..8).map(update)).await;
        let (won, lost): (Vec<_>, Vec<_>) = updates.iter().partition(|codes| codes.is_empty());
        assert_eq!((won.len(), lost.len()), (1, 7), "{backend:?}");
        assert!(lost.iter().all(|codes| **codes == ["CONFLICT"]));
        assert_eq!(world.row(todo.id).await.unwrap().version, 2);
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn completing_and_reopening_are_idempotent_even_at_once() {
    let mutation = |name: &str| {
        format!(
            "mutation($id: ID!) {{ {name}(id: $id) {{ todo {{ completed completedAt version }} userErrors {{ code }} }} }}"
        )
    };
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let todo = world.todo("twice").await;
        let owner = owner();
        let mut version = 1;
        for (name, done) in [
            ("completeTodo", true),
            ("reopenTodo", false),
            ("completeTodo", true),
        ] {
            version += 1;
            world.clock.advance(TimeDelta::seconds(1));
            let time = now() + TimeDelta::seconds(version - 1);
            let time = done.then(|| time.to_rfc3339());
            let query = mutation(name);
            let asking = || world.data(&owner, &query, json!({ "id": todo.id }));
            let all = futures::future::join_all((0..6).map(|_| asking())).await;
            world.clock.advance(TimeDelta::microseconds(7));
            let late = asking().await;
            world.clock.advance(TimeDelta::microseconds(-7));
            for data in all.into_iter().chain([late]) {
                let expected =
                    json!({ "completed": done, "completedAt": time, "version": version });
                assert_eq!(data[name]["todo"], expected, "{backend:?} {name}");
            }
        }
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn a_request_reads_what_its_earlier_mutations_wrote() {
    let query = "mutation($id: ID!, $owner: ID!) {
        first: completeTodo(id: $id) { todo { completed owner { openTodoCount todos { totalCount nodes { completed } } } } }
        second: reopenTodo(id: $id) { todo { completed owner { openTodoCount todos { nodes { completed } } } } }
        third: deleteTodo(id: $id) { deletedId userErrors { code } }
        fourth: deleteTodo(id: $id) { deletedId userErrors { field code } }
        fifth: assignTodo(id: $id, assigneeId: $owner) { todo { id } userErrors { code } }
    }";
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let id = world.todo("short life").await.id;
        let variables = json!({ "id": id, "owner": OWNER });
        let data = world.data(&owner(), query, variables).await;
        let expected = json!({
            "first": { "todo": { "completed": true, "owner": { "openTodoCount": 0, "todos": { "totalCount": 1, "nodes": [{ "completed": true }] } } } },
            "second": { "todo": { "completed": false, "owner": { "openTodoCount": 1, "todos": { "nodes": [{ "completed": false }] } } } },
            "third": { "deletedId": id, "userErrors": [] },
            "fourth": { "deletedId": null, "userErrors": [{ "field": ["id"], "code": "NOT_FOUND" }] },
            "fifth": { "todo": null, "userErrors": [{ "code": "NOT_FOUND" }] },
        });
        assert_eq!(data, expected, "{backend:?}");
        world.test.drop_database().await;
    }
}
