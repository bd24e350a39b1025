//! Inputs made to hurt end soon, with an answer.

use std::fmt::Write;
use std::time::{Duration, Instant};

use schema_composition::{Code, Composed, Diagnostics, Level, SubgraphInput, compose};

const FEDERATION: &str = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@interfaceObject"])
"#;

fn subgraph(name: impl Into<String>, sdl: impl AsRef<str>) -> SubgraphInput {
    SubgraphInput {
        name: name.into(),
        url: "http://example.com".to_owned(),
        sdl: format!("{FEDERATION}{}", sdl.as_ref()),
        source: None,
    }
}

/// Composes, within a time that only something worse than linear would need (without
/// optimisation, on a busy machine).
fn check(inputs: &[SubgraphInput]) -> Result<Composed, Diagnostics> {
    let start = Instant::now();
    let outcome = compose(inputs);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(60), "took {took:?}");
    outcome
}

fn codes(outcome: &Result<Composed, Diagnostics>) -> Vec<Code> {
    match outcome {
        Ok(_) => Vec::new(),
        Err(diagnostics) => {
            let mut codes: Vec<Code> = diagnostics.errors().map(|error| error.code).collect();
            codes.dedup();
            codes
        }
    }
}

fn lines(count: usize, mut line: impl FnMut(usize) -> String) -> String {
    let mut out = String::new();
    for index in 0..count {
        writeln!(out, "{}", line(index)).unwrap();
    }
    out
}

#[test]
fn deep_nesting_is_a_diagnostic() {
    const DEEP: usize = 10_000;
    let texts = [
        format!(
            "type Query {{ a: {}Int{} }}",
            "[".repeat(DEEP),
            "]".repeat(DEEP)
        ),
        format!(
            "type Query {{ a(x: Int = {}1{}): Int }}",
            "[".repeat(DEEP),
            "]".repeat(DEEP)
        ),
        format!(
            "type Query {{ a(x: Int = {}1{}): Int }}",
            "{a: ".repeat(DEEP),
            "}".repeat(DEEP)
        ),
    ];
    for text in texts {
        assert_eq!(
            codes(&check(&[subgraph("a", text)])),
            [Code::InvalidGraphql]
        );
    }
    let key = format!("{}id{}", "t { ".repeat(DEEP), " }".repeat(DEEP));
    let text = format!("type Query {{ t: T }} type T @key(fields: \"{key}\") {{ id: ID! t: T }}");
    assert_eq!(
        codes(&check(&[subgraph("a", text)])),
        [Code::KeyInvalidFields]
    );
}

#[test]
fn a_text_beyond_the_limit_is_a_diagnostic() {
    let text = format!("type Query {{ a: Int }} # {}", "x".repeat(50 << 20));
    assert_eq!(
        codes(&check(&[subgraph("a", text)])),
        [Code::InvalidGraphql]
    );
}

#[test]
fn thousands_of_subgraphs_compose() {
    let inputs: Vec<SubgraphInput> = (0..2000)
        .map(|i| {
            subgraph(
                format!("sub-{i}"),
                format!(
                    "type Query {{ f{i}: E }} type E @key(fields: \"id\") {{ id: ID! e{i}: Int }}"
                ),
            )
        })
        .collect();
    let composed = check(&inputs).unwrap();
    assert!(composed.supergraph.contains("SUB_1999_"));
}

#[test]
fn thousands_of_extensions_compose() {
    let text = lines(20_000, |i| {
        format!("extend type T @shareable @key(fields: \"f{i}\") {{ f{i}: ID! }}")
    });
    let text = format!("type Query {{ t: T }} type T {{ id: ID }}\n{text}");
    check(&[subgraph("a", text)]).unwrap();
}

