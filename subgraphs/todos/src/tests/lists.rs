//! Lists: what they cost, how they are walked, and what arguments they refuse.

use serde_json::{Value as Json, json};
use subgraphs_kit::{
    identity::Identity,
    page::{Cursor, Key},
    testing::Backend,
};
use uuid::Uuid;

use super::{ADMIN, OWNER, World};
use crate::seed;

/// How many SQL statements `query` costs with `users` users, as many posts and `todos` todos.
async fn cost(backend: Backend, query: &str, (users, todos): (u128, usize)) -> (u64, Json) {
    let world = World::new(backend).await;
    let users: Vec<_> = (1..=users).map(Uuid::from_u128).collect();
    let posts: Vec<_> = users
        .iter()
        .map(|id| Uuid::from_u128(id.as_u128() << 32))
        .collect();
    seed(&world.test.db, &users, &posts, todos, 7)
        .await
        .unwrap();
    let representations = |name: &str, ids: &[Uuid]| -> Vec<_> {
        let one = |id| json!({ "__typename": name, "id": id });
        ids.iter().map(one).collect()
    };
    let entities = [
        representations("User", &users),
        representations("Post", &posts),
    ]
    .concat();
    let before = world.test.db.statements();
    let admin = Identity::admin(ADMIN);
    let data = world.data(&admin, query, json!({ "all": entities })).await;
    let cost = world.test.db.statements() - before;
    world.test.drop_database().await;
    (cost, data)
}

#[tokio::test]
async fn the_number_of_statements_depends_on_the_shape_alone() {
    let cases = [
        // One for the page.
        ("{ todos(first: 50) { nodes { id } } }", 1),
        // And one each for: the total, the owners' open todos and their todos, those todos' totals,
        // the posts' todos.
        (
            "{ todos(first: 50) { totalCount nodes { id owner { openTodoCount todos(first: 3) { totalCount nodes { id } } } relatedPost { todos(first: 2) { nodes { id } } } } } }",
            6,
        ),
        // The users' open todos, two pages with different arguments, their totals, the posts' todos.
        (
            "query($all: [_Any!]!) { _entities(representations: $all) { ... on User { openTodoCount todos(first: 5) { totalCount nodes { id } } low: todos(last: 2, filter: { priority: LOW }) { totalCount nodes { id } } } ... on Post { todos(first: 5, orderBy: DUE_AT_ASC) { nodes { id } } } } }",
            6,
        ),
    ];
    for backend in Backend::ALL {
        for (query, expected) in cases {
            for rows in [(2, 12), (40, 400), (40, 2_000)] {
                let (cost, data) = cost(backend, query, rows).await;
                assert_eq!(cost, expected, "{backend:?} {rows:?}: {query}");
                let ids = data.to_string().matches("\"id\":").count();
                assert!(ids >= 12, "{rows:?} {ids}: {data}");
            }
        }
    }
}

#[tokio::test]
async fn any_number_of_todos_by_id_is_one_statement() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let mut ids = Vec::new();
        for number in 0..60 {
            ids.push(world.todo(&format!("todo {number}")).await.id);
        }
        let owner = Identity::user(OWNER);
        let query =
            "query($all: [_Any!]!) { _entities(representations: $all) { ... on Todo { title } } }";
        for count in [1, 2, 60] {
            let all: Vec<_> = ids[..count]
                .iter()
                .rev()
                .map(|id| json!({ "__typename": "Todo", "id": id }))
                .collect();
            let before = world.test.db.statements();
            let data = world.data(&owner, query, json!({ "all": all })).await;
            assert_eq!(
                world.test.db.statements() - before,
                1,
                "{backend:?} {count}"
            );
            let titles: Vec<_> = (0..count)
                .rev()
                .map(|number| json!({ "title": format!("todo {number}") }))
                .collect();
            assert_eq!(data["_entities"], Json::from(titles));
        }
        let fields: Vec<_> = (0..60)
            .map(|n| format!("t{n}: todo(id: \"{}\") {{ id }}", ids[n]))
            .collect();
        let before = world.test.db.statements();
        let query = format!("{{ {} }}", fields.join(" "));
        let data = world.data(&owner, &query, json!({})).await;
        assert_eq!(world.test.db.statements() - before, 1, "{backend:?}");
        assert_eq!(data["t59"]["id"], json!(ids[59]));
        world.test.drop_database().await;
    }
}

/// The titles from walking `field` in pages of `size`, forward or backward.
async fn walk(world: &World, field: &str, order: &str, size: usize, backward: bool) -> Vec<String> {
    let (count, cursor, more, end) = if backward {
        ("last", "before", "hasPreviousPage", "startCursor")
    } else {
        ("first", "after", "hasNextPage", "endCursor")
    };
    let page = format!(
        "todos(orderBy: {order}, {count}: {size}, {cursor}: $cursor) {{ nodes {{ title }} pageInfo {{ {more} {end} }} }}"
    );
    let query = match field {
        "root" => format!("query($cursor: String) {{ {page} }}"),
        _ => format!(
            "query($cursor: String) {{ _entities(representations: [{{ __typename: \"User\", id: \"{OWNER}\" }}]) {{ ... on User {{ {page} }} }} }}"
        ),
    };
    let owner = Identity::user(OWNER);
    let (mut titles, mut place) = (Vec::new(), Json::Null);
    loop {
        let data = world.data(&owner, &query, json!({ "cursor": place })).await;
        let page = match field {
            "root" => &data["todos"],
            _ => &data["_entities"][0]["todos"],
        };
        let nodes = page["nodes"].as_array().unwrap();
        assert!(nodes.len() <= size);
        let title = |node: &Json| node["title"].as_str().unwrap().to_owned();
        let mut fresh: Vec<_> = nodes.iter().map(title).collect();
        if backward {
            fresh.reverse();
        }
        titles.extend(fresh);
        if page["pageInfo"][more] == json!(false) {
            break;
        }
        place = page["pageInfo"][end].clone();
    }
    if backward {
        titles.reverse();
    }
    titles
}

