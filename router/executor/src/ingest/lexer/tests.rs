//! The reader against `serde_json`.

use proptest::prelude::*;

use super::*;

fn accepts(text: &str) -> bool {
    let mut reader = Reader::new(text);
    reader.skip().is_ok() && reader.end().is_ok()
}

fn has_lone_surrogate(text: &str) -> bool {
    let mut reader = Reader::new(text);
    reader.skip().is_ok() && reader.end().is_ok() && reader.take_lone_surrogate()
}

/// Agrees with serde_json, except where that has limits of its own: it takes only what a float can hold, and strings
/// that are Unicode.
fn check(text: &str) {
    if has_lone_surrogate(text) {
        assert!(serde_json::from_str::<serde_json::Value>(text).is_err());
        return;
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(_) => assert!(accepts(text), "{text:?} is JSON"),
        Err(error) if error.to_string().starts_with("number out of range") => {}
        Err(error) if error.to_string().starts_with("recursion limit") => {}
        Err(error) => assert!(!accepts(text), "{text:?} is not JSON: {error}"),
    }
}

const TEXTS: &[&str] = &[
    "",
    " ",
    "null",
    " null ",
    "nul",
    "nulll",
    "True",
    "0",
    "-0",
    "00",
    "01",
    "-",
    "+1",
    "1.",
    ".5",
    "1.5e",
    "1e+",
    "1E-5",
    "1e5.0",
    "1 2",
    "0x10",
    "NaN",
    "Infinity",
    "\"\"",
    "\"",
    "\"\\",
    "\"\\\"",
    "\"a\\",
    "\"\t\"",
    "\"\u{7f}\u{80}\"",
    r#""\u""#,
    r#""\u12""#,
    r#""\u123g""#,
    r#""\u+123""#,
    r#""\ud800""#,
    r#""\ud800\n""#,
    r#""\ud800\ud800""#,
    r#""\udc00""#,
    r#""\ud83d\ude00""#,
    r#""\a""#,
    "[",
    "[]",
    "[ ]",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1]]",
    "{",
    "{}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1]",
    "{1:2}",
    "/**/1",
    "\u{feff}1",
    "1\u{a0}",
    "'a'",
    "[\"12345678\",\"1234567\\\"\"]",
    "\"1234567\n\"",
];

#[test]
fn json_is_read_strictly() {
    TEXTS.iter().for_each(|text| check(text));
}

#[test]
fn a_plain_run_ends_at_each_special_byte() {
    for at in 0..20 {
        for special in [0, 0x1f, b'"', b'\\'] {
            for (before, after) in [(b' ', b'"'), (0xff, 0), (b'!', b'\\'), (b'#', b'[')] {
                let mut bytes = vec![before; at];
                bytes.push(special);
                bytes.extend([after; 9]);
                assert_eq!(plain_length(&bytes), at);
            }
        }
    }
    assert_eq!(plain_length(&[0x7f; 13]), 13);
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("false".to_owned()),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?",
        "\"(\\PC|\\\\[\"\\\\/bfnrtu]|\\\\u[0-9a-fA-F]{4}){0,9}\"",
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(", "))),
            prop::collection::vec(inner, 0..4).prop_map(|v| {
                let members = v.iter().map(|value| format!("\"k\": {value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_are_judged_as_serde_json_does(text in json()) {
        check(&text);
    }

    #[test]
    fn damaged_texts_are_judged_as_serde_json_does(
        text in json(),
        at in any::<prop::sample::Index>(),
        with in prop::sample::select(&b"\"\\{}[],:0-.e \x00\x1ftnu"[..]),
        cuts in any::<bool>(),
    ) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        if cuts { bytes.truncate(at) } else { bytes[at] = with }
        if let Ok(text) = std::str::from_utf8(&bytes) {
            check(text);
        }
    }

    #[test]
    fn noise_is_judged_as_serde_json_does(text in "[\\[\\]{}:,\"\\\\ 0-9a-fnrtu.eE+\\-]{0,24}") {
        check(&text);
    }
}