#[test]
fn errors_are_bounded_where_types_multiply() {
    // Every implementation lacks every field.
    let wide = format!(
        "type Query {{ a: I }} interface I {{ id: ID! {} }}",
        lines(2000, |i| format!("f{i}: Int"))
    );
    let many = format!(
        "type Query {{ b: I }} interface I {{ id: ID! }} {}",
        lines(2000, |i| format!(
            "type T{i} implements I @key(fields: \"id\") {{ id: ID! }}"
        ))
    );
    let outcome = check(&[subgraph("a", wide), subgraph("b", many)]);
    assert_eq!(codes(&outcome), [Code::InterfaceFieldNoImplem]);
    let diagnostics = outcome.unwrap_err();
    assert!(diagnostics.errors().count() <= 1000);
    // As many of each level.
    assert!(diagnostics.hints().count() <= 3000);
}

#[test]
fn interface_objects_cannot_multiply_without_bound() {
    let many = format!(
        "type Query {{ b: I }} interface I @key(fields: \"id\") {{ id: ID! }} {}",
        lines(2000, |i| format!(
            "type T{i} implements I @key(fields: \"id\") {{ id: ID! }}"
        ))
    );
    let wide = format!(
        "type I @interfaceObject @key(fields: \"id\") {{ id: ID! {} }}",
        lines(2000, |i| format!("f{i}: Int"))
    );
    let outcome = check(&[subgraph("a", many), subgraph("b", wide)]);
    assert_eq!(codes(&outcome), [Code::UnsupportedFeature]);
}

#[test]
fn large_field_sets_are_checked_in_linear_time() {
    let fields = lines(20_000, |i| format!("f{i}: Int @external"));
    let set: Vec<String> = (0..20_000).map(|i| format!("f{i}")).collect();
    let set = set.join(" ");
    let text = format!(
        "type Query {{ t: T }} type T @key(fields: \"id\") {{ id: ID! {fields} all: Int @requires(fields: \"{set}\") }}"
    );
    let resolving = format!(
        "type T @key(fields: \"id\") {{ id: ID! {} }}",
        lines(20_000, |i| format!("f{i}: Int"))
    );
    check(&[subgraph("a", text), subgraph("b", resolving)]).unwrap();
}

#[test]
fn one_endless_line_has_its_columns() {
    let padding = " ".repeat(1 << 20);
    let mistakes: String = (0..500).map(|i| format!("f{i}: Missing ")).collect();
    let outcome = check(&[subgraph(
        "a",
        format!("type Query {{ {padding} {mistakes} }}"),
    )]);
    let diagnostics = outcome.unwrap_err();
    let first = diagnostics.errors().next().unwrap();
    assert_eq!(
        first.locations[0].column,
        "type Query { ".len() + padding.len() + 2 + "f0: ".len()
    );
}

/// `count` definitions of which each refers to the next.
fn chain(count: usize, definition: impl Fn(usize, usize) -> String) -> String {
    lines(count, |i| definition(i, i + 1))
}

/// What is wrong, and the text. All are not GraphQL.
fn refused() -> Vec<(&'static str, String)> {
    let mut all = given_twice();
    all.extend(recursive());
    all.extend(not_graphql());
    all.extend(excessive());
    all
}

