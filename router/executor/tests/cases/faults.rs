//! Subgraphs that fail, and what clients get to see of it.

use router_executor::{ExecutionOptions, SubgraphError};
use serde_json::{Value, json};

use super::fixture::{Scripts, check, scripts};

/// `{"message":…,"path":…,"extensions":{"code":…,"service":…}}`
fn error(message: &str, path: Value, code: &str, service: &str) -> String {
    let mut error = json!({ "message": message });
    if !path.is_null() {
        error["path"] = path;
    }
    error["extensions"] = json!({"code": code, "service": service});
    error.to_string()
}

/// Asserts data and errors.
async fn faulty(operation: &str, scripts: Scripts, data: &str, errors: &[String]) {
    let errors = errors.join(",");
    check(
        operation,
        scripts,
        &format!(r#"{{"data":{data},"errors":[{errors}]}}"#),
    )
    .await;
}

const BROKEN: &str = r#""message":"broken","extensions":{"code":"BROKEN"}"#;

fn broken(path: Value, service: &str) -> String {
    error("broken", path, "BROKEN", service)
}

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
        (r#"["me","other"]"#, json!(["me", "other"])),
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
    for data in [r"{}", r#"{"_entities":{}}"#, r#"{"_entities":7}"#] {
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

#[tokio::test]
async fn a_text_that_is_no_graphql_response_is_refused_whole() {
    let texts: [&[u8]; 26] = [
        b"",
        b"   ",
        b"<html><body>502 Bad Gateway</body></html>",
        b"null",
        b"[]",
        b"\"data\"",
        b"{}",
        br#"{"message":"not found"}"#,
        br#"{"data":null}"#,
        br#"{"data":null,"errors":[]}"#,
        br#"{"data":null,"errors":{}}"#,
        br#"{"data":[]}"#,
        br#"{"data":"me"}"#,
        br#"{"data":{"me":{"nick":"n"}}"#,
        br#"{"data":{"me":{"nick":"n"#,
        br#"{"data":{"me":{"nick":"n"}}} x"#,
        br#"{"data":{"me":{"nick":"n",}}}"#,
        br#"{"data":{"me":{"nick":'n'}}}"#,
        br#"{"data":{"me":{"nick":"\x"}}}"#,
        br#"{"data":{"me":{"nick":"\ud800"}}}"#,
        br#"{"data":{"me":{"nick":01}}}"#,
        br#"{"data":{"me":{"nick":tru}}}"#,
        br#"{"data":{"me":{nick:"n"}}}"#,
        b"{\"data\":{\"me\":{\"nick\":\"a\nb\"}}}",
        b"{\"data\":{\"me\":{\"nick\":\"a\xff\"}}}",
        b"\xef\xbb\xbf{\"data\":{\"me\":{\"nick\":\"n\"}}}",
    ];
    for text in texts {
        faulty(
            "{ me { nick } }",
            scripts().answer("users", text),
            r#"{"me":null}"#,
            &[error(
                "the subgraph's answer is not a GraphQL response",
                json!(["me"]),
                "SUBREQUEST_MALFORMED_RESPONSE",
                "users",
            )],
        )
        .await;
    }
}

#[tokio::test]
async fn nesting_is_bounded() {
    let deep = |levels: usize| {
        let text = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        scripts().answer(
            "users",
            format!(r#"{{"data":{{"me":{{"nick":"n","x":{text}}}}}}}"#),
        )
    };
    check(
        "{ me { nick } }",
        deep(100),
        r#"{"data":{"me":{"nick":"n"}}}"#,
    )
    .await;
    let refused = deep(100_000).run("{ me { nick } }", json!({})).await;
    assert!(
        refused.contains("SUBREQUEST_MALFORMED_RESPONSE"),
        "{refused}"
    );
}

#[tokio::test]
async fn errors_of_any_form_are_survived() {
    for (entry, message, code) in [
        (
            "null",
            "the subgraph reported an error",
            "DOWNSTREAM_SERVICE_ERROR",
        ),
        (
            "7",
            "the subgraph reported an error",
            "DOWNSTREAM_SERVICE_ERROR",
        ),
        (
            r#""text""#,
            "the subgraph reported an error",
            "DOWNSTREAM_SERVICE_ERROR",
        ),
        (
            r"{}",
            "the subgraph reported an error",
            "DOWNSTREAM_SERVICE_ERROR",
        ),
        (
            r#"{"message":5,"path":7,"extensions":[]}"#,
            "the subgraph reported an error",
            "DOWNSTREAM_SERVICE_ERROR",
        ),
        (
            r#"{"message":"m","path":[true,null],"extensions":null}"#,
            "m",
            "DOWNSTREAM_SERVICE_ERROR",
        ),
        (
            r#"{"message":"m","path":[-1,1.5],"extensions":{"code":5}}"#,
            "m",
            "DOWNSTREAM_SERVICE_ERROR",
        ),
        (
            r#"{"message":"m","extensions":{"code":"C","service":"x","exception":{"stacktrace":["at f"]}}}"#,
            "m",
            "C",
        ),
    ] {
        faulty(
            "{ me { nick } }",
            scripts().answer(
                "users",
                format!(r#"{{"data":{{"me":null}},"errors":[{entry}]}}"#),
            ),
            r#"{"me":null}"#,
            &[error(message, json!(["me"]), code, "users")],
        )
        .await;
    }
}

#[tokio::test]
async fn details_of_the_transport_are_shown_only_on_demand() {
    let failure = SubgraphError::ConnectionFailed {
        detail: "posts.internal:4002 refused".to_owned(),
    };
    let mut options = ExecutionOptions::default();
    for is_shown in [false, true] {
        options.show_transport_details = is_shown;
        let scripts = scripts().fail("users", failure.clone());
        let answer = scripts
            .run_with("{ me { nick } }", json!({}), &options)
            .await;
        assert_eq!(answer.contains("internal"), is_shown, "{answer}");
    }
}

#[tokio::test]
async fn further_extensions_are_shown_only_on_demand() {
    let answer = r#"{"data":{"me":null},"errors":[{"message":"m","path":["me"],"extensions":{"code":"C","field":"f","secret":"s"}}]}"#;
    let mut options = ExecutionOptions::default();
    options.shown_extensions = vec!["field".to_owned()];
    let scripts = scripts().answer("users", answer);
    let answer = scripts
        .run_with("{ me { nick } }", json!({}), &options)
        .await;
    assert_eq!(
        answer,
        r#"{"data":{"me":null},"errors":[{"message":"m","path":["me"],"extensions":{"field":"f","code":"C","service":"users"}}]}"#
    );
}

#[tokio::test]
async fn one_fault_at_many_paths_is_counted() {
    let users = vec![r#"{"id":"1"}"#; 50].join(",");
    let answer = scripts()
        .answer("users", format!(r#"{{"data":{{"users":[{users}]}}}}"#))
        .fail("posts", SubgraphError::Timeout)
        .run("{ users { posts { id } } }", json!({}))
        .await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 10);
    assert_eq!(errors[0]["extensions"]["affectedPaths"], 50);
    assert_eq!(errors[9]["path"], json!(["users", 9, "posts"]));
}

#[tokio::test]
async fn many_errors_are_counted() {
    let users = vec![r#"{"name":null}"#; 1000].join(",");
    let answer = scripts()
        .answer("users", format!(r#"{{"data":{{"users":[{users}]}}}}"#))
        .run("{ users { name } }", json!({}))
        .await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 101);
    assert_eq!(errors[100]["message"], "900 further errors are left out");
    assert_eq!(answer["data"]["users"].as_array().unwrap().len(), 1000);
    // The same for errors of a subgraph.
    let errors = vec![format!("{{{BROKEN}}}"); 5000].join(",");
    let answer = scripts()
        .answer(
            "users",
            format!(r#"{{"data":{{"me":null}},"errors":[{errors}]}}"#),
        )
        .run("{ me { name } }", json!({}))
        .await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["errors"].as_array().unwrap().len(), 101);
}

#[tokio::test]
async fn sizes_are_bounded() {
    let users = vec![r#"{"id":"1","best":{"id":"1"}}"#; 100].join(",");
    let users = format!(r#"{{"data":{{"users":[{users}]}}}}"#);
    let operation = "{ users { id best { id } } }";
    let mut options = ExecutionOptions::default();
    options.limits.response_bytes = 1000;
    let answer = scripts()
        .answer("users", users.clone())
        .run_with(operation, json!({}), &options)
        .await;
    assert_eq!(
        answer,
        r#"{"data":null,"errors":[{"message":"the answer is larger than 1000 bytes","extensions":{"code":"RESPONSE_TOO_LARGE"}}]}"#
    );
    let mut options = ExecutionOptions::default();
    options.limits.values = 100;
    let answer = scripts()
        .answer("users", users)
        .run_with(operation, json!({}), &options)
        .await;
    assert_eq!(
        answer,
        r#"{"data":{"users":null},"errors":[{"message":"the subgraph's answer is too large","path":["users"],"extensions":{"code":"SUBREQUEST_TOO_LARGE","service":"users"}}]}"#
    );
}
