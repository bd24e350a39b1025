//! Variables: what each type takes, and how it travels.

use router_operation::Problem;

use super::fixture::{parse, supergraph};

/// The variable `a` of type `declared`, given as the member `given` of the variables; as subgraphs get it.
fn coerce(declared: &str, given: &str) -> Result<Option<String>, String> {
    let source = format!("query($a: {declared} @note) {{ json(a: {{x: $a}}) }}");
    let document = parse(&source).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    let request = document.request(supergraph(), None).expect("one operation");
    let variables = request.coerce_json_variables(supergraph(), &format!("{{{given}}}"));
    match variables {
        Ok(variables) => Ok(variables.json("a").map(str::to_owned)),
        Err(error) => {
            assert_eq!(error.problem, Problem::Variables);
            Err(error.message)
        }
    }
}

fn passes(declared: &str, given: &str, travels: &str) {
    let coerced = coerce(declared, &format!("\"a\":{given}"));
    assert_eq!(coerced, Ok(Some(travels.to_owned())), "{declared} {given}");
}

fn fails(declared: &str, given: &str, message: &str) {
    let coerced = coerce(declared, &format!("\"a\":{given}"));
    let is = coerced.expect_err(given);
    assert_eq!(is, message, "{declared} {given}");
}

#[test]
fn scalars() {
    for (declared, fit, unfit) in [
        (
            "Int",
            &["0", "-0", "2147483647", "-2147483648"][..],
            &["2147483648", "1.0", "1e3", "\"1\"", "true", "[]", "{}"][..],
        ),
        (
            "Float",
            &["1", "1.50", "-1E+3", "123456789012345678901234567890"],
            &["1e999", "\"1\"", "true", "{}"],
        ),
        (
            "String",
            &["\"\"", "\"\\u00e9\\n\"", "\"😀\\ud83d\\ude00\""],
            &["1", "true", "{}", "[\"a\", \"b\"]"],
        ),
        ("Boolean", &["true", "false"], &["0", "\"true\"", "[]"]),
        ("ID", &["\"\"", "\"x\""], &["1.0", "1e2", "true", "{}"]),
        (
            "Color",
            &["\"RED\"", "\"BLUE\""],
            &["\"GREEN\"", "\"red\"", "0", "true"],
        ),
        (
            "Json",
            &["1.10", "\"x\"", "[1,{\"a\":null}]", "{\"a\":1e400,\"a\":2}"],
            &[],
        ),
    ] {
        for given in fit {
            passes(declared, given, given);
        }
        for given in unfit {
            coerce(declared, &format!("\"a\":{given}")).expect_err(given);
        }
        passes(declared, "null", "null");
        fails(
            &format!("{declared}!"),
            "null",
            &format!("variable $a: {declared}! must not be null"),
        );
    }
    passes("ID", "7", "\"7\"");
    passes(
        "ID",
        "123456789012345678901234567890",
        "\"123456789012345678901234567890\"",
    );
    passes("Color", "\"\\u0052ED\"", "\"\\u0052ED\"");
    fails(
        "Int",
        "\"x\"",
        "variable $a: Int must be an integer of 32 bits; this is \"x\"",
    );
    fails(
        "Boolean",
        "1",
        "variable $a: Boolean must be `true` or `false`; this is 1",
    );
    fails(
        "Color",
        "\"GREEN\"",
        "variable $a: Color must be one of its values, as a string; this is \"GREEN\"",
    );
}

#[test]
fn lists() {
    passes("[Int]", "[1, null ,2]", "[1,null,2]");
    passes("[Int]", "1", "[1]");
    passes("[Int]", "null", "null");
    passes("[[Int]]", "[[1],[2,null],null]", "[[1],[2,null],null]");
    passes("[[Int]]", "1", "[[1]]");
    passes("[[Int]]", "[1,2]", "[[1],[2]]");
    passes("[Int]", "[ ]", "[]");
    passes("[Json]", "{\"a\": 1}", "[{\"a\": 1}]");
    fails(
        "[Int!]",
        "[1,null]",
        "variable $a[1]: Int! must not be null",
    );
    fails(
        "[[Int!]]",
        "[[1],[2,\"x\"]]",
        "variable $a[1][1]: Int must be an integer of 32 bits; this is \"x\"",
    );
}

#[test]
fn input_objects() {
    passes(
        "Filter",
        "{\"needed\":1}",
        "{\"needed\":1,\"most\":10,\"color\":\"RED\"}",
    );
    passes(
        "Filter",
        "{\"most\": 2, \"needed\" : 1, \"color\":null}",
        "{\"most\":2,\"needed\":1,\"color\":null}",
    );
    passes(
        "Filter",
        "{\"needed\":1,\"most\":1,\"color\":null,\"ids\":7,\"below\":{\"n\\u0065eded\":2}}",
        "{\"needed\":1,\"most\":1,\"color\":null,\"ids\":[\"7\"],\"below\":{\"needed\":2,\"most\":10,\"color\":\"RED\"}}",
    );
    passes(
        "[Filter!]",
        "{\"needed\":1}",
        "[{\"needed\":1,\"most\":10,\"color\":\"RED\"}]",
    );
    fails(
        "Filter",
        "{}",
        "variable $a: `needed` of type Int! must be given",
    );
    fails(
        "Filter",
        "{\"needed\":null}",
        "variable $a.needed: Int! must not be null",
    );
    fails(
        "Filter",
        "{\"needed\":1,\"most\":null}",
        "variable $a.most: Int! must not be null",
    );
    fails(
        "Filter",
        "{\"needed\":1,\"nope\":1}",
        "variable $a: Filter has no field `nope`",
    );
    fails(
        "Filter",
        "{\"needed\":1,\"needed\":2}",
        "variable $a: `needed` is given twice",
    );
    fails(
        "Filter",
        "[{\"needed\":1}]",
        "variable $a: Filter must be an object; this is [{\"needed\":1}]",
    );
    fails(
        "Filter",
        "7",
        "variable $a: Filter must be an object; this is 7",
    );
    fails(
        "[Filter]",
        "[{\"needed\":1},{\"needed\":1,\"below\":{\"needed\":true}}]",
        "variable $a[1].below.needed: Int must be an integer of 32 bits; this is true",
    );
}

