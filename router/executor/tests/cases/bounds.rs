//! Limits.

use router_executor::{ExecutionOptions, SubgraphError};
use serde_json::{Value, json};

use super::fixture::{BROKEN, check, scripts};

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

#[tokio::test]
async fn work_that_comes_to_nothing_is_bounded_too() {
    // Every user is written and then lost to a null at its end.
    let friends = [r#"{"nick":"n"}"#; 10].join(",");
    let user = format!(r#"{{"friends":[{friends}],"name":null}}"#);
    let run = async |users: usize| {
        let users = vec![user.as_str(); users].join(",");
        let mut options = ExecutionOptions::default();
        options.limits.response_bytes = 2000;
        let answers = scripts().answer("users", format!(r#"{{"data":{{"users":[{users}]}}}}"#));
        let operation = "{ users { friends { nick } name } }";
        answers.run_with(operation, json!({}), &options).await
    };
    let few = run(5).await;
    assert!(few.starts_with(r#"{"data":{"users":[null,null"#), "{few}");
    let many = run(50).await;
    assert!(many.contains("RESPONSE_TOO_LARGE"), "{many}");
}
