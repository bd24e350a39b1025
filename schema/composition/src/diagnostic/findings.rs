//! What has been found so far.

use std::collections::BTreeMap;

use super::{Code, Diagnostic, Level};

/// Errors, and hints of each level, that are kept. A composition with more is not read to the end
/// by anyone, and an input made to produce them must not cost more than one that is merely large.
pub(super) const MAX_OF_A_LEVEL: usize = 1000;
/// Bytes of their messages and locations: one may quote what is long, or be in many places.
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// Places that a hint names: one element may be missing in very many subgraphs.
pub(crate) const MAX_HINT_PLACES: usize = 32;

/// Errors that keep composition from going on, and hints that do not.
#[derive(Default)]
pub(crate) struct Findings {
    errors: Vec<Diagnostic>,
    hints: Vec<Diagnostic>,
    error_bytes: usize,
    hint_bytes: usize,
    hints_by_level: BTreeMap<Level, usize>,
}

impl Findings {
    /// Adds an error, unless there are enough of them.
    pub(crate) fn push(&mut self, error: Diagnostic) {
        if !self.is_full() {
            self.error_bytes += size(&error);
            self.errors.push(error);
        }
    }

    /// Adds a hint, unless there are enough of its level.
    pub(crate) fn hint(&mut self, mut hint: Diagnostic) {
        if self.wants(hint.code) {
            hint.locations.truncate(MAX_HINT_PLACES);
            *self.hints_by_level.entry(hint.level).or_default() += 1;
            self.hint_bytes += size(&hint);
            self.hints.push(hint);
        }
    }

    /// Whether a hint with this code would be kept.
    pub(crate) fn wants(&self, code: Code) -> bool {
        let level = code.hint_level().unwrap_or(Level::Warning);
        let count = self.hints_by_level.get(&level).copied();
        count.unwrap_or_default() < MAX_OF_A_LEVEL && self.hint_bytes < MAX_BYTES
    }

    /// Whether looking for more errors has no point.
    pub(crate) fn is_full(&self) -> bool {
        self.errors.len() >= MAX_OF_A_LEVEL || self.error_bytes >= MAX_BYTES
    }

    /// Number of errors.
    pub(crate) fn len(&self) -> usize {
        self.errors.len()
    }

    /// Whether there are no errors.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    pub(crate) fn into_hints(self) -> Vec<Diagnostic> {
        self.hints
    }

    pub(crate) fn into_all(self) -> Vec<Diagnostic> {
        let mut all = self.errors;
        all.extend(self.hints);
        all
    }
}

fn size(diagnostic: &Diagnostic) -> usize {
    let locations = diagnostic.locations.iter().map(|location| {
        let coordinate = location.coordinate.as_ref().map_or(0, String::len);
        size_of_val(location) + location.subgraph.len() + coordinate
    });
    diagnostic.message.len() + locations.sum::<usize>()
}
