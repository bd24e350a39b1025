//! Sessions from login to logout, and what happens to refresh tokens that are used twice.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};
use subgraphs_kit::scope::Caller;

use crate::harness::{PASSWORD, World, config, on_each_database, on_each_database_with, tokens};

const ME: &str = "{ me { username email role } }";
const LOGOUT: &str = "mutation($input: LogoutInput) { logout(input: $input) { loggedOut userErrors { field code } } }";

#[tokio::test]
async fn a_session_lasts_from_login_to_logout() {
    on_each_database(async |world| {
        world.register("ann").await;
        for name in ["ann", " ANN ", "Ann@Example.org"] {
            let reply = world.login(name, PASSWORD).await;
            assert_eq!(reply.text("/login/user/username"), "ann", "{name}");
        }
        let first = tokens(&world.login("ann", PASSWORD).await, "login");
        let me = world.ask_as(&first.access, ME, json!({})).await;
        assert_eq!(
            *me.at("/me"),
            json!({"username": "ann", "email": "ann@example.org", "role": "USER"})
        );
        world.advance(600);
        let second = tokens(&world.refresh(&first.refresh).await, "refreshSession");
        assert_ne!(first, second);
        let me = world.ask_as(&second.access, ME, json!({})).await;
        assert_eq!(me.text("/me/username"), "ann");

        // The access token alone is enough to end the session it was issued in.
        let reply = world.ask_as(&second.access, LOGOUT, json!({})).await;
        assert_eq!(
            *reply.at("/logout"),
            json!({"loggedOut": true, "userErrors": []})
        );
        assert_eq!(world.refresh(&second.refresh).await.user_errors(), ended());
        let again = world.ask_as(&second.access, LOGOUT, json!({})).await;
        assert_eq!(*again.at("/logout/loggedOut"), json!(true));

        let other = tokens(&world.login("ann", PASSWORD).await, "login");
        let input = json!({ "input": { "refreshToken": other.refresh } });
        world.ask(LOGOUT, input).await;
        assert_eq!(world.refresh(&other.refresh).await.user_errors(), ended());
        assert_eq!(
            world.ask(ME, json!({})).await.json["data"]["me"],
            Value::Null
        );
    })
    .await;
}

fn ended() -> Vec<(String, String)> {
    vec![(String::new(), "UNAUTHENTICATED".to_owned())]
}

/// Seconds to wait, the token presented, and the name of the token expected (none: the session is over).
type Step = (i64, &'static str, Option<&'static str>);

/// Refreshes in steps; names stand for tokens, and "A" for the first.
async fn check_rotation(world: &World, case: &str, steps: &[Step]) {
    let username = format!("user_{}", world.count("users").await);
    let mut known = HashMap::from([("A", world.register(&username).await.refresh)]);
    for (number, (seconds, presented, expected)) in steps.iter().enumerate() {
        world.advance(*seconds);
        let reply = world.refresh(&known[presented]).await;
        let context = format!("{case}, step {number}, {:?}", world.backend);
        match expected {
            None => assert_eq!(reply.user_errors(), ended(), "{context}"),
            Some(name) => {
                let token = tokens(&reply, "refreshSession").refresh;
                let first_seen = !known.values().any(|other| *other == token);
                let same = known.entry(name).or_insert_with(|| token.clone());
                assert_eq!(*same, token, "{context}");
                assert!(first_seen || number > 0, "{context}");
            }
        }
    }
}

