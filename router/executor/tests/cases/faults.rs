//! Subgraphs that fail, and what clients get to see of it.

use router_executor::SubgraphError;
use serde_json::{Value, json};

use super::fixture::{BROKEN, broken, error, faulty, scripts};

#[tokio::test]
async fn an_error_comes_back_at_the_clients_path() {
    let answer = |data: &str, path: &str| {
        scripts().answer(
            "users",
            format!(r#"{{"data":{data},"errors":[{{{BROKEN},"path":{path}}}]}}"#),
        )
    };
    // Aliases are the client's.
    faulty(
        "{ i: me { n: nick } }",
        answer(r#"{"i":{"n":null}}"#, r#"["i","n"]"#),
        r#"{"i":{"n":null}}"#,
        &[broken(json!(["i", "n"]), "users")],
    )
    .await;
    faulty(
        "{ users { nick } }",
        answer(
            r#"{"users":[{"nick":"a"},{"nick":null}]}"#,
            r#"["users",1,"nick"]"#,
        ),
        r#"{"users":[{"nick":"a"},{"nick":null}]}"#,
        &[broken(json!(["users", 1, "nick"]), "users")],
    )
    .await;
    // The subgraph's null spread further than the error's path.
    faulty(
        "{ users { name } }",
        answer(r#"{"users":[{"name":"a"},null]}"#, r#"["users",1,"name"]"#),
        r#"{"users":[{"name":"a"},null]}"#,
        &[broken(json!(["users", 1, "name"]), "users")],
    )
    .await;
    // So does the client's: one error, the subgraph's.
    faulty(
        "{ me { name } }",
        answer(r#"{"me":{"name":null}}"#, r#"["me","name"]"#),
        r#"{"me":null}"#,
        &[broken(json!(["me", "name"]), "users")],
    )
    .await;
    faulty(
        "{ me { grid } }",
        answer(r#"{"me":{"grid":[[1],null]}}"#, r#"["me","grid",1]"#),
        r#"{"me":{"grid":[[1],null]}}"#,
        &[broken(json!(["me", "grid", 1]), "users")],
    )
    .await;
    faulty(
        "{ me { friends { nick } } }",
        answer(
            r#"{"me":{"friends":[{"nick":null}]}}"#,
            r#"["me","friends",0,"nick"]"#,
        ),
        r#"{"me":{"friends":[{"nick":null}]}}"#,
        &[broken(json!(["me", "friends", 0, "nick"]), "users")],
    )
    .await;
}

#[tokio::test]
async fn an_error_beside_a_value_is_kept() {
    let answer = |path: &str| {
        scripts().answer(
            "users",
            format!(r#"{{"errors":[{{{BROKEN},"path":{path}}}],"data":{{"me":{{"nick":"n"}}}}}}"#),
        )
    };
    for (path, shown) in [
        (r#"["me","nick"]"#, json!(["me", "nick"])),
        (r#"["me"]"#, json!(["me"])),
        (r#"["me","other"]"#, json!(["me"])),
        (r#"["me","nick",0]"#, json!(["me", "nick"])),
        (r#"["me",-1,"nick"]"#, json!(["me"])),
        ("null", Value::Null),
        ("[]", Value::Null),
        (r#"["nowhere"]"#, Value::Null),
    ] {
        faulty(
            "{ me { nick } }",
            answer(path),
            r#"{"me":{"nick":"n"}}"#,
            &[broken(shown, "users")],
        )
        .await;
    }
}

#[tokio::test]
async fn an_error_in_an_entity_is_shown_wherever_the_entity_is() {
    let users = r#"{"data":{"users":[{"id":"1"},{"id":"2"},{"id":"1"}]}}"#;
    faulty(
        "{ users { posts { title } } }",
        scripts().answer("users", users).answer(
            "posts",
            format!(r#"{{"data":{{"_entities":[{{"posts":[{{"title":"a"}},{{"title":null}}]}},{{"posts":[]}}]}},"errors":[{{{BROKEN},"path":["_entities",0,"posts",1,"title"]}}]}}"#),
        ),
        r#"{"users":[{"posts":[{"title":"a"},{"title":null}]},{"posts":[]},{"posts":[{"title":"a"},{"title":null}]}]}"#,
        &[
            broken(json!(["users", 0, "posts", 1, "title"]), "posts"),
            broken(json!(["users", 2, "posts", 1, "title"]), "posts"),
        ],
    )
    .await;
    // The entity itself is lost; another entity that is null without an error is just not there.
    for path in [r#"["_entities",0]"#, r#"["_entities",0,"posts"]"#] {
        faulty(
            "{ users { posts { title } } }",
            scripts().answer("users", users).answer(
                "posts",
                format!(r#"{{"data":{{"_entities":[null,null]}},"errors":[{{{BROKEN},"path":{path}}}]}}"#),
            ),
            r#"{"users":[{"posts":null},{"posts":null},{"posts":null}]}"#,
            &[
                broken(json!(["users", 0, "posts"]), "posts"),
                broken(json!(["users", 2, "posts"]), "posts"),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn a_failed_subgraph_costs_only_its_own_fields() {
    for (failure, message, code) in [
        (
            SubgraphError::Timeout,
            "the subgraph did not answer in time",
            "SUBREQUEST_TIMEOUT",
        ),
        (
            SubgraphError::ConnectionFailed {
                detail: "posts.internal:4002 refused".to_owned(),
            },
            "the subgraph cannot be reached",
            "SUBREQUEST_CONNECTION_FAILED",
        ),
        (
            SubgraphError::Http {
                status: http::StatusCode::BAD_GATEWAY,
            },
            "the subgraph answered with HTTP status 502",
            "SUBREQUEST_HTTP_ERROR",
        ),
        (
            SubgraphError::TooLarge { limit: 5 },
            "the subgraph's answer is too large",
            "SUBREQUEST_TOO_LARGE",
        ),
        (
            SubgraphError::CircuitOpen,
            "the subgraph failed too often and is not asked for now",
            "SUBREQUEST_CIRCUIT_OPEN",
        ),
    ] {
        faulty(
            "{ users { nick posts { title likes } } }",
            scripts()
                .answer(
                    "users",
                    r#"{"data":{"users":[{"id":"1","nick":"a"},{"id":"2","nick":"b"}]}}"#,
                )
                .fail("posts", failure),
            r#"{"users":[{"nick":"a","posts":null},{"nick":"b","posts":null}]}"#,
            &[
                error(message, json!(["users", 0, "posts"]), code, "posts"),
                error(message, json!(["users", 1, "posts"]), code, "posts"),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn what_follows_a_failure_is_explained_by_it() {
    let unreachable = || SubgraphError::ConnectionFailed {
        detail: String::new(),
    };
    let message = "the subgraph cannot be reached";
    let code = "SUBREQUEST_CONNECTION_FAILED";
    // A non-null field of the failed subgraph: no second error.
    faulty(
        "{ users { nick strictPosts { title } } }",
        scripts()
            .answer("users", r#"{"data":{"users":[{"id":"1","nick":"a"}]}}"#)
            .fail("posts", unreachable()),
        r#"{"users":[null]}"#,
        &[error(
            message,
            json!(["users", 0, "strictPosts"]),
            code,
            "posts",
        )],
    )
    .await;
    // A root fetch.
    faulty(
        "{ me { nick } post { title } }",
        scripts()
            .fail("users", unreachable())
            .answer("posts", r#"{"data":{"post":{"title":"t"}}}"#),
        r#"{"me":null,"post":{"title":"t"}}"#,
        &[error(message, json!(["me"]), code, "users")],
    )
    .await;
    faulty(
        "{ strict { nick } }",
        scripts().fail("users", unreachable()),
        "null",
        &[error(message, json!(["strict"]), code, "users")],
    )
    .await;
    // An entity fetch that depends on a failed entity fetch.
    faulty(
        "{ post { title author { nick visits } } }",
        scripts()
            .answer(
                "posts",
                r#"{"data":{"post":{"title":"t","author":{"id":"1"}}}}"#,
            )
            .fail("users", unreachable())
            .answer("stats", r#"{"data":{"_entities":[{"visits":3}]}}"#),
        r#"{"post":{"title":"t","author":{"nick":null,"visits":3}}}"#,
        &[error(
            message,
            json!(["post", "author", "nick"]),
            code,
            "users",
        )],
    )
    .await;
    // Nothing is computed from a requirement that was lost on the way.
    faulty(
        "{ post { title author { id rank } } }",
        scripts()
            .answer(
                "posts",
                r#"{"data":{"post":{"title":"t","author":{"id":"1"}}}}"#,
            )
            .fail("users", unreachable()),
        r#"{"post":{"title":"t","author":null}}"#,
        &[error(
            message,
            json!(["post", "author", "rank"]),
            code,
            "users",
        )],
    )
    .await;
}

#[tokio::test]
async fn no_data_is_explained_by_errors_wherever_they_point() {
    for path in [
        "",
        r#","path":["_entities"]"#,
        r#","path":["_entities",0,"posts"]"#,
    ] {
        faulty(
            "{ me { nick posts { title } } }",
            scripts()
                .answer("users", r#"{"data":{"me":{"id":"1","nick":"a"}}}"#)
                .answer(
                    "posts",
                    format!(r#"{{"data":null,"errors":[{{{BROKEN}{path}}}]}}"#),
                ),
            r#"{"me":{"nick":"a","posts":null}}"#,
            &[broken(json!(["me", "posts"]), "posts")],
        )
        .await;
        faulty(
            "{ me { nick posts { title } } }",
            scripts()
                .answer("users", r#"{"data":{"me":{"id":"1","nick":"a"}}}"#)
                .answer("posts", format!(r#"{{"errors":[{{{BROKEN}{path}}}]}}"#)),
            r#"{"me":{"nick":"a","posts":null}}"#,
            &[broken(json!(["me", "posts"]), "posts")],
        )
        .await;
    }
}

#[tokio::test]
async fn an_object_from_two_subgraphs_survives_the_loss_of_one() {
    let posts = |data: &str, path: &str| {
        scripts()
            .answer(
                "users",
                r#"{"data":{"info":{"a":1},"infos":[{"a":2},{"a":3}]}}"#,
            )
            .answer(
                "posts",
                format!(r#"{{"data":{data},"errors":[{{{BROKEN},"path":{path}}}]}}"#),
            )
    };
    let operation = "{ info { a z: b } infos { a b } }";
    faulty(
        operation,
        posts(r#"{"info":null,"infos":[{"b":5},{"b":6}]}"#, r#"["info"]"#),
        r#"{"info":{"a":1,"z":null},"infos":[{"a":2,"b":5},{"a":3,"b":6}]}"#,
        &[broken(json!(["info", "z"]), "posts")],
    )
    .await;
    faulty(
        operation,
        posts(
            r#"{"info":{"z":4},"infos":[{"b":5},null]}"#,
            r#"["infos",1,"b"]"#,
        ),
        r#"{"info":{"a":1,"z":4},"infos":[{"a":2,"b":5},{"a":3,"b":null}]}"#,
        &[broken(json!(["infos", 1, "b"]), "posts")],
    )
    .await;
    // A non-null field of the lost part takes the object along; the error is the subgraph's.
    faulty(
        "{ info { a c } }",
        scripts()
            .answer("users", r#"{"data":{"info":{"a":1}}}"#)
            .answer(
                "posts",
                format!(
                    r#"{{"data":{{"info":null}},"errors":[{{{BROKEN},"path":["info","c"]}}]}}"#
                ),
            ),
        r#"{"info":null}"#,
        &[broken(json!(["info", "c"]), "posts")],
    )
    .await;
    // Lists of different lengths cannot be paired.
    faulty(
        "{ infos { a b } }",
        scripts()
            .answer("users", r#"{"data":{"infos":[{"a":1},{"a":2}]}}"#)
            .answer("posts", r#"{"data":{"infos":[{"b":1}]}}"#),
        r#"{"infos":[{"a":1,"b":null},{"a":2,"b":null}]}"#,
        &[error(
            "subgraphs answered with lists of different lengths",
            json!(["infos"]),
            "SUBREQUEST_INVALID_VALUE",
            "posts",
        )],
    )
    .await;
    // What is no object at all is told as well.
    let invalid = |key: &str, path: Value| {
        let message = format!("`{key}` of `Query` has a value that its type does not allow");
        error(&message, path, "SUBREQUEST_INVALID_VALUE", "posts")
    };
    faulty(
        "{ info { a b } infos { a b } }",
        scripts()
            .answer("users", r#"{"data":{"info":{"a":1},"infos":[{"a":2}]}}"#)
            .answer("posts", r#"{"data":{"info":5,"infos":["x"]}}"#),
        r#"{"info":{"a":1,"b":null},"infos":[{"a":2,"b":null}]}"#,
        &[
            invalid("info", json!(["info"])),
            invalid("infos", json!(["infos", 0])),
        ],
    )
    .await;
    // Whichever is lost, the other's part is shown.
    let message = "the subgraph did not answer in time";
    for (lost, other, data, part, key) in [
        (
            "users",
            "posts",
            r#"{"info":{"b":1},"infos":[{"b":2}]}"#,
            r#"{"info":{"a":null,"b":1},"infos":[{"a":null,"b":2}]}"#,
            "a",
        ),
        (
            "posts",
            "users",
            r#"{"info":{"a":1},"infos":[{"a":2}]}"#,
            r#"{"info":{"a":1,"b":null},"infos":[{"a":2,"b":null}]}"#,
            "b",
        ),
    ] {
        faulty(
            "{ info { a b } infos { a b } }",
            scripts()
                .answer(other, format!(r#"{{"data":{data}}}"#))
                .fail(lost, SubgraphError::Timeout),
            part,
            &[
                error(message, json!(["info", key]), "SUBREQUEST_TIMEOUT", lost),
                error(
                    message,
                    json!(["infos", 0, key]),
                    "SUBREQUEST_TIMEOUT",
                    lost,
                ),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn another_number_of_entities_is_no_answer() {
    for entities in [
        r#"[{"posts":[]}]"#,
        r#"[{"posts":[]},{"posts":[]},{"posts":[]}]"#,
        "[]",
    ] {
        let message = "the subgraph answered another number of entities than was asked for";
        let code = "SUBREQUEST_MALFORMED_RESPONSE";
        faulty(
            "{ users { posts { title } } }",
            scripts()
                .answer("users", r#"{"data":{"users":[{"id":"1"},{"id":"2"}]}}"#)
                .answer("posts", format!(r#"{{"data":{{"_entities":{entities}}}}}"#)),
            r#"{"users":[{"posts":null},{"posts":null}]}"#,
            &[
                error(message, json!(["users", 0, "posts"]), code, "posts"),
                error(message, json!(["users", 1, "posts"]), code, "posts"),
            ],
        )
        .await;
    }
    for data in [
        r"{}",
        r#"{"_entities":null}"#,
        r#"{"_entities":{}}"#,
        r#"{"_entities":7}"#,
    ] {
        let message = "the subgraph did not answer with a list of entities";
        let code = "SUBREQUEST_MALFORMED_RESPONSE";
        faulty(
            "{ me { posts { title } } }",
            scripts()
                .answer("users", r#"{"data":{"me":{"id":"1"}}}"#)
                .answer("posts", format!(r#"{{"data":{data}}}"#)),
            r#"{"me":{"posts":null}}"#,
            &[error(message, json!(["me", "posts"]), code, "posts")],
        )
        .await;
    }
}
