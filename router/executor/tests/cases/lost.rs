//! What a subgraph left out, gave twice or lost to an error, and what others would have needed of it.

use serde_json::{Value, json};

use super::fixture::{BROKEN, broken, check, error, faulty, scripts};

fn unanswered(field: &str, path: Value, service: &str) -> String {
    let message = format!("{field} was not answered");
    error(&message, path, "SUBREQUEST_INVALID_VALUE", service)
}

fn unmet(field: &str, path: Value, service: &str) -> String {
    let message = format!("what {field} needs was not answered as its type demands");
    error(&message, path, "SUBREQUEST_INVALID_VALUE", service)
}

#[tokio::test]
async fn a_key_that_was_asked_for_and_left_out_is_an_error() {
    let users = |data: &str| scripts().answer("users", format!(r#"{{"data":{data}}}"#));
    for (operation, data, expected, field, path) in [
        (
            "{ me { nick age } }",
            r#"{"me":{"age":1}}"#,
            r#"{"me":{"nick":null,"age":1}}"#,
            "`nick` of `User`",
            json!(["me", "nick"]),
        ),
        (
            "{ me { name nick } }",
            r#"{"me":{"nick":"n"}}"#,
            r#"{"me":null}"#,
            "`name` of `User`",
            json!(["me", "name"]),
        ),
        (
            "{ me { age } users { age } }",
            r#"{"users":[]}"#,
            r#"{"me":null,"users":[]}"#,
            "`me` of `Query`",
            json!(["me"]),
        ),
        (
            "{ users { tags } }",
            r#"{"users":[{"tags":[]},{}]}"#,
            r#"{"users":[{"tags":[]},{"tags":null}]}"#,
            "`tags` of `User`",
            json!(["users", 1, "tags"]),
        ),
        // Where the name is the client's, it is looked for under that one only.
        (
            "{ me { n: nick } }",
            r#"{"me":{"nick":"n"}}"#,
            r#"{"me":{"n":null}}"#,
            "`n` of `User`",
            json!(["me", "n"]),
        ),
    ] {
        let errors = [unanswered(field, path, "users")];
        faulty(operation, users(data), expected, &errors).await;
    }
    // The subgraph says why.
    for path in [r#","path":["me","nick"]"#, ""] {
        let shown = json!(["me", "nick"]);
        faulty(
            "{ me { age nick } }",
            scripts().answer(
                "users",
                format!(r#"{{"data":{{"me":{{"age":1}}}},"errors":[{{{BROKEN}{path}}}]}}"#),
            ),
            r#"{"me":{"age":1,"nick":null}}"#,
            &[broken(shown, "users")],
        )
        .await;
    }
    // A part of an object that another subgraph has, too.
    for (users, posts, data, lost) in [
        (r#"{"info":{"a":1}}"#, "{}", r#"{"a":1,"b":null}"#, "posts"),
        ("{}", r#"{"info":{"b":2}}"#, r#"{"a":null,"b":2}"#, "users"),
    ] {
        faulty(
            "{ info { a b } }",
            scripts()
                .answer("users", format!(r#"{{"data":{users}}}"#))
                .answer("posts", format!(r#"{{"data":{posts}}}"#)),
            &format!(r#"{{"info":{data}}}"#),
            &[unanswered("`info` of `Query`", json!(["info"]), lost)],
        )
        .await;
    }
}

#[tokio::test]
async fn nobody_is_asked_with_what_was_not_answered() {
    for user in ["{}", r#"{"id":[]}"#, r#"{"id":{}}"#, r#"{"id":true}"#] {
        faulty(
            "{ me { posts { id } visits } }",
            scripts().answer("users", format!(r#"{{"data":{{"me":{user}}}}}"#)),
            r#"{"me":{"posts":null,"visits":null}}"#,
            &[
                unmet("`posts` of `User`", json!(["me", "posts"]), "users"),
                unmet("`visits` of `User`", json!(["me", "visits"]), "users"),
            ],
        )
        .await;
    }
    for age in ["", r#","age":"7""#, r#","age":[]"#, r#","age":2147483648"#] {
        faulty(
            "{ users { rank } }",
            scripts()
                .answer(
                    "users",
                    format!(r#"{{"data":{{"users":[{{"id":"1"{age}}},{{"id":"2","age":3}}]}}}}"#),
                )
                .answer("stats", r#"{"data":{"_entities":[{"rank":5}]}}"#),
            r#"{"users":[null,{"rank":5}]}"#,
            &[unmet(
                "`rank` of `User`",
                json!(["users", 0, "rank"]),
                "users",
            )],
        )
        .await;
    }
}

#[tokio::test]
async fn nobody_is_asked_with_what_an_error_took_away() {
    let broken_at = |path: &str| format!(r#"{{{BROKEN},"path":{path}}}"#);
    let users = |user: &str, error: String| {
        let answer = format!(r#"{{"data":{{"me":{user}}},"errors":[{error}]}}"#);
        scripts().answer("users", answer)
    };
    for id in [r#"{"id":null}"#, "{}", r#"{"id":[]}"#] {
        faulty(
            "{ me { visits } }",
            users(id, broken_at(r#"["me","id"]"#)),
            r#"{"me":{"visits":null}}"#,
            &[broken(json!(["me", "visits"]), "users")],
        )
        .await;
    }
    let user = r#"{"id":"1","age":null}"#;
    faulty(
        "{ me { rank } }",
        users(user, broken_at(r#"["me","age"]"#)),
        r#"{"me":null}"#,
        &[broken(json!(["me", "rank"]), "users")],
    )
    .await;
    // Without a path, it may have been the requirement.
    faulty(
        "{ me { rank } }",
        users(user, format!("{{{BROKEN}}}")),
        r#"{"me":null}"#,
        &[broken(json!(["me", "rank"]), "users")],
    )
    .await;
    // An error about something else leaves the requirement what it is: null.
    faulty(
        "{ me { nick rank } }",
        users(
            r#"{"id":"1","age":null,"nick":null}"#,
            broken_at(r#"["me","nick"]"#),
        )
        .answer("stats", r#"{"data":{"_entities":[{"rank":5}]}}"#),
        r#"{"me":{"nick":null,"rank":5}}"#,
        &[broken(json!(["me", "nick"]), "users")],
    )
    .await;
}

#[tokio::test]
async fn of_a_key_that_comes_twice_the_last_one_counts() {
    check(
        "{ me { nick best { nick } tags } }",
        scripts().answer(
            "users",
            r#"{"data":{"me":{"nick":"a","best":{"nick":"a"},"tags":["a"],"nick":"b","best":null,"tags":["b"]}}}"#,
        ),
        r#"{"data":{"me":{"nick":"b","best":null,"tags":["b"]}}}"#,
    )
    .await;
    // Nobody is asked about what was there before.
    let subgraphs = scripts()
        .answer(
            "users",
            r#"{"data":{"me":{"best":{"id":"1","friends":[{"id":"2"}]},"squares":[[{"id":"3"}],[{"id":"4"}]],"best":{"id":"5","friends":[{"id":"6"}],"friends":[{"id":"7"}]},"squares":[null,[{"id":"8"}]]}}}"#,
        )
        .entities("stats", |user| json!({"visits": user["id"].as_str().unwrap().parse::<u32>().unwrap()}));
    let answer = subgraphs
        .run(
            "{ me { best { visits friends { visits } } squares { visits } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        answer,
        r#"{"data":{"me":{"best":{"visits":5,"friends":[{"visits":7}]},"squares":[null,[{"visits":8}]]}}}"#
    );
    let sent = subgraphs.variables("stats").concat();
    for id in 1..=8 {
        let is_sent = sent.contains(&format!(r#""id":"{id}""#));
        assert_eq!(is_sent, [5, 7, 8].contains(&id), "{id}: {sent}");
    }
}
