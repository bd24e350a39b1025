//! Entries as bytes. What comes from Redis is anybody's: reading never panics, takes no more memory than an entry may
//! have, and gives nothing rather than something doubtful.

use std::time::Duration;

use bytes::Bytes;

use crate::{
    entry::{Entry, MOST_BYTES, MOST_TAGS, Tags},
    position::Position,
    tag::Tag,
};

const VERSION: u8 = 1;

/// Payloads from here on are compressed when it pays.
const COMPRESSED_FROM: usize = 256;

/// zstd's fastest: entries are written once and read often, and reading costs the same at any level.
const LEVEL: i32 = 1;

/// The second byte: how the payload is written.
const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

/// An entry as it was in Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Of the log that `t0` is a position of.
    pub(crate) generation: u64,
    pub(crate) entry: Entry,
}

impl Stored {
    /// Its bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let entry = &self.entry;
        let payload = &entry.payload[..];
        let packed = compress(payload);
        let body = packed.as_deref().unwrap_or(payload);
        let mut bytes = Vec::with_capacity(64 + 8 * entry.tags.len() + body.len());
        bytes.push(VERSION);
        bytes.push(if packed.is_some() { ZSTD } else { PLAIN });
        bytes.extend_from_slice(&self.generation.to_le_bytes());
        for number in [
            entry.t0.milliseconds,
            entry.t0.sequence,
            since(entry.created, entry.t0),
            milliseconds(entry.ttl),
            milliseconds(entry.stale_while_revalidate),
            milliseconds(entry.stale_if_error),
            entry.cost.as_micros().try_into().unwrap_or(u64::MAX),
            u64::from(entry.flags),
            entry.tags.len() as u64,
        ] {
            push_number(&mut bytes, number);
        }
        for tag in &entry.tags {
            bytes.extend_from_slice(&tag.bits().to_le_bytes());
        }
        if packed.is_some() {
            push_number(&mut bytes, payload.len() as u64);
        }
        bytes.extend_from_slice(body);
        bytes
    }

    /// Reads what [`Self::encode`] wrote. `None` for everything else. The payload, unless it was compressed, is a part
    /// of `bytes`.
    pub(crate) fn decode(bytes: &Bytes) -> Option<Self> {
        let mut reader = Reader { rest: bytes };
        let [version, packing] = *reader.take()?;
        if version != VERSION {
            return None;
        }
        let generation = u64::from_le_bytes(*reader.take()?);
        let t0 = Position {
            milliseconds: reader.number()?,
            sequence: reader.number()?,
        };
        let created = reader.number()?;
        let created = (created >> 1) as i64 ^ -((created & 1) as i64);
        let created = t0.milliseconds.wrapping_add_signed(created);
        let ttl = Duration::from_millis(reader.number()?);
        let stale_while_revalidate = Duration::from_millis(reader.number()?);
        let stale_if_error = Duration::from_millis(reader.number()?);
        let cost = Duration::from_micros(reader.number()?);
        let flags = reader.number()?.try_into().ok()?;
        let tags = reader.tags()?;
        let payload = match packing {
            PLAIN if reader.rest.len() <= MOST_BYTES => bytes.slice_ref(reader.rest),
            ZSTD => {
                let length = reader.number()?.try_into().ok()?;
                decompress(reader.rest, length)?
            }
            _ => return None,
        };
        Some(Self {
            generation,
            entry: Entry {
                t0,
                tags,
                created,
                ttl,
                stale_while_revalidate,
                stale_if_error,
                cost,
                flags,
                payload,
            },
        })
    }
}

struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    fn take<const N: usize>(&mut self) -> Option<&'b [u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(taken)
    }

    /// Seven bits a byte, the lowest first; only the shortest form.
    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = *self.take()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits || (byte == 0 && shift > 0) {
                return None;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn tags(&mut self) -> Option<Tags> {
        let count: usize = self.number()?.try_into().ok()?;
        if count > MOST_TAGS {
            return None;
        }
        let tag = |_| Some(Tag::from_bits(u64::from_le_bytes(*self.take()?)));
        (0..count).map(tag).collect()
    }
}

fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// How long after `t0` it was, or before: the sign in the lowest bit, so that what is near is short.
fn since(created: u64, t0: Position) -> u64 {
    let after = created.wrapping_sub(t0.milliseconds) as i64;
    ((after << 1) ^ (after >> 63)) as u64
}

fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

/// `payload` compressed, if that takes off at least a tenth.
fn compress(payload: &[u8]) -> Option<Vec<u8>> {
    if payload.len() < COMPRESSED_FROM {
        return None;
    }
    let packed = zstd::bulk::compress(payload, LEVEL).ok()?;
    (packed.len() < payload.len() / 10 * 9).then_some(packed)
}

/// Never takes more than `length` bytes, whatever `packed` promises.
fn decompress(packed: &[u8], length: usize) -> Option<Bytes> {
    if length > MOST_BYTES {
        return None;
    }
    let payload = zstd::bulk::decompress(packed, length).ok()?;
    (payload.len() == length).then(|| payload.into())
}

#[cfg(test)]
mod tests;
