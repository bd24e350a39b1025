//! Which accounts can be made.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Value, json};
use subgraphs_kit::scope::Caller;

use crate::harness::{PASSWORD, Reply, World, config, on_each_database, on_each_database_with};

const REGISTER: &str = "mutation($input: RegisterInput!) { register(input: $input) {
    user { username displayName email } session { accessToken } userErrors { field code } } }";

async fn register(world: &World, changes: Value) -> Reply {
    let mut input = json!({ "username": "ann", "email": "ann@example.org", "password": PASSWORD });
    for (name, value) in changes.as_object().expect("an object") {
        input[name] = value.clone();
    }
    world.ask(REGISTER, json!({ "input": input })).await
}

#[tokio::test]
async fn every_mistake_of_a_registration_is_named() {
    let cases = [
        (json!({"username": "an"}), "input.username INVALID"),
        (json!({"username": "ann lee"}), "input.username INVALID"),
        (json!({"username": "ann\u{0}"}), "input.username INVALID"),
        (json!({"email": "ann"}), "input.email INVALID"),
        (json!({"displayName": " "}), "input.displayName REQUIRED"),
        (
            json!({"displayName": "x".repeat(81)}),
            "input.displayName TOO_LONG",
        ),
        (json!({"displayName": "a\nb"}), "input.displayName INVALID"),
        (
            json!({"password": "elevenchars"}),
            "input.password TOO_SHORT",
        ),
        (
            json!({"password": "x".repeat(129)}),
            "input.password TOO_LONG",
        ),
        (
            json!({"username": "ann_of_green_gables", "password": "Ann_of_Green_Gables"}),
            "input.password INVALID",
        ),
        (
            json!({"username": "", "email": "", "password": ""}),
            "input.username INVALID, input.email INVALID, input.password TOO_SHORT",
        ),
    ];
    on_each_database(async |world| {
        for (changes, expected) in &cases {
            let reply = register(world, changes.clone()).await;
            assert_eq!(listed(&reply), *expected, "{changes}");
            assert_eq!(*reply.at("/register/session"), Value::Null);
        }
        assert_eq!(world.count("users").await, 0);
    })
    .await;
}

fn listed(reply: &Reply) -> String {
    let errors = reply.user_errors().into_iter();
    let errors: Vec<_> = errors
        .map(|(field, code)| format!("{field} {code}"))
        .collect();
    errors.join(", ")
}

#[tokio::test]
async fn names_and_addresses_belong_to_one_account_in_any_case() {
    on_each_database(async |world| {
        let reply = register(
            world,
            json!({"username": " Ann ", "email": "Ann@Example.ORG"}),
        )
        .await;
        assert_eq!(
            *reply.at("/register/user"),
            json!({"username": "ann", "displayName": "ann", "email": "ann@example.org"})
        );
        for (changes, expected) in [
            (
                json!({"email": "other@example.org"}),
                "input.username TAKEN",
            ),
            (
                json!({"username": "other", "email": "ANN@example.org"}),
                "input.email TAKEN",
            ),
            (
                json!({"username": "ANN"}),
                "input.username TAKEN, input.email TAKEN",
            ),
        ] {
            assert_eq!(listed(&register(world, changes).await), expected);
        }
        assert_eq!(world.count("users").await, 1);
        assert_eq!(world.count("credentials").await, 1);
    })
    .await;
}

#[tokio::test]
async fn of_concurrent_registrations_one_gets_the_name() {
    on_each_database(async |world| {
        let replies = join_all((0..6).map(|n| {
            register(
                world,
                json!({"email": format!("ann{n}@example.org"), "displayName": "Ann"}),
            )
        }))
        .await;
        let mut outcomes: Vec<_> = replies.iter().map(listed).collect();
        outcomes.sort();
        assert_eq!(outcomes[0], "");
        assert!(
            outcomes[1..]
                .iter()
                .all(|outcome| outcome == "input.username TAKEN"),
            "{outcomes:?}"
        );
        assert_eq!(world.count("sessions").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_address_registers_only_so_many_accounts_at_once() {
    let mut config = config();
    config.attempts.registrations = 2;
    on_each_database_with(config, async |world| {
        for (n, expected) in ["", "", "RATE_LIMITED"].into_iter().enumerate() {
            let mut caller = Caller::anonymous("test");
            let address = "192.0.2.1".parse().expect("a header");
            Arc::make_mut(&mut caller.headers).insert("x-weft-client-address", address);
            let input = json!({ "input": {
                "username": format!("ann{n}"), "email": format!("ann{n}@example.org"), "password": PASSWORD,
            } });
            let reply = world.send(caller, REGISTER, input).await;
            assert_eq!(listed(&reply).trim(), expected, "registration {n}");
        }
    })
    .await;
}
