//! What is wrong with a configuration, where, and what was probably meant.

use std::{fmt, path::Path, sync::Arc};

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file; line and column count from 1, columns in characters.
    File {
        /// The file as it was named.
        file: Arc<str>,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// In an environment variable of this name.
    Environment(String),
    /// In a command line flag of this name.
    Flag(String),
    /// Nowhere: the setting is missing.
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Default => f.write_str("configuration"),
        }
    }
}

/// One mistake in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where it was written.
    pub place: Place,
    /// The setting's path (`limits.body_bytes`); empty when the whole file is meant.
    pub path: String,
    /// What is wrong, lower case, no full stop.
    pub message: String,
    /// The nearest valid name, when one is near.
    pub suggestion: Option<String>,
}

impl Diagnostic {
    pub(super) fn new(place: Place, message: String) -> Self {
        Self {
            place,
            path: String::new(),
            message,
            suggestion: None,
        }
    }

    /// `file` cannot be read.
    pub(crate) fn unreadable(file: &Path, error: &dyn fmt::Display) -> Self {
        let place = Place::File {
            file: Arc::from(file.display().to_string()),
            line: 1,
            column: 1,
        };
        Self::new(place, format!("cannot be read: {error}"))
    }

    pub(super) fn at(place: Place, path: &[String], message: String) -> Self {
        Self {
            place,
            path: path.join("."),
            message,
            suggestion: None,
        }
    }

    pub(super) fn suggest(self, suggestion: Option<String>) -> Self {
        Self { suggestion, ..self }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

/// The candidate most like `name`, when it is near enough to have been meant.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let name = name.to_ascii_lowercase();
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&name, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance
                <= (candidate.len().max(name.len()) / 3).max(1)
                    + usize::from(candidate.starts_with(&name)) * 8
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_owned())
}
