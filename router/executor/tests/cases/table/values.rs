//! Values that are not there, not of their type, or of a type that clients must not see.

use serde_json::{Value, json};

use super::{Expected, Fault, Told, fault, told};

const WRONG: &str = "has a value that its type does not allow";
const INVALID: &str = "SUBREQUEST_INVALID_VALUE";
const NULL: &str = "SUBREQUEST_NULL_FOR_NON_NULL";

pub(super) fn faults() -> Vec<Fault> {
    [leaves(), absent(), objects(), lists(), types()].concat()
}

fn shown(
    selection: &'static str,
    other: &'static str,
    object: &str,
    members: Option<&str>,
    errors: Vec<Told>,
) -> Fault {
    Fault {
        selection,
        other,
        object: object.to_owned(),
        ..fault(Expected::Shown(members.map(str::to_owned), errors))
    }
}

fn wrong(field: &str, path: Value) -> Told {
    told(format!("`{field}` of `$T` {WRONG}").leak(), path, INVALID)
}

/// Scalars and enums.
fn leaves() -> Vec<Fault> {
    let cases: [(&str, &str, &[&str], &[&str]); 7] = [
        (
            "int",
            r#""int":null"#,
            &["0", "-0", "-2147483648", "2147483647"],
            &[
                "2147483648",
                "-2147483649",
                "1.0",
                "1e3",
                "1e400",
                "99999999999999999999999",
                "true",
                r#""7""#,
                r#""secret""#,
                "[]",
                "[7]",
                "{}",
                r#"{"int":7}"#,
            ],
        ),
        (
            "float",
            r#""float":null"#,
            &[
                "0",
                "-0.0",
                "1e3",
                "1.7E308",
                "1e-999",
                "99999999999999999999999",
            ],
            &[
                "1e400",
                "-1e400",
                "1e99999999999999999999",
                r#""1.5""#,
                r#""NaN""#,
                "false",
                "[1.5]",
                "{}",
            ],
        ),
        (
            "text",
            r#""text":null"#,
            &[r#""""#, r#""\u0000\ud83d\ude00""#, r#""é\/""#],
            &[
                r#""\ud83d""#,
                r#""a\udc00b""#,
                r#""\ude00\ud83d""#,
                "7",
                "true",
                r#"["secret"]"#,
                r#"{"secret":1}"#,
            ],
        ),
        (
            "flag",
            r#""flag":null"#,
            &["true", "false"],
            &["0", r#""true""#, "[true]", "{}"],
        ),
        (
            "ref",
            r#""ref":null"#,
            &["7", "-7", "99999999999999999999999", r#""""#],
            &["1.5", "1e3", "true", r#"["7"]"#, r#"{"id":7}"#],
        ),
        (
            "kind",
            r#""kind":null"#,
            &[r#""GOOD""#, r#""G\u004fOD""#],
            &[
                r#""HIDDEN""#,
                r#""SECRET""#,
                r#""good""#,
                r#""""#,
                "0",
                "true",
                r#"["GOOD"]"#,
            ],
        ),
        (
            "any",
            r#""any":null"#,
            &[
                r#"{"a":[1e400,{"a":1,"a":2}]}"#,
                "[]",
                r#""x""#,
                "0.10",
                "true",
            ],
            &[r#""\ud800""#, r#"{"\udfff":1}"#, r#"[["\ud800"]]"#],
        ),
    ];
    let mut faults = Vec::new();
    for (field, null, fitting, unfitting) in cases {
        for value in fitting {
            let members = format!(r#""{field}":{value}"#);
            let object = format!("{{{members}}}");
            faults.push(shown(field, null, &object, Some(&members), Vec::new()));
        }
        faults.push(shown(
            field,
            null,
            &format!("{{{null}}}"),
            Some(null),
            Vec::new(),
        ));
        for value in unfitting {
            let object = format!(r#"{{"{field}":{value}}}"#);
            let errors = vec![wrong(field, json!([field]))];
            faults.push(shown(field, null, &object, Some(null), errors));
        }
    }
    faults
}

/// Keys that are missing, and null where it must not be.
fn absent() -> Vec<Fault> {
    let missing = |field: &str, path: Value| {
        let message = format!("`{field}` of `$T` was not answered").leak();
        told(message, path, INVALID)
    };
    let null = |field: &str, path: Value| {
        let message = format!("`{field}` of `$T` must not be null").leak();
        told(message, path, NULL)
    };
    let part = r#""part":null"#;
    vec![
        shown(
            "int",
            r#""int":7"#,
            "{}",
            Some(r#""int":null"#),
            vec![missing("int", json!(["int"]))],
        ),
        shown(
            "i: int",
            r#""i":7"#,
            r#"{"int":7}"#,
            Some(r#""i":null"#),
            vec![missing("i", json!(["i"]))],
        ),
        shown(
            "must",
            r#""must":7"#,
            r#"{"must":null}"#,
            None,
            vec![null("must", json!(["must"]))],
        ),
        shown(
            "must",
            r#""must":7"#,
            "{}",
            None,
            vec![missing("must", json!(["must"]))],
        ),
        shown(
            "must",
            r#""must":7"#,
            r#"{"must":"secret"}"#,
            None,
            vec![wrong("must", json!(["must"]))],
        ),
        shown(
            "part { y }",
            part,
            r#"{"part":{"y":null}}"#,
            Some(part),
            vec![told(
                "`y` of `Part` must not be null",
                json!(["part", "y"]),
                NULL,
            )],
        ),
        shown(
            "part { x y }",
            part,
            r#"{"part":{"y":1}}"#,
            Some(r#""part":{"x":null,"y":1}"#),
            vec![told(
                "`x` of `Part` was not answered",
                json!(["part", "x"]),
                INVALID,
            )],
        ),
        shown(
            "part { y }",
            part,
            r#"{"part":{"x":1}}"#,
            Some(part),
            vec![told(
                "`y` of `Part` was not answered",
                json!(["part", "y"]),
                INVALID,
            )],
        ),
    ]
}

/// Objects where there should be none, and the other way round.
fn objects() -> Vec<Fault> {
    let part = r#""part":null"#;
    let values = ["7", r#""secret""#, "true", "[]", r#"[{"x":1}]"#];
    let values = values.iter().map(|value| {
        let object = format!(r#"{{"part":{value}}}"#);
        shown(
            "part { x }",
            part,
            &object,
            Some(part),
            vec![wrong("part", json!(["part"]))],
        )
    });
    values.collect()
}

fn lists() -> Vec<Fault> {
    let list = r#""list":null"#;
    let parts = r#""parts":null"#;
    let grid = r#""grid":null"#;
    let mut faults = Vec::new();
    for (value, path) in [
        ("7", json!(["list"])),
        ("{}", json!(["list"])),
        (r#"[1,"secret"]"#, json!(["list", 1])),
        ("[1,[2]]", json!(["list", 1])),
        ("[ 1 , 2.5 ]", json!(["list", 1])),
    ] {
        let object = format!(r#"{{"list":{value}}}"#);
        faults.push(shown(
            "list",
            list,
            &object,
            Some(list),
            vec![wrong("list", path)],
        ));
    }
    faults.push(shown(
        "list",
        list,
        r#"{"list":[1,null]}"#,
        Some(list),
        vec![told(
            "`list` of `$T` must not be null",
            json!(["list", 1]),
            NULL,
        )],
    ));
    for (value, path) in [
        ("{}", json!(["parts"])),
        (r#"{"x":1}"#, json!(["parts"])),
        (r#"[{"x":1},7]"#, json!(["parts", 1])),
        (r#"[[{"x":1}]]"#, json!(["parts", 0])),
    ] {
        let object = format!(r#"{{"parts":{value}}}"#);
        faults.push(shown(
            "parts { x }",
            parts,
            &object,
            Some(parts),
            vec![wrong("parts", path)],
        ));
    }
    faults.push(shown(
        "parts { y }",
        parts,
        r#"{"parts":[{"y":1},{"y":null},{"y":null}]}"#,
        Some(parts),
        vec![told(
            "`y` of `Part` must not be null",
            json!(["parts", 1, "y"]),
            NULL,
        )],
    ));
    for (value, members, path) in [
        (r#"[{"x":1}]"#, r#""grid":[null]"#, json!(["grid", 0])),
        (
            r#"[[{"x":1},"secret"],null]"#,
            r#""grid":[[{"x":1},null],null]"#,
            json!(["grid", 0, 1]),
        ),
        (
            r#"[[],7,[null]]"#,
            r#""grid":[[],null,[null]]"#,
            json!(["grid", 1]),
        ),
    ] {
        let object = format!(r#"{{"grid":{value}}}"#);
        faults.push(shown(
            "grid { x }",
            grid,
            &object,
            Some(members),
            vec![wrong("grid", path)],
        ));
    }
    faults
}

/// Runtime types.
fn types() -> Vec<Fault> {
    let mut faults = Vec::new();
    let node = r#""node":null"#;
    let unknown = told(
        "an object is of no type that `Node` may have",
        json!(["node"]),
        INVALID,
    );
    for (value, error) in [
        (r#"{"__typename":"Hidden","n":1}"#, unknown),
        (
            r#"{"__typename":"Part","n":1}"#,
            wrong("node", json!(["node"])),
        ),
        (
            r#"{"__typename":"Node","n":1}"#,
            wrong("node", json!(["node"])),
        ),
        (
            r#"{"__typename":"Secret","n":1}"#,
            wrong("node", json!(["node"])),
        ),
        (r#"{"__typename":"","n":1}"#, wrong("node", json!(["node"]))),
        (
            r#"{"__typename":null,"n":1}"#,
            wrong("node", json!(["node"])),
        ),
        (
            r#"{"__typename":["One"],"n":1}"#,
            wrong("node", json!(["node"])),
        ),
        (r#"{"n":1}"#, wrong("node", json!(["node"]))),
    ] {
        let object = format!(r#"{{"node":{value}}}"#);
        faults.push(shown("node { n }", node, &object, Some(node), vec![error]));
    }
    for typename in [
        r#""One""#,
        r#""\u004fne""#,
        r#""Secret","__typename":"One""#,
    ] {
        let object = format!(r#"{{"node":{{"n":1,"__typename":{typename}}}}}"#);
        let members = r#""node":{"kind":"One","n":1}"#;
        faults.push(shown(
            "node { kind: __typename n }",
            node,
            &object,
            Some(members),
            Vec::new(),
        ));
    }
    let nodes = r#""nodes":null"#;
    let hidden = told(
        "an object is of no type that `Node` may have",
        json!(["nodes", 1]),
        INVALID,
    );
    faults.push(shown(
        "nodes { __typename n }",
        nodes,
        r#"{"nodes":[{"__typename":"One","n":1},{"__typename":"Hidden","n":2}]}"#,
        Some(nodes),
        vec![hidden],
    ));
    faults
}
