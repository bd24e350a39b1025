//! The same requests through HTTP subgraphs and in one process give the same bytes.

use serde_json::{Value, json};

use crate::harness::{Client, HttpStack, Rows, in_process, nodes, register, seeded_folder};

/// Queries over the demo data; `$id` and `$post` are a user's and a post's.
const QUERIES: &[&str] = &[
    "{ __typename }",
    "{ users(first: 3) { edges { cursor node { id username displayName role createdAt } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }",
    "{ users(last: 2) { edges { node { id } } pageInfo { hasNextPage hasPreviousPage } } }",
    "{ posts(first: 4) { edges { node { id title excerpt tags status publishedAt author { username postCount } commentCount } } } }",
    "query($id: ID!) { user(id: $id) { id username posts(first: 2) { totalCount edges { node { title comments(first: 2) { edges { node { body author { displayName } } } } } } } } }",
    "query($post: ID!) { post(id: $post) { id body author { id posts(first: 1) { edges { node { id author { username } } } } } } }",
    "{ me { id username email openTodoCount todos(first: 2) { edges { node { title completed owner { username } } } } } }",
    "{ users(first: 10) { edges { node { id openTodoCount todos(first: 1) { edges { node { id } } } } } } }",
    "query($id: ID!, $yes: Boolean = true) { a: user(id: $id) { ...U } b: user(id: $id) @skip(if: $yes) { ...U } } fragment U on User { name: displayName posts(first: 1) @include(if: $yes) { totalCount } }",
    "{ user(id: \"0190e0f0-0000-7000-8000-000000000000\") { id posts(first: 1) { edges { node { id } } } } }",
    "{ user(id: \"not an id\") { id } }",
    "{ post(id: \"0190e0f0-0000-7000-8000-000000000000\") { id author { id } } }",
    "{ posts(first: 1000) { edges { node { id } } } }",
    "{ posts(first: 1, after: \"not a cursor\") { edges { node { id } } } }",
    "{ posts(first: 1, last: 1) { edges { node { id } } } }",
    "{ users(first: 2) { edges { node { shoeSize } } } }",
    "query($id: ID!) { user(id: $id) { id } ",
    "{ __schema { queryType { fields { name } } } users(first: 1) { edges { node { __typename username } } } }",
    "mutation { updateTodo(id: \"0190e0f0-0000-7000-8000-000000000000\", input: { title: \"mine now\" }) { todo { id } userErrors { code } } }",
    "mutation { logout { userErrors { code } } }",
];

#[tokio::test]
async fn http_and_in_process_subgraphs_give_the_same_bytes() {
    let folder = seeded_folder(Rows::FEW).await;
    let alone = in_process(folder.path()).await;
    let stack = HttpStack::on_folder(folder.path()).await;
    let (alone, over_http) = (alone.client(), stack.client());
    let variables = variables(&alone).await;
    let member = register(&alone, "somebody").await;
    let token = member.token().to_owned();

    let mut different = Vec::new();
    for query in QUERIES {
        for token in [None, Some(token.as_str())] {
            let (one, five) = match token {
                None => (alone.clone(), over_http.clone()),
                Some(token) => (alone.with_token(token), over_http.with_token(token)),
            };
            let one = one.graphql(query, variables.clone()).await;
            let five = five.graphql(query, variables.clone()).await;
            if (one.status, &one.body) != (five.status, &five.body) {
                different.push(format!(
                    "{query}\n  one process {} {}\n  over HTTP   {} {}",
                    one.status,
                    one.text(),
                    five.status,
                    five.text()
                ));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

async fn variables(client: &Client) -> Value {
    let query =
        "{ users(first: 1) { edges { node { id } } } posts(first: 1) { edges { node { id } } } }";
    let data = client.data(query, json!({})).await;
    json!({ "id": nodes(&data, "/users")[0]["id"], "post": nodes(&data, "/posts")[0]["id"] })
}
