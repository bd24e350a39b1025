//! The bombs.

use std::fmt::Write;

use serde_json::json;

/// A request, or several, made to hurt.
pub(crate) struct Bomb {
    pub(crate) name: &'static str,
    /// How many requests it takes.
    pub(crate) requests: usize,
    /// The body of the nth request.
    pub(crate) body: fn(usize) -> Vec<u8>,
}

const fn one(name: &'static str, body: fn(usize) -> Vec<u8>) -> Bomb {
    Bomb {
        name,
        requests: 1,
        body,
    }
}

pub(crate) fn all() -> Vec<Bomb> {
    vec![
        one("an honest query, for comparison", |_| {
            query("{ node { id name ... on T0 { own0 other { own1 } } } text }")
        }),
        one("fragments that double, 30 levels", |_| {
            query(&doubling("...F"))
        }),
        one("fragments that double fields", |_| {
            query(&doubling("a: child { ...F} b: child { ...F} "))
        }),
        one("10,000 aliases", |_| {
            query(&each(10_000, "{ node { ", "a#:id ", "} }"))
        }),
        one("1 MB of fields", |_| {
            query(&each(250_000, "{ node { ", "name ", "} }"))
        }),
        one("7,000 fields, all the same", |_| {
            query(&each(7_000, "{ node { ", "id ", "} }"))
        }),
        one("4,000 fields that do not exist", |_| {
            query(&each(4_000, "{ node { ", "x# ", "} }"))
        }),
        one("250 kB of fields that do not exist, on one line", |_| {
            query(&each(
                4_900,
                "{ ",
                "this_field_does_not_exist_but_its_name_is_long_# ",
                "}",
            ))
        }),
        one("2,500 levels of fields", |_| {
            query(&nested(2_500, "{ node { ", "child{", "id "))
        }),
        one("2,000 levels of inline fragments", |_| {
            query(&nested(2_000, "{ node { ", "...{", "id "))
        }),
        one("280 levels of inline fragments, ten wide", |_| {
            query(&nested(
                280,
                "{ node { ",
                "... { id id id id id id id id id id } ... { ",
                "id ",
            ))
        }),
        one("7,000 levels of a list value", |_| {
            query(&format!(
                "{{ node(list: {}{}) {{ id }} }}",
                "[".repeat(7_000),
                "]".repeat(7_000)
            ))
        }),
        one("3,000 levels of an object value", |_| {
            query(&format!(
                "{{ node(json: {}1{}) {{ id }} }}",
                "{a:".repeat(3_000),
                "}".repeat(3_000)
            ))
        }),
        one("7,000 levels of a list type", |_| {
            query(&format!(
                "query($a: {}Int{}) {{ text }}",
                "[".repeat(7_000),
                "]".repeat(7_000)
            ))
        }),
        one("a list value of 7,000 items", |_| {
            query(&each(7_000, "{ nodes(ids: [", "# ", "]) { id } }"))
        }),
        one("fields that overlap in 10^10 ways", |_| {
            query(&overlapping(10, 10))
        }),
        one("fields that overlap in 3^20 ways", |_| {
            query(&overlapping(3, 20))
        }),
        one("1,800 fields of one key in conflict", |_| {
            query(&each(1_800, "{ node { ", "name(a:#) ", "} }"))
        }),
        one("500 keys selected on 20 types each", |_| {
            let types = (0..20).map(|ty| {
                format!(
                    "... on T{ty} {{ {} }} ",
                    each(24, "", "a#: child { id } ", "")
                )
            });
            query(&format!("{{ node {{ {} }} }}", types.collect::<String>()))
        }),
        one("1,200 operations", |_| {
            query(&each(1_200, "", "query Q#{text}", ""))
        }),
        one(
            "600 operations that share a fragment of 3,000 fields",
            |_| {
                let fragment = each(3_000, "fragment F on Node { ", "id ", "} ");
                query(&each(600, &fragment, "query Q#{node{...F}}", ""))
            },
        ),
        one("1,000 fragments, each in a chain", |_| {
            let chain = (0..1_000).map(|n| format!("fragment F{n} on Node{{...F{}}}", n + 1));
            query(&format!(
                "{{ node {{ ...F0 }} }} {} fragment F1000 on Node {{ id }}",
                chain.collect::<String>()
            ))
        }),
        one("80 fragments, each spread in all before it", |_| {
            let lattice = (0..80).map(|n| {
                format!(
                    "fragment F{n} on Node {{ id {} }} ",
                    (n + 1..81)
                        .map(|to| format!("...F{to} "))
                        .collect::<String>()
                )
            });
            query(&format!(
                "{{ node {{ ...F0 }} }} {} fragment F80 on Node {{ id }}",
                lattice.collect::<String>()
            ))
        }),
        one("1,700 directives on a field", |_| {
            query(&each(1_700, "{ text ", "@skip(if:false)", "}"))
        }),
        one("1,400 variables, all used", |_| {
            let uses = each(1_400, "", "$v#,", "");
            query(&each(
                1_400,
                "query(",
                "$v#:ID!,",
                &format!(") {{ nodes(ids: [{uses}]) {{ id }} }}"),
            ))
        }),
        one("a string of 250 kB", |_| {
            query(&format!("{{ text(a: \"{}\") }}", "x".repeat(250_000)))
        }),
        one("a string of 40,000 escapes", |_| {
            query(&format!("{{ text(a: \"{}\") }}", "\\u00e9".repeat(40_000)))
        }),
        one("a block string of 120,000 lines", |_| {
            query(&format!(
                "{{ text(a: \"\"\"{}\"\"\") }}",
                " \n".repeat(120_000)
            ))
        }),
        one("250,000 commas", |_| {
            query(&format!("{{ text{} }}", ",".repeat(250_000)))
        }),
        one("120,000 comments", |_| {
            query(&format!("{{ text {} }}", "#\n".repeat(120_000)))
        }),
        one("a syntax error after 14,000 tokens", |_| {
            query(&each(7_000, "{ ", "id ", "! }"))
        }),
        one("introspection under 240 aliases", |_| {
            query(&each(
                240,
                "{ __schema { ",
                "a#: types { name fields { name args { name type { name } } type { name } } } ",
                "} }",
            ))
        }),
        one("introspection, nested", |_| {
            query(
                "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
            )
        }),
        one("introspection through ofType, 25 deep, wide", |_| {
            query(&nested(
                25,
                "{ __schema { types { fields { type { ",
                "name kind ofType { ",
                "name ",
            ))
        }),
        one("a list of 1,000,000 numbers as a variable", |_| {
            list("1", 990_000)
        }),
        one("a list of 300,000 objects with defaults", |_| {
            list("{}", 300_000)
        }),
        one("a list of 15,000 objects with defaults", |_| {
            list("{}", 15_000)
        }),
        one("a variable of 100,000 levels", |_| {
            let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
            body(
                "query($a: Json) { node(json: $a) { id } }",
                &format!("{{\"a\":{deep}}}"),
            )
        }),
        one("a variable with 100,000 keys, twice each", |_| {
            let keys: String = (0..100_000).fold(String::new(), |mut text, n| {
                let _ = write!(text, "\"k{}\":1,", n / 2);
                text
            });
            body(
                "query($a: Json) { node(json: $a) { id } }",
                &format!("{{\"a\":{{{keys}\"k\":1}}}}"),
            )
        }),
        one("100,000 variables that are not declared", |_| {
            let keys: String = (0..100_000).fold(String::new(), |mut text, n| {
                let _ = write!(text, "\"k{n}\":1,");
                text
            });
            body("{ text }", &format!("{{{keys}\"k\":1}}"))
        }),
        one("a string of 1.9 MB as a variable", |_| {
            body(
                "query($a: String) { text(a: $a) }",
                &format!("{{\"a\":\"{}\"}}", "x".repeat(1_900_000)),
            )
        }),
        one("a string of 300,000 escapes as a variable", |_| {
            body(
                "query($a: String) { text(a: $a) }",
                &format!("{{\"a\":\"{}\"}}", "\\u00e9".repeat(300_000)),
            )
        }),
        one("8 MB of variables", |_| list("1", 4_000_000)),
        one("extensions of 900,000 values", |_| {
            let values = vec!["1"; 900_000].join(",");
            format!("{{\"query\":\"{{ text }}\",\"extensions\":{{\"a\":[{values}]}}}}").into_bytes()
        }),
        Bomb {
            name: "3,000 valuations of 12 conditions",
            requests: 3_000,
            body: conditions,
        },
        Bomb {
            name: "1,500 different documents of 7,000 fields",
            requests: 1_500,
            body: |number| {
                query(&each(
                    7_000,
                    "{ node { ",
                    "id ",
                    &format!("}} x{number}: text }}"),
                ))
            },
        },
    ]
}