#[tokio::test]
async fn walking_a_list_in_pages_yields_every_todo_once_in_order() {
    // (title, priority, due at), in order of creation.
    let todos = [
        ("a", "LOW", Some("2027-01-01T00:00:00Z")),
        ("b", "URGENT", None),
        ("c", "LOW", Some("2027-01-01T00:00:00.000001Z")),
        ("d", "HIGH", Some("1970-01-01T00:00:00Z")),
        ("e", "URGENT", Some("2027-01-01T00:00:00Z")),
        ("f", "MEDIUM", None),
        ("g", "LOW", Some("9999-12-30T00:00:00Z")),
    ];
    let orders = [
        ("CREATED_AT_DESC", "gfedcba"),
        ("CREATED_AT_ASC", "abcdefg"),
        ("UPDATED_AT_DESC", "gfedcba"),
        ("DUE_AT_ASC", "daecgbf"),
        ("DUE_AT_DESC", "gceafdb"),
        ("PRIORITY_DESC", "ebdfgca"),
        ("PRIORITY_ASC", "acgfdbe"),
    ];
    let create =
        "mutation($input: CreateTodoInput!) { createTodo(input: $input) { userErrors { code } } }";
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        for (title, priority, due_at) in todos {
            let input = json!({ "title": title, "priority": priority, "dueAt": due_at });
            let variables = json!({ "input": input });
            let codes = world.codes(&Identity::user(OWNER), create, variables).await;
            assert!(codes.is_empty(), "{codes:?}");
        }
        for (order, expected) in orders {
            for field in ["root", "user"] {
                for size in [1, 3, 7, 100] {
                    for backward in [false, true] {
                        let titles = walk(&world, field, order, size, backward).await.concat();
                        let context = format!("{backend:?} {field} {order} {size} {backward}");
                        assert_eq!(titles, expected, "{context}");
                    }
                }
            }
        }
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn bad_arguments_are_refused_with_a_code_and_cost_nothing() {
    let wide = "x".repeat(201);
    let foreign = Cursor {
        ordering: "CREATED_AT_DESC".to_owned(),
        key: Key::Id,
        id: OWNER,
    };
    let cases = [
        ("first: 101", "BAD_USER_INPUT"),
        ("first: -1", "BAD_USER_INPUT"),
        ("last: 2147483647", "BAD_USER_INPUT"),
        ("first: 1, last: 1", "BAD_USER_INPUT"),
        ("after: \"nonsense\"", "BAD_USER_INPUT"),
        ("before: \"\"", "BAD_USER_INPUT"),
        // A cursor of another order.
        (
            &format!("orderBy: DUE_AT_ASC, after: \"{}\"", foreign.encode()),
            "BAD_USER_INPUT",
        ),
        (
            &format!("filter: {{ search: \"{wide}\" }}"),
            "BAD_USER_INPUT",
        ),
        ("filter: { dueBefore: \"tomorrow\" }", "BAD_USER_INPUT"),
        (
            "filter: { priority: WHENEVER }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("filter: { owner: 1 }", "GRAPHQL_VALIDATION_FAILED"),
        ("first: 2147483648", "BAD_USER_INPUT"),
        ("orderBy: TITLE_ASC", "GRAPHQL_VALIDATION_FAILED"),
    ];
    let world = World::new(Backend::Sqlite).await;
    let owner = Identity::user(OWNER);
    let through = |arguments: &str| {
        [
            format!("{{ todos({arguments}) {{ totalCount }} }}"),
            format!(
                "{{ _entities(representations: [{{ __typename: \"User\", id: \"{OWNER}\" }}]) {{ ... on User {{ todos({arguments}) {{ totalCount }} }} }} }}"
            ),
            format!(
                "{{ _entities(representations: [{{ __typename: \"Post\", id: \"{OWNER}\" }}]) {{ ... on Post {{ todos({arguments}) {{ totalCount }} }} }} }}"
            ),
        ]
    };
    let before = world.test.db.statements();
    for (arguments, code) in cases {
        for query in through(arguments) {
            let answer = world.ask(&owner, &query, json!({})).await;
            let errors = answer["errors"].as_array().unwrap();
            assert_eq!(errors.len(), 1, "{answer}");
            assert_eq!(errors[0]["extensions"]["code"], code, "{query}: {answer}");
            if code == "BAD_USER_INPUT" {
                let path = errors[0]["path"].as_array().unwrap();
                assert_eq!(path.last().unwrap(), "todos", "{answer}");
            }
        }
    }
    assert_eq!(world.test.db.statements(), before);
    let own = format!("orderBy: CREATED_AT_DESC, after: \"{}\"", foreign.encode());
    for arguments in ["first: 0", "first: 100", "last: 0", &own] {
        for query in through(arguments) {
            world.data(&owner, &query, json!({})).await;
        }
    }
    world.test.drop_database().await;
}
