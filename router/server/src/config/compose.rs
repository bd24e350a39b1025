//! Rover's `supergraph.yaml`: which subgraphs to compose, and where their schemas are.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    diagnostic::Diagnostic,
    load::{self, Settings},
    units::HttpUrl,
};

/// A parsed `supergraph.yaml`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComposeFile {
    /// Rover's choice of composer (`=2.9.0`, `2`); read for compatibility, the highest linked version decides.
    #[serde(default)]
    pub federation_version: Option<FederationVersion>,
    /// The subgraphs by name.
    pub subgraphs: BTreeMap<String, ComposeSubgraph>,
}

/// A version as rover accepts it: `2`, `1`, `=2.9.0`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FederationVersion {
    /// A major version.
    Major(u8),
    /// Written with a decimal point and read as a number: `2.9`.
    Decimal(f64),
    /// An exact version.
    Exact(String),
}

/// One subgraph of a [`ComposeFile`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComposeSubgraph {
    /// Where the router calls it; defaults to `schema.subgraph_url`.
    #[serde(default)]
    pub routing_url: Option<HttpUrl>,
    /// Where its schema is.
    pub schema: ComposeSchema,
}

/// Where a subgraph's schema is: exactly one of the three.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ComposeSchema {
    /// A file, relative to the `supergraph.yaml`.
    pub file: Option<PathBuf>,
    /// A running subgraph that answers `{ _service { sdl } }`.
    pub subgraph_url: Option<HttpUrl>,
    /// The schema itself.
    pub sdl: Option<String>,
}

impl ComposeFile {
    /// Reads `file`; `${NAME}` in strings is answered from `environment`.
    ///
    /// # Errors
    /// Every mistake found, each with its line.
    pub fn load(file: &Path, environment: &[(String, String)]) -> Result<Self, Vec<Diagnostic>> {
        let text = load::read(file).map_err(|diagnostic| vec![diagnostic])?;
        Self::parse(file, &text, environment)
    }

    /// The same for the text of `file`, already read.
    pub(crate) fn parse(
        file: &Path,
        text: &str,
        environment: &[(String, String)],
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut settings = Settings::new::<Self>();
        let variables = |name: &str| {
            environment
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        };
        settings.file(&file.display().to_string(), text, &variables);
        let loaded: Self = settings.finish(Self::mistakes)?;
        Ok(loaded.rebased(file.parent().unwrap_or(Path::new(""))))
    }

    fn mistakes(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if self.subgraphs.is_empty() {
            found.push((
                "subgraphs".to_owned(),
                "must name at least one subgraph".to_owned(),
            ));
        }
        for (name, subgraph) in &self.subgraphs {
            let schema = &subgraph.schema;
            let given = [
                schema.file.is_some(),
                schema.subgraph_url.is_some(),
                schema.sdl.is_some(),
            ];
            if given.iter().filter(|given| **given).count() != 1 {
                let message =
                    "must have exactly one of `file`, `subgraph_url` and `sdl`".to_owned();
                found.push((format!("subgraphs.{name}.schema"), message));
            }
        }
        found
    }

    fn rebased(mut self, folder: &Path) -> Self {
        for subgraph in self.subgraphs.values_mut() {
            if let Some(file) = &mut subgraph.schema.file {
                *file = folder.join(&file);
            }
        }
        self
    }
}
