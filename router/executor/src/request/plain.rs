//! Representations that are a few leaves which are all there: compared before they are written.

use crate::compile::{FEW_LEAVES, PlainField, PlainRepresentation};
use crate::table::{Row, Slot};
use crate::text;
use crate::view::{Source, View};

/// The leaves of one representation.
pub(super) struct Tokens<'a> {
    tokens: [Token<'a>; FEW_LEAVES],
    /// How long each is; zero where there is none.
    pub(super) lengths: Lengths,
    len: usize,
}

/// How long each leaf is.
pub(super) type Lengths = [u32; FEW_LEAVES];

#[derive(Clone, Copy)]
struct Token<'a> {
    body: &'a [u8],
    start: u32,
    len: u32,
}

const NULL: Token<'_> = Token {
    body: b"null",
    start: 0,
    len: 4,
};

impl<'a> Token<'a> {
    #[inline]
    fn bytes(self) -> &'a [u8] {
        let rest = self.body.get(self.start as usize..).unwrap_or_default();
        rest.get(..self.len as usize).unwrap_or_default()
    }
}

impl<'a> Tokens<'a> {
    pub(super) fn new() -> Self {
        Self {
            tokens: [NULL; FEW_LEAVES],
            lengths: [0; FEW_LEAVES],
            len: 0,
        }
    }

    /// Takes the leaves of a row; false if not all are there. `own` is the row itself.
    #[inline]
    pub(super) fn gather(
        &mut self,
        plain: &PlainRepresentation,
        view: View<'a>,
        row: u32,
        own: &Source<'a>,
    ) -> bool {
        self.lengths = [0; FEW_LEAVES];
        self.len = plain.fields.len();
        let places = self.tokens.iter_mut().zip(&mut self.lengths);
        for ((token, length), field) in places.zip(&plain.fields) {
            let found = match &field.row {
                None => leaf(field, own),
                Some(path) => leaf(field, &view.source(path, &[Row::at(row)])),
            };
            let Some(found) = found else {
                return false;
            };
            (*token, *length) = (found, found.len);
        }
        true
    }

    /// Their bytes, one after the other.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        self.tokens.iter().take(self.len).map(|token| token.bytes())
    }

    /// Whether `text` is the representation. If leaves of the same `lengths` made it, so that they stand at the same
    /// places, and the same literals, these need not be compared.
    #[inline]
    pub(super) fn are(&self, plain: &PlainRepresentation, text: &[u8], is_alike: bool) -> bool {
        let mut rest = text;
        for (field, token) in plain.fields.iter().zip(self.iter()) {
            let after = match is_alike {
                true => rest.get(field.literal.len()..),
                false => field.literal.strip_from(rest),
            };
            match after.and_then(|after| after.strip_prefix(token)) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest == b"}"
    }

    /// Writes the representation.
    pub(super) fn write(&self, plain: &PlainRepresentation, out: &mut Vec<u8>) {
        for (field, token) in plain.fields.iter().zip(&self.tokens) {
            field.literal.write(out);
            text::copy(out, token.body, token.start, token.len);
        }
        out.push(b'}');
    }
}

#[inline]
fn leaf<'a>(field: &PlainField, source: &Source<'a>) -> Option<Token<'a>> {
    match *source.slots.get(field.slot as usize)? {
        Slot::Leaf { start, len } | Slot::Unlisted { start, len } => {
            let body = source.body;
            Some(Token { body, start, len })
        }
        Slot::Null if field.may_be_null && source.is_clean => Some(NULL),
        _ => None,
    }
}