fn given_twice() -> Vec<(&'static str, String)> {
    [
        ("type twice", "type T { a: Int } type T { b: Int }"),
        ("types of two kinds", "type T { a: Int } enum T { B }"),
        ("field twice", "type T { a: Int a: Int }"),
        (
            "field twice by an extension",
            "type T { a: Int } extend type T { a: Int }",
        ),
        (
            "field twice by extensions",
            "extend type T { a: Int } extend type T { a: Int }",
        ),
        ("argument twice", "type T { a(b: Int b: Int): Int }"),
        (
            "argument of a directive twice",
            "directive @d(b: Int b: Int) on OBJECT",
        ),
        (
            "argument given twice",
            "type T { a: Int @deprecated(reason: \"a\" reason: \"b\") }",
        ),
        ("enum value twice", "enum E { A A }"),
        (
            "enum value twice by an extension",
            "enum E { A } extend enum E { A }",
        ),
        ("input field twice", "input X { a: Int a: Int }"),
        (
            "interface twice",
            "interface I { a: Int } type T implements I & I { a: Int }",
        ),
        ("member twice", "union U = T | T type T { a: Int }"),
        (
            "directive twice",
            "directive @d on FIELD directive @d on FIELD",
        ),
        (
            "directive applied twice",
            "type T @interfaceObject @interfaceObject { a: Int }",
        ),
        (
            "schema twice",
            "schema { query: Query } schema { query: Query }",
        ),
        (
            "root twice",
            "schema { query: Query query: T } type T { a: Int }",
        ),
    ]
    .map(|(what, text)| (what, text.to_owned()))
    .into()
}

fn recursive() -> Vec<(&'static str, String)> {
    vec![
        ("input that requires itself", "input A { a: A! }".to_owned()),
        (
            "inputs that require each other",
            "input A { b: B! } input B { a: A! }".to_owned(),
        ),
        (
            "inputs in a large circle",
            chain(5000, |i, next| {
                format!("input X{i} {{ x: X{}! }}", next % 5000)
            }),
        ),
        (
            "inputs that require each other in countless ways",
            chain(60, |i, next| {
                format!("input X{i} {{ x: X{next}! y: X{next}! }}")
            }) + "input X60 { a: Int }",
        ),
        (
            "inputs that require themselves in countless ways",
            lines(40, |i| {
                let others = lines(40, |other| format!("x{other}: X{other}!"));
                format!("input X{i} {{ {others} }}")
            }),
        ),
        (
            "directives on each other's arguments in countless ways",
            chain(60, |i, next| {
                format!("directive @d{i}(a: Int @d{next} b: Int @d{next}) on ARGUMENT_DEFINITION")
            }) + "directive @d60 on ARGUMENT_DEFINITION",
        ),
        (
            "a directive whose argument leads to itself in countless ways",
            lines(40, |i| {
                let others = lines(40, |other| format!("x{other}: X{other}"));
                format!("input X{i} {{ {others} }}")
            }) + "directive @d(a: X0) on FIELD",
        ),
        (
            "a directive on its own argument",
            "directive @d(a: Int @d) on ARGUMENT_DEFINITION".to_owned(),
        ),
        (
            "an interface that implements itself",
            "interface I implements I { a: Int }".to_owned(),
        ),
        (
            "interfaces in a large circle",
            chain(20_000, |i, next| {
                format!("interface I{i} implements I{} {{ a: Int }}", next % 20_000)
            }),
        ),
        ("a union of itself", "union U = U".to_owned()),
    ]
}

fn not_graphql() -> Vec<(&'static str, String)> {
    [
        ("a control character", "type T { a: Int } \u{1}"),
        ("a null character", "type T { a\0: Int }"),
        ("letters beyond ASCII in a name", "type Größe { a: Int }"),
        ("a lone surrogate", "\"\\uD800\" type T { a: Int }"),
        (
            "surrogates the wrong way round",
            "\"\\uDC00\\uD800\" type T { a: Int }",
        ),
        ("an escape that is none", "\"\\q\" type T { a: Int }"),
        ("an escape cut short", "\"\\u12\" type T { a: Int }"),
        ("a string over two lines", "\"a\nb\" type T { a: Int }"),
        ("a string without end", "type T { a: Int } \"a"),
        ("a block string without end", "type T { a: Int } \"\"\"a"),
        ("a definition cut short", "type T { a: "),
        ("a bracket too many", "type T { a: Int } }"),
        ("a byte order mark inside", "type T { a: In\u{feff}t }"),
        ("an operation", "query { a }"),
        ("JSON", "{\"data\": {\"_service\": null}}"),
        ("HTML", "<html><body>502 Bad Gateway</body></html>"),
    ]
    .map(|(what, text)| (what, text.to_owned()))
    .into()
}

