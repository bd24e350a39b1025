//! A place in JSON text, and the ways on from it.
//!
//! The text has been checked to be JSON before; what is not is refused all the same, never a panic.

use std::borrow::Cow;

use super::mistake::Mistake;

/// Nesting of a value.
const MOST_LEVELS: usize = 128;

type Read<T> = Result<T, Mistake>;

pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    levels: usize,
    /// Whether the next member or item is the first of its object or list.
    is_first: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            levels: 0,
            is_first: true,
        }
    }

    /// The byte that the next value begins with.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// Steps into an object or list.
    pub(super) fn begin(&mut self, opening: u8) -> Read<()> {
        if self.peek() != Some(opening) {
            return Err(malformed());
        }
        self.at += 1;
        self.levels += 1;
        self.is_first = true;
        if self.levels > MOST_LEVELS {
            return Err(too_deep());
        }
        Ok(())
    }

    /// The next member's key, its value being next; `None` at the object's end, which is then left.
    pub(super) fn key(&mut self) -> Read<Option<Cow<'a, str>>> {
        if !self.next(b'}')? {
            return Ok(None);
        }
        let key = self.string()?;
        if self.peek() != Some(b':') {
            return Err(malformed());
        }
        self.at += 1;
        unescape(key).map(Some)
    }

    /// Whether there is another item, which is then next; at the list's end it is left.
    pub(super) fn item(&mut self) -> Read<bool> {
        self.next(b']')
    }

    fn next(&mut self, closing: u8) -> Read<bool> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        match self.peek() {
            Some(byte) if byte == closing => {
                self.at += 1;
                self.levels -= 1;
                Ok(false)
            }
            Some(b',') if !is_first => {
                self.at += 1;
                Ok(true)
            }
            Some(_) if is_first => Ok(true),
            _ => Err(malformed()),
        }
    }

    /// The text of the next value, which is passed over; its strings are proper Unicode and its nesting is bounded.
    pub(super) fn skip(&mut self) -> Read<&'a str> {
        self.peek();
        let start = self.at;
        let mut open = 0;
        loop {
            match self.peek() {
                Some(b'{' | b'[') => {
                    open += 1;
                    self.at += 1;
                    if self.levels + open > MOST_LEVELS {
                        return Err(too_deep());
                    }
                }
                Some(b'}' | b']') if open > 0 => {
                    open -= 1;
                    self.at += 1;
                }
                Some(b',' | b':') if open > 0 => self.at += 1,
                Some(b'"') => {
                    let string = self.string()?;
                    if string.contains("\\u") {
                        unescape(string)?;
                    }
                }
                Some(_) => self.word()?,
                None => return Err(malformed()),
            }
            if open == 0 {
                return Ok(&self.text[start..self.at]);
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Read<()> {
        let rest = &self.text.as_bytes()[self.at..];
        let is_word =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let length = rest.iter().take_while(|byte| is_word(byte)).count();
        self.at += length;
        if length == 0 {
            Err(malformed())
        } else {
            Ok(())
        }
    }

    /// A string, quotes included.
    fn string(&mut self) -> Read<&'a str> {
        if self.peek() != Some(b'"') {
            return Err(malformed());
        }
        let start = self.at;
        self.at += 1;
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err(malformed()),
            }
        }
        self.at += 1;
        self.text.get(start..self.at).ok_or_else(malformed)
    }
}

/// A JSON string's text.
pub(super) fn unescape(string: &str) -> Read<Cow<'_, str>> {
    match string.get(1..string.len().saturating_sub(1)) {
        Some(inner) if !inner.contains('\\') => Ok(Cow::Borrowed(inner)),
        _ => serde_json::from_str(string)
            .map(Cow::Owned)
            .map_err(|_| Mistake::new("a string has an escape that stands for no character")),
    }
}

fn malformed() -> Mistake {
    Mistake::new("the variables are not a JSON object")
}

fn too_deep() -> Mistake {
    Mistake::new(format!(
        "the value is nested more than {MOST_LEVELS} levels deep"
    ))
}
