//! Redis's replies about the log as values of ours. The log may be written by others: what cannot be read counts as
//! the invalidation of everything.

use std::str;

use redis::{RedisResult, Value};

use super::address::failure;
use crate::{
    news::{LogEntry, LogState, What},
    position::Position,
    tag::{Mode, Tag},
};

/// How many log entries are read at once.
pub(super) const AT_ONCE: usize = 1000;

/// The log's state and entries, of the reply to a transaction of `XREAD`, `HMGET g n` and `XINFO STREAM`.
pub(super) fn log(reply: Value) -> RedisResult<(Option<LogState>, Vec<LogEntry>)> {
    let Value::Array(replies) = reply.extract_error()? else {
        return Err(failure("the log's transaction was not carried out"));
    };
    let Ok([entries, head, info]) = <[Value; 3]>::try_from(replies) else {
        return Err(failure("the log's transaction was answered differently"));
    };
    let entries = match entries.extract_error()? {
        Value::Array(mut streams) => match streams.pop() {
            Some(Value::Array(stream)) => {
                stream.into_iter().nth(1).map_or_else(Vec::new, log_entries)
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    Ok((state(&head.extract_error()?, &info), entries))
}

/// The entries of the log in a reply to `XRANGE` and the like.
pub(super) fn log_entries(reply: Value) -> Vec<LogEntry> {
    match reply {
        Value::Array(entries) => entries.iter().filter_map(log_entry).collect(),
        _ => Vec::new(),
    }
}

/// The field of this name in a reply to `INFO`.
pub(super) fn info_field<'i>(info: &'i str, name: &str) -> Option<&'i str> {
    info.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
}

pub(super) fn position(value: &Value) -> Option<Position> {
    str::from_utf8(bytes(value)?).ok()?.parse().ok()
}

fn state(head: &Value, info: &Value) -> Option<LogState> {
    let (Value::Array(head), Value::Array(info)) = (head, info) else {
        return None;
    };
    let [generation, numbered] = &head[..] else {
        return None;
    };
    let field = |name: &[u8]| {
        let mut pairs = info.chunks_exact(2);
        pairs.find_map(|pair| (bytes(&pair[0])? == name).then_some(&pair[1]))
    };
    Some(LogState {
        generation: number(generation)?,
        numbered: number(numbered)?,
        last: position(field(b"last-generated-id")?)?,
        added: field(b"entries-added").and_then(number),
        deleted: field(b"max-deleted-entry-id")
            .and_then(position)
            .unwrap_or_default(),
    })
}

fn log_entry(entry: &Value) -> Option<LogEntry> {
    let Value::Array(entry) = entry else {
        return None;
    };
    let at = position(entry.first()?)?;
    let fields = match entry.get(1) {
        Some(Value::Array(fields)) => &fields[..],
        _ => &[],
    };
    let (mut number_of, mut mode, mut tags) = (None, Some(Mode::Hard), Some(Vec::new()));
    for pair in fields.chunks_exact(2) {
        let value = bytes(&pair[1]).unwrap_or_default();
        match bytes(&pair[0]) {
            Some(b"n") => number_of = number(&pair[1]),
            Some(b"m") => {
                mode = match value {
                    b"h" => Some(Mode::Hard),
                    b"s" => Some(Mode::Soft),
                    _ => None,
                }
            }
            Some(b"tag") => tags
                .iter_mut()
                .for_each(|tags| tags.push(Tag::named(value))),
            Some(b"t") => {
                let (hashes, rest) = value.as_chunks::<8>();
                if rest.is_empty() {
                    let hashes = hashes
                        .iter()
                        .map(|&hash| Tag::from_bits(u64::from_le_bytes(hash)));
                    tags.iter_mut().for_each(|tags| tags.extend(hashes.clone()));
                } else {
                    tags = None;
                }
            }
            _ => {}
        }
    }
    let what = match (mode, tags) {
        (Some(mode), Some(tags)) if !tags.is_empty() => What::Tags { tags, mode },
        _ => What::Reset,
    };
    Some(LogEntry {
        at,
        number: number_of,
        what,
    })
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.as_bytes()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        value => str::from_utf8(bytes(value)?).ok()?.parse().ok(),
    }
}

#[cfg(test)]
mod tests;
