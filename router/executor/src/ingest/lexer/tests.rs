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
    for at in 0..60 {
        for special in [0, 0x1f, b'"', b'\\'] {
            for (before, after) in [(b' ', b'"'), (0xff, 0), (b'!', b'\\'), (b'#', b'[')] {
                let mut bytes = vec![before; at];
                bytes.push(special);
                bytes.extend([after; 9]);
                assert_eq!(careful_length(&bytes), at);
                if special > 0x1f {
                    assert_eq!(dense_length(&bytes), at);
                }
            }
        }
    }
    for length in 0..60 {
        let bytes = vec![0x7f; length];
        assert_eq!(careful_length(&bytes), length);
        assert_eq!(dense_length(&bytes), length);
    }
}

#[test]
fn a_plain_integer_is_one_of_32_bits_and_nothing_more() {
    let check = |text: &str, expected| {
        let found = Reader::new(text).plain_integer();
        assert_eq!(found, expected, "{text:?}");
    };
    check("0", Some((0, 1)));
    check("-0", Some((0, 2)));
    check("7,", Some((0, 1)));
    check("123456789}", Some((0, 9)));
    check("-123456789 ", Some((0, 10)));
    for other in [
        "",
        "-",
        "--1",
        "+1",
        "00",
        "-01",
        "1.",
        "1e5",
        "1E5",
        "x",
        " 1",
        "1234567890",
    ] {
        check(other, None);
    }
}

#[test]
fn the_least_byte_is_found_anywhere() {
    for length in 1..200 {
        for at in 0..length {
            let mut bytes = vec![b' '; length];
            bytes[at] = 0x1f;
            assert_eq!(least(&bytes), 0x1f);
        }
    }
    assert_eq!(least(&[]), u8::MAX);
}

#[test]
fn a_key_is_recognised_by_all_of_its_bytes() {
    for length in 1..40 {
        let name = &"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"[..length];
        let key = Key::new(name);
        assert_eq!(key.quoted(), format!("\"{name}\"").as_bytes());
        let text = format!("\"{name}\":");
        for rest in ["", "1", "\"something that is longer than a word\""] {
            assert!(key.begins(format!("{text}{rest}").as_bytes()));
            for at in 0..text.len() {
                let mut other = format!("{text}{rest}").into_bytes();
                other[at] ^= 1;
                assert!(!key.begins(&other));
                assert!(!key.begins(&text.as_bytes()[..at]));
            }
        }
    }
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
