//! What is read of the log, whoever wrote it.

use super::*;

fn bulk(bytes: impl AsRef<[u8]>) -> Value {
    Value::BulkString(bytes.as_ref().to_vec())
}

/// Of an entry: names and values.
type Fields<'f> = &'f [(&'f str, &'f [u8])];

fn read(fields: Fields<'_>) -> String {
    let fields = fields
        .iter()
        .flat_map(|(name, value)| [bulk(name), bulk(value)]);
    let entry = Value::Array(vec![bulk("5-1"), Value::Array(fields.collect())]);
    let entries = log_entries(Value::Array(vec![entry]));
    let [entry] = &entries[..] else {
        return format!("{entries:?}");
    };
    assert_eq!(entry.at.to_string(), "5-1");
    let number = entry
        .number
        .map_or("-".to_owned(), |number| number.to_string());
    match &entry.what {
        What::Reset => format!("{number} reset"),
        What::Tags { tags, mode } => {
            let tags: Vec<_> = tags.iter().map(|tag| tag.bits() % 1000).collect();
            format!("{number} {mode:?} {tags:?}")
        }
    }
}

#[test]
fn what_cannot_be_read_invalidates_everything() {
    let one = &1u64.to_le_bytes()[..];
    let two = &[1u64.to_le_bytes(), 2u64.to_le_bytes()].concat()[..];
    let named = Tag::named("a").bits() % 1000;
    let cases: &[(Fields<'_>, String)] = &[
        (
            &[("n", b"3"), ("t", two), ("m", b"h")],
            "3 Hard [1, 2]".to_owned(),
        ),
        (
            &[("n", b"3"), ("t", one), ("m", b"s")],
            "3 Soft [1]".to_owned(),
        ),
        (
            &[("n", b"1"), ("t", b""), ("m", b"r")],
            "1 reset".to_owned(),
        ),
        // Change-data-capture jobs'.
        (&[("tag", b"a")], format!("- Hard [{named}]")),
        (
            &[("tag", b"a"), ("tag", b"a"), ("m", b"s")],
            format!("- Soft [{named}, {named}]"),
        ),
        (&[("t", one), ("tag", b"a")], format!("- Hard [1, {named}]")),
        (
            &[("tag", b"a"), ("by", b"job 7")],
            format!("- Hard [{named}]"),
        ),
        // Mistakes.
        (&[], "- reset".to_owned()),
        (&[("t", b"1234567")], "- reset".to_owned()),
        (&[("t", one), ("m", b"hard")], "- reset".to_owned()),
        (&[("tags", b"a")], "- reset".to_owned()),
    ];
    for (fields, expected) in cases {
        assert_eq!(read(fields), *expected, "{fields:?}");
    }
}

#[test]
fn a_log_that_is_not_there_is_none_and_one_that_cannot_be_read_a_failure() {
    let reply = |fields: &[Value]| log(Value::Array(fields.to_vec()));
    let none = Value::Array(Vec::new());
    let fields = [
        bulk("9"),
        bulk("3"),
        bulk("7-0"),
        Value::Int(4),
        bulk("0-0"),
        none.clone(),
    ];
    let known = reply(&fields).unwrap().0.unwrap();
    assert_eq!(
        (known.generation, known.numbered, known.added),
        (9, 3, Some(4))
    );
    assert_eq!(known.last.to_string(), "7-0");
    // Redis 6.2 does not count what is added.
    let fields = [
        bulk("9"),
        bulk("3"),
        bulk("7-0"),
        bulk(""),
        bulk(""),
        none.clone(),
    ];
    assert_eq!(reply(&fields).unwrap().0.unwrap().added, None);
    assert_eq!(reply(&[]).unwrap(), (None, Vec::new()));
    assert!(
        reply(&[
            bulk("9"),
            bulk("3"),
            bulk("x"),
            bulk(""),
            bulk(""),
            none.clone()
        ])
        .is_err()
    );
    assert!(reply(&[bulk("9"), none]).is_err());
    assert!(log(Value::Nil).is_err());
}
