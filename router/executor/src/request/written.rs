//! Representations of one list, each once.

use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::ptr;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::plain::{Lengths, Tokens};
use crate::compile::PlainRepresentation;

/// Representations already written.
#[derive(Default)]
pub(super) struct Written<'p> {
    entries: Vec<Entry<'p>>,
    /// By the hash of their leaves, or of their text.
    table: HashTable<u32>,
    /// Not all are plain: they are known by their texts.
    pub(super) by_text: bool,
    /// Seeded, so that clients cannot choose keys that collide.
    hasher: DefaultHashBuilder,
}

/// A representation in the request.
struct Entry<'p> {
    start: usize,
    end: usize,
    hash: u64,
    /// What it was made by, if by leaves.
    made: Option<(&'p PlainRepresentation, Lengths)>,
}

impl<'p> Written<'p> {
    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// Where each of them stands.
    pub(super) fn places(&self) -> Vec<Range<usize>> {
        let entries = self.entries.iter();
        entries.map(|entry| entry.start..entry.end).collect()
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        let entries = &self.entries;
        self.table
            .reserve(more, |&index| entries[index as usize].hash);
    }

    /// The index of a representation that consists of leaves, which is written to `out` if it is new.
    pub(super) fn plain(
        &mut self,
        plain: &'p PlainRepresentation,
        tokens: &Tokens<'_>,
        out: &mut Vec<u8>,
    ) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        tokens.iter().for_each(|token| hasher.write(token));
        let hash = hasher.finish();
        let lengths = tokens.lengths;
        let entries = &self.entries;
        // A hash says nothing: bytes are compared.
        let known = self.table.find(hash, |&index| {
            let entry = &entries[index as usize];
            let is_alike = entry
                .made
                .is_some_and(|(by, of)| ptr::eq(by, plain) && of == lengths);
            entry.hash == hash && tokens.are(plain, &out[entry.start..entry.end], is_alike)
        });
        if let Some(&known) = known {
            return known;
        }
        if !self.entries.is_empty() {
            out.push(b',');
        }
        let start = out.len();
        tokens.write(plain, out);
        self.add(start, out.len(), hash, Some((plain, lengths)))
    }

    /// The index of the representation that ends `out`: new (`Ok`) or of an equal one (`Err`).
    pub(super) fn find_or_add(&mut self, out: &[u8], start: usize) -> Result<u32, u32> {
        if !std::mem::replace(&mut self.by_text, true) {
            self.hash_texts(out);
        }
        let bytes = &out[start..];
        let hash = self.hasher.hash_one(bytes);
        let entries = &self.entries;
        let known = self.table.find(hash, |&index| {
            let entry = &entries[index as usize];
            entry.hash == hash && out[entry.start..entry.end] == *bytes
        });
        match known {
            Some(&equal) => Err(equal),
            None => Ok(self.add(start, out.len(), hash, None)),
        }
    }

    fn add(
        &mut self,
        start: usize,
        end: usize,
        hash: u64,
        made: Option<(&'p PlainRepresentation, Lengths)>,
    ) -> u32 {
        let index = self.len();
        self.entries.push(Entry {
            start,
            end,
            hash,
            made,
        });
        let entries = &self.entries;
        let hash_of = |&index: &u32| entries[index as usize].hash;
        self.table.insert_unique(hash, index, hash_of);
        index
    }

    /// Representations are known by their texts from now on.
    fn hash_texts(&mut self, out: &[u8]) {
        self.table.clear();
        for entry in &mut self.entries {
            entry.hash = self.hasher.hash_one(&out[entry.start..entry.end]);
        }
        let entries = &self.entries;
        let hash_of = |&index: &u32| entries[index as usize].hash;
        for (index, entry) in (0..).zip(entries) {
            self.table.insert_unique(entry.hash, index, hash_of);
        }
    }
}
