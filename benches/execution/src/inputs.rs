//! Answers that are meant to take long.

/// An operation, and what subgraphs `a` and `b` answer to it, for a size.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) size: usize,
    pub(crate) operation: &'static str,
    pub(crate) answers: fn(usize) -> [String; 2],
}

const SCORES: &str = "{ items { name score } }";

pub(crate) const INPUTS: &[Input] = &[
    Input {
        name: "entities",
        size: 100_000,
        operation: SCORES,
        answers: |n| [items(n, n), entities(n, r#"{"score":7}"#)],
    },
    Input {
        name: "one-entity",
        size: 400_000,
        operation: SCORES,
        answers: |n| [items(n, 1), entities(1, r#"{"score":7}"#)],
    },
    Input {
        name: "no-entities",
        size: 100_000,
        operation: SCORES,
        answers: |n| [items(n, n), entities(n, "null")],
    },
    Input {
        name: "wrong-entities",
        size: 100_000,
        operation: "{ items { name must } }",
        answers: |n| [items(n, n), entities(n, "7")],
    },
    Input {
        name: "no-keys",
        size: 400_000,
        operation: SCORES,
        answers: |n| {
            [
                data("items", &list(n, |_| r#"{"name":"n"}"#.to_owned())),
                entities(0, ""),
            ]
        },
    },
    Input {
        name: "errors",
        size: 100_000,
        operation: SCORES,
        answers: |n| {
            let path = r#","list",0"#.repeat(100);
            let error = |i| format!(r#"{{"message":"m","path":["_entities",{}{path}]}}"#, i % 9);
            let entities = list(9, |_| r#"{"score":null}"#.to_owned());
            let errors = list(n, error);
            [
                items(9, 9),
                format!(r#"{{"data":{{"_entities":{entities}}},"errors":{errors}}}"#),
            ]
        },
    },
    Input {
        name: "lost-with-errors",
        size: 400_000,
        operation: SCORES,
        answers: |n| {
            let errors = list(1000, |i| {
                format!(r#"{{"message":"m{i}","path":["_entities",{i}]}}"#)
            });
            [items(n, 1), format!(r#"{{"data":null,"errors":{errors}}}"#)]
        },
    },
    Input {
        name: "nulls-with-errors",
        size: 1_000_000,
        operation: "{ roots { list } }",
        answers: |n| {
            let errors = |i| format!(r#"{{"message":"m","path":["roots",0,"list",{}]}}"#, n + i);
            let nulls = list(n, |_| "null".to_owned());
            [
                String::new(),
                format!(
                    r#"{{"data":{{"roots":[{{"list":{nulls}}}]}},"errors":{}}}"#,
                    list(200, errors)
                ),
            ]
        },
    },
    Input {
        name: "integers",
        size: 2_000_000,
        operation: "{ roots { list } }",
        answers: |n| {
            [
                String::new(),
                data(
                    "roots",
                    &format!(r#"[{{"list":{}}}]"#, list(n, |i| i.to_string())),
                ),
            ]
        },
    },
    Input {
        name: "wrong-integers",
        size: 1_000_000,
        operation: "{ roots { list } }",
        answers: |n| {
            [
                String::new(),
                data(
                    "roots",
                    &format!(r#"[{{"list":{}}}]"#, list(n, |_| "1.5".to_owned())),
                ),
            ]
        },
    },
    Input {
        name: "wrong-objects",
        size: 400_000,
        operation: "{ roots { must } }",
        answers: |n| {
            [
                String::new(),
                data("roots", &list(n, |_| r#"{"must":"x"}"#.to_owned())),
            ]
        },
    },
    Input {
        name: "unknown-keys",
        size: 400_000,
        operation: "{ roots { score } }",
        answers: |n| {
            let members: String = (0..n)
                .map(|i| format!(r#""k\u0041{i}":[{{"x":{i}}}],"#))
                .collect();
            [
                String::new(),
                data("roots", &format!(r#"[{{{members}"score":7}}]"#)),
            ]
        },
    },
    Input {
        name: "one-key-again",
        size: 100_000,
        operation: "{ roots { parts { x } } }",
        answers: |n| {
            let members = list(n, |_| r#""parts":[{"x":1},{"x":2}]"#.to_owned());
            let members = members.trim_matches(['[', ']']);
            [String::new(), data("roots", &format!("[{{{members}]}}]"))]
        },
    },
    Input {
        name: "large-key",
        size: 40_000_000,
        operation: SCORES,
        answers: |n| {
            [
                data(
                    "items",
                    &format!(r#"[{{"name":"n","id":"{}"}}]"#, "é\\n".repeat(n / 4)),
                ),
                entities(1, r#"{"score":7}"#),
            ]
        },
    },
    // One entity, often: what the client gets is larger than what came, up to the limit.
    Input {
        name: "expansion",
        size: 2_000,
        operation: "{ items { parts: list parts2: any } }",
        answers: |n| {
            let entity = format!(
                r#"{{"parts":{},"parts2":null}}"#,
                list(n, |_| "null".to_owned())
            );
            [items(n, 1), entities(1, &entity)]
        },
    },
    // The same, but all of it is lost to a null at its end.
    Input {
        name: "lost-expansion",
        size: 20_000,
        operation: "{ items { parts { x } must } }",
        answers: |n| {
            let entity = format!(
                r#"{{"parts":{},"must":null}}"#,
                list(n, |_| r#"{"x":1}"#.to_owned())
            );
            [items(n, 1), entities(1, &entity)]
        },
    },
];

fn list(n: usize, item: impl Fn(usize) -> String) -> String {
    let items: Vec<String> = (0..n).map(item).collect();
    format!("[{}]", items.join(","))
}

fn data(key: &str, value: &str) -> String {
    format!(r#"{{"data":{{"{key}":{value}}}}}"#)
}

/// Items with so many different ids.
fn items(n: usize, ids: usize) -> String {
    data(
        "items",
        &list(n, |i| format!(r#"{{"name":"n","id":"{}"}}"#, i % ids)),
    )
}

fn entities(n: usize, entity: &str) -> String {
    data("_entities", &list(n, |_| entity.to_owned()))
}