fn excessive() -> Vec<(&'static str, String)> {
    let flood = |text: &str| text.repeat((4 << 20) / text.len());
    let names = |count: usize, separator: &str| {
        let all: Vec<String> = (0..count).map(|i| format!("I{i}")).collect();
        all.join(separator)
    };
    vec![
        ("braces only", flood("{")),
        ("closing braces only", flood("} ")),
        ("control characters only", flood("\u{1}")),
        ("quotes only", "\"".repeat(1_000_001)),
        (
            "a type that is opened and opened",
            "type T { ".repeat(100_000),
        ),
        (
            "a long name",
            format!("type {} {{ a: Int }}", "T".repeat(1 << 20)),
        ),
        (
            "a long name of a field",
            format!("type T {{ {}: Int }}", "a".repeat(1 << 20)),
        ),
        (
            "many arguments",
            format!(
                "type T {{ a({}): Int }}",
                lines(5000, |i| format!("a{i}: Int"))
            ),
        ),
        (
            "many interfaces",
            format!(
                "{} type T implements {} {{ a: Int }}",
                lines(1000, |i| format!("interface I{i} {{ a: Int }}")),
                names(1000, " & ")
            ),
        ),
        (
            "many unknown types",
            format!(
                "type T {{ {} }}",
                lines(20_000, |i| format!("a{i}: Missing{i}"))
            ),
        ),
    ]
}

