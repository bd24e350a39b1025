//! Different values are different bytes: what was written can be read back.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Absent,
    Null,
    Boolean(bool),
    Integer(i64),
    Float(u64),
    Number(String),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

use Value::{Absent, Boolean, Bytes, Float, Integer, List, Null, Number, Object, Text};

impl Value {
    fn write(&self, writer: &mut KeyWriter) {
        match self {
            Absent => writer.absent(),
            Null => writer.null(),
            Boolean(value) => writer.boolean(*value),
            Integer(value) => writer.integer(*value),
            Float(bits) => writer.float(f64::from_bits(*bits)),
            Number(written) => writer.number(written),
            Text(text) => writer.text(text),
            Bytes(bytes) => writer.bytes(bytes),
            List(values) => {
                writer.list(values.len());
                values.iter().for_each(|value| value.write(writer));
            }
            Object(pairs) => {
                writer.object(pairs.len());
                for (name, value) in pairs {
                    writer.text(name);
                    value.write(writer);
                }
            }
        }
    }

    /// The value that `bytes` begin with.
    fn read(bytes: &mut &[u8]) -> Self {
        let take = |bytes: &mut &[u8], length: usize| {
            let (taken, rest) = bytes.split_at(length);
            *bytes = rest;
            taken.to_vec()
        };
        let eight = |bytes: &mut &[u8]| <[u8; 8]>::try_from(take(bytes, 8)).unwrap();
        let length = |bytes: &mut &[u8]| u64::from_le_bytes(eight(bytes)) as usize;
        let sized = |bytes: &mut &[u8]| {
            let length = length(bytes);
            take(bytes, length)
        };
        let text = |bytes: &mut &[u8]| String::from_utf8(sized(bytes)).unwrap();
        match take(bytes, 1)[0] {
            kinds::ABSENT => Absent,
            kinds::NULL => Null,
            kinds::FALSE => Boolean(false),
            kinds::TRUE => Boolean(true),
            kinds::INTEGER => Integer(i64::from_le_bytes(eight(bytes))),
            kinds::FLOAT => Float(u64::from_le_bytes(eight(bytes))),
            kinds::NUMBER => Number(text(bytes)),
            kinds::TEXT => Text(text(bytes)),
            kinds::BYTES => Bytes(sized(bytes)),
            kinds::LIST => List((0..length(bytes)).map(|_| Self::read(bytes)).collect()),
            kinds::OBJECT => {
                let pairs = 0..length(bytes);
                Object(
                    pairs
                        .map(|_| match Self::read(bytes) {
                            Text(name) => (name, Self::read(bytes)),
                            other => panic!("{other:?} is no name"),
                        })
                        .collect(),
                )
            }
            other => panic!("{other} is no kind"),
        }
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Absent),
        Just(Null),
        any::<bool>().prop_map(Boolean),
        any::<i64>().prop_map(Integer),
        any::<u64>().prop_map(Float),
        "[0-9.e-]{0,6}".prop_map(Number),
        ".{0,6}".prop_map(Text),
        any::<Vec<u8>>().prop_map(Bytes),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(List),
            prop::collection::vec((".{0,4}", inner), 0..4).prop_map(Object),
        ]
    })
}

fn written(namespace: &str, values: &[Value]) -> (Vec<u8>, Key) {
    let mut writer = KeyWriter::new(namespace);
    values.iter().for_each(|value| value.write(&mut writer));
    (writer.written.clone(), writer.finish())
}

fn text(text: &str) -> Value {
    Text(text.to_owned())
}

fn object(pairs: &[(&str, Value)]) -> Value {
    Object(
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    )
}

/// Other caches' collisions among them.
#[test]
fn similar_values_have_different_keys() {
    let cases: &[(Vec<Value>, Vec<Value>)] = &[
        (
            vec![object(&[("a", text("1b:2"))])],
            vec![object(&[("a", text("1")), ("b", text("2"))])],
        ),
        (vec![Null], vec![text("null")]),
        (vec![Null], vec![Absent]),
        (vec![], vec![Absent]),
        (vec![Integer(1)], vec![text("1")]),
        (vec![Integer(1)], vec![Boolean(true)]),
        (vec![Integer(1)], vec![Float(1f64.to_bits())]),
        (vec![Number("1".to_owned())], vec![Number("1.0".to_owned())]),
        (vec![Number("1".to_owned())], vec![text("1")]),
        (vec![text("ab"), text("c")], vec![text("a"), text("bc")]),
        (vec![text("a")], vec![Bytes(b"a".to_vec())]),
        (vec![List(vec![])], vec![Object(vec![])]),
        (
            vec![List(vec![text("a")]), text("b")],
            vec![List(vec![text("a"), text("b")])],
        ),
        (
            vec![List(vec![List(vec![])])],
            vec![List(vec![]), List(vec![])],
        ),
        (vec![Float(0f64.to_bits())], vec![Float((-0f64).to_bits())]),
        (vec![text("")], vec![]),
    ];
    for (one, other) in cases {
        assert_ne!(
            written("n", one).1,
            written("n", other).1,
            "{one:?} {other:?}"
        );
    }
    assert_ne!(written("a", &[text("b")]).1, written("ab", &[]).1);
    assert_ne!(written("a", &[]).1, written("b", &[]).1);
}

#[test]
fn keys_are_the_same_tomorrow() {
    let (_, key) = written("weft", &[text("users"), Integer(1)]);
    insta::assert_debug_snapshot!(key, @"Key(75d2c87e8a80c798c746ad97c48122e1b3f1dd1777249a23)");
}

proptest! {
    #[test]
    fn what_was_written_can_be_read_back(written_values in prop::collection::vec(values(), 0..4)) {
        let (bytes, _) = written("n", &written_values);
        let mut rest = &bytes[..];
        prop_assert_eq!(Value::read(&mut rest), text("n"));
        let mut read = Vec::new();
        while !rest.is_empty() {
            read.push(Value::read(&mut rest));
        }
        prop_assert_eq!(read, written_values);
    }
}
