//! Looking at many bytes at a time.

use memchr::memchr2;

/// Sixteen bytes as two numbers.
#[inline]
pub(super) fn words(bytes: &[u8; 16]) -> [u64; 2] {
    let number = u128::from_le_bytes(*bytes);
    [number as u64, (number >> 64) as u64]
}

/// The least byte.
pub(super) fn least(bytes: &[u8]) -> u8 {
    let (chunks, rest) = bytes.as_chunks::<64>();
    let mut least = [u8::MAX; 64];
    for chunk in chunks {
        for (least, byte) in least.iter_mut().zip(chunk) {
            *least = (*least).min(*byte);
        }
    }
    let all = least.iter().chain(rest);
    all.copied().min().unwrap_or(u8::MAX)
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// How many bytes from the start are neither a quote nor a backslash. Most strings are short.
#[inline]
pub(super) fn dense_length(bytes: &[u8]) -> usize {
    let Some(start) = bytes.first_chunk::<16>() else {
        let is_plain = |byte: &&u8| **byte != b'"' && **byte != b'\\';
        return bytes.iter().take_while(is_plain).count();
    };
    let [first, second] = words(start).map(|word| (quotes(word) | backslashes(word)) & HIGHS);
    if first != 0 {
        return first.trailing_zeros() as usize / 8;
    }
    if second != 0 {
        return 8 + second.trailing_zeros() as usize / 8;
    }
    let rest = bytes.get(16..).unwrap_or_default();
    16 + memchr2(b'"', b'\\', rest).unwrap_or(rest.len())
}

/// How many bytes from the start are neither a quote, a backslash nor a control character. Eight at a time.
pub(super) fn careful_length(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        let controls = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (controls | quotes(word) | backslashes(word)) & HIGHS;
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let is_plain = |byte: &&u8| **byte >= 0x20 && **byte != b'"' && **byte != b'\\';
    chunks.len() * 8 + rest.iter().take_while(is_plain).count()
}

fn quotes(word: u64) -> u64 {
    zeros(word ^ (ONES * 0x22))
}

fn backslashes(word: u64) -> u64 {
    zeros(word ^ (ONES * 0x5C))
}

/// A byte's high bit is set if it is zero; bits above the lowest set one may be wrong.
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word
}
