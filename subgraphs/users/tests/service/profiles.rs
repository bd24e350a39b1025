//! Changing one's profile.

use serde_json::{Value, json};

use crate::harness::on_each_database;

const UPDATE: &str = "mutation($input: UpdateProfileInput!) { updateProfile(input: $input) {
    user { displayName bio avatarUrl } userErrors { field code } } }";

#[tokio::test]
async fn what_is_absent_stays_and_null_removes() {
    let cases = [
        (json!({}), json!(["ann", null, null]), ""),
        (
            json!({"displayName": " Ann Lee "}),
            json!(["Ann Lee", null, null]),
            "",
        ),
        (
            json!({"bio": "Line one\nLine two"}),
            json!(["Ann Lee", "Line one\nLine two", null]),
            "",
        ),
        (
            json!({"avatarUrl": "https://example.org/a.png"}),
            json!(["Ann Lee", "Line one\nLine two", "https://example.org/a.png"]),
            "",
        ),
        (
            json!({"bio": null}),
            json!(["Ann Lee", null, "https://example.org/a.png"]),
            "",
        ),
        (
            json!({"displayName": null}),
            Value::Null,
            "input.displayName REQUIRED",
        ),
        (
            json!({"displayName": ""}),
            Value::Null,
            "input.displayName REQUIRED",
        ),
        (
            json!({"bio": "x".repeat(1001)}),
            Value::Null,
            "input.bio TOO_LONG",
        ),
        (json!({"bio": "a\u{0}b"}), Value::Null, "input.bio INVALID"),
        (
            json!({"avatarUrl": "javascript:alert(1)"}),
            Value::Null,
            "input.avatarUrl INVALID",
        ),
        (json!({"avatarUrl": ""}), json!(["Ann Lee", null, null]), ""),
    ];
    on_each_database(async |world| {
        let ann = world.register("ann").await;
        let bob = world.register("bob").await;
        for (input, expected, errors) in &cases {
            let reply = world
                .ask_as(&ann.access, UPDATE, json!({ "input": input }))
                .await;
            let user = reply.at("/updateProfile/user");
            let found = match user {
                Value::Null => Value::Null,
                user => json!([user["displayName"], user["bio"], user["avatarUrl"]]),
            };
            assert_eq!(found, *expected, "{input}");
            let found: Vec<_> = reply
                .user_errors()
                .into_iter()
                .map(|(f, c)| format!("{f} {c}"))
                .collect();
            assert_eq!(found.join(", "), *errors, "{input}");
        }
        let query = "{ me { username displayName bio avatarUrl } }";
        let other = world.ask_as(&bob.access, query, json!({})).await;
        assert_eq!(
            *other.at("/me"),
            json!({"username": "bob", "displayName": "bob", "bio": null, "avatarUrl": null})
        );
    })
    .await;
}
