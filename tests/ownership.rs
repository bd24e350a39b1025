//! Owners see and change only what is theirs, through queries and through entities alike.

use serde_json::{Value, json};

use crate::harness::{Client, Rows, in_process, nodes, register, seeded_folder};

const TODO: &str = "query($id: ID!) { todo(id: $id) { id title } }";
const TODOS_OF: &str =
    "query($id: ID!) { user(id: $id) { todos(first: 10) { edges { node { id title } } } } }";

async fn create_todo(client: &Client) -> Value {
    let mutation = "mutation { createTodo(input: { title: \"water the plants\" }) { todo { id title completed } userErrors { code } } }";
    let data = client.data(mutation, json!({})).await;
    data["createTodo"]["todo"].clone()
}

#[tokio::test]
async fn a_foreign_todo_is_neither_seen_nor_changed() {
    let folder = seeded_folder(Rows::FEW).await;
    let stack = in_process(folder.path()).await;
    let (owner, other) = (
        register(&stack.client(), "owner").await,
        register(&stack.client(), "other").await,
    );
    let todo = create_todo(&owner).await;
    let id = json!({ "id": todo["id"] });
    let seen = owner.data(TODO, id.clone()).await;
    assert_eq!(seen["todo"]["title"], "water the plants");

    for stranger in [other, stack.client()] {
        let answer = stranger.graphql(TODO, id.clone()).await.json();
        assert_eq!(answer["data"]["todo"], Value::Null, "{answer:#}");
        for change in [
            "mutation($id: ID!) { updateTodo(id: $id, input: { title: \"mine\" }) { todo { id } userErrors { code } } }",
            "mutation($id: ID!) { completeTodo(id: $id) { todo { id } userErrors { code } } }",
            "mutation($id: ID!) { deleteTodo(id: $id) { userErrors { code } } }",
        ] {
            let text = stranger.graphql(change, id.clone()).await.text();
            let refusals = ["\"code\":\"NOT_FOUND\"", "\"code\":\"UNAUTHENTICATED\""];
            assert!(
                refusals.iter().any(|code| text.contains(code)),
                "{change}: {text}"
            );
        }
    }
    assert_eq!(owner.data(TODO, id).await, seen);
}

#[tokio::test]
async fn another_users_todos_are_not_listed_through_the_user() {
    let folder = seeded_folder(Rows::FEW).await;
    let stack = in_process(folder.path()).await;
    let owner = register(&stack.client(), "owner").await;
    create_todo(&owner).await;
    let me = owner.data("{ me { id } }", json!({})).await;
    let id = json!({ "id": me["me"]["id"] });
    let own = owner.data(TODOS_OF, id.clone()).await;
    assert_eq!(nodes(&own, "/user/todos").len(), 1);

    let other = register(&stack.client(), "other").await;
    for stranger in [other, stack.client()] {
        let answer = stranger.graphql(TODOS_OF, id.clone()).await;
        assert!(
            !answer.text().contains("water the plants"),
            "{}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn a_wrong_token_is_refused_and_none_is_anonymous() {
    let folder = seeded_folder(Rows::FEW).await;
    let stack = in_process(folder.path()).await;
    let member = register(&stack.client(), "member").await;
    assert_eq!(
        member.data("{ me { username } }", json!({})).await["me"]["username"],
        "member"
    );
    let (head, signature) = member.token().rsplit_once('.').unwrap();
    let forged = [head, &signature.chars().rev().collect::<String>()].join(".");
    for token in [forged.as_str(), "nonsense", "a.b.c"] {
        let answer = stack
            .client()
            .with_token(token)
            .graphql("{ me { id } }", json!({}))
            .await;
        assert_eq!(answer.status, 401, "{}", answer.text());
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"]);
    }
    let anonymous = stack.client().graphql("{ me { id } }", json!({})).await;
    assert_eq!(anonymous.json()["data"]["me"], Value::Null);
}