fn body(query: &str, variables: &str) -> Vec<u8> {
    format!("{{\"query\":{},\"variables\":{variables}}}", json!(query)).into_bytes()
}

fn query(text: &str) -> Vec<u8> {
    body(text, "{}")
}

/// `times` copies of `part`, `#` being its number.
fn each(times: usize, before: &str, part: &str, after: &str) -> String {
    let mut text = before.to_owned();
    for number in 0..times {
        text += &part.replace('#', &number.to_string());
    }
    text + after
}

fn nested(levels: usize, before: &str, part: &str, inside: &str) -> String {
    let open = before.matches('{').count()
        + levels * (part.matches('{').count() - part.matches('}').count());
    format!(
        "{before}{}{inside}{}",
        part.repeat(levels),
        "}".repeat(open)
    )
}

/// Thirty fragments, each with the next one in the places of `...F`.
fn doubling(part: &str) -> String {
    let mut text = String::from("{ node { ...F0 } } ");
    for level in 0..30 {
        let next = format!("...F{} ", level + 1);
        let _ = write!(
            text,
            "fragment F{level} on Node {{ {0} {0} }} ",
            part.replace("...F", &next)
        );
    }
    text + "fragment F30 on Node { id }"
}

/// At each level one key stands on the interface and on `width` types, each time with something else below.
fn overlapping(width: usize, levels: usize) -> String {
    let mut text = String::from("id");
    for level in 0..levels {
        let own = (0..width).map(|ty| format!("... on T{ty} {{ child {{ a{ty}l{level}: id }} }} "));
        text = format!("{} child {{ {text} }}", own.collect::<String>());
    }
    format!("{{ node {{ {text} }} }}")
}

fn list(item: &str, times: usize) -> Vec<u8> {
    let items = vec![item; times].join(",");
    let ty = if item == "1" {
        "ids: $a"
    } else {
        "filters: $a"
    };
    let declared = if item == "1" { "[ID!]" } else { "[Filter!]" };
    body(
        &format!("query($a: {declared}) {{ nodes({ty}) {{ id }} }}"),
        &format!("{{\"a\":[{items}]}}"),
    )
}

/// A document with twelve conditions over 150 fields each, and the nth valuation.
fn conditions(number: usize) -> Vec<u8> {
    let declared = each(12, "", "$c#: Boolean! ", "");
    let fields = (0..12).map(|n| {
        each(
            38,
            &format!("... @include(if: $c{n}) {{ "),
            &format!("a{n}x#: children {{ id name }} "),
            "} ",
        )
    });
    let values = (0..12).map(|n| format!("\"c{n}\":{}", number >> n & 1 == 1));
    let text = format!(
        "query({declared}) {{ node {{ {} }} }}",
        fields.collect::<String>()
    );
    body(
        &text,
        &format!("{{{}}}", values.collect::<Vec<_>>().join(",")),
    )
}
