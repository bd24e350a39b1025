//! Entity fetches: what is asked for, and how what comes is joined.

use serde_json::{Value, json};

use super::fixture::{check, scripts};

#[tokio::test]
async fn an_entity_is_asked_for_once_and_shown_everywhere() {
    let subgraphs = scripts()
        .answer(
            "users",
            r#"{"data":{"users":[{"id":"1","best":{"id":"2"}},{"id":"2","best":{"id":"1"}},{"id":"1","best":null}]}}"#,
        )
        .entities("posts", |user| json!({"posts": [{"id": user["id"]}]}));
    let answer = subgraphs
        .run(
            "{ users { posts { id } best { posts { id } } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        answer,
        r#"{"data":{"users":[{"posts":[{"id":"1"}],"best":{"posts":[{"id":"2"}]}},{"posts":[{"id":"2"}],"best":{"posts":[{"id":"1"}]}},{"posts":[{"id":"1"}],"best":null}]}}"#
    );
    let variables: Value = serde_json::from_str(&subgraphs.variables("posts")[0]).unwrap();
    let sent = variables["representations"].as_array().unwrap();
    assert_eq!(sent.len(), 2, "{sent:?}");
}

#[tokio::test]
async fn an_entity_is_asked_for_once_however_its_values_were_read() {
    // The null is looked at closely, as the answer has an error; the other rows before and after it are not.
    let subgraphs = scripts()
        .answer(
            "users",
            r#"{"data":{"users":[{"id":"1","age":5,"nick":"a"},{"id":"2","age":null,"nick":"b"},{"id":"1","age":5,"nick":"c"},{"id":"2","age":null,"nick":"d"},{"id":"3","age":7,"nick":null},{"id":"1","age":5,"nick":"f"}]},"errors":[{"message":"m","path":["users",4,"nick"]}]}"#,
        )
        .entities("stats", |user| json!({"rank": user["id"].as_str().unwrap().parse::<u32>().unwrap()}));
    let answer = subgraphs.run("{ users { nick rank } }", json!({})).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let ranks = answer["data"]["users"].as_array().unwrap().iter();
    let ranks: Vec<&Value> = ranks.map(|user| &user["rank"]).collect();
    assert_eq!(ranks, [1, 2, 1, 2, 3, 1]);
    assert_eq!(
        subgraphs.variables("stats"),
        [
            r#"{"representations":[{"__typename":"User","id":"1","age":5},{"__typename":"User","id":"2","age":null},{"__typename":"User","id":"3","age":7}]}"#
        ]
    );
}

#[tokio::test]
async fn many_entities_keep_apart() {
    let ids = 0..5000;
    let users: Vec<Value> = ids
        .map(|i| json!({"id": (i * 7919 % 2500).to_string()}))
        .collect();
    let expected = users.iter();
    let expected: Vec<Value> = expected
        .map(|user| json!({"posts": [{"id": user["id"]}]}))
        .collect();
    let subgraphs = scripts()
        .answer("users", json!({"data": {"users": users}}).to_string())
        .entities("posts", |user| json!({"posts": [{"id": user["id"]}]}));
    let answer = subgraphs.run("{ users { posts { id } } }", json!({})).await;
    assert_eq!(answer, json!({"data": {"users": expected}}).to_string());
    let variables: Value = serde_json::from_str(&subgraphs.variables("posts")[0]).unwrap();
    assert_eq!(variables["representations"].as_array().unwrap().len(), 2500);
}

