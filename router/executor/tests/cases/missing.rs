//! Entities that are not there: null without an error where null may stand, an error only where it must not.

use router_executor::SubgraphError;
use serde_json::{Value, json};

use super::fixture::{BROKEN, Case, JOIN, Scripts, broken, error, scripts};

/// Posts that one subgraph refers to and others describe; `Mark` is described by two of them.
const GRAPH: &str = r#"
enum join__Graph { FEED @join__graph(name: "feed", url: "http://feed.internal") BODY @join__graph(name: "body", url: "http://body.internal") LOOKS @join__graph(name: "looks", url: "http://looks.internal") ARCHIVE @join__graph(name: "archive", url: "http://archive.internal") }
type Query @join__type(graph: FEED) {
  post: Post
  strict: Post!
  posts: [Post]
  full: [Post!]
  strictFull: [Post!]!
  grid: [[Post!]]
}
type Mutation @join__type(graph: FEED) { touch: Post }
union Any @join__type(graph: BODY) @join__type(graph: LOOKS) @join__unionMember(graph: BODY, member: "Mark") @join__unionMember(graph: LOOKS, member: "Mark") @join__unionMember(graph: BODY, member: "Line") @join__unionMember(graph: LOOKS, member: "Line") = Mark | Line
type Post @join__type(graph: FEED, key: "id") @join__type(graph: BODY, key: "id") @join__type(graph: LOOKS, key: "id") @join__type(graph: ARCHIVE, key: "slug") {
  id: ID! @join__field(graph: FEED) @join__field(graph: BODY) @join__field(graph: LOOKS)
  slug: String @join__field(graph: BODY) @join__field(graph: ARCHIVE)
  place: Int @join__field(graph: FEED)
  title: String! @join__field(graph: BODY)
  text: String @join__field(graph: BODY)
  related: Post @join__field(graph: FEED)
  strictRelated: Post! @join__field(graph: FEED)
  lines: [Line!]! @join__field(graph: BODY)
  likes: Int @join__field(graph: LOOKS)
  score: Int! @join__field(graph: LOOKS)
  views: Int! @join__field(graph: ARCHIVE)
  mark: Mark @join__field(graph: BODY) @join__field(graph: LOOKS)
  strictMark: Mark! @join__field(graph: BODY) @join__field(graph: LOOKS)
  any: Any @join__field(graph: BODY) @join__field(graph: LOOKS)
  marks: [Mark!]! @join__field(graph: BODY) @join__field(graph: LOOKS)
}
type Line @join__type(graph: BODY) @join__type(graph: LOOKS) { words: Int }
type Mark @join__type(graph: BODY) @join__type(graph: LOOKS) { a: Int @join__field(graph: BODY) b: Int! @join__field(graph: LOOKS) c: Int @join__field(graph: LOOKS) }
"#;