#[tokio::test]
async fn a_refresh_token_works_once_or_until_its_answer_has_surely_arrived() {
    const DAY: i64 = 24 * 3600;
    let cases: [(&str, &[Step]); 9] = [
        (
            "each token once",
            &[
                (60, "A", Some("B")),
                (60, "B", Some("C")),
                (60, "C", Some("D")),
            ],
        ),
        (
            "a lost answer is given again",
            &[
                (0, "A", Some("B")),
                (10, "A", Some("B")),
                (0, "B", Some("C")),
            ],
        ),
        (
            "reuse after the grace ends the family",
            &[
                (0, "A", Some("B")),
                (11, "A", None),
                (0, "B", None),
                (0, "A", None),
            ],
        ),
        (
            "reuse within the grace of a token whose successor was used ends the family",
            &[
                (0, "A", Some("B")),
                (1, "B", Some("C")),
                (1, "A", None),
                (0, "C", None),
            ],
        ),
        (
            "reuse of an ancestor ends the family",
            &[
                (0, "A", Some("B")),
                (60, "B", Some("C")),
                (60, "C", Some("D")),
                (60, "A", None),
                (0, "D", None),
            ],
        ),
        (
            "an unused token ends",
            &[(30 * DAY - 1, "A", Some("B")), (30 * DAY, "B", None)],
        ),
        (
            "an expired token that was used is no reuse",
            &[
                (0, "A", Some("B")),
                (30 * DAY - 1, "B", Some("C")),
                (1, "A", None),
                (0, "C", Some("D")),
            ],
        ),
        (
            "a session ends however often it is refreshed",
            &[
                (29 * DAY, "A", Some("B")),
                (29 * DAY, "B", Some("C")),
                (29 * DAY, "C", Some("D")),
                (29 * DAY, "D", Some("E")),
                (29 * DAY, "E", Some("F")),
                (29 * DAY, "F", Some("G")),
                (6 * DAY, "G", None),
            ],
        ),
        ("another's session is not touched", &[(60, "A", Some("B"))]),
    ];
    on_each_database(async |world| {
        for (case, steps) in cases {
            check_rotation(world, case, steps).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_refresh_token_of_ours_is_refused_alike() {
    on_each_database(async |world| {
        let tokens = world.register("ann").await;
        let foreign = "A".repeat(43);
        for token in [
            "",
            "x",
            &foreign,
            &tokens.access,
            &"A".repeat(100_000),
            "\u{0}",
        ] {
            assert_eq!(world.refresh(token).await.user_errors(), ended());
        }
        let without =
            "mutation { refreshSession { session { accessToken } userErrors { field code } } }";
        assert_eq!(world.ask(without, json!({})).await.user_errors(), ended());
    })
    .await;
}

#[tokio::test]
async fn concurrent_refreshes_have_one_winner() {
    on_each_database(async |world| {
        let refresh = world.register("ann").await.refresh;
        let replies = join_all((0..8).map(|_| world.refresh(&refresh))).await;
        let mut successors: Vec<_> = replies
            .iter()
            .map(|reply| tokens(reply, "refreshSession").refresh)
            .collect();
        successors.dedup();
        assert_eq!(successors.len(), 1, "everybody gets the winner's token");
        assert_eq!(world.count("refresh_tokens").await, 2);
        tokens(&world.refresh(&successors[0]).await, "refreshSession");
    })
    .await;

    let mut strict = config();
    strict.lifetimes.refresh_grace = TimeDelta::seconds(-1);
    on_each_database_with(strict, async |world| {
        let refresh = world.register("ann").await.refresh;
        let replies = join_all((0..8).map(|_| world.refresh(&refresh))).await;
        let winners = replies
            .iter()
            .filter(|reply| reply.user_errors().is_empty());
        assert_eq!(winners.count(), 1, "without grace all others are reuse");
    })
    .await;
}

#[tokio::test]
async fn browsers_keep_the_refresh_token_in_a_cookie_no_script_reads() {
    let login = "mutation($input: LoginInput!) { login(input: $input) { session { refreshToken } userErrors { field code } } }";
    let refresh = "mutation { refreshSession { session { accessToken refreshToken } userErrors { field code } } }";
    for secure in [true, false] {
        let mut config = config();
        config.secure_cookies = secure;
        on_each_database_with(config, async |world| {
            world.register("ann").await;
            let input = json!({ "input": { "username": "ann", "password": PASSWORD } });
            let reply = world.ask(login, input).await;
            assert_eq!(*reply.at("/login/session/refreshToken"), Value::Null);
            let cookie = set_cookie(&reply.headers).expect("a cookie");
            let (pair, attributes) = cookie.split_once("; ").expect("attributes");
            let tail = if secure { "; Secure" } else { "" };
            let expected =
                format!("Path=/graphql; Max-Age=2592000; HttpOnly; SameSite=Strict{tail}");
            assert_eq!(attributes, expected);

            // Alone the browser's own header is read; behind the router, the router's.
            let mut caller = Caller::anonymous("test");
            Arc::make_mut(&mut caller.headers).insert("cookie", pair.parse().expect("a header"));
            let reply = world.send(caller, refresh, json!({})).await;
            assert_eq!(
                *reply.at("/refreshSession/session/refreshToken"),
                Value::Null
            );
            let cookie = set_cookie(&reply.headers).expect("a new cookie");
            let value = cookie.split(['=', ';']).nth(1).expect("a value").to_owned();
            let router = || {
                let mut caller = Caller::anonymous("test");
                let value = value.parse().expect("a header");
                Arc::make_mut(&mut caller.headers).insert("x-weft-refresh-token", value);
                caller
            };
            let reply = world.send(router(), LOGOUT, json!({})).await;
            let gone = set_cookie(&reply.headers).expect("the cookie is taken back");
            assert!(
                gone.starts_with("weft_refresh=; Path=/graphql; Max-Age=0;"),
                "{gone}"
            );
            let reply = world.send(router(), refresh, json!({})).await;
            assert_eq!(reply.user_errors(), ended());
            assert!(set_cookie(&reply.headers).is_some_and(|gone| gone.contains("Max-Age=0")));
        })
        .await;
    }
}

fn set_cookie(headers: &axum::http::HeaderMap) -> Option<String> {
    let mut cookies = headers.get_all("set-cookie").iter();
    let cookie = cookies.next()?.to_str().ok()?.to_owned();
    assert!(cookies.next().is_none(), "one cookie");
    Some(cookie)
}