#[test]
fn what_is_not_graphql_is_a_diagnostic_with_a_place() {
    let mut wrong = Vec::new();
    for (what, text) in refused() {
        let outcome = check(&[subgraph("a", format!("type Query {{ q: Int }} {text}"))]);
        let codes = codes(&outcome);
        let Err(diagnostics) = outcome else {
            wrong.push(format!("{what}: composed"));
            continue;
        };
        let size: usize = diagnostics.iter().map(|one| one.message.len()).sum();
        let countless = what.ends_with("in countless ways");
        let placed = diagnostics.errors().all(|one| one.locations[0].line > 0);
        if codes != [Code::InvalidGraphql] || size > 1 << 20 || !(placed || countless) {
            wrong.push(format!(
                "{what}: {size} bytes, placed: {placed}, {diagnostics}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_subgraph_given_twice_is_a_diagnostic() {
    let inputs = ["a", "b", "a"].map(|name| subgraph(name, "type Query { q: Int @shareable }"));
    assert_eq!(codes(&check(&inputs)), [Code::InvalidSubgraphName]);
}

/// What is unusual but right, and what has to be in the supergraph.
fn composed() -> Vec<(&'static str, String, &'static str)> {
    let plain = |what, text: &str, expected| (what, text.to_owned(), expected);
    let fields = || lines(20_000, |i| format!("f{i}: ID!"));
    vec![
        plain("CRLF", "type T {\r\n  a: Int\r\n}\r\n", "a: Int"),
        plain("CR", "type T {\r  a: Int # comment\r  b: Int\r}\r", "b: Int"),
        plain("commas and tabs", ",type,\tT,{,a,:,Int,,,}", "a: Int"),
        plain("a surrogate pair", "\"\\uD83D\\uDE00\" type T { a: Int }", "\u{1f600}"),
        plain("a long escape", "\"\\u{1F600}\" type T { a: Int }", "\u{1f600}"),
        plain("quotes in a block string", "\"\"\"a \\\"\"\" b\"\"\" type T { a: Int }", "a \\\"\"\" b"),
        plain("a control character in a string", "\"a\\u0007b\" type T { a: Int }", "type T"),
        plain("a backslash in a comment", "# \\\ntype T { a: Int }", "a: Int"),
        plain("a name in a comment and in a string", &format!("# {0}\n\"{0}\" type T {{ a: Int }}", "x".repeat(5000)), "a: Int"),
        plain("the longest name", &format!("type {} {{ a: Int }}", "T".repeat(1024)), "TTTT"),
        (
            "many types",
            lines(20_000, |i| format!("type T{i} {{ a: Int }}")),
            "type T19999",
        ),
        ("many fields", format!("type T {{ {} }}", fields()), "f19999"),
        (
            "many values",
            format!("enum E {{ {} }}", lines(20_000, |i| format!("V{i}"))),
            "V19999",
        ),
        (
            "many members",
            format!(
                "union U = {} {}",
                (0..5000).map(|i| format!("T{i}")).collect::<Vec<_>>().join(" | "),
                lines(5000, |i| format!("type T{i} {{ a: Int }}"))
            ),
            "T4999",
        ),
        (
            "many keys",
            format!("type T {} {{ {} }}", lines(5000, |i| format!("@key(fields: \"f{i}\")")), fields()),
            "key: \"f4999\"",
        ),
        (
            "one key many times",
            format!("type T {} {{ id: ID! }}", "@key(fields: \"id\") ".repeat(20_000)),
            "key: \"id\"",
        ),
        (
            "a field many times in a key",
            format!("type T @key(fields: \"{}\") {{ id: ID! }}", "id ".repeat(50_000)),
            "id id",
        ),
        (
            "a deep key",
            format!(
                "type T @key(fields: \"{}id{}\") {{ id: ID! t: T }}",
                "t { ".repeat(150),
                " }".repeat(150)
            ),
            "t { id }",
        ),
        (
            "fragments in fragments",
            format!(
                "type T @key(fields: \"id\") {{ id: ID! e: ID @external r: ID @requires(fields: \"{}e{}\") }}",
                "... on T { ".repeat(150),
                " }".repeat(150)
            ),
            "r: ID",
        ),
        (
            "a directive's argument of a recursive input",
            "directive @d(where: Where) on FIELD input Where { and: [Where] or: [Where] not: Where by: By } input By { where: Where by: By }".to_owned(),
            "by: By",
        ),
    ]
}

#[test]
fn what_is_unusual_but_graphql_composes() {
    let other = subgraph("b", "type T @key(fields: \"id\") { id: ID! e: ID }");
    let mut wrong = Vec::new();
    for (what, text, expected) in composed() {
        let mut inputs = vec![subgraph("a", format!("type Query {{ q: Int }}\n{text}"))];
        if text.contains("@external") {
            inputs.push(other.clone());
        }
        match check(&inputs) {
            Err(failed) => wrong.push(format!("{what}: {failed}")),
            Ok(composed) => {
                let sdl = &composed.supergraph;
                let read = schema_model::Supergraph::parse(sdl).is_ok();
                if !read || !sdl.contains(expected) {
                    wrong.push(format!("{what}: read: {read}, {sdl:.2000}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let mut input = subgraph("a", "type Query { q: Int }");
    input.sdl.insert(0, '\u{feff}');
    check(&[input]).unwrap();
}

#[test]
fn inputs_that_only_together_lead_everywhere_are_a_diagnostic() {
    // Each subgraph requires every other step; merged, the strictest holds.
    let chained = |own: usize| {
        let inputs = chain(60, |i, next| {
            let required = if i % 2 == own { "!" } else { "" };
            format!("input X{i} {{ x: X{next}{required} y: X{next}{required} }}")
        });
        format!("type Query {{ q{own}(x: X0): Int }} {inputs} input X60 {{ a: Int }}")
    };
    let outcome = check(&[subgraph("a", chained(0)), subgraph("b", chained(1))]);
    assert_eq!(codes(&outcome), [Code::InvalidGraphql]);
}

#[test]
fn fields_of_interface_objects_are_not_copied_without_bound() {
    let objects = lines(2000, |i| {
        format!("type T{i} implements I @key(fields: \"id\") {{ id: ID! }}")
    });
    let interface =
        format!("type Query {{ i: I }} interface I @key(fields: \"id\") {{ id: ID! }} {objects}");
    let described = format!(
        "type I @interfaceObject @key(fields: \"id\") {{ id: ID! \"{}\" f: Int }}",
        "x".repeat(1 << 20)
    );
    let outcome = check(&[subgraph("a", interface), subgraph("b", described)]);
    assert_eq!(codes(&outcome), [Code::UnsupportedFeature]);
}

#[test]
fn access_rules_do_not_multiply_without_bound() {
    let any = lines(1000, |i| format!("[\"a{i}\"]"));
    let mut inputs = vec![with_scopes("a", &any)];
    for name in ["b", "c", "d"] {
        let all = lines(5000, |i| format!("\"{name}{i}\""));
        inputs.push(with_scopes(name, &format!("[{all}]")));
    }
    let composed = check(&inputs).unwrap();
    assert!(composed.supergraph.len() < 1 << 20);
}

fn with_scopes(name: &str, scopes: &str) -> SubgraphInput {
    let text = format!(
        "type Query {{ q: Int @shareable @federation__requiresScopes(scopes: [{scopes}]) }}"
    );
    subgraph(name, text)
}

#[test]
fn hints_are_bounded_where_everything_differs() {
    // What every subgraph has, all the others lack.
    let inputs: Vec<SubgraphInput> = (0..100)
        .map(|graph| {
            let own =
                |prefix: &str, suffix: &str| lines(40, |i| format!("{prefix}{graph}_{i}{suffix}"));
            let text = format!(
                "type Query {{ u: U @shareable e: E @shareable point(in: In): Point @shareable }}\n\
                 type Point @shareable {{ x: Int {} }} input In {{ x: Int {} }} enum E {{ {} }}\n\
                 union U = M {} type M @shareable {{ a: Int }} {}\n\
                 \"{}{graph}\" directive @d on FIELD",
                own("f", ": Int"),
                own("f", ": Int"),
                own("V", ""),
                own("| M", ""),
                own("type M", " { a: Int }"),
                "x".repeat(5000)
            );
            subgraph(format!("s{graph:03}"), text)
        })
        .collect();
    let hints = match check(&inputs) {
        Ok(composed) => composed.hints,
        Err(failed) => panic!("{failed}"),
    };
    for level in [Level::Warning, Level::Info, Level::Debug] {
        let count = hints.iter().filter(|hint| hint.level == level).count();
        assert!(count <= 1000, "{count}");
    }
    assert!(hints.len() > 1000);
    assert!(hints.iter().all(|hint| hint.message.len() < 2000));
    assert!(hints.iter().all(|hint| hint.locations.len() <= 32));
}

#[test]
fn composed_directives_of_many_specifications_cost_no_more_than_their_number() {
    const MANY: usize = 10_000;
    let mut one_each = lines(MANY, |index| {
        format!(
            r#"extend schema @link(url: "https://x.example/s{index}/v1.0", import: ["@d{index}"]) @federation__composeDirective(name: "@d{index}")
directive @d{index} on FIELD_DEFINITION"#
        )
    });
    let names = lines(MANY, |index| format!("\"@d{index}\""));
    let mut all_of_one =
        format!(r#"extend schema @link(url: "https://x.example/all/v1.0", import: [{names}])"#);
    all_of_one += &lines(MANY, |index| {
        format!(r#"@federation__composeDirective(name: "@d{index}")"#)
    });
    all_of_one += &lines(MANY, |index| {
        format!("directive @d{index} on FIELD_DEFINITION")
    });
    for sdl in [&mut one_each, &mut all_of_one] {
        sdl.push_str("type Query { a: Int @d1 @d2 }");
        let composed = check(&[subgraph("a", sdl.as_str())]).unwrap();
        assert!(composed.supergraph.contains("a: Int @d1 @d2"));
    }
}
