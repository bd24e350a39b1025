//! What a user is told: a closed code, a message, and every place it speaks of.

mod code;
mod findings;
mod render;
mod report;

use std::fmt;

use serde::Serialize;

pub use code::Code;
pub(crate) use findings::{Findings, MAX_HINT_PLACES};
pub(crate) use render::{render, summary};
pub use report::{Report, Reported};

use crate::SubgraphInput;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Composition fails.
    Error,
    /// The supergraph is composed, but probably not what was meant.
    Warning,
    /// Worth knowing.
    Info,
    /// Only of interest to those who look closely.
    Debug,
}

/// One place in one subgraph's SDL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Name of the subgraph, as given.
    pub subgraph: String,
    /// Schema coordinate (`Type.field(argument:)`), where the place has one.
    pub coordinate: Option<String>,
    /// Line, from 1; 0 if the place is not in the text (a whole subgraph, say).
    pub line: usize,
    /// Column in characters, from 1; 0 where `line` is.
    pub column: usize,
}

/// One mistake, or one hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The published code.
    pub code: Code,
    /// How much it matters.
    pub level: Level,
    /// What is wrong and what to change.
    pub message: String,
    /// Every place involved; the first is where to look first. Empty if the mistake is nowhere.
    pub locations: Vec<Location>,
}

impl Diagnostic {
    pub(crate) fn error(
        code: Code,
        message: impl Into<String>,
        locations: impl IntoIterator<Item = Location>,
    ) -> Self {
        Self {
            code,
            level: Level::Error,
            message: message.into(),
            locations: locations.into_iter().collect(),
        }
    }

    /// A hint; how much it matters follows from its code.
    pub(crate) fn hint(
        code: Code,
        message: impl Into<String>,
        locations: impl IntoIterator<Item = Location>,
    ) -> Self {
        Self {
            level: code.hint_level().unwrap_or(Level::Warning),
            ..Self::error(code, message, locations)
        }
    }

    fn sort_key(&self) -> (Level, Option<&Location>, Code, &str) {
        (self.level, self.locations.first(), self.code, &self.message)
    }
}

/// Everything that was found when composition failed: at least one error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errors().next() {
            None => write!(f, "composition failed"),
            Some(first) => {
                write!(f, "composition failed: {}: {}", first.code, first.message)?;
                match self.errors().count() - 1 {
                    0 => Ok(()),
                    more => write!(f, " (and {more} more)"),
                }
            }
        }
    }
}

impl Diagnostics {
    /// Sorted by subgraph and position, so that the order does not depend on the input's order.
    pub(crate) fn new(mut items: Vec<Diagnostic>) -> Self {
        items.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        items.dedup();
        Self { items }
    }

    pub(crate) fn into_items(self) -> Vec<Diagnostic> {
        self.items
    }

    /// All diagnostics, errors first, then by subgraph and position.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.items.iter()
    }

    /// The errors alone.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.iter().filter(|item| item.level == Level::Error)
    }

    /// What is not an error.
    pub fn hints(&self) -> impl Iterator<Item = &Diagnostic> {
        self.iter().filter(|item| item.level != Level::Error)
    }

    /// Keeps what `is_wanted` says; errors stay in any case.
    pub fn retain(&mut self, is_wanted: impl Fn(&Diagnostic) -> bool) {
        let is_error = |item: &Diagnostic| item.level == Level::Error;
        self.items.retain(|item| is_error(item) || is_wanted(item));
    }

    /// Text for a terminal: each diagnostic with the source lines it speaks of, underlined.
    ///
    /// `sources` are the subgraphs that were composed; a location whose subgraph is not among
    /// them is printed without its line. `color` adds ANSI colours.
    pub fn render(&self, color: bool, sources: &[SubgraphInput]) -> String {
        render(&self.items, color, sources)
    }

    /// How many there are, in one line: `3 errors, 1 warning in 2 subgraphs`.
    pub fn summary(&self) -> String {
        summary(&self.items)
    }
}
