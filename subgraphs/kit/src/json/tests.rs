//! The same as `serde_json`, for everything that can come.

use async_graphql::{Name, PathSegment, Pos, Response, ServerError, Value, Variables, value};
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Reference {
    variables: Option<Variables>,
}

#[test]
fn variables_are_read_as_serde_reads_them() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(120), "]".repeat(120));
    let too_deep = format!("{{\"a\":{}1{}}}", "[".repeat(130), "]".repeat(130));
    let many: String = (0..40).map(|n| format!("\"k{n}\":{n},")).collect();
    let many = format!("{{\"a\":[{{{many}\"z\":1}},{{{many}\"z\":2}}]}}");
    for text in [
        "null",
        "{}",
        "{\"a\":null,\"b\":true,\"c\":false,\"a\":2}",
        "{\"n\":[0,-0,-1,1.0,1e3,1E400,-1e-400,18446744073709551615,18446744073709551616,-9223372036854775809,0.1]}",
        "{\"s\":[\"\",\"ü\",\"\\u00fc\\n\\\"\",\"\\ud83d\\ude00\",\"\\ud83d\"]}",
        "{\"r\":[{\"__typename\":\"A\",\"id\":\"1\"},{\"__typename\":\"B\",\"\\u0069d\":{\"id\":[]}},{\"id\":1,\"id\":2}]}",
        "[]",
        "3",
        "\"x\"",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":[1,]}",
        "{\"a\":1",
        &deep,
        &too_deep,
        &many,
    ] {
        let body = format!("{{\"query\":\"q\",\"variables\":{text}}}");
        let read = serde_json::from_str::<RequestBody>(&body).map(|body| body.variables);
        let reference = serde_json::from_str::<Reference>(&body);
        let reference = reference.map(|body| body.variables.unwrap_or_default());
        match (read, reference) {
            (Ok(read), Ok(reference)) => {
                assert_eq!(read, reference, "{text}");
                let (read, reference) = (read.into_value(), reference.into_value());
                assert_eq!(read.to_string(), reference.to_string(), "{text}");
            }
            (Err(read), Err(reference)) => {
                assert_eq!(read.to_string(), reference.to_string(), "{text}");
            }
            (read, reference) => panic!("{text}: {read:?} and not {reference:?}"),
        }
    }
    let absent = serde_json::from_str::<RequestBody>("{}").unwrap();
    assert_eq!(absent.variables, Variables::default());
    assert_eq!((absent.query, absent.operation_name), (None, None));
    let escaped = serde_json::from_str::<RequestBody>("{\"query\":\"{ a(s: \\\"\\n\\\") }\"}");
    assert_eq!(escaped.unwrap().query.unwrap(), "{ a(s: \"\n\") }");
}

/// Texts with every character of one byte, at every place of a chunk, and longer characters.
fn texts() -> Vec<Value> {
    let ascii = (0..128).map(|byte| char::from(byte).to_string());
    let placed = (0..40).map(|at| format!("{}\"{}", "x".repeat(at), "y".repeat(40 - at)));
    let plain = (0..40).map(|length| "z".repeat(length));
    let other = ["ü\u{2028}😀", "\u{7f}\u{80}", "</script>"].map(str::to_owned);
    let all = ascii.chain(placed).chain(plain).chain(other);
    all.map(Value::String).collect()
}

#[test]
fn responses_are_written_as_serde_writes_them() {
    let numbers: Value = serde_json::from_str(
        "[0,-1,1.0,1.5e300,0.1,1e-7,123456789.125,18446744073709551615,-9223372036854775808]",
    )
    .unwrap();
    let data = value!({
        "list": [[], {}, null, true, false, [[1, 2], [3]]],
        "nested": { "a": { "b": { "c": {} } }, "d": "e" },
    });
    let name = Value::Enum(Name::new("NEWEST_FIRST"));
    let bytes = Value::Binary(bytes::Bytes::from_static(&[0, 200, 255]));
    let mut responses: Vec<_> = [
        numbers,
        data,
        name,
        bytes,
        Value::Null,
        Value::List(texts()),
    ]
    .map(Response::new)
    .into();
    let mut failed = Response::new(value!({ "a": null }));
    let pos = Some(Pos { line: 1, column: 2 });
    let mut error = ServerError::new("\"what\"\n", pos);
    error.path = vec![PathSegment::Field("a".to_owned()), PathSegment::Index(3)];
    failed.errors = vec![error.clone(), error];
    failed = failed.extension("weft", value!({ "text": "\\" }));
    responses.push(failed);
    for response in responses {
        let written = String::from_utf8(write_response(&response).unwrap()).unwrap();
        assert_eq!(written, serde_json::to_string(&response).unwrap());
    }
}
