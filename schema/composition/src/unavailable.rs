//! Subgraphs whose schemas could not be had: mistakes like any other, with the others'.

use crate::SubgraphInput;
use crate::diagnostic::{Code, Diagnostic, Findings, Location};

/// A subgraph whose schema is not there to be composed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// The subgraph's name.
    pub name: String,
    /// The file shown in diagnostics, if the schema should have come from one.
    pub source: Option<String>,
    /// Why it could not be had.
    pub reason: UnavailableReason,
}

/// Why a schema could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnavailableReason {
    /// A file could not be read, or a running subgraph did not answer with its schema; the text says
    /// why, and what to change.
    NotRead(String),
    /// Up to this line and column, from 1, the bytes are UTF-8.
    NotUtf8 {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
}

impl Unavailable {
    /// The empty text that stands for the schema among the sources of [`Diagnostics::render`] and
    /// [`Report`], so that they name the file.
    ///
    /// [`Diagnostics::render`]: crate::Diagnostics::render
    /// [`Report`]: crate::Report
    pub fn as_source(&self) -> SubgraphInput {
        SubgraphInput {
            name: self.name.clone(),
            url: String::new(),
            sdl: String::new(),
            source: self.source.clone(),
        }
    }

    fn diagnostic(&self) -> Diagnostic {
        let mut location = Location {
            subgraph: self.name.clone(),
            coordinate: None,
            line: 0,
            column: 0,
        };
        let (code, message) = match &self.reason {
            UnavailableReason::NotRead(why) => {
                let message = format!("the schema could not be had: {why}");
                (Code::DownstreamServiceError, message)
            }
            UnavailableReason::NotUtf8 { line, column } => {
                (location.line, location.column) = (*line, *column);
                let message = "the schema is not text in UTF-8: this byte is part of no character; save the file as UTF-8";
                (Code::InvalidGraphql, message.to_owned())
            }
        };
        Diagnostic::error(code, message, [location])
    }
}

/// Says of every subgraph that is not there why.
pub(crate) fn report(unavailable: &[Unavailable], report: &mut Findings) {
    for one in unavailable {
        report.push(one.diagnostic());
    }
}
