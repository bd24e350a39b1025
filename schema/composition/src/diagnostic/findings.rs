//! What has been found so far.

use super::Diagnostic;

/// Errors, and hints, that are kept. A composition with more is not read to the end by anyone, and an input
/// made to produce them must not cost more than one that is merely large.
const MAX_ERRORS: usize = 1000;
/// Bytes of their messages and locations: one may quote what is long, or be in many places.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Errors that keep composition from going on, and hints that do not.
#[derive(Default)]
pub(crate) struct Findings {
    errors: Vec<Diagnostic>,
    hints: Vec<Diagnostic>,
    error_bytes: usize,
    hint_bytes: usize,
}

impl Findings {
    /// Adds an error, unless there are enough of them.
    pub(crate) fn push(&mut self, error: Diagnostic) {
        if !self.is_full() {
            self.error_bytes += size(&error);
            self.errors.push(error);
        }
    }

    /// Adds a hint, unless there are enough of them.
    pub(crate) fn hint(&mut self, hint: Diagnostic) {
        if self.hints.len() < MAX_ERRORS && self.hint_bytes < MAX_BYTES {
            self.hint_bytes += size(&hint);
            self.hints.push(hint);
        }
    }

    /// Whether looking for more errors has no point.
    pub(crate) fn is_full(&self) -> bool {
        self.errors.len() >= MAX_ERRORS || self.error_bytes >= MAX_BYTES
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
