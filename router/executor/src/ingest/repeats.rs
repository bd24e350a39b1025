//! Values that come again, byte for byte, where the same is expected: they are read once, and are the same rows.
//!
//! The same author in every review, the same reviews in every product: where entities are nested, answers say the same
//! again and again. Equal bytes of one shape are equal rows, so that what came before needs no reading, and nobody asks
//! about it twice. Only where nothing tells the places of equal rows apart: see [`Repeats::must_be_told_apart`].

use smallvec::SmallVec;

use super::lexer::Reader;
use crate::table::{Answer, Slot};

/// Bytes of the beginning that a value is looked for by; shorter ones are read again.
const BEGINNING: usize = 32;

/// So many values of a shape are looked for in vain before no more are.
const PATIENCE: u8 = 32;

/// So much more patience each value gives that is found.
const REWARD: u8 = 8;

/// Values that are remembered.
const PLACES: usize = 64;

/// What was read of one answer.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    /// By shape, how many more values are looked for in vain; none if nothing is looked for at all.
    patience: SmallVec<[u8; 16]>,
    /// By [`Place`]; none before the first.
    known: Vec<Known>,
    /// Rows were taken back.
    pub(super) forgot: bool,
}

/// Where a value is remembered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(usize);

/// A value that was read.
#[derive(Clone, Copy, Debug)]
struct Known {
    shape: u32,
    start: u32,
    /// Zero if there is none.
    len: u32,
    slot: Slot,
}

impl Known {
    const NONE: Self = Self {
        shape: 0,
        start: 0,
        len: 0,
        slot: Slot::Missing,
    };
}

impl Repeats {
    /// For an answer of so many shapes; of none, nothing is looked for.
    pub(super) fn new(shapes: usize) -> Self {
        Self {
            patience: SmallVec::from_elem(PATIENCE, shapes),
            ..Self::default()
        }
    }

    /// Forgets everything, for rows that are there no more.
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    /// Whether equal rows have to be told apart after all: an error is about one place, and what is taken back is so at
    /// one place.
    pub(super) fn must_be_told_apart(&self, answer: &Answer, has_errors: bool) -> bool {
        answer.is_shared && (has_errors || self.forgot)
    }

    /// Where the value that comes next is remembered, if it is long enough.
    #[inline]
    pub(super) fn place(&self, reader: &Reader<'_>, shape: u32) -> Option<Place> {
        if self
            .patience
            .get(shape as usize)
            .is_none_or(|left| *left == 0)
        {
            return None;
        }
        let beginning = reader.rest().first_chunk::<BEGINNING>()?;
        let (words, _) = beginning.as_chunks::<8>();
        let mut hash = u64::from(shape);
        for word in words {
            // As FxHash does it: whoever chooses values that meet here has them read again, no more.
            hash = (hash.rotate_left(5) ^ u64::from_le_bytes(*word))
                .wrapping_mul(0x517c_c1b7_2722_0a95);
        }
        Some(Place((hash >> 32) as usize % PLACES))
    }

    /// Steps over the value that comes next if it is known.
    #[inline]
    pub(super) fn take(
        &mut self,
        place: Place,
        reader: &mut Reader<'_>,
        shape: u32,
    ) -> Option<Slot> {
        let known = *self.known.get(place.0)?;
        if known.shape != shape || known.len == 0 {
            return None;
        }
        let (start, len) = (known.start as usize, known.len as usize);
        let text = reader.span(start, start + len);
        if !reader.rest().starts_with(text) {
            return None;
        }
        reader.rewind(reader.position() + len);
        if let Some(left) = self.patience.get_mut(shape as usize) {
            *left = left.saturating_add(REWARD);
        }
        Some(known.slot)
    }

    /// Remembers the value, which was not known, from `start` to where the reader is. An answer has at most 4 GiB.
    #[inline]
    pub(super) fn remember(
        &mut self,
        place: Place,
        reader: &Reader<'_>,
        shape: u32,
        start: usize,
        slot: Slot,
    ) {
        if let Some(left) = self.patience.get_mut(shape as usize) {
            *left = left.saturating_sub(1);
        }
        if self.known.is_empty() {
            self.known.resize(PLACES, Known::NONE);
        }
        if let Some(known) = self.known.get_mut(place.0) {
            *known = Known {
                shape,
                start: start as u32,
                len: (reader.position() - start) as u32,
                slot,
            };
        }
    }
}
