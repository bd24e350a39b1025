//! A strict JSON reader (RFC 8259) that hands out tokens as spans and builds nothing.
//!
//! The bytes must be UTF-8, which is checked for the whole text before. Everything else about JSON is checked here,
//! for skipped values too: what passes can be copied to a client as it is.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use memchr::memchr2;

/// How deep values may be nested where no shape bounds it.
const MAX_DEPTH: u32 = 128;

/// As many digits are an integer of 32 bits, whichever they are.
const FEW_DIGITS: usize = 9;

/// Where and why a text is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// Offset in bytes.
    pub(crate) at: usize,
    /// What is wrong there.
    pub(crate) what: &'static str,
}

/// A string with its quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StringToken {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) has_escapes: bool,
}

/// A number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberToken {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) is_integer: bool,
}

/// A position in a JSON text.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    has_lone_surrogate: bool,
    /// No control character is anywhere, which is how JSON is sent mostly: strings need not be searched for them.
    is_dense: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
            has_lone_surrogate: false,
            is_dense: least(text.as_bytes()) >= 0x20,
        }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Goes back to where [`Self::position`] was.
    pub(crate) fn rewind(&mut self, position: usize) {
        self.at = position;
    }

    /// Whether a string since the last time this was asked has half of a surrogate pair in it (`\ud83d`): the grammar
    /// of JSON allows that, but it is no Unicode text.
    pub(crate) fn take_lone_surrogate(&mut self) -> bool {
        std::mem::take(&mut self.has_lone_surrogate)
    }

    pub(crate) fn span(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    pub(crate) fn error<T>(&self, what: &'static str) -> Result<T, SyntaxError> {
        Err(SyntaxError { at: self.at, what })
    }

    /// The next byte that is not white space.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<u8, SyntaxError> {
        match self.bytes.get(self.at) {
            Some(&byte) if byte > b' ' => Ok(byte),
            _ => self.peek_far(),
        }
    }

    fn peek_far(&mut self) -> Result<u8, SyntaxError> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(&byte) => return Ok(byte),
                None => return self.error("the text ends too early"),
            }
        }
    }

    /// The very next byte, white space or not.
    pub(crate) fn peek_close(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Steps over a byte that was peeked.
    pub(crate) fn step(&mut self) {
        self.at += 1;
    }

    /// Steps over `byte` if it comes next.
    pub(crate) fn next_is(&mut self, byte: u8) -> Result<bool, SyntaxError> {
        let found = self.peek()? == byte;
        self.at += usize::from(found);
        Ok(found)
    }

    pub(crate) fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), SyntaxError> {
        if self.next_is(byte)? {
            Ok(())
        } else {
            self.error(what)
        }
    }

    /// After a member or an item: steps over a comma (true) or the closing bracket (false).
    pub(crate) fn continues(&mut self, close: u8) -> Result<bool, SyntaxError> {
        if self.next_is(b',')? {
            return Ok(true);
        }
        self.expect(close, "`,` or the closing bracket is expected")?;
        Ok(false)
    }

    /// Steps over a key and its colon if they come next, written as they mostly are.
    #[inline]
    pub(crate) fn expected_key(&mut self, key: &Key) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let is_next = key.begins(rest);
        if is_next {
            self.at += key.text.len();
        }
        is_next
    }

    /// Reads a key and its colon.
    pub(crate) fn key(&mut self) -> Result<StringToken, SyntaxError> {
        if self.peek()? != b'"' {
            return self.error("a key is expected");
        }
        let token = self.string()?;
        self.expect(b':', "`:` is expected")?;
        Ok(token)
    }

    /// A string with its quotes, escapes resolved: what it is, however it was written.
    pub(crate) fn quoted(&self, token: StringToken) -> Cow<'a, [u8]> {
        let span = self.span(token.start, token.end);
        if !token.has_escapes {
            return Cow::Borrowed(span);
        }
        // Half of a surrogate pair is no text, and equal to none.
        let text: String = serde_json::from_slice(span).unwrap_or_default();
        Cow::Owned(format!("\"{text}\"").into_bytes())
    }

    /// Nothing but white space may follow.
    pub(crate) fn end(&mut self) -> Result<(), SyntaxError> {
        match self.peek() {
            Ok(_) => self.error("something follows the value"),
            Err(_) => Ok(()),
        }
    }

    /// Reads a string that comes next without white space, holds no escapes and is found easily; its span.
    #[inline(always)]
    pub(crate) fn plain_string(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        let [b'"', rest @ ..] = self.bytes.get(start..)? else {
            return None;
        };
        let length = if self.is_dense { dense_length(rest) } else { 0 };
        if rest.get(length) != Some(&b'"') {
            return None;
        }
        self.at = start + length + 2;
        Some((start, length + 2))
    }

    /// Reads an integer that comes next without white space and has few digits; its span.
    #[inline]
    pub(crate) fn plain_integer(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        let text = self.bytes.get(start..)?;
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        let count = digits.iter().take(FEW_DIGITS + 1);
        let count = count.take_while(|byte| byte.is_ascii_digit()).count();
        let has_leading_zero = count > 1 && digits.first() == Some(&b'0');
        let is_longer = matches!(digits.get(count), Some(b'.' | b'e' | b'E'));
        if count == 0 || count > FEW_DIGITS || has_leading_zero || is_longer {
            return None;
        }
        let len = text.len() - digits.len() + count;
        self.at = start + len;
        Some((start, len))
    }

    /// Reads a string; the next byte is its quote.
    pub(crate) fn string(&mut self) -> Result<StringToken, SyntaxError> {
        let start = self.at;
        let rest = self.bytes.get(start + 1..).unwrap_or_default();
        let length = self.plain_length(rest);
        self.at = start + 1 + length;
        if rest.get(length) != Some(&b'"') {
            return self.string_with_escapes(start);
        }
        self.at += 1;
        Ok(StringToken {
            start,
            end: self.at,
            has_escapes: false,
        })
    }

    /// The rest of the string that begins at `start`.
    fn string_with_escapes(&mut self, start: usize) -> Result<StringToken, SyntaxError> {
        let mut has_escapes = false;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(StringToken {
                        start,
                        end: self.at,
                        has_escapes,
                    });
                }
                Some(b'\\') => {
                    has_escapes = true;
                    self.escape()?;
                }
                Some(_) => return self.error("a control character in a string"),
                None => return self.error("the text ends in a string"),
            }
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += self.plain_length(rest);
        }
    }

    /// How many bytes from the start are neither a quote, a backslash nor a control character.
    #[inline]
    fn plain_length(&self, bytes: &[u8]) -> usize {
        if self.is_dense {
            dense_length(bytes)
        } else {
            careful_length(bytes)
        }
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => self.unicode_escape(),
            _ => self.error("an unknown escape"),
        }
    }

    fn unicode_escape(&mut self) -> Result<(), SyntaxError> {
        match self.code_unit()? {
            0xD800..0xDC00 => {
                let after = self.at;
                if !matches!(self.code_unit(), Ok(0xDC00..0xE000)) {
                    self.at = after;
                    self.has_lone_surrogate = true;
                }
            }
            0xDC00..0xE000 => self.has_lone_surrogate = true,
            _ => {}
        }
        Ok(())
    }

    /// `\uXXXX`.
    fn code_unit(&mut self) -> Result<u32, SyntaxError> {
        let escape = self.bytes.get(self.at..self.at + 6).unwrap_or_default();
        let [b'\\', b'u', digits @ ..] = escape else {
            return self.error("an unknown escape");
        };
        let mut unit = 0;
        for &digit in digits {
            let Some(value) = char::from(digit).to_digit(16) else {
                return self.error("an unknown escape");
            };
            unit = unit * 16 + value;
        }
        self.at += 6;
        Ok(unit)
    }

    /// Reads a number; the next byte is a digit or a minus.
    pub(crate) fn number(&mut self) -> Result<NumberToken, SyntaxError> {
        let start = self.at;
        self.at += usize::from(self.peek_close() == Some(b'-'));
        match self.peek_close() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        let mut is_integer = true;
        if self.peek_close() == Some(b'.') {
            is_integer = false;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek_close(), Some(b'e' | b'E')) {
            is_integer = false;
            self.at += 1;
            self.at += usize::from(matches!(self.peek_close(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(NumberToken {
            start,
            end: self.at,
            is_integer,
        })
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 {
            return self.error("a digit is expected");
        }
        Ok(())
    }

    /// Reads `true`, `false` or `null`.
    pub(crate) fn literal(&mut self, literal: &'static [u8]) -> Result<(), SyntaxError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(literal) {
            return self.error("a value is expected");
        }
        self.at += literal.len();
        Ok(())
    }

    /// Reads any value and gives its span.
    pub(crate) fn skip(&mut self) -> Result<(usize, usize), SyntaxError> {
        self.peek()?;
        let start = self.at;
        self.skip_nested(0)?;
        Ok((start, self.at))
    }

    fn skip_nested(&mut self, depth: u32) -> Result<(), SyntaxError> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'-' | b'0'..=b'9' => self.number().map(drop),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            b'{' | b'[' if depth == MAX_DEPTH => self.error("nested too deep"),
            b'{' => self.skip_object(depth + 1),
            b'[' => self.skip_list(depth + 1),
            _ => self.error("a value is expected"),
        }
    }

    fn skip_object(&mut self, depth: u32) -> Result<(), SyntaxError> {
        self.step();
        if self.next_is(b'}')? {
            return Ok(());
        }
        loop {
            self.key()?;
            self.skip_nested(depth)?;
            if !self.continues(b'}')? {
                return Ok(());
            }
        }
    }

    fn skip_list(&mut self, depth: u32) -> Result<(), SyntaxError> {
        self.step();
        if self.next_is(b']')? {
            return Ok(());
        }
        loop {
            self.skip_nested(depth)?;
            if !self.continues(b']')? {
                return Ok(());
            }
        }
    }
}

