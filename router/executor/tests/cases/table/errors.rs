//! Errors in every form, alone and beside data.

use serde_json::json;

use super::{Expected, Fault, RIGHT, Told, fault, told};

const UNREADABLE: &str = "the subgraph reported an error";
const DOWNSTREAM: &str = "DOWNSTREAM_SERVICE_ERROR";
const NULL: &str = r#"{"int":null}"#;
const NO_INT: &str = r#""int":null"#;

fn errors(expected: Expected, object: &str, errors: &str) -> Fault {
    Fault {
        object: object.to_owned(),
        body: format!(r#"{{"data":$D,"errors":{errors}}}"#),
        ..fault(expected)
    }
}

fn shown(members: &str, told: Vec<Told>) -> Expected {
    Expected::Shown(Some(members.to_owned()), told)
}

/// An error that is there, nobody knows where.
fn somewhere(message: &'static str, code: &'static str) -> Told {
    Told {
        message,
        path: None,
        code,
    }
}

pub(super) fn faults() -> Vec<Fault> {
    [without_data(), entries(), unreadable(), paths(), lists()].concat()
}

fn without_data() -> Vec<Fault> {
    let bodies = [
        r#"{"errors":[{"message":"m","extensions":{"code":"C"}}]}"#,
        r#"{"data":null,"errors":[{"message":"m","path":[$P],"extensions":{"code":"C"}}]}"#,
        r#"{"errors":[{"message":"m","path":[$P,"int"],"extensions":{"code":"C"}}],"data":null}"#,
        r#"{"errors":[{"message":"m","path":["_entities",999,"secret"],"extensions":{"code":"C"}}]}"#,
    ];
    let bodies = bodies.iter().map(|body| (*body, "m", "C"));
    let unreadable = [
        r#"{"errors":"secret"}"#,
        r#"{"data":null,"errors":{"message":"secret"}}"#,
        r#"{"data":null,"errors":7}"#,
        r#"{"data":null,"errors":["secret"]}"#,
        r#"{"data":null,"errors":[null]}"#,
    ];
    let unreadable = unreadable
        .iter()
        .map(|body| (*body, UNREADABLE, DOWNSTREAM));
    bodies
        .chain(unreadable)
        .map(|(body, message, code)| Fault {
            body: body.to_owned(),
            ..fault(match body.contains(r#","int"]"#) {
                true => Expected::LostInside(message, code),
                false => Expected::Lost(message, code),
            })
        })
        .collect()
}

/// What an entry may look like.
fn entries() -> Vec<Fault> {
    let deep = format!("{}1{}", "[".repeat(120), "]".repeat(120));
    let entries = [
        (r#"{"message":"m","path":[$P,"int"]}"#.to_owned(), "m", DOWNSTREAM),
        (r#"{"message":"","path":[$P,"int"]}"#.to_owned(), "", DOWNSTREAM),
        (r#"{"message":"m","path":[$P,"int"],"extensions":{"code":"C","service":"secret","stack":["at /"]}}"#.to_owned(), "m", "C"),
        (r#"{"path":[$P,"int"],"extensions":null}"#.to_owned(), UNREADABLE, DOWNSTREAM),
        (r#"{"message":5,"path":[$P,"int"],"extensions":"secret"}"#.to_owned(), UNREADABLE, DOWNSTREAM),
        (r#"{"message":{"secret":1},"path":[$P,"int"],"extensions":{"code":5}}"#.to_owned(), UNREADABLE, DOWNSTREAM),
        (r#"{"message":"m","path":[$P,"int"],"locations":[{"line":1,"column":2}],"secret":1}"#.to_owned(), "m", DOWNSTREAM),
        (r#"{"message":"a","message":"m","path":[$P,"int"]}"#.to_owned(), "m", DOWNSTREAM),
        (r#"{"message":"\u006d","p\u0061th":[$P,"int"]}"#.to_owned(), "m", DOWNSTREAM),
        (
            format!(
                r#"{{"message":"m","path":[$P,"int"],"extensions":{{"code":"C","x":{deep}}}}}"#
            ),
            "m",
            "C",
        ),
    ];
    let entry = |(entry, message, code): (String, _, _)| {
        let expected = shown(NO_INT, vec![told(message, json!(["int"]), code)]);
        errors(expected, NULL, &format!("[{entry}]"))
    };
    entries.into_iter().map(entry).collect()
}

/// What cannot be read may be about anything, here about the first null.
fn unreadable() -> Vec<Fault> {
    let long = "x".repeat(17_000);
    let entries = [
        "null".to_owned(),
        "[]".to_owned(),
        "7".to_owned(),
        r#""secret""#.to_owned(),
        r#"{"message":"m\ud800","path":[$P,"int"]}"#.to_owned(),
        r#"{"message":"m","path":[$P,"int"],"extensions":{"code":1e400}}"#.to_owned(),
        format!(r#"{{"message":"secret{long}","path":[$P,"int"]}}"#),
    ];
    let entry = |entry: String| {
        let told = vec![told(UNREADABLE, json!(["int"]), DOWNSTREAM)];
        let expected = Expected::First(Some(NO_INT.to_owned()), told);
        errors(expected, NULL, &format!("[{entry}]"))
    };
    entries.into_iter().map(entry).collect()
}

/// Where an error may point to, beside a null and beside a value.
fn paths() -> Vec<Fault> {
    let entry = |path: &str| format!(r#"[{{"message":"m","path":{path}}}]"#);
    let mut faults = Vec::new();
    // No path, or none that leads anywhere: it explains the null, or stands beside the value.
    for path in [
        "null",
        "[]",
        "7",
        r#""int""#,
        "{}",
        "[null]",
        "[-1]",
        "[1.5]",
        "[true]",
        r#"["secret"]"#,
        r#"[["int"]]"#,
    ] {
        let at_null = vec![told("m", json!(["int"]), DOWNSTREAM)];
        let null = Expected::First(Some(NO_INT.to_owned()), at_null);
        faults.push(errors(null, NULL, &entry(path)));
        let value = shown(RIGHT, vec![somewhere("m", DOWNSTREAM)]);
        faults.push(errors(value, &format!("{{{RIGHT}}}"), &entry(path)));
    }
    // To the value: the path ends where the client's selection ends.
    for path in [
        r#"[$P,"int"]"#,
        r#"[$P,"int",0]"#,
        r#"[$P,"int","secret","deep"]"#,
        r#"[$P,"int",-5]"#,
        r#"[$P,"int",99999999999999999999999]"#,
        r#"[$P,"int",1e3]"#,
        r#"[$P,"int",null,"secret"]"#,
    ] {
        for (object, members) in [(NULL, NO_INT), (&*format!("{{{RIGHT}}}"), RIGHT)] {
            let expected = shown(members, vec![told("m", json!(["int"]), DOWNSTREAM)]);
            faults.push(errors(expected, object, &entry(path)));
        }
    }
    faults
}

/// Into lists, with and without the client's own names.
fn lists() -> Vec<Fault> {
    let cases = [
        (
            "list",
            r#"{"list":null}"#,
            r#"[$P,"list",3]"#,
            r#""list":null"#,
            json!(["list", 3]),
        ),
        (
            "l: list",
            r#"{"l":[1]}"#,
            r#"[$P,"l",0,"secret"]"#,
            r#""l":[1]"#,
            json!(["l", 0]),
        ),
        (
            "p: parts { x z: y }",
            r#"{"p":[{"x":1,"z":2},{"x":null,"z":3}]}"#,
            r#"[$P,"p",1,"x"]"#,
            r#""p":[{"x":1,"z":2},{"x":null,"z":3}]"#,
            json!(["p", 1, "x"]),
        ),
        (
            "p: parts { x z: y }",
            r#"{"p":null}"#,
            r#"[$P,"p",1,"z"]"#,
            r#""p":null"#,
            json!(["p", 1, "z"]),
        ),
        (
            "grid { x }",
            r#"{"grid":[[{"x":1}],null,[null]]}"#,
            r#"[$P,"grid",2,0,"x"]"#,
            r#""grid":[[{"x":1}],null,[null]]"#,
            json!(["grid", 2, 0, "x"]),
        ),
        (
            "grid { x }",
            r#"{"grid":[[{"x":1}],null,[null]]}"#,
            r#"[$P,"grid",1]"#,
            r#""grid":[[{"x":1}],null,[null]]"#,
            json!(["grid", 1]),
        ),
        (
            "part { x }",
            r#"{"part":null}"#,
            r#"[$P,"part","secret"]"#,
            r#""part":null"#,
            json!(["part"]),
        ),
    ];
    let fault = |(selection, object, path, members, seen): (&'static str, _, _, &str, _)| Fault {
        selection,
        other: other(selection),
        ..errors(
            shown(members, vec![told("m", seen, DOWNSTREAM)]),
            object,
            &format!(r#"[{{"message":"m","path":{path}}}]"#),
        )
    };
    cases.into_iter().map(fault).collect()
}

/// The key of a selection, and null.
fn other(selection: &str) -> &'static str {
    match selection.split([' ', ':']).next() {
        Some("list") => r#""list":null"#,
        Some("l") => r#""l":null"#,
        Some("p") => r#""p":null"#,
        Some("grid") => r#""grid":null"#,
        _ => r#""part":null"#,
    }
}
