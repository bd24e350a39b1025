//! Lists of users: order, pages, filters, counts.

use serde_json::{Value, json};

use crate::harness::{World, on_each_database};

const PAGE: &str = "query($orderBy: UserOrder!, $filter: UserFilter, $first: Int, $after: String, $last: Int, $before: String) {
    users(orderBy: $orderBy, filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        nodes { username }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

/// Registration order, with names in another order.
const USERS: [(&str, &str); 7] = [
    ("mia", "Ödön"),
    ("zoe", "anna"),
    ("abe", "Zed_1"),
    ("kim_50", "100% Kim"),
    ("kimx50", "Back\\slash"),
    ("eva", "Zed"),
    ("bob", "Zed"),
];

async fn plant(world: &World) {
    for (username, display_name) in USERS {
        let token = world.register(username).await.access;
        let update = "mutation($name: String!) { updateProfile(input: { displayName: $name }) { userErrors { field code } } }";
        let reply = world
            .ask_as(&token, update, json!({ "name": display_name }))
            .await;
        assert_eq!(reply.user_errors(), []);
        world.advance(1);
    }
}

fn usernames(nodes: &Value) -> Vec<String> {
    let nodes = nodes.as_array().expect("a list").iter();
    nodes
        .map(|node| node["username"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// All pages of two, walked forwards or backwards.
async fn walk(world: &World, order_by: &str, backwards: bool) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), Value::Null);
    let (size, from, more, edge) = if backwards {
        ("last", "before", "hasPreviousPage", "startCursor")
    } else {
        ("first", "after", "hasNextPage", "endCursor")
    };
    loop {
        let variables = json!({ "orderBy": order_by, size: 2, from: cursor });
        let reply = world.ask(PAGE, variables).await;
        let page = usernames(reply.at("/users/nodes"));
        assert!(page.len() <= 2);
        found = if backwards {
            [page, found].concat()
        } else {
            [found, page].concat()
        };
        let info = reply.at("/users/pageInfo");
        assert!(found.len() <= USERS.len(), "{found:?}");
        if info[more] == json!(false) {
            return found;
        }
        cursor = info[edge].clone();
    }
}

#[tokio::test]
async fn pages_cover_the_list_in_either_direction() {
    let by_age = ["mia", "zoe", "abe", "kim_50", "kimx50", "eva", "bob"];
    let by_username = ["abe", "bob", "eva", "kim_50", "kimx50", "mia", "zoe"];
    // By code points: digits, capitals (equal names by age), small letters, then the umlaut.
    let by_display_name = ["kim_50", "kimx50", "eva", "bob", "abe", "zoe", "mia"];
    on_each_database(async |world| {
        plant(world).await;
        for (order, expected) in [
            ("CREATED_AT", by_age),
            ("USERNAME", by_username),
            ("DISPLAY_NAME", by_display_name),
        ] {
            for backwards in [false, true] {
                let found = walk(world, &format!("{order}_ASC"), backwards).await;
                assert_eq!(found, expected, "{order}, {:?}", world.backend);
                let mut found = walk(world, &format!("{order}_DESC"), backwards).await;
                found.reverse();
                assert_eq!(found, expected, "{order}, {:?}", world.backend);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_search_finds_what_it_says_and_no_wildcards() {
    on_each_database(async |world| {
        plant(world).await;
        world.promote("abe").await;
        let search = |text: &str| json!({ "search": text });
        for (filter, expected) in [
            (Value::Null, "mia zoe abe kim_50 kimx50 eva bob"),
            (json!({}), "mia zoe abe kim_50 kimx50 eva bob"),
            (search("KIM"), "kim_50 kimx50"),
            (search("Ödön"), "mia"),
            (search("ödön"), "mia"),
            (search("ÖDÖ"), "mia"),
            (search("m_5"), "kim_50"),
            (search("100%"), "kim_50"),
            (search("%"), "kim_50"),
            (search("_"), "abe kim_50"),
            (search("k\\s"), "kimx50"),
            (search("zed"), "abe eva bob"),
            (search(" zed  eva "), "eva"),
            (search("example.org"), ""),
            (search("' or 1=1 --"), ""),
            (search(""), "mia zoe abe kim_50 kimx50 eva bob"),
            (json!({ "role": "ADMIN" }), "abe"),
            (json!({ "role": "USER", "search": "zed" }), "eva bob"),
        ] {
            let variables = json!({ "orderBy": "CREATED_AT_ASC", "filter": filter });
            let reply = world.ask(PAGE, variables).await;
            assert_eq!(
                usernames(reply.at("/users/nodes")).join(" "),
                expected,
                "{filter}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_is_counted_only_when_asked() {
    on_each_database(async |world| {
        plant(world).await;
        for (fields, statements) in [("nodes { id }", 1), ("nodes { id } totalCount", 2)] {
            let before = world.db.statements();
            let query =
                format!("{{ users(first: 2, filter: {{ search: \"zed\" }}) {{ {fields} }} }}");
            let reply = world.ask(&query, json!({})).await;
            assert_eq!(world.db.statements() - before, statements, "{fields}");
            if statements == 2 {
                assert_eq!(*reply.at("/users/totalCount"), json!(3));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn arguments_out_of_range_are_refused() {
    on_each_database(async |world| {
        plant(world).await;
        let first = json!({ "orderBy": "USERNAME_ASC", "first": 1 });
        let cursor = world
            .ask(PAGE, first)
            .await
            .text("/users/pageInfo/endCursor");
        for changes in [
            json!({ "first": 101 }),
            json!({ "first": -1 }),
            json!({ "first": 1, "last": 1 }),
            json!({ "after": "nonsense" }),
            json!({ "after": cursor, "orderBy": "USERNAME_DESC" }),
            json!({ "after": cursor, "orderBy": "CREATED_AT_ASC" }),
            json!({ "filter": { "search": "x".repeat(201) } }),
        ] {
            let mut variables = json!({ "orderBy": "USERNAME_ASC" });
            for (name, value) in changes.as_object().expect("an object") {
                variables[name] = value.clone();
            }
            let reply = world.ask(PAGE, variables).await;
            assert_eq!(reply.errors(), ["BAD_USER_INPUT"], "{changes}");
        }
    })
    .await;
}