/// A key, for being recognised where it is expected.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// The first sixteen bytes of `text`, filled up with zeros, as two numbers.
    words: [u64; 2],
    /// All ones where `words` counts.
    masks: [u64; 2],
    /// `"name":`
    text: Box<[u8]>,
}

impl Key {
    pub(crate) fn new(name: &str) -> Self {
        let text = format!("\"{name}\":").into_bytes();
        let mut start = [0; 16];
        let mut mask = [0; 16];
        for ((start, mask), byte) in start.iter_mut().zip(&mut mask).zip(&text) {
            (*start, *mask) = (*byte, u8::MAX);
        }
        Self {
            words: words(&start),
            masks: words(&mask),
            text: text.into(),
        }
    }

    /// The key with its quotes.
    pub(crate) fn quoted(&self) -> &[u8] {
        self.text.split_last().map_or(&[], |(_, quoted)| quoted)
    }

    #[inline]
    fn begins(&self, text: &[u8]) -> bool {
        let Some(start) = text.first_chunk::<16>() else {
            return text.starts_with(&self.text);
        };
        let [first, second] = words(start);
        let [first_mask, second_mask] = self.masks;
        let is_same = [first & first_mask, second & second_mask] == self.words;
        is_same && (self.text.len() <= 16 || text.starts_with(&self.text))
    }
}

fn words(bytes: &[u8; 16]) -> [u64; 2] {
    let number = u128::from_le_bytes(*bytes);
    [number as u64, (number >> 64) as u64]
}

/// The least byte.
fn least(bytes: &[u8]) -> u8 {
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
fn dense_length(bytes: &[u8]) -> usize {
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
fn careful_length(bytes: &[u8]) -> usize {
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
