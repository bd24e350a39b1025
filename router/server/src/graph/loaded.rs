//! Subgraphs with their schemas, or with the reason why there is none.

use std::io;

use schema_composition::{
    Composed, Diagnostics, Options, SubgraphInput, Unavailable, UnavailableReason,
    compose_available,
};

use super::{
    read::{Origin, ReadError},
    schema::Schema,
};
use crate::error::with_causes;

/// The subgraphs of a `supergraph.yaml`, with their schemas or with the reason why there is none.
#[derive(Debug, Clone, Default)]
pub struct LoadedSubgraphs {
    /// Those whose schema could be read.
    pub subgraphs: Vec<SubgraphInput>,
    /// The others.
    pub unavailable: Vec<Unavailable>,
}

impl LoadedSubgraphs {
    /// `schemas` after each was read, and what kept it from being read if something did.
    pub(super) fn new<'a>(
        schemas: impl IntoIterator<Item = (&'a Schema, Result<(), ReadError>)>,
    ) -> Self {
        let mut loaded = Self::default();
        for (schema, outcome) in schemas {
            match outcome {
                Ok(()) => loaded.subgraphs.push(subgraph_input(schema)),
                Err(error) => loaded.unavailable.push(unavailable(schema, &error)),
            }
        }
        loaded
    }

    /// Composes them.
    ///
    /// # Errors
    /// What is wrong with the schemas, and which of them are unavailable.
    pub fn compose(&self, options: &Options) -> Result<Composed, Diagnostics> {
        compose_available(&self.subgraphs, &self.unavailable, options)
    }

    /// What diagnostics of these subgraphs are shown with.
    #[must_use]
    pub fn sources(&self) -> Vec<SubgraphInput> {
        let unavailable = self.unavailable.iter().map(Unavailable::as_source);
        self.subgraphs.iter().cloned().chain(unavailable).collect()
    }
}

/// A subgraph as composition takes it, once its schema was read.
pub(super) fn subgraph_input(schema: &Schema) -> SubgraphInput {
    SubgraphInput {
        name: schema.name.to_string(),
        url: schema.url.clone(),
        sdl: schema.text().unwrap_or_default().to_owned(),
        source: schema.origin.file_name(),
    }
}

fn unavailable(schema: &Schema, error: &ReadError) -> Unavailable {
    let reason = match (error, &schema.origin) {
        (ReadError::NotUtf8 { line, column }, _) => UnavailableReason::NotUtf8 {
            line: *line,
            column: *column,
        },
        (ReadError::File(error), Origin::File(file)) => {
            let file = file.display();
            let why = match error.kind() {
                io::ErrorKind::NotFound => {
                    "no such file; paths in a supergraph.yaml start at its own folder".to_owned()
                }
                io::ErrorKind::IsADirectory => "a folder; name the schema file in it".to_owned(),
                _ => error.to_string(),
            };
            UnavailableReason::NotRead(format!("{file}: {why}"))
        }
        (error, Origin::Running { url, .. }) => {
            let remedy = error.remedy().map(|remedy| format!("; {remedy}"));
            let why = with_causes(error) + &remedy.unwrap_or_default();
            UnavailableReason::NotRead(format!("{url}: {why}"))
        }
        (error, _) => UnavailableReason::NotRead(with_causes(error)),
    };
    Unavailable {
        name: schema.name.to_string(),
        source: schema.origin.file_name(),
        reason,
    }
}
