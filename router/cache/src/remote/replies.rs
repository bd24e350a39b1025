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

/// The log's state and entries, of the reply to the script that reads them.
pub(super) fn log(reply: Value) -> RedisResult<(Option<LogState>, Vec<LogEntry>)> {
    let Value::Array(mut replies) = reply.extract_error()? else {
        return Err(failure("the log was answered differently"));
    };
    let entries = replies.pop().map_or_else(Vec::new, log_entries);
    match (state(&replies), replies.is_empty()) {
        (None, false) => Err(failure("the log was answered differently")),
        (state, _) => Ok((state, entries)),
    }
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

fn state(fields: &[Value]) -> Option<LogState> {
    let [generation, numbered, last, added, deleted] = fields else {
        return None;
    };
    Some(LogState {
        generation: number(generation)?,
        numbered: number(numbered)?,
        last: position(last)?,
        added: number(added),
        deleted: position(deleted).unwrap_or_default(),
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
