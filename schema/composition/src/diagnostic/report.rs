//! The outcome as data: what `weft compose --format json` prints.

use std::collections::HashMap;

use serde::{Serialize, Serializer};

use super::{Code, Diagnostic, Diagnostics, Level, Location};
use crate::{Composed, SubgraphInput};

/// The outcome as `weft compose --format json` prints it.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// The supergraph's SDL, or null if composition failed.
    pub supergraph: Option<&'a str>,
    /// The errors; empty on success.
    pub errors: Vec<Reported<'a>>,
    /// The hints, on success and on failure.
    pub hints: Vec<Reported<'a>>,
}

/// A [`Diagnostic`] with its first place beside the message. What is not known is null.
#[derive(Debug, Serialize)]
pub struct Reported<'a> {
    code: Code,
    level: Level,
    message: &'a str,
    #[serde(flatten)]
    first: Place<'a>,
    locations: Vec<Place<'a>>,
}

/// A [`Location`] with its file.
#[derive(Clone, Copy, Debug, Serialize)]
struct Place<'a> {
    subgraph: Option<&'a str>,
    coordinate: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
}

impl<'a> Report<'a> {
    /// The report of one call of [`compose`](crate::compose) on `sources`, which name the files.
    pub fn new(
        outcome: Result<&'a Composed, &'a Diagnostics>,
        sources: &'a [SubgraphInput],
    ) -> Self {
        let files = sources
            .iter()
            .filter_map(|input| Some((input.name.as_str(), input.source.as_deref()?)))
            .collect::<HashMap<_, _>>();
        let reported = |item| Reported::new(item, &files);
        match outcome {
            Ok(composed) => Self {
                supergraph: Some(&composed.supergraph),
                errors: Vec::new(),
                hints: composed.hints.iter().map(reported).collect(),
            },
            Err(diagnostics) => Self {
                supergraph: None,
                errors: diagnostics.errors().map(reported).collect(),
                hints: diagnostics.hints().map(reported).collect(),
            },
        }
    }
}

impl<'a> Reported<'a> {
    fn new(item: &'a Diagnostic, files: &HashMap<&str, &'a str>) -> Self {
        let place = |location: &'a Location| Place {
            subgraph: Some(&location.subgraph),
            coordinate: location.coordinate.as_deref(),
            file: files.get(location.subgraph.as_str()).copied(),
            line: (location.line > 0).then_some(location.line),
            column: (location.line > 0).then_some(location.column),
        };
        let locations: Vec<Place<'a>> = item.locations.iter().map(place).collect();
        Self {
            code: item.code,
            level: item.level,
            message: &item.message,
            first: locations.first().copied().unwrap_or(Place::NOWHERE),
            locations,
        }
    }
}

/// As [`Report`] has it, without files.
impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Reported::new(self, &HashMap::new()).serialize(serializer)
    }
}

impl Place<'_> {
    const NOWHERE: Self = Self {
        subgraph: None,
        coordinate: None,
        file: None,
        line: None,
        column: None,
    };
}
