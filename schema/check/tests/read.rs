//! What is no schema is refused with a reason.

use schema_check::read;

/// An introspection result with one field of this type, whose argument has this default.
fn introspection(ty: &str, default: &str) -> String {
    format!(
        r#"{{"data": {{"__schema": {{"queryType": {{"name": "Query"}}, "types": [
            {{"kind": "OBJECT", "name": "Query", "fields": [{{"name": "a", "type": {ty}, "args": [
                {{"name": "b", "type": {{"kind": "SCALAR", "name": "Int"}}, "defaultValue": "{default}"}}
            ]}}]}}
        ]}}}}}}"#
    )
}

#[test]
fn what_is_no_schema_is_refused_with_a_reason() {
    let int = r#"{"kind": "SCALAR", "name": "Int"}"#;
    let endless = format!(
        "{}{int}{}",
        r#"{"kind": "LIST", "ofType": "#.repeat(5000),
        "}".repeat(5000)
    );
    let twice = r#"{"kind": "NON_NULL", "ofType": {"kind": "NON_NULL", "ofType": {"kind": "SCALAR", "name": "Int"}}}"#;
    assert!(read(&introspection(int, "1"), "old.json").is_ok());
    for (text, expected) in [
        ("type Query { a: ".to_owned(), "not a valid GraphQL schema"),
        (
            "type Query { a: Missing }".to_owned(),
            "cannot find type `Missing`",
        ),
        ("{ a: 1 }".to_owned(), "not JSON"),
        ("{}".to_owned(), "missing field `__schema`"),
        (
            r#"{"data": null}"#.to_owned(),
            "not an introspection result",
        ),
        (introspection(int, "1} type Evil {a: Int"), "is not GraphQL"),
        (introspection(int, "[[["), "\"[[[\" is not GraphQL"),
        (
            introspection(r#"{"kind": "SCALAR", "name": "a b"}"#, "1"),
            "\"a b\" is not GraphQL",
        ),
        (
            introspection(r#"{"kind": "LIST"}"#, "1"),
            "a list of nothing",
        ),
        (introspection(twice, "1"), "is not GraphQL"),
        (introspection(&endless, "1"), "recursion limit"),
        (
            introspection(r#"{"kind": "OBJECT", "name": "Absent"}"#, "1"),
            "cannot find type `Absent`",
        ),
        (
            "enum join__Graph { A }\ntype Query @join__type(graph: B) { a: Int }".to_owned(),
            "@join__type",
        ),
        (String::new(), "not a valid GraphQL schema"),
    ] {
        let error = read(&text, "old").expect_err(&text).to_string();
        assert!(error.contains(expected), "{expected:?} is not in {error:?}");
    }
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    assert!(read("\u{feff}type Query { a: Int }", "old").is_ok());
}
