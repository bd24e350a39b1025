//! What a user is told: a closed code, a message, and every place it speaks of.

mod code;
mod findings;
mod render;

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

pub use code::Code;
pub(crate) use findings::Findings;
pub(crate) use render::render;

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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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

/// `{code, message, subgraph, coordinate, line, column, locations}` (and `level` if it is a hint).
impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let first = self.locations.first();
        let placed = first.filter(|location| location.line > 0);
        let mut out = serializer.serialize_struct("Diagnostic", 8)?;
        out.serialize_field("code", &self.code)?;
        if self.level != Level::Error {
            out.serialize_field("level", &self.level)?;
        }
        out.serialize_field("message", &self.message)?;
        out.serialize_field("subgraph", &first.map(|location| &location.subgraph))?;
        out.serialize_field(
            "coordinate",
            &first.and_then(|location| location.coordinate.as_ref()),
        )?;
        out.serialize_field("line", &placed.map(|location| location.line))?;
        out.serialize_field("column", &placed.map(|location| location.column))?;
        out.serialize_field("locations", &self.locations)?;
        out.end()
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

    /// Text for a terminal: each diagnostic with the source lines it speaks of, underlined.
    ///
    /// `sources` are the subgraphs that were composed; a location whose subgraph is not among
    /// them is printed without its line. `color` adds ANSI colours.
    pub fn render(&self, color: bool, sources: &[SubgraphInput]) -> String {
        render(&self.items, color, sources)
    }
}

/// The outcome as `weft compose --format json` prints it.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// The supergraph's SDL, or null if composition failed.
    pub supergraph: Option<&'a str>,
    /// The errors; empty on success.
    pub errors: Vec<&'a Diagnostic>,
    /// The hints, on success and on failure.
    pub hints: Vec<&'a Diagnostic>,
}

impl<'a> Report<'a> {
    /// The report of one call of [`compose`](crate::compose).
    pub fn new(outcome: Result<&'a crate::Composed, &'a Diagnostics>) -> Self {
        match outcome {
            Ok(composed) => Self {
                supergraph: Some(&composed.supergraph),
                errors: Vec::new(),
                hints: composed.hints.iter().collect(),
            },
            Err(diagnostics) => Self {
                supergraph: None,
                errors: diagnostics.errors().collect(),
                hints: diagnostics.hints().collect(),
            },
        }
    }
}
