//! What has been found so far.

use super::Diagnostic;

/// Errors, and hints, that are kept. A composition with more is not read to the end by anyone, and an input
/// made to produce them must not cost more than one that is merely large.
const MAX_ERRORS: usize = 1000;

/// Errors that keep composition from going on, and hints that do not.
#[derive(Default)]
pub(crate) struct Findings {
    errors: Vec<Diagnostic>,
    hints: Vec<Diagnostic>,
}

impl Findings {
    /// Adds an error, unless there are enough of them.
    pub(crate) fn push(&mut self, error: Diagnostic) {
        if !self.is_full() {
            self.errors.push(error);
        }
    }

    /// Adds a hint, unless there are enough of them.
    pub(crate) fn hint(&mut self, hint: Diagnostic) {
        if self.hints.len() < MAX_ERRORS {
            self.hints.push(hint);
        }
    }

    /// Whether looking for more errors has no point.
    pub(crate) fn is_full(&self) -> bool {
        self.errors.len() >= MAX_ERRORS
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
