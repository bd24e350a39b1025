//! What a query costs the databases: a number of statements that depends on its shape alone.

use serde_json::json;

use crate::harness::{HttpStack, Role, Rows, nodes, register};

/// Crosses all three subgraphs: a page of users, five posts of each, five comments of each post with
/// their authors, and the caller's view of everybody's todos.
const CROSSING: &str = "query($users: Int!) {
    users(first: $users) { edges { node {
        id
        username
        posts(first: 5) { edges { node {
            id
            title
            comments(first: 5) { edges { node { id body author { id username } } } }
        } } }
        todos(first: 5) { edges { node { id title } } }
    } } }
}";

/// One statement for each edge of the query, however many rows are behind it.
const STATEMENTS: [(Role, i64); 3] = [
    // The page of users; the comments' authors.
    (Role::Users, 2),
    // The users' posts; the posts' comments.
    (Role::Posts, 2),
    // The users' todos.
    (Role::Todos, 1),
];

/// The statements of one subgraph's database, by text.
type Counted = (Role, Vec<(String, i64)>);

async fn counted(stack: &HttpStack) -> Vec<Counted> {
    let mut counted = Vec::new();
    for role in Role::ALL {
        counted.push((role, stack.database(role).statements().await));
    }
    counted
}

/// What was executed between two counts.
fn executed(before: &[Counted], after: &[Counted]) -> Vec<Counted> {
    let pairs = before.iter().zip(after);
    pairs
        .map(|((role, before), (_, after))| {
            let fresh = after.iter().filter_map(|(text, calls)| {
                let earlier = before.iter().find(|(known, _)| known == text);
                let earlier = earlier.map_or(0, |(_, calls)| *calls);
                (*calls > earlier).then(|| (text.clone(), calls - earlier))
            });
            (*role, fresh.collect())
        })
        .collect()
}

async fn check(rows: Rows, users: u32) {
    let stack = HttpStack::on_postgres(rows).await;
    let client = register(&stack.client(), "statement_counter").await.fresh();
    for role in Role::ALL {
        stack.database(role).count_statements().await;
    }
    // Once to fill what is cached per process (plans, keys), then for the count.
    client.data(CROSSING, json!({ "users": users })).await;
    let before = counted(&stack).await;
    let data = client.data(CROSSING, json!({ "users": users })).await;
    let after = counted(&stack).await;

    assert_eq!(nodes(&data, "/users").len(), users as usize);
    let written = data.to_string();
    assert!(
        written.contains("\"body\""),
        "no comment was reached: {written}"
    );
    let executed = executed(&before, &after);
    let numbers: Vec<(Role, i64)> = executed
        .iter()
        .map(|(role, statements)| (*role, statements.iter().map(|(_, calls)| calls).sum()))
        .collect();
    assert_eq!(numbers, STATEMENTS, "{executed:#?}");
}

#[tokio::test]
async fn a_page_of_20_users_costs_one_statement_for_each_edge() {
    check(Rows::FEW, 20).await;
}

#[tokio::test]
async fn thousands_of_rows_cost_no_statement_more() {
    let rows = Rows {
        users: 100,
        posts: 2_000,
        todos: 2_000,
    };
    check(rows, 100).await;
}
