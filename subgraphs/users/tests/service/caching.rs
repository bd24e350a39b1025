//! What caches may do with answers: by query and by who asks.

use serde_json::json;
use subgraphs_kit::scope::Caller;

use crate::harness::{PASSWORD, on_each_database};

const PUBLIC: &str = "public, max-age=60";
const LIST: &str = "public, max-age=30";
const SHORT: &str = "public, max-age=10";
const PRIVATE: &str = "private, max-age=10";
const NEVER: &str = "no-store";

#[tokio::test]
async fn profiles_are_for_everybody_and_addresses_are_not() {
    on_each_database(async |world| {
        let ann = world.register("ann").await.access;
        let ann = world.identity(&ann).await;
        let bob = world.register("bob").await.access;
        let bob = world.identity(&bob).await;
        let id = world.id_of("ann").await;
        let profile = "id username displayName bio avatarUrl role createdAt";
        let entities = |key: &str, value: &str, selection: &str| {
            format!(
                "{{ _entities(representations: [{{ __typename: \"User\", {key}: \"{value}\" }}]) {{
                    ... on User {{ {selection} }} }} }}"
            )
        };
        let login = format!(
            "mutation {{ login(input: {{ username: \"ann\", password: \"{PASSWORD}\" }}) {{
                user {{ username }} }} }}"
        );
        let cases = [
            (format!("{{ user(id: \"{id}\") {{ {profile} }} }}"), PUBLIC),
            (
                format!("{{ user(username: \"ann\") {{ {profile} }} }}"),
                PUBLIC,
            ),
            ("{ user(username: \"nobody\") { id } }".to_owned(), PUBLIC),
            (format!("{{ user(id: \"{id}\") {{ id email }} }}"), PRIVATE),
            (format!("{{ me {{ {profile} }} }}"), PRIVATE),
            (
                format!("{{ users {{ nodes {{ {profile} }} pageInfo {{ endCursor }} }} }}"),
                LIST,
            ),
            (
                "{ users { edges { cursor node { id } } } }".to_owned(),
                LIST,
            ),
            ("{ users { totalCount } }".to_owned(), SHORT),
            (
                "{ users(filter: { search: \"an\" }) { nodes { id } } }".to_owned(),
                SHORT,
            ),
            (
                "{ users(filter: { role: ADMIN }) { nodes { id } } }".to_owned(),
                LIST,
            ),
            ("{ users { nodes { email } } }".to_owned(), PRIVATE),
            (
                "{ user(username: \"ann\") { id } me { id } }".to_owned(),
                PRIVATE,
            ),
            (entities("id", &id, profile), PUBLIC),
            (entities("username", "ann", profile), PUBLIC),
            (entities("username", "nobody", profile), PUBLIC),
            (entities("id", &id, "email"), PRIVATE),
            ("{ user { id } }".to_owned(), NEVER),
            ("{ users(first: 1000) { totalCount } }".to_owned(), NEVER),
            ("{ _service { sdl } }".to_owned(), NEVER),
            (login, NEVER),
        ];
        for (query, expected) in &cases {
            for caller in [
                Caller::anonymous("test"),
                Caller::new(ann.clone(), "test"),
                Caller::new(bob.clone(), "test"),
            ] {
                let reply = world.send(caller, query, json!({})).await;
                let found = reply.headers.get_all("cache-control");
                let found: Vec<_> = found.iter().collect();
                assert_eq!(found, [expected], "{query}: {:#}", reply.json);
            }
        }
    })
    .await;
}
