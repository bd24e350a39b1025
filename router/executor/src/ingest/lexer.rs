//! A strict JSON reader (RFC 8259) that hands out tokens as spans and builds nothing.
//!
//! The bytes must be UTF-8, which is checked for the whole text before. Everything else about JSON is checked here,
//! for skipped values too: what passes can be copied to a client as it is.

mod key;
mod plain;
mod scan;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub(crate) use key::Key;
use scan::{careful_length, dense_length, least};

/// How deep values may be nested where no shape bounds it.
const MAX_DEPTH: u32 = 128;

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

    /// For a look at bytes that may not even be UTF-8: the spans that it gives need not be text.
    pub(crate) fn of_bytes(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            has_lone_surrogate: false,
            is_dense: false,
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

    /// What comes from here on.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
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
            self.at += key.len();
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
