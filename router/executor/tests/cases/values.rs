//! What subgraphs may answer, and what becomes of what they may not.

use super::fixture::{check, scripts};

async fn values(selection: &str, user: &str, expected: &str) {
    let answer = format!(r#"{{"data":{{"me":{user}}}}}"#);
    check(
        &format!("{{ me {{ {selection} }} }}"),
        scripts().answer("users", answer),
        expected,
    )
    .await;
}

#[tokio::test]
async fn tokens_come_out_as_they_went_in() {
    for (selection, user) in [
        (
            "id name",
            r#"{"id":"1","name":"A\u00e9\n\"\ud83d\ude00 é"}"#,
        ),
        ("id", r#"{"id":12345678901234567890}"#),
        ("age", r#"{"age":-2147483648}"#),
        ("age", r#"{"age":2147483647}"#),
        ("rating", r#"{"rating":1.50e+3}"#),
        ("rating", r#"{"rating":7}"#),
        ("rating", r#"{"rating":-1.7e308}"#),
        ("rating", r#"{"rating":1e-400}"#),
        ("admin", r#"{"admin":true}"#),
        ("role", r#"{"role":"ADMIN"}"#),
        ("role", r#"{"role":"\u0041DMIN"}"#),
        ("meta", r#"{"meta":{"b":[1,{"a":null}], "a" : 1e400}}"#),
        ("tags", r#"{"tags":[]}"#),
        ("tags", r#"{"tags":["a","b"]}"#),
        ("grid", r#"{"grid":[[1,2],[],null,[null,3]]}"#),
        ("age nick admin", r#"{"age":null,"nick":null,"admin":null}"#),
        (
            "tags grid best { id }",
            r#"{"tags":null,"grid":null,"best":null}"#,
        ),
    ] {
        let expected = format!(r#"{{"data":{{"me":{user}}}}}"#);
        values(selection, user, &expected).await;
    }
}

#[tokio::test]
async fn order_and_spacing_are_the_clients() {
    for user in [
        r#"{"name":"a","id":"1","tags":["x","y"]}"#,
        r#"{"tags":["x","y"],"id":"1","name":"a"}"#,
        r#"{ "id" : "1" , "unknown" : { "name" : [ "b" ] } , "name" : "a" , "tags" : [ "x" , "y" ] }"#,
        r#"{"id":"0","id":"1","name":"b","tags":null,"name":"a","tags":["x","y"]}"#,
        "{\n\t\"id\":\r\n\"1\",\"na\\u006de\":\"a\",\"tags\":[\"x\",\n\"y\"]}",
    ] {
        let expected = r#"{"data":{"me":{"name":"a","tags":["x","y"],"id":"1"}}}"#;
        values("name tags id", user, expected).await;
    }
}

/// The error for a field of `User` whose value does not fit.
fn invalid(data: &str, key: &str, path: &str) -> String {
    format!(
        r#"{{"data":{data},"errors":[{{"message":"`{key}` of `User` has a value that its type does not allow","path":{path},"extensions":{{"code":"SUBREQUEST_INVALID_VALUE","service":"users"}}}}]}}"#
    )
}

#[tokio::test]
async fn a_wrong_item_is_named_by_its_index() {
    let path = r#"["me","grid",1,0]"#;
    let data = r#"{"me":{"grid":[[1],[null,2],[]]}}"#;
    values(
        "grid",
        r#"{"grid":[[1],["x",2],[]]}"#,
        &invalid(data, "grid", path),
    )
    .await;
    // A tag must not be null: the list around it is lost.
    let path = r#"["me","tags",1]"#;
    let data = r#"{"me":{"tags":null}}"#;
    values("tags", r#"{"tags":["a",5]}"#, &invalid(data, "tags", path)).await;
    let path = r#"["me","squares",0,1]"#;
    let data = r#"{"me":{"squares":[[{"nick":"a"},null],null,[]]}}"#;
    values(
        "squares { nick }",
        r#"{"squares":[[{"nick":"a"},7],null,[]]}"#,
        &invalid(data, "squares", path),
    )
    .await;
}

#[tokio::test]
async fn a_null_spreads_to_the_next_place_that_may_be_null() {
    let error = |path: &str, key: &str, ty: &str| {
        format!(
            r#""errors":[{{"message":"`{key}` of `{ty}` must not be null","path":{path},"extensions":{{"code":"SUBREQUEST_NULL_FOR_NON_NULL","service":"users"}}}}]"#
        )
    };
    for (operation, data, expected, path, key, ty) in [
        (
            "{ me { name nick } }",
            r#"{"me":{"name":null,"nick":"n"}}"#,
            r#"{"me":null}"#,
            r#"["me","name"]"#,
            "name",
            "User",
        ),
        (
            "{ me { nick best { name } } }",
            r#"{"me":{"nick":"n","best":{"name":null}}}"#,
            r#"{"me":{"nick":"n","best":null}}"#,
            r#"["me","best","name"]"#,
            "name",
            "User",
        ),
        (
            "{ me { nick } strict { nick } }",
            r#"{"me":{"nick":"n"},"strict":null}"#,
            "null",
            r#"["strict"]"#,
            "strict",
            "Query",
        ),
        (
            "{ strict { name } }",
            r#"{"strict":{"name":null}}"#,
            "null",
            r#"["strict","name"]"#,
            "name",
            "User",
        ),
        (
            "{ users { name } }",
            r#"{"users":[{"name":"a"},{"name":null},null]}"#,
            r#"{"users":[{"name":"a"},null,null]}"#,
            r#"["users",1,"name"]"#,
            "name",
            "User",
        ),
        (
            "{ me { friends { nick } } }",
            r#"{"me":{"friends":[{"nick":"a"},null]}}"#,
            r#"{"me":{"friends":null}}"#,
            r#"["me","friends",1]"#,
            "friends",
            "User",
        ),
        (
            "{ strictUsers { nick } }",
            r#"{"strictUsers":[null]}"#,
            "null",
            r#"["strictUsers",0]"#,
            "strictUsers",
            "Query",
        ),
        (
            "{ me { tags } }",
            r#"{"me":{"tags":["a",null]}}"#,
            r#"{"me":{"tags":null}}"#,
            r#"["me","tags",1]"#,
            "tags",
            "User",
        ),
    ] {
        let answer = format!(r#"{{"data":{data}}}"#);
        let expected = format!(r#"{{"data":{expected},{}}}"#, error(path, key, ty));
        check(operation, scripts().answer("users", answer), &expected).await;
    }
}

#[tokio::test]
async fn runtime_types_decide_what_is_written() {
    check(
        "{ nodes { __typename kind: __typename id ... on User { nick } ... on Robot { model } } }",
        scripts().answer(
            "users",
            r#"{"data":{"nodes":[{"__typename":"Robot","id":"1","model":"m"},{"id":"2","nick":"n","__typename":"User"},null]}}"#,
        ),
        r#"{"data":{"nodes":[{"__typename":"Robot","kind":"Robot","id":"1","model":"m"},{"__typename":"User","kind":"User","id":"2","nick":"n"},null]}}"#,
    )
    .await;
    check(
        "{ node { ... on User { nick } } }",
        scripts().answer("users", r#"{"data":{"node":{"__typename":"Robot"}}}"#),
        r#"{"data":{"node":{}}}"#,
    )
    .await;
}

#[tokio::test]
async fn introspection_stands_where_the_client_asked_for_it() {
    check(
        "{ me { nick } t: __type(name: \"Note\") { name } post { id } }",
        scripts()
            .answer("users", r#"{"data":{"me":{"nick":"n"}}}"#)
            .answer("posts", r#"{"data":{"post":{"id":"1"}}}"#),
        r#"{"data":{"me":{"nick":"n"},"t":{"name":"Note"},"post":{"id":"1"}}}"#,
    )
    .await;
}

#[tokio::test]
async fn introspection_alone_asks_nobody() {
    check(
        "{ __typename t: __type(name: \"Note\") { name } }",
        scripts(),
        r#"{"data":{"__typename":"Query","t":{"name":"Note"}}}"#,
    )
    .await;
}
