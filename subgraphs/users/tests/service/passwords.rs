//! Wrong passwords, too many of them, new ones, and leaving.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, World, on_each_database, tokens};

const CHANGE: &str = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) {
    user { username } userErrors { field code message } } }";
const DELETE: &str =
    "mutation($password: String!) { deleteAccount(input: { password: $password }) {
    deletedUserId userErrors { field code } } }";

#[tokio::test]
async fn every_failed_login_looks_the_same() {
    on_each_database(async |world| {
        world.register("ann").await;
        let expected = json!({
            "user": null, "session": null,
            "userErrors": [{
                "field": [], "code": "INVALID_CREDENTIALS",
                "message": "the username or the password is wrong",
            }],
        });
        let long = "x".repeat(200);
        for (name, password) in [
            ("ann", "wrong horse battery staple"),
            ("ann@example.org", "wrong horse battery staple"),
            ("ann", long.as_str()),
            ("nobody", PASSWORD),
            ("nobody@example.org", PASSWORD),
            ("not a name", PASSWORD),
            ("", ""),
            ("a\u{0}b@example.org", PASSWORD),
            ("' or 1=1 --", PASSWORD),
        ] {
            let reply = world.login(name, password).await;
            assert_eq!(*reply.at("/login"), expected, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn failed_logins_make_the_account_wait_whether_it_exists_or_not() {
    // Seconds to wait, whether the password is right, and the code expected of an account that exists.
    let steps = [
        (0, false, "INVALID_CREDENTIALS"),
        (0, false, "INVALID_CREDENTIALS"),
        (0, false, "INVALID_CREDENTIALS"),
        (0, false, "INVALID_CREDENTIALS"),
        (0, false, "INVALID_CREDENTIALS"),
        (0, false, "RATE_LIMITED"),
        (0, true, "RATE_LIMITED"),
        (1, false, "INVALID_CREDENTIALS"),
        (1, true, "RATE_LIMITED"),
        (1, true, ""),
        (0, false, "INVALID_CREDENTIALS"),
        (0, true, ""),
    ];
    on_each_database(async |world| {
        world.register("ann").await;
        for (number, (seconds, right, expected)) in steps.into_iter().enumerate() {
            world.advance(seconds);
            let password = if right {
                PASSWORD
            } else {
                "wrong horse battery"
            };
            // By turns by name and by address, which are the same account.
            let name = ["ann", "ann@example.org"][number % 2];
            let codes = codes(world.login(name, password).await.user_errors());
            assert_eq!(codes, expected, "step {number}");
            if number < 9 {
                let stranger = world.login("nobody", password).await;
                assert_eq!(
                    self::codes(stranger.user_errors()),
                    expected,
                    "step {number}"
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn failed_logins_make_the_address_wait() {
    on_each_database(async |world| {
        world.register("ann").await;
        for n in 0..30 {
            let reply = world
                .login_from(&format!("nobody{n}"), PASSWORD, Some("192.0.2.1"))
                .await;
            assert_eq!(codes(reply.user_errors()), "INVALID_CREDENTIALS");
        }
        for (address, expected) in [
            (Some("192.0.2.1"), "RATE_LIMITED"),
            (Some("::ffff:192.0.2.1"), "RATE_LIMITED"),
            (Some("192.0.2.2"), ""),
            (Some("not an address"), ""),
            (None, ""),
        ] {
            let reply = world.login_from("ann", PASSWORD, address).await;
            assert_eq!(codes(reply.user_errors()), expected, "{address:?}");
        }
        // Of IPv6 a client has a whole network.
        for n in 0..30 {
            let address = format!("2001:db8::{n:x}");
            world
                .login_from(&format!("stranger{n}"), PASSWORD, Some(&address))
                .await;
        }
        for (address, expected) in [("2001:db8::ffff", "RATE_LIMITED"), ("2001:db8:0:1::1", "")] {
            let reply = world.login_from("ann", PASSWORD, Some(address)).await;
            assert_eq!(codes(reply.user_errors()), expected, "{address}");
        }
    })
    .await;
}

fn codes(errors: Vec<(String, String)>) -> String {
    let codes: Vec<_> = errors.into_iter().map(|(_, code)| code).collect();
    codes.join(" ")
}

async fn change(world: &World, access: &str, current: &str, new: &str) -> Vec<(String, String)> {
    let input = json!({ "input": { "currentPassword": current, "newPassword": new } });
    world.ask_as(access, CHANGE, input).await.user_errors()
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    on_each_database(async |world| {
        let here = world.register("ann").await;
        let there = tokens(&world.login("ann", PASSWORD).await, "login");
        let bystander = world.register("bob").await;
        for (current, new, field, code) in [
            (
                "wrong horse battery",
                "a wholly new password",
                "input.currentPassword",
                "INVALID_CREDENTIALS",
            ),
            (PASSWORD, "short", "input.newPassword", "TOO_SHORT"),
            (PASSWORD, "ANN@example.org", "input.newPassword", "INVALID"),
        ] {
            let expected = vec![(field.to_owned(), code.to_owned())];
            assert_eq!(change(world, &here.access, current, new).await, expected);
        }
        assert_eq!(
            change(world, &here.access, PASSWORD, "a wholly new password").await,
            []
        );

        assert_eq!(
            codes(world.refresh(&there.refresh).await.user_errors()),
            "UNAUTHENTICATED"
        );
        assert_eq!(codes(world.refresh(&here.refresh).await.user_errors()), "");
        assert_eq!(
            codes(world.refresh(&bystander.refresh).await.user_errors()),
            ""
        );
        let old = world.login("ann", PASSWORD).await;
        assert_eq!(codes(old.user_errors()), "INVALID_CREDENTIALS");
        tokens(&world.login("ann", "a wholly new password").await, "login");
        tokens(&world.login("bob", PASSWORD).await, "login");
    })
    .await;
}

#[tokio::test]
async fn guessing_the_password_with_a_stolen_token_is_limited_too() {
    on_each_database(async |world| {
        let ann = world.register("ann").await;
        for _ in 0..5 {
            let errors = change(
                world,
                &ann.access,
                "wrong horse battery",
                "a wholly new password",
            )
            .await;
            assert_eq!(codes(errors), "INVALID_CREDENTIALS");
        }
        let errors = change(world, &ann.access, PASSWORD, "a wholly new password").await;
        assert_eq!(codes(errors), "RATE_LIMITED");
        let reply = world
            .ask_as(&ann.access, DELETE, json!({ "password": PASSWORD }))
            .await;
        assert_eq!(codes(reply.user_errors()), "RATE_LIMITED");
    })
    .await;
}

#[tokio::test]
async fn leaving_takes_everything_along() {
    on_each_database(async |world| {
        let ann = world.register("ann").await;
        let id = world.id_of("ann").await;
        world.register("bob").await;
        let wrong = world
            .ask_as(
                &ann.access,
                DELETE,
                json!({ "password": "wrong horse battery" }),
            )
            .await;
        assert_eq!(codes(wrong.user_errors()), "INVALID_CREDENTIALS");
        let gone = world
            .ask_as(&ann.access, DELETE, json!({ "password": PASSWORD }))
            .await;
        assert_eq!(gone.text("/deleteAccount/deletedUserId"), id);

        for (table, rows) in [
            ("users", 1),
            ("credentials", 1),
            ("sessions", 1),
            ("refresh_tokens", 1),
        ] {
            assert_eq!(world.count(table).await, rows, "{table}");
        }
        assert_eq!(
            codes(world.login("ann", PASSWORD).await.user_errors()),
            "INVALID_CREDENTIALS"
        );
        assert_eq!(
            codes(world.refresh(&ann.refresh).await.user_errors()),
            "UNAUTHENTICATED"
        );
        // The access token lives some minutes longer than the account, and is nobody's.
        let me = world.ask_as(&ann.access, "{ me { id } }", json!({})).await;
        assert_eq!(me.json["data"]["me"], Value::Null);
        assert_eq!(
            codes(change(world, &ann.access, PASSWORD, "a wholly new password").await),
            "UNAUTHENTICATED"
        );
        let again = world
            .ask_as(&ann.access, DELETE, json!({ "password": PASSWORD }))
            .await;
        assert_eq!(codes(again.user_errors()), "UNAUTHENTICATED");
    })
    .await;
}

#[tokio::test]
async fn nobody_changes_nothing() {
    on_each_database(async |world| {
        world.register("ann").await;
        for (mutation, variables) in [
            (CHANGE, json!({ "input": { "currentPassword": PASSWORD, "newPassword": "a wholly new password" } })),
            (DELETE, json!({ "password": PASSWORD })),
            ("mutation { updateProfile(input: { bio: \"x\" }) { user { bio } userErrors { field code } } }", json!({})),
        ] {
            let reply = world.ask(mutation, variables).await;
            assert_eq!(codes(reply.user_errors()), "UNAUTHENTICATED", "{mutation}");
        }
        tokens(&world.login("ann", PASSWORD).await, "login");
    })
    .await;
}
