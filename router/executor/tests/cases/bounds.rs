//! Answers that are no GraphQL responses, and limits.

use router_executor::{ExecutionOptions, SubgraphError};
use serde_json::{Value, json};

use super::fixture::{BROKEN, check, error, faulty, scripts};

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
