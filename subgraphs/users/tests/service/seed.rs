//! Demo data.

use serde_json::json;
use subgraphs_users::seed::{
    ADMIN_USERNAME, DEMO_PASSWORD, DEMO_USERNAME, is_empty, seed, user_ids,
};

use crate::harness::on_each_database;

#[tokio::test]
async fn the_same_seed_gives_the_same_users_once() {
    on_each_database(async |world| {
        assert!(is_empty(&world.db).await.expect("asks"));
        let first = seed(&world.db, 2000, 42).await.expect("seeds");
        assert_eq!(first, user_ids(2000, 42));
        assert_eq!(seed(&world.db, 2000, 42).await.expect("seeds again"), first);
        assert!(!is_empty(&world.db).await.expect("asks"));
        assert_eq!(world.count("users").await, 2000);
        assert_eq!(world.count("credentials").await, 2000);
        // Another seed does not replace who is there: the two with fixed names stay.
        let other = seed(&world.db, 50, 43).await.expect("seeds");
        assert!(!other.contains(&user_ids(1, 43)[0]));
        assert_eq!(world.count("users").await, world.count("credentials").await);
    })
    .await;
}

#[tokio::test]
async fn demo_users_can_sign_in_and_the_second_is_admin() {
    on_each_database(async |world| {
        seed(&world.db, 5, 42).await.expect("seeds");
        for (username, role) in [(DEMO_USERNAME, "USER"), (ADMIN_USERNAME, "ADMIN")] {
            let reply = world.login(username, DEMO_PASSWORD).await;
            let token = reply.text("/login/session/accessToken");
            let me = world
                .ask_as(&token, "{ me { username role } }", json!({}))
                .await;
            assert_eq!(*me.at("/me"), json!({ "username": username, "role": role }));
            assert_eq!(world.identity(&token).await.is_admin(), role == "ADMIN");
        }
        let first = world
            .ask("{ users(first: 1) { nodes { username } } }", json!({}))
            .await;
        assert_eq!(first.text("/users/nodes/0/username"), DEMO_USERNAME);
    })
    .await;
}
