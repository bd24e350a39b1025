//! What an answer says several times in the same words is read once, and nobody can tell.

use router_executor::{ExecutionOptions, SubgraphError};
use serde_json::{Value, json};

use super::fixture::{BROKEN, Case, GRAPH, JOIN, Scripts, broken, check, error, faulty, scripts};

/// Long enough to be looked for.
const FRIENDS: &str = r#"[{"id":"7","nick":"a nick that is not all too short"}]"#;

/// The same JSON, no two values of it with the same bytes.
fn apart(text: &str) -> String {
    let (mut out, mut is_string, mut count) = (String::new(), false, 0);
    let mut before = ' ';
    for char in text.chars() {
        out.push(char);
        is_string ^= char == '"' && before != '\\';
        if !is_string && matches!(char, '[' | '{') {
            count += 1;
            out.push_str(&" ".repeat(count));
        }
        before = char;
    }
    out
}

#[tokio::test]
async fn entities_of_equal_lists_are_asked_for_once_and_shown_everywhere() {
    let user = |id: u32| format!(r#"{{"id":"{id}","friends":{FRIENDS}}}"#);
    let users = format!(
        r#"{{"data":{{"users":[{},{},{}]}}}}"#,
        user(1),
        user(2),
        user(3)
    );
    for users in [apart(&users), users] {
        let subgraphs = scripts()
            .answer("users", users)
            .entities("posts", |user| json!({"posts": [{"id": user["id"]}]}));
        let operation = "{ users { id friends { nick posts { id } } } }";
        let answer = subgraphs.run(operation, json!({})).await;
        let friends = r#"[{"nick":"a nick that is not all too short","posts":[{"id":"7"}]}]"#;
        assert_eq!(
            answer,
            format!(
                r#"{{"data":{{"users":[{{"id":"1","friends":{friends}}},{{"id":"2","friends":{friends}}},{{"id":"3","friends":{friends}}}]}}}}"#
            )
        );
        assert_eq!(
            subgraphs.variables("posts"),
            [r#"{"representations":[{"__typename":"User","id":"7"}]}"#]
        );
    }
}

#[tokio::test]
async fn an_error_is_about_one_of_equal_values() {
    let friends = FRIENDS.replace(r#""a nick that is not all too short""#, "null");
    let friends = friends.replace("\"7\"", "\"77777777777777777777\"");
    let users = format!(
        r#"{{"data":{{"users":[{{"friends":{friends}}},{{"friends":{friends}}}]}},"errors":[{{{BROKEN},"path":["users",1,"friends",0,"nick"]}}]}}"#
    );
    faulty(
        "{ users { friends { id nick } } }",
        scripts().answer("users", users),
        &format!(r#"{{"users":[{{"friends":{friends}}},{{"friends":{friends}}}]}}"#),
        &[broken(json!(["users", 1, "friends", 0, "nick"]), "users")],
    )
    .await;
}

#[tokio::test]
async fn what_no_schema_allows_is_told_of_each_of_equal_values() {
    let friends = r#"[{"id":"7","name":null,"nick":"a nick that is long"}]"#;
    let users =
        format!(r#"{{"data":{{"users":[{{"friends":{friends}}},{{"friends":{friends}}}]}}}}"#);
    let told = |at: u32| {
        let message = "`name` of `User` must not be null";
        let path = json!(["users", at, "friends", 0, "name"]);
        error(message, path, "SUBREQUEST_NULL_FOR_NON_NULL", "users")
    };
    faulty(
        "{ users { friends { id name nick } } }",
        scripts().answer("users", users),
        r#"{"users":[{"friends":null},{"friends":null}]}"#,
        &[told(0), told(1)],
    )
    .await;
}

#[tokio::test]
async fn a_value_that_is_taken_back_stays_where_it_is_not() {
    let user = |more: &str| format!(r#"{{"friends":{FRIENDS}{more}}}"#);
    let users = format!(
        r#"{{"data":{{"users":[{},{},{}]}}}}"#,
        user(""),
        user(r#","friends":[]"#),
        user("")
    );
    let subgraphs = scripts()
        .answer("users", users)
        .entities("posts", |_| json!({"posts": []}));
    check(
        "{ users { friends { nick posts { id } } } }",
        subgraphs,
        r#"{"data":{"users":[{"friends":[{"nick":"a nick that is not all too short","posts":[]}]},{"friends":[]},{"friends":[{"nick":"a nick that is not all too short","posts":[]}]}]}}"#,
    )
    .await;
}

#[tokio::test]
async fn what_was_written_and_cut_off_again_is_not_copied() {
    // The first user's entity is not there, which takes the list along that was written before.
    let user = |id: u32| format!(r#"{{"id":"{id}","age":1,"friends":{FRIENDS}}}"#);
    let users = format!(
        r#"{{"data":{{"users":[{},{},{}]}}}}"#,
        user(1),
        user(2),
        user(3)
    );
    let subgraphs =
        scripts()
            .answer("users", users)
            .entities("stats", |user| match user["id"].as_str() {
                Some("1") => Value::Null,
                _ => json!({"rank": 5}),
            });
    let friends = r#"[{"nick":"a nick that is not all too short"}]"#;
    check(
        "{ users { friends { nick } rank } }",
        subgraphs,
        &format!(
            r#"{{"data":{{"users":[null,{{"friends":{friends},"rank":5}},{{"friends":{friends},"rank":5}}]}}}}"#
        ),
    )
    .await;
}

#[tokio::test]
async fn copies_count_as_what_was_written() {
    let user = format!(r#"{{"friends":{FRIENDS}}}"#);
    let users = vec![user; 100].join(",");
    let users = format!(r#"{{"data":{{"users":[{users}]}}}}"#);
    let mut options = ExecutionOptions::default();
    options.limits.response_bytes = 2000;
    let answer = scripts()
        .answer("users", users)
        .run_with("{ users { friends { id nick } } }", json!({}), &options)
        .await;
    assert!(answer.contains("RESPONSE_TOO_LARGE"), "{answer}");
}

/// Numbers without a pattern (Knuth, MMIX).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        let Self(state) = self;
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % most
    }

    fn user(&mut self, depth: u32) -> Value {
        let nick = ["short", "one that is as long as it has to be"][self.below(2) as usize];
        let mut user = json!({
            "id": (self.below(3) + 1).to_string(),
            "nick": nick,
            "age": 5,
        });
        match self.below(40) {
            0 => user["name"] = Value::Null,
            1 => user["name"] = json!(5),
            2 => user["nick"] = Value::Null,
            3..6 => {}
            _ => user["name"] = json!("a name"),
        }
        if depth > 0 {
            user["best"] = match self.below(4) {
                0 => Value::Null,
                _ => self.user(depth - 1),
            };
            let pool: Vec<Value> = (0..2).map(|_| self.user(depth - 1)).collect();
            user["friends"] = match self.below(8) {
                0 => Value::Null,
                _ => (0..self.below(3))
                    .map(|_| pool[self.below(2) as usize].clone())
                    .collect(),
            };
        }
        user
    }

    fn users(&mut self) -> String {
        let pool: Vec<Value> = (0..2).map(|_| self.user(2)).collect();
        let users: Value = (0..4)
            .map(|_| pool[self.below(2) as usize].clone())
            .collect();
        let mut answer = json!({"data": {"users": users}});
        if self.below(4) == 0 {
            let path = json!(["users", self.below(4), "friends", self.below(2), "nick"]);
            answer["errors"] = json!([{"message": "m", "path": path}]);
        }
        answer.to_string()
    }
}

/// Some are null, some have equal posts, and of one nothing comes.
fn posts(user: &Value) -> Value {
    let post = |id: &str| json!({"id": id, "title": "a title that makes it long enough"});
    match user["id"].as_str() {
        Some("1") => json!({"posts": [post("1"), post("2")]}),
        Some("2") => json!({"posts": [post("1"), post("2"), post("1")]}),
        _ => Value::Null,
    }
}

#[tokio::test]
async fn whether_values_have_the_same_bytes_makes_no_difference() {
    let operation = "{ users { id best { id nick name friends { nick posts { id title likes } } } \
        friends { id name nick best { nick rank } friends { rank posts { title likes } } } } }";
    let case = Case::new(&format!("{JOIN}{GRAPH}"), operation, json!({}));
    for seed in 0..400 {
        let users = Chance(seed).users();
        let run = async |users: String| {
            let subgraphs: Scripts = scripts()
                .answer("users", users)
                .entities("posts", posts)
                .entities("stats", |of| match of["id"].as_str() {
                    Some("2") => Value::Null,
                    _ => json!({"rank": 3, "likes": 4}),
                })
                .fail("stats", SubgraphError::Timeout);
            let answer = subgraphs.run_loosely(&case).await;
            (
                answer,
                subgraphs.requests("posts"),
                subgraphs.requests("stats"),
            )
        };
        assert_eq!(
            run(users.clone()).await,
            run(apart(&users)).await,
            "seed {seed}: {users}"
        );
    }
}
