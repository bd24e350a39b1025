//! Scalars, enums and lists of them: spans, checked against the schema's type.

use super::IngestError;
use super::objects::Ingestion;
use crate::compile::LeafLayout;
use crate::table::Slot;

impl Ingestion<'_> {
    /// A leaf under `depth` lists.
    pub(super) fn leaf(&mut self, leaf: &LeafLayout, depth: u32) -> Result<Slot, IngestError> {
        if depth == 0 {
            return self.single(leaf);
        }
        match self.reader.peek()? {
            b'[' => {
                let start = self.reader.position();
                if self.plain_list(leaf, depth)? {
                    return Ok(self.token(start));
                }
                self.reader.rewind(start);
                self.items(|this| this.leaf(leaf, depth - 1))
            }
            b'n' => {
                self.reader.literal(b"null")?;
                Ok(Slot::Null)
            }
            _ => {
                self.reader.skip()?;
                Ok(Slot::Invalid)
            }
        }
    }

    /// Reads a list as one token; false if something in it has to be looked at on its own (a null, a value of the
    /// wrong type) or if it holds white space. The next byte is its bracket.
    fn plain_list(&mut self, leaf: &LeafLayout, depth: u32) -> Result<bool, IngestError> {
        self.reader.step();
        if self.reader.peek_close() == Some(b']') {
            self.reader.step();
            return Ok(true);
        }
        loop {
            let is_plain = match self.reader.peek_close() {
                Some(b'[') if depth > 1 => self.plain_list(leaf, depth - 1)?,
                Some(b' ' | b'\t' | b'\r' | b'\n') => false,
                _ if depth > 1 => false,
                _ => matches!(self.single(leaf)?, Slot::Leaf { .. }),
            };
            if !is_plain {
                return Ok(false);
            }
            match self.reader.peek_close() {
                Some(b',') => self.reader.step(),
                Some(b']') => {
                    self.reader.step();
                    return Ok(true);
                }
                _ => return Ok(false),
            }
        }
    }

    /// A leaf that is not in a list; most need no second look.
    #[inline]
    pub(super) fn plain_leaf(&mut self, leaf: &LeafLayout) -> Result<Slot, IngestError> {
        let found = match leaf {
            LeafLayout::String | LeafLayout::Id => self.reader.plain_string(),
            LeafLayout::Int => self.reader.plain_integer(),
            _ => None,
        };
        match found {
            Some((start, len)) => Ok(span(start, len)),
            None => self.single(leaf),
        }
    }

    fn single(&mut self, leaf: &LeafLayout) -> Result<Slot, IngestError> {
        let first = self.reader.peek()?;
        let start = self.reader.position();
        self.reader.take_lone_surrogate();
        let fits = match first {
            b'n' => {
                self.reader.literal(b"null")?;
                return Ok(Slot::Null);
            }
            b'"' => return self.text(leaf),
            b'-' | b'0'..=b'9' => {
                let number = self.reader.number()?;
                let digits = self.reader.span(number.start, number.end);
                match leaf {
                    LeafLayout::Int => number.is_integer && is_i32(digits),
                    LeafLayout::Id => number.is_integer,
                    LeafLayout::Float => is_finite(digits),
                    LeafLayout::Custom => true,
                    LeafLayout::String | LeafLayout::Boolean | LeafLayout::Enum(_) => false,
                }
            }
            b't' => {
                self.reader.literal(b"true")?;
                matches!(leaf, LeafLayout::Boolean | LeafLayout::Custom)
            }
            b'f' => {
                self.reader.literal(b"false")?;
                matches!(leaf, LeafLayout::Boolean | LeafLayout::Custom)
            }
            _ => {
                self.reader.skip()?;
                matches!(leaf, LeafLayout::Custom)
            }
        };
        Ok(if fits && !self.reader.take_lone_surrogate() {
            self.token(start)
        } else {
            Slot::Invalid
        })
    }

    fn text(&mut self, leaf: &LeafLayout) -> Result<Slot, IngestError> {
        let token = self.reader.string()?;
        if self.reader.take_lone_surrogate() {
            return Ok(Slot::Invalid);
        }
        let span = self.token(token.start);
        Ok(match leaf {
            LeafLayout::String | LeafLayout::Id | LeafLayout::Custom => span,
            LeafLayout::Int | LeafLayout::Float | LeafLayout::Boolean => Slot::Invalid,
            LeafLayout::Enum(values) => {
                let is_listed = values.contains(&*self.reader.quoted(token));
                match span {
                    Slot::Leaf { start, len } if !is_listed => Slot::Unlisted { start, len },
                    listed => listed,
                }
            }
        })
    }

    /// The token that ends here.
    fn token(&self, start: usize) -> Slot {
        span(start, self.reader.position() - start)
    }
}

/// An answer has at most 4 GiB, so that nothing is lost.
fn span(start: usize, len: usize) -> Slot {
    Slot::Leaf {
        start: start as u32,
        len: len as u32,
    }
}

fn is_i32(digits: &[u8]) -> bool {
    if digits.len() < 10 {
        return true;
    }
    let text = std::str::from_utf8(digits).unwrap_or_default();
    text.parse::<i32>().is_ok()
}

/// Numbers of up to this many bytes without an exponent are far below what a double holds.
const SURELY_FINITE: usize = 300;

fn is_finite(number: &[u8]) -> bool {
    let has_exponent = || number.iter().any(|byte| matches!(byte, b'e' | b'E'));
    if number.len() <= SURELY_FINITE && !has_exponent() {
        return true;
    }
    let text = std::str::from_utf8(number).unwrap_or_default();
    text.parse().is_ok_and(f64::is_finite)
}
