//! A response.

use async_graphql::{Response, Value};
use serde::Serialize;

/// What most answers need at least, in bytes.
const ROOM: usize = 1024;
/// Bytes of a text that are looked at in one go.
const CHUNK: usize = 16;

/// The text of a response.
///
/// # Errors
/// Something in it has no JSON; the library's values all have.
pub(crate) fn write_response(response: &Response) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(ROOM);
    out.push(b'{');
    if !response.errors.is_empty() {
        out.extend_from_slice(b"\"errors\":");
        serialize(&mut out, &response.errors)?;
        out.push(b',');
    }
    out.extend_from_slice(b"\"data\":");
    write_value(&mut out, &response.data)?;
    if !response.extensions.is_empty() {
        out.extend_from_slice(b",\"extensions\":");
        serialize(&mut out, &response.extensions)?;
    }
    out.push(b'}');
    Ok(out)
}

fn write_value(out: &mut Vec<u8>, value: &Value) -> serde_json::Result<()> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::String(text) => return write_text(out, text),
        Value::Enum(name) => return write_text(out, name),
        Value::Number(_) | Value::Binary(_) => return serialize(out, value),
        Value::List(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_value(out, item)?;
            }
            out.push(b']');
        }
        Value::Object(members) => {
            out.push(b'{');
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_text(out, name)?;
                out.push(b':');
                write_value(out, member)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn write_text(out: &mut Vec<u8>, text: &str) -> serde_json::Result<()> {
    if needs_escapes(text.as_bytes()) {
        return serialize(out, text);
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
    Ok(())
}

/// Whether a text has characters that JSON does not hold as they are.
fn needs_escapes(text: &[u8]) -> bool {
    let special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    // Without a way out of the loop the compiler looks at a chunk at once.
    let any = |chunk: &[u8]| {
        chunk
            .iter()
            .fold(false, |found, byte| found | special(byte))
    };
    let (chunks, rest) = text.as_chunks::<CHUNK>();
    chunks.iter().any(|chunk| any(chunk)) || any(rest)
}

fn serialize<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> serde_json::Result<()> {
    serde_json::to_writer(out, value)
}
