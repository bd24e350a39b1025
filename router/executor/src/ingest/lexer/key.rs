//! Keys that are expected.

use super::scan::words;

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

    /// Bytes of the key with its quotes and its colon.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether a text begins with the key, its quotes and its colon.
    #[inline]
    pub(super) fn begins(&self, text: &[u8]) -> bool {
        let Some(start) = text.first_chunk::<16>() else {
            return text.starts_with(&self.text);
        };
        let [first, second] = words(start);
        let [first_mask, second_mask] = self.masks;
        let is_same = [first & first_mask, second & second_mask] == self.words;
        is_same && (self.text.len() <= 16 || text.starts_with(&self.text))
    }
}
