//! Representations of one list, each once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Representations already written, by their bytes.
#[derive(Default)]
pub(super) struct Written {
    spans: Vec<(usize, usize)>,
    by_bytes: HashTable<u32>,
    /// Seeded, so that clients cannot choose keys that collide.
    hasher: DefaultHashBuilder,
}

impl Written {
    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.spans.len()).unwrap_or(u32::MAX)
    }

    /// The index of the representation that ends `out`: new (`Ok`) or of an equal one (`Err`).
    pub(super) fn find_or_add(&mut self, out: &[u8], start: usize) -> Result<u32, u32> {
        let bytes = &out[start..];
        let hash = self.hasher.hash_one(bytes);
        let (spans, hasher) = (&self.spans, &self.hasher);
        let span = |index: u32| {
            let (start, end) = spans[index as usize];
            &out[start..end]
        };
        // A hash says nothing: bytes are compared.
        if let Some(&equal) = self.by_bytes.find(hash, |&index| span(index) == bytes) {
            return Err(equal);
        }
        let index = u32::try_from(spans.len()).unwrap_or(u32::MAX);
        self.by_bytes
            .insert_unique(hash, index, |&index| hasher.hash_one(span(index)));
        self.spans.push((start, out.len()));
        Ok(index)
    }
}