#[tokio::test]
async fn keys_travel_as_they_came() {
    let subgraphs = scripts()
        .answer("users", r#"{"data":{"users":[{"id":7},{"id":"\u0061"}]}}"#)
        .answer(
            "posts",
            r#"{"data":{"_entities":[{"posts":[]},{"posts":null}]}}"#,
        );
    let answer = subgraphs.run("{ users { posts { id } } }", json!({})).await;
    assert_eq!(
        answer,
        r#"{"data":{"users":[{"posts":[]},{"posts":null}]}}"#
    );
    assert_eq!(
        subgraphs.variables("posts"),
        [
            r#"{"representations":[{"__typename":"User","id":7},{"__typename":"User","id":"\u0061"}]}"#
        ]
    );
}

#[tokio::test]
async fn nobody_is_asked_about_nothing() {
    check(
        "{ users { posts { id } } }",
        scripts().answer("users", r#"{"data":{"users":[]}}"#),
        r#"{"data":{"users":[]}}"#,
    )
    .await;
    check(
        "{ me { posts { id } } }",
        scripts().answer("users", r#"{"data":{"me":null}}"#),
        r#"{"data":{"me":null}}"#,
    )
    .await;
    // Without a key there is no entity.
    check(
        "{ users { nick posts { id } } }",
        scripts().answer("users", r#"{"data":{"users":[{"id":null,"nick":"n"}]}}"#),
        r#"{"data":{"users":[{"nick":"n","posts":null}]}}"#,
    )
    .await;
}

#[tokio::test]
async fn what_is_required_is_sent_along() {
    let subgraphs = scripts()
        .answer(
            "users",
            r#"{"data":{"users":[{"id":"1","age":30},{"id":"2","age":null}]}}"#,
        )
        .answer("stats", r#"{"data":{"_entities":[{"rank":1},{"rank":2}]}}"#);
    let answer = subgraphs.run("{ users { rank } }", json!({})).await;
    assert_eq!(answer, r#"{"data":{"users":[{"rank":1},{"rank":2}]}}"#);
    assert_eq!(
        subgraphs.variables("stats"),
        [
            r#"{"representations":[{"__typename":"User","id":"1","age":30},{"__typename":"User","id":"2","age":null}]}"#
        ]
    );
}

#[tokio::test]
async fn links_go_on_from_entities() {
    check(
        "{ users { posts { title likes author { nick } } } }",
        scripts()
            .answer("users", r#"{"data":{"users":[{"id":"1"},{"id":"2"}]}}"#)
            .answer(
                "posts",
                r#"{"data":{"_entities":[{"posts":[{"id":"p","title":"P","author":{"id":"1"}}]},{"posts":[{"id":"q","title":"Q","author":{"id":"2"}},{"id":"p","title":"P","author":{"id":"1"}}]}]}}"#,
            )
            .answer("stats", r#"{"data":{"_entities":[{"likes":10},{"likes":20}]}}"#)
            .answer("users", r#"{"data":{"_entities":[{"nick":"one"},{"nick":"two"}]}}"#),
        r#"{"data":{"users":[{"posts":[{"title":"P","likes":10,"author":{"nick":"one"}}]},{"posts":[{"title":"Q","likes":20,"author":{"nick":"two"}},{"title":"P","likes":10,"author":{"nick":"one"}}]}]}}"#,
    )
    .await;
}

#[tokio::test]
async fn nested_lists_are_joined_too() {
    check(
        "{ me { squares { visits nick } } }",
        scripts()
            .answer(
                "users",
                r#"{"data":{"me":{"squares":[[{"id":"1","nick":"a"},null],null,[],[{"id":"2","nick":"b"},{"id":"1","nick":"a"}]]}}}"#,
            )
            .answer("stats", r#"{"data":{"_entities":[{"visits":1},{"visits":2}]}}"#),
        r#"{"data":{"me":{"squares":[[{"visits":1,"nick":"a"},null],null,[],[{"visits":2,"nick":"b"},{"visits":1,"nick":"a"}]]}}}"#,
    )
    .await;
}

#[tokio::test]
async fn only_members_with_the_field_are_asked_about() {
    let subgraphs = scripts()
        .answer(
            "users",
            r#"{"data":{"nodes":[{"__typename":"Robot","id":"r"},{"__typename":"User","id":"1"}]}}"#,
        )
        .answer("stats", r#"{"data":{"_entities":[{"visits":3}]}}"#);
    let answer = subgraphs
        .run("{ nodes { id ... on User { visits } } }", json!({}))
        .await;
    assert_eq!(
        answer,
        r#"{"data":{"nodes":[{"id":"r"},{"id":"1","visits":3}]}}"#
    );
    assert_eq!(
        subgraphs.variables("stats"),
        [r#"{"representations":[{"__typename":"User","id":"1"}]}"#]
    );
}

#[tokio::test]
async fn variables_are_sent_to_those_who_use_them() {
    let query =
        "query($n: Int, $f: String) { things(first: $n, filter: $f) { ... on Note { text } } }";
    for (given, sent) in [
        (json!({}), r"{}"),
        (json!({"n": null}), r#"{"n":null}"#),
        (json!({"n": 3, "f": "a\"b"}), r#"{"n":3,"f":"a\"b"}"#),
    ] {
        let subgraphs = scripts().answer(
            "posts",
            r#"{"data":{"things":[{"__typename":"Note","text":"t"}]}}"#,
        );
        let answer = subgraphs.run(query, given).await;
        assert_eq!(answer, r#"{"data":{"things":[{"text":"t"}]}}"#);
        assert_eq!(subgraphs.variables("posts"), [sent]);
    }
}

#[tokio::test]
async fn mutations_run_one_after_the_other() {
    check(
        r#"mutation { a: rename(name: "x") { nick } publish(title: "t") { title } b: rename(name: "y") { nick } }"#,
        scripts()
            .answer("users", r#"{"data":{"a":{"nick":"1"}}}"#)
            .answer("posts", r#"{"data":{"publish":{"title":"t"}}}"#)
            .answer("users", r#"{"data":{"b":{"nick":"2"}}}"#),
        r#"{"data":{"a":{"nick":"1"},"publish":{"title":"t"},"b":{"nick":"2"}}}"#,
    )
    .await;
}