async fn check(operation: &str, scripts: Scripts, data: &str, errors: &[String]) {
    let case = Case::new(&format!("{JOIN}{GRAPH}"), operation, json!({}));
    let answer = scripts.run_case(&case).await;
    let expected = match errors {
        [] => format!(r#"{{"data":{data}}}"#),
        errors => format!(r#"{{"data":{data},"errors":[{}]}}"#, errors.join(",")),
    };
    assert_eq!(answer, expected, "{operation}");
}

/// A feed, and what one other subgraph says of its posts.
async fn described(
    operation: &str,
    feed: &str,
    (subgraph, entities): (&'static str, &str),
    data: &str,
    errors: &[String],
) {
    let answers = scripts()
        .answer("feed", format!(r#"{{"data":{feed}}}"#))
        .answer(
            subgraph,
            format!(r#"{{"data":{{"_entities":{entities}}}}}"#),
        );
    check(operation, answers, data, errors).await;
}

fn must_not_be_null(field: &str, path: Value, service: &str) -> String {
    let message = format!("{field} must not be null");
    error(&message, path, "SUBREQUEST_NULL_FOR_NON_NULL", service)
}

#[tokio::test]
async fn a_missing_entity_is_null_where_null_may_stand() {
    for (operation, feed, entities, data) in [
        (
            "{ post { title } }",
            r#"{"post":{"id":"1"}}"#,
            "[null]",
            r#"{"post":null}"#,
        ),
        // Whatever else is selected, before or after.
        (
            "{ post { place text title id } }",
            r#"{"post":{"id":"1","place":1}}"#,
            "[null]",
            r#"{"post":null}"#,
        ),
        (
            "{ post { place related { title } } }",
            r#"{"post":{"place":1,"related":{"id":"2"}}}"#,
            "[null]",
            r#"{"post":{"place":1,"related":null}}"#,
        ),
        (
            "{ posts { title } }",
            r#"{"posts":[{"id":"1"},{"id":"2"},{"id":"1"}]}"#,
            r#"[null,{"title":"b"}]"#,
            r#"{"posts":[null,{"title":"b"},null]}"#,
        ),
        // A list that must not be null goes with its entity as well.
        (
            "{ posts { lines { words } } }",
            r#"{"posts":[{"id":"1"},{"id":"2"}]}"#,
            r#"[null,{"lines":[{"words":3}]}]"#,
            r#"{"posts":[null,{"lines":[{"words":3}]}]}"#,
        ),
        // Both levels name the same entity, each is null in its place.
        (
            "{ posts { place related { title } } }",
            r#"{"posts":[{"place":1,"related":{"id":"9"}},{"place":2,"related":{"id":"8"}}]}"#,
            r#"[null,{"title":"b"}]"#,
            r#"{"posts":[{"place":1,"related":null},{"place":2,"related":{"title":"b"}}]}"#,
        ),
    ] {
        described(operation, feed, ("body", entities), data, &[]).await;
    }
}

#[tokio::test]
async fn nullable_fields_of_a_missing_entity_are_null() {
    for (operation, feed, entities, data) in [
        (
            "{ post { id text } }",
            r#"{"post":{"id":"1"}}"#,
            "[null]",
            r#"{"post":{"id":"1","text":null}}"#,
        ),
        (
            "{ post { text } strict { id text } }",
            r#"{"post":{"id":"1"},"strict":{"id":"2"}}"#,
            "[null,null]",
            r#"{"post":{"text":null},"strict":{"id":"2","text":null}}"#,
        ),
        (
            "{ strictFull { id text } }",
            r#"{"strictFull":[{"id":"1"},{"id":"2"}]}"#,
            r#"[null,{"text":"b"}]"#,
            r#"{"strictFull":[{"id":"1","text":null},{"id":"2","text":"b"}]}"#,
        ),
    ] {
        described(operation, feed, ("body", entities), data, &[]).await;
    }
}

#[tokio::test]
async fn a_missing_entity_where_null_must_not_stand_is_an_error() {
    for (operation, feed, entities, data, field, path) in [
        (
            "{ strict { title } }",
            r#"{"strict":{"id":"1"}}"#,
            "[null]",
            "null",
            "`strict` of `Query`",
            json!(["strict"]),
        ),
        (
            "{ full { title } }",
            r#"{"full":[{"id":"1"},{"id":"2"}]}"#,
            r#"[{"title":"a"},null]"#,
            r#"{"full":null}"#,
            "`full` of `Query`",
            json!(["full", 1]),
        ),
        (
            "{ strictFull { lines { words } } }",
            r#"{"strictFull":[{"id":"1"}]}"#,
            "[null]",
            "null",
            "`strictFull` of `Query`",
            json!(["strictFull", 0]),
        ),
        (
            "{ grid { title } }",
            r#"{"grid":[[{"id":"1"}],null,[{"id":"1"},{"id":"2"}]]}"#,
            r#"[{"title":"a"},null]"#,
            r#"{"grid":[[{"title":"a"}],null,null]}"#,
            "`grid` of `Query`",
            json!(["grid", 2, 1]),
        ),
        // Two levels: the post around it takes the null.
        (
            "{ post { place r: strictRelated { title } } }",
            r#"{"post":{"place":1,"r":{"id":"2"}}}"#,
            "[null]",
            r#"{"post":null}"#,
            "`r` of `Post`",
            json!(["post", "r"]),
        ),
        (
            "{ posts { strictRelated { title } } }",
            r#"{"posts":[{"strictRelated":{"id":"1"}},{"strictRelated":{"id":"2"}}]}"#,
            r#"[{"title":"a"},null]"#,
            r#"{"posts":[{"strictRelated":{"title":"a"}},null]}"#,
            "`strictRelated` of `Post`",
            json!(["posts", 1, "strictRelated"]),
        ),
        // Three levels: as far as it has to.
        (
            "{ strict { strictRelated { strictRelated { title } } } }",
            r#"{"strict":{"strictRelated":{"strictRelated":{"id":"1"}}}}"#,
            "[null]",
            "null",
            "`strictRelated` of `Post`",
            json!(["strict", "strictRelated", "strictRelated"]),
        ),
    ] {
        let errors = [must_not_be_null(field, path, "body")];
        described(operation, feed, ("body", entities), data, &errors).await;
    }
}

#[tokio::test]
async fn a_null_inside_an_entity_that_is_there_stays_an_error() {
    described(
        "{ posts { title } }",
        r#"{"posts":[{"id":"1"},{"id":"2"}]}"#,
        ("body", r#"[{"title":null},null]"#),
        r#"{"posts":[null,null]}"#,
        &[must_not_be_null(
            "`title` of `Post`",
            json!(["posts", 0, "title"]),
            "body",
        )],
    )
    .await;
    described(
        "{ post { lines { words } } }",
        r#"{"post":{"id":"1"}}"#,
        ("body", r#"[{"lines":[null]}]"#),
        r#"{"post":null}"#,
        &[must_not_be_null(
            "`lines` of `Post`",
            json!(["post", "lines", 0]),
            "body",
        )],
    )
    .await;
}

#[tokio::test]
async fn without_a_key_there_is_no_entity() {
    // Nobody can be asked about it.
    let feed = |data: &str| scripts().answer("feed", format!(r#"{{"data":{data}}}"#));
    check(
        "{ post { title } }",
        feed(r#"{"post":{"id":null}}"#),
        r#"{"post":null}"#,
        &[],
    )
    .await;
    check(
        "{ strict { title } }",
        feed(r#"{"strict":{"id":null}}"#),
        "null",
        &[must_not_be_null(
            "`strict` of `Query`",
            json!(["strict"]),
            "body",
        )],
    )
    .await;
    // A key that another subgraph gives, or would have given.
    for entity in [r#"{"slug":null,"text":null}"#, "null"] {
        for (selection, post) in [
            ("id text", r#"{"id":"1","text":null}"#),
            ("id views", "null"),
        ] {
            described(
                &format!("{{ post {{ {selection} }} }}"),
                r#"{"post":{"id":"1"}}"#,
                ("body", &format!("[{entity}]")),
                &format!(r#"{{"post":{post}}}"#),
                &[],
            )
            .await;
        }
        described(
            "{ strict { views } }",
            r#"{"strict":{"id":"1"}}"#,
            ("body", &format!("[{entity}]")),
            "null",
            &[must_not_be_null(
                "`strict` of `Query`",
                json!(["strict"]),
                "archive",
            )],
        )
        .await;
    }
}

/// A post, and what two subgraphs say of it.
async fn parallel(operation: &str, body: &str, looks: &str, data: &str, errors: &[String]) {
    let key = operation.split_whitespace().nth(1).unwrap();
    let entity = |entity: &str| format!(r#"{{"data":{{"_entities":[{entity}]}}}}"#);
    let answers = scripts()
        .answer("feed", format!(r#"{{"data":{{"{key}":{{"id":"1"}}}}}}"#))
        .answer("body", entity(body))
        .answer("looks", entity(looks));
    check(operation, answers, data, errors).await;
}

#[tokio::test]
async fn an_entity_may_be_there_for_one_subgraph_only() {
    for (operation, body, looks, data) in [
        (
            "{ post { title likes } }",
            r#"{"title":"t"}"#,
            "null",
            r#"{"post":{"title":"t","likes":null}}"#,
        ),
        (
            "{ post { title score } }",
            r#"{"title":"t"}"#,
            "null",
            r#"{"post":null}"#,
        ),
        (
            "{ post { title score } }",
            "null",
            "null",
            r#"{"post":null}"#,
        ),
        // Both describe what is inside, too: the other's part stays, unless something must not be null.
        (
            "{ post { mark { a b } } }",
            "null",
            r#"{"mark":{"b":2}}"#,
            r#"{"post":{"mark":{"a":null,"b":2}}}"#,
        ),
        (
            "{ post { mark { a c } } }",
            r#"{"mark":{"a":1}}"#,
            "null",
            r#"{"post":{"mark":{"a":1,"c":null}}}"#,
        ),
        (
            "{ post { mark { a b } } }",
            r#"{"mark":{"a":1}}"#,
            "null",
            r#"{"post":{"mark":null}}"#,
        ),
        (
            "{ post { mark { a b } } }",
            "null",
            "null",
            r#"{"post":{"mark":null}}"#,
        ),
        // Of which type it is, only the first knows.
        (
            "{ post { place: likes any { ... on Mark { a b } } } }",
            "null",
            r#"{"place":1,"any":{"__typename":"Mark","b":2}}"#,
            r#"{"post":{"place":1,"any":null}}"#,
        ),
        // The mark must not be null, its post may be: that is where the entity was.
        (
            "{ post { strictMark { a b } } }",
            r#"{"strictMark":{"a":1}}"#,
            "null",
            r#"{"post":null}"#,
        ),
        (
            "{ post { marks { a b } } }",
            r#"{"marks":[{"a":1}]}"#,
            "null",
            r#"{"post":null}"#,
        ),
    ] {
        parallel(operation, body, looks, data, &[]).await;
    }
    for (operation, body) in [
        (
            "{ strict { strictMark { a b } } }",
            r#"{"strictMark":{"a":1}}"#,
        ),
        ("{ strict { marks { a b } } }", r#"{"marks":[{"a":1}]}"#),
        ("{ strict { title score } }", r#"{"title":"t"}"#),
    ] {
        let path = json!(["strict"]);
        let errors = [must_not_be_null("`strict` of `Query`", path, "looks")];
        parallel(operation, body, "null", "null", &errors).await;
    }
    // It is there for both, but one has no mark: they contradict each other.
    parallel(
        "{ post { mark { a b } } }",
        r#"{"mark":{"a":1}}"#,
        r#"{"mark":null}"#,
        r#"{"post":{"mark":null}}"#,
        &[must_not_be_null(
            "`b` of `Mark`",
            json!(["post", "mark", "b"]),
            "looks",
        )],
    )
    .await;
}

#[tokio::test]
async fn an_error_explains_only_its_own_entity() {
    let feed = || {
        scripts().answer(
            "feed",
            r#"{"data":{"posts":[{"id":"1"},{"id":"2"},{"id":"3"}]}}"#,
        )
    };
    let body = |errors: &str| {
        feed().answer(
            "body",
            format!(
                r#"{{"data":{{"_entities":[null,null,{{"title":"c"}}]}},"errors":[{{{BROKEN}{errors}}}]}}"#
            ),
        )
    };
    let data = r#"{"posts":[null,null,{"title":"c"}]}"#;
    for (path, shown) in [
        (r#","path":["_entities",0]"#, json!(["posts", 0, "title"])),
        (
            r#","path":["_entities",1,"title"]"#,
            json!(["posts", 1, "title"]),
        ),
        // It may be about any null; about which, it does not say.
        ("", json!(["posts", 0, "title"])),
    ] {
        let errors = [broken(shown, "body")];
        check("{ posts { title } }", body(path), data, &errors).await;
    }
    // A failed fetch says so, beside an entity that is not there.
    let message = "the subgraph did not answer in time";
    for (operation, data, path) in [
        (
            "{ post { text likes } }",
            r#"{"post":{"text":null,"likes":null}}"#,
            json!(["post", "likes"]),
        ),
        (
            "{ post { title score } }",
            r#"{"post":null}"#,
            json!(["post"]),
        ),
        (
            "{ post { score title } }",
            r#"{"post":null}"#,
            json!(["post", "score"]),
        ),
        (
            "{ post { mark { a c } } }",
            r#"{"post":{"mark":null}}"#,
            json!(["post", "mark"]),
        ),
    ] {
        let answers = scripts()
            .answer("feed", r#"{"data":{"post":{"id":"1"}}}"#)
            .answer("body", r#"{"data":{"_entities":[null]}}"#)
            .fail("looks", SubgraphError::Timeout);
        let errors = [error(message, path, "SUBREQUEST_TIMEOUT", "looks")];
        check(operation, answers, data, &errors).await;
    }
}

#[tokio::test]
async fn an_error_is_told_at_its_field_whichever_is_written_first() {
    let feed = r#"{"data":{"posts":[{"id":"1"},{"id":"2"},{"id":"1"}]}}"#;
    for (fields, path) in [
        ("title lines { words }", json!(["title"])),
        ("lines { words } title", json!(["title"])),
        ("lines { words } t: title", json!(["t"])),
        ("title l: lines { w: words }", json!(["l", 3, "w"])),
    ] {
        let path = path.as_array().unwrap();
        let inner = [&[json!("_entities"), json!(0)], &path[..]].concat();
        let inner = Value::from(inner);
        let body = format!(
            r#"{{"data":{{"_entities":[null,{{"title":"b","t":"b","lines":[],"l":[]}}]}},"errors":[{{{BROKEN},"path":{inner}}}]}}"#
        );
        let answers = scripts().answer("feed", feed).answer("body", body);
        let case = Case::new(
            &format!("{JOIN}{GRAPH}"),
            &format!("{{ posts {{ {fields} }} }}"),
            json!({}),
        );
        let answer: Value = serde_json::from_str(&answers.run_case(&case).await).unwrap();
        let posts = &answer["data"]["posts"];
        assert!(posts[0].is_null() && posts[1].is_object() && posts[2].is_null());
        let errors = answer["errors"].as_array().unwrap();
        let paths = errors.iter().map(|error| error["path"].clone());
        let expected =
            [0, 2].map(|index| Value::from([&[json!("posts"), json!(index)], &path[..]].concat()));
        assert_eq!(paths.collect::<Vec<_>>(), expected, "{answer}");
    }
}
