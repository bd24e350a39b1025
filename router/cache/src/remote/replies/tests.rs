//! What is read of the log, whoever wrote it.

use super::*;

fn bulk(bytes: impl AsRef<[u8]>) -> Value {
    Value::BulkString(bytes.as_ref().to_vec())
}

fn read(fields: &[(&str, &[u8])]) -> String {
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
    let cases: &[(&[(&str, &[u8])], String)] = &[
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
fn a_log_without_head_or_stream_is_none() {
    let transaction = |head: [Value; 2], info: Value| {
        let replies = vec![Value::Nil, Value::Array(head.to_vec()), info];
        log(Value::Array(replies)).unwrap().0
    };
    let info = Value::Array(vec![
        bulk("last-generated-id"),
        bulk("7-0"),
        bulk("entries-added"),
        Value::Int(4),
    ]);
    let known = transaction([bulk("9"), bulk("3")], info.clone()).unwrap();
    assert_eq!(
        (known.generation, known.numbered, known.added),
        (9, 3, Some(4))
    );
    assert_eq!(known.last.to_string(), "7-0");
    assert_eq!(transaction([Value::Nil, Value::Nil], info.clone()), None);
    assert_eq!(transaction([bulk("9"), Value::Nil], info), None);
    assert_eq!(transaction([bulk("9"), bulk("3")], Value::Nil), None);
    assert!(log(Value::Nil).is_err());
}