#[test]
fn one_of() {
    let exactly = "Select is @oneOf: exactly one field must be given, and not null";
    passes("Select", "{\"id\":1}", "{\"id\":\"1\"}");
    passes(
        "Select",
        "{\"filter\":{\"needed\":1,\"most\":1,\"color\":null}}",
        "{\"filter\":{\"needed\":1,\"most\":1,\"color\":null}}",
    );
    passes("Select", "null", "null");
    fails("Select", "{}", &format!("variable $a: {exactly}"));
    fails(
        "Select",
        "{\"id\":1,\"name\":\"x\"}",
        &format!("variable $a: {exactly}"),
    );
    fails(
        "Select",
        "{\"id\":null}",
        &format!("variable $a.id: {exactly}"),
    );
    fails(
        "Select",
        "{\"id\":1,\"name\":null}",
        &format!("variable $a.name: {exactly}"),
    );
    fails(
        "Filter",
        "{\"needed\":1,\"select\":{}}",
        &format!("variable $a.select: {exactly}"),
    );
}

#[test]
fn defaults_and_absence() {
    let check = |declared: &str, given: &str, expected: Result<Option<&str>, &str>| {
        let is = coerce(declared, given);
        let is = is.as_ref().map(Option::as_deref).map_err(String::as_str);
        assert_eq!(is, expected, "{declared} {given}");
    };
    check("Int", "", Ok(None));
    check("Int", "\"b\":1", Ok(None));
    check(
        "Int!",
        "",
        Err("variable $a: a value of type Int! must be given"),
    );
    check("Int = 5", "", Ok(Some("5")));
    check("Int = 5", "\"a\":null", Ok(Some("null")));
    check(
        "Int! = 5",
        "\"a\":null",
        Err("variable $a: Int! must not be null"),
    );
    check("[Int] = 5", "", Ok(Some("[5]")));
    check("[[Int]] = [1, null]", "", Ok(Some("[[1],null]")));
    check("ID = 5", "", Ok(Some("\"5\"")));
    check("Color = BLUE", "", Ok(Some("\"BLUE\"")));
    check("Float = 1.50", "", Ok(Some("1.50")));
    check(
        "Json = {x: [1, A, \"s\", {y: null}]}",
        "",
        Ok(Some("{\"x\":[1,\"A\",\"s\",{\"y\":null}]}")),
    );
    check(
        "Filter = {needed: 1}",
        "",
        Ok(Some("{\"needed\":1,\"most\":10,\"color\":\"RED\"}")),
    );
    check("Select = {id: 1}", "", Ok(Some("{\"id\":\"1\"}")));
    check("Int", "\"a\":1,\"a\":2", Err("variable $a is given twice"));
}

#[test]
fn what_is_odd_is_refused_not_passed_on() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let too_deep = "the value is nested more than 128 levels deep";
    fails("Json", &deep, too_deep);
    fails("[Int]", &deep, too_deep);
    let surrogate = "a string has an escape that stands for no character";
    fails("String", "\"\\ud800\"", surrogate);
    fails("Json", "{\"x\":\"\\udfff\"}", surrogate);
    let long = format!("\"{}\"", "x".repeat(100));
    let shown = format!(
        "variable $a: Int must be an integer of 32 bits; this is \"{}…",
        "x".repeat(59)
    );
    fails("Int", &long, &shown);
}

/// A list of a million empty objects that each get defaults does not become larger than is allowed.
#[test]
fn defaults_do_not_multiply_without_bound() {
    let items = vec!["{\"needed\":1}"; 1_000_000].join(",");
    let message = coerce("[Filter]", &format!("\"a\":[{items}]")).expect_err("too large");
    assert!(message.contains("with their defaults"), "{message}");
}

/// Text of no JSON at all is refused without a panic, wherever it ends.
#[test]
fn broken_text_is_refused() {
    let whole = r#"{"a":{"needed":1,"ids":["x\u00e9",2],"json":{"y":[true,null]}}}"#;
    let source = "query($a: Filter) { filter(a: $a) }";
    let document = parse(source).expect("valid");
    let request = document.request(supergraph(), None).expect("one operation");
    request
        .coerce_json_variables(supergraph(), whole)
        .expect("whole");
    for end in 0..whole.len() {
        let result = request.coerce_json_variables(supergraph(), &whole[..end]);
        result.expect_err(&whole[..end]);
    }
}
