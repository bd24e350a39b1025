//! Who sees an email address, by whatever way; and what representations resolve to.

use serde_json::{Value, json};

use crate::harness::on_each_database;

const ENTITIES: &str =
    "query($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on User { id username email } } }";

#[tokio::test]
async fn an_email_address_is_for_its_owner_and_admins_by_whatever_way() {
    on_each_database(async |world| {
        let ann = world.register("ann").await.access;
        let bob = world.register("bob").await.access;
        world.register("eve").await;
        world.promote("eve").await;
        let login = world.login("eve", crate::harness::PASSWORD).await;
        let eve = login.text("/login/session/accessToken");
        let id = world.id_of("ann").await;

        let representation = |key: &str, value: &str| {
            json!({ "representations": [{ "__typename": "User", key: value }] })
        };
        let ways = [
            ("query($id: ID!) { user(id: $id) { email } }", json!({ "id": id }), "/user/email"),
            ("{ user(username: \"ann\") { email } }", json!({}), "/user/email"),
            ("{ users(filter: { search: \"ann\" }) { nodes { email } } }", json!({}), "/users/nodes/0/email"),
            (
                "{ users(filter: { search: \"ann\" }) { edges { node { email } } } }",
                json!({}),
                "/users/edges/0/node/email",
            ),
            (ENTITIES, representation("id", &id), "/_entities/0/email"),
            (ENTITIES, representation("username", "ann"), "/_entities/0/email"),
        ];
        let address = json!("ann@example.org");
        for (query, variables, pointer) in &ways {
            for (viewer, token, expected) in [
                ("the owner", Some(&ann), &address),
                ("another user", Some(&bob), &Value::Null),
                ("an admin", Some(&eve), &address),
                ("nobody", None, &Value::Null),
            ] {
                let reply = match token {
                    Some(token) => world.ask_as(token, query, variables.clone()).await,
                    None => world.ask(query, variables.clone()).await,
                };
                assert_eq!(reply.at(pointer), expected, "{viewer} by {query}");
                assert_eq!(reply.errors(), [""; 0], "{viewer} by {query}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn representations_resolve_in_order_and_bad_ones_to_null() {
    on_each_database(async |world| {
        world.register("ann").await;
        world.register("bob").await;
        let (ann, bob) = (world.id_of("ann").await, world.id_of("bob").await);
        let unknown = "01900000-0000-7000-8000-000000000000";
        let of = |key: &str, value: Value| json!({ "__typename": "User", key: value });
        let cases = [
            (of("id", json!(bob)), Some("bob")),
            (of("id", json!(ann)), Some("ann")),
            (of("username", json!("bob")), Some("bob")),
            (of("id", json!(bob)), Some("bob")),
            (of("id", json!(bob.to_uppercase())), Some("bob")),
            (of("id", json!(unknown)), None),
            (of("id", json!("")), None),
            (of("id", json!("not an id")), None),
            (of("username", json!("Bob")), None),
            (of("username", json!("nobody")), None),
            (of("username", json!("ann,bob")), None),
            (of("username", json!("x\"] or 1=1 --")), None),
            (of("username", json!("\u{0}")), None),
            (
                json!({ "__typename": "User", "id": ann, "email": "forged@example.org" }),
                Some("ann"),
            ),
        ];
        let representations: Vec<_> = cases
            .iter()
            .map(|(representation, _)| representation)
            .collect();
        let before = world.db.statements();
        let reply = world
            .ask(ENTITIES, json!({ "representations": representations }))
            .await;
        assert_eq!(world.db.statements() - before, 2, "one statement per key");
        let found: Vec<_> = reply
            .at("/_entities")
            .as_array()
            .expect("a list")
            .iter()
            .map(|user| {
                assert_eq!(user["email"], Value::Null);
                user["username"].as_str()
            })
            .collect();
        let expected: Vec<_> = cases.iter().map(|(_, username)| *username).collect();
        assert_eq!(found, expected);
        assert_eq!(reply.errors(), [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn the_number_of_statements_does_not_depend_on_the_number_of_users() {
    on_each_database(async |world| {
        let ids = subgraphs_users::seed::seed(&world.db, 300, 1)
            .await
            .expect("seeds");
        for count in [1, 300] {
            let representations: Vec<_> = ids[..count]
                .iter()
                .map(|id| json!({ "__typename": "User", "id": id }))
                .collect();
            let before = world.db.statements();
            let reply = world
                .ask(ENTITIES, json!({ "representations": representations }))
                .await;
            let users = reply.at("/_entities").as_array().expect("a list");
            assert!(users.len() == count && users.iter().all(|user| user["id"].is_string()));
            assert_eq!(world.db.statements() - before, 1, "{count} users");
        }
        let aliases: String = ids[..50]
            .iter()
            .enumerate()
            .map(|(n, id)| format!("u{n}: user(id: \"{id}\") {{ username }} "))
            .collect();
        let before = world.db.statements();
        world
            .ask(&format!("{{ {aliases} }}"), json!({}))
            .await
            .at("/u49/username");
        assert_eq!(world.db.statements() - before, 1);
    })
    .await;
}

#[tokio::test]
async fn a_user_is_asked_for_by_one_name() {
    on_each_database(async |world| {
        world.register("ann").await;
        let id = world.id_of("ann").await;
        let both = format!("{{ user(id: \"{id}\", username: \"ann\") {{ id }} }}");
        for (query, expected, errors) in [
            (
                "{ user(username: \" ANN \") { username } }",
                json!({"username": "ann"}),
                vec![],
            ),
            (
                "{ user(username: \"nobody\") { username } }",
                Value::Null,
                vec![],
            ),
            (
                "{ user(id: \"nonsense\") { username } }",
                Value::Null,
                vec![],
            ),
            ("{ user { username } }", Value::Null, vec!["BAD_USER_INPUT"]),
            (&both, Value::Null, vec!["BAD_USER_INPUT"]),
        ] {
            let reply = world.ask(query, json!({})).await;
            assert_eq!(*reply.at("/user"), expected, "{query}");
            assert_eq!(reply.errors(), errors, "{query}");
        }
    })
    .await;
}
