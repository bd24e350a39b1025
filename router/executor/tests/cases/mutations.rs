//! Mutations: one field after the other, and none after one that took the whole answer along.

use router_executor::SubgraphError;
use serde_json::json;

use super::fixture::{BROKEN, Scripts, broken, check, error, faulty, scripts};

const RENAMED: &str = r#"{"data":{"a":{"id":"1","name":"n","age":7}}}"#;

/// `posts` comes after `users` and is asked only if the case has an answer of it.
const OPERATION: &str =
    r#"mutation { a: replace(name: "x") { name } publish(title: "t") { title } }"#;

fn users(answer: impl Into<Vec<u8>>) -> Scripts {
    scripts().answer("users", answer)
}

#[tokio::test]
async fn nothing_is_carried_out_after_a_field_that_took_the_answer_along() {
    let refused = format!(r#"{{"data":null,"errors":[{{{BROKEN},"path":["a"]}}]}}"#);
    let nameless = format!(
        r#"{{"data":{{"a":{{"name":null}}}},"errors":[{{{BROKEN},"path":["a","name"]}}]}}"#
    );
    let timeout = error(
        "the subgraph did not answer in time",
        json!(["a"]),
        "SUBREQUEST_TIMEOUT",
        "users",
    );
    let null = error(
        "`a` of `Mutation` must not be null",
        json!(["a"]),
        "SUBREQUEST_NULL_FOR_NON_NULL",
        "users",
    );
    for (answers, errors) in [
        (users(refused), broken(json!(["a"]), "users")),
        (users(nameless), broken(json!(["a", "name"]), "users")),
        (users(r#"{"data":{"a":null}}"#), null),
        (scripts().fail("users", SubgraphError::Timeout), timeout),
    ] {
        faulty(OPERATION, answers, "null", &[errors]).await;
    }
}

#[tokio::test]
async fn what_belongs_to_a_field_decides_about_those_after_it() {
    let operation =
        r#"mutation { a: replace(name: "x") { name rank } publish(title: "t") { title } }"#;
    let stats = |answer: String| users(RENAMED).answer("stats", answer);
    faulty(
        operation,
        stats(format!(
            r#"{{"data":{{"_entities":[{{"rank":null}}]}},"errors":[{{{BROKEN},"path":["_entities",0,"rank"]}}]}}"#
        )),
        "null",
        &[broken(json!(["a", "rank"]), "stats")],
    )
    .await;
    // No such entity, where there must be one.
    faulty(
        operation,
        stats(r#"{"data":{"_entities":[null]}}"#.to_owned()),
        "null",
        &[error(
            "`a` of `Mutation` must not be null",
            json!(["a"]),
            "SUBREQUEST_NULL_FOR_NON_NULL",
            "stats",
        )],
    )
    .await;
    check(
        operation,
        stats(r#"{"data":{"_entities":[{"rank":3}]}}"#.to_owned())
            .answer("posts", r#"{"data":{"publish":{"title":"t"}}}"#),
        r#"{"data":{"a":{"name":"n","rank":3},"publish":{"title":"t"}}}"#,
    )
    .await;
}

#[tokio::test]
async fn a_field_that_may_be_null_stops_nothing() {
    faulty(
        r#"mutation { a: rename(name: "x") { name } publish(title: "t") { title } }"#,
        users(format!(
            r#"{{"data":{{"a":null}},"errors":[{{{BROKEN},"path":["a"]}}]}}"#
        ))
        .answer("posts", r#"{"data":{"publish":{"title":"t"}}}"#),
        r#"{"a":null,"publish":{"title":"t"}}"#,
        &[broken(json!(["a"]), "users")],
    )
    .await;
}

#[tokio::test]
async fn a_later_field_stops_those_after_itself() {
    // `users` is asked once only, although `b` would be its field.
    faulty(
        r#"mutation { a: replace(name: "x") { name } reprint(title: "t") { author { nick } } b: rename(name: "y") { nick } }"#,
        users(RENAMED).answer(
            "posts",
            format!(r#"{{"data":null,"errors":[{{{BROKEN},"path":["reprint"]}}]}}"#),
        ),
        "null",
        &[broken(json!(["reprint"]), "posts")],
    )
    .await;
}
