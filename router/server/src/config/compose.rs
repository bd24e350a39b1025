//! Rover's `supergraph.yaml`: which subgraphs to compose, and where their schemas are.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use http::{HeaderMap, HeaderName, HeaderValue};
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
    /// Headers that a running subgraph is asked with.
    pub introspection_headers: BTreeMap<String, String>,
    /// The schema itself.
    pub sdl: Option<String>,
    /// A graph in rover's registry; read so that it can be refused by its name.
    pub graphref: Option<String>,
    /// A subgraph in rover's registry.
    pub subgraph: Option<String>,
}

impl ComposeSubgraph {
    /// Where the router calls it.
    pub(crate) fn url(&self) -> String {
        let url = self.routing_url.as_ref();
        let url = url.or(self.schema.subgraph_url.as_ref());
        url.map(ToString::to_string).unwrap_or_default()
    }

    fn mistakes(&self) -> Vec<(&'static str, String)> {
        let schema = &self.schema;
        let mut found = schema.mistakes();
        let is_elsewhere = schema.file.is_some() || schema.sdl.is_some();
        if found.is_empty() && is_elsewhere && self.routing_url.is_none() {
            found.push((
                "",
                "needs a `routing_url`: where the router sends its requests".to_owned(),
            ));
        }
        found
    }
}

impl ComposeSchema {
    /// What a running subgraph is asked with.
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.introspection_headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
                headers.insert(name, value);
            }
        }
        headers
    }

    fn mistakes(&self) -> Vec<(&'static str, String)> {
        if self.graphref.is_some() || self.subgraph.is_some() {
            let message = "names a schema in a registry, which is not read here; write it to a file (`rover subgraph fetch`) and name that in `file`";
            return vec![(".schema", message.to_owned())];
        }
        let given = [
            self.file.is_some(),
            self.subgraph_url.is_some(),
            self.sdl.is_some(),
        ];
        if given.iter().filter(|given| **given).count() != 1 {
            let message = "must have exactly one of `file`, `subgraph_url` and `sdl`";
            return vec![(".schema", message.to_owned())];
        }
        let mut found = Vec::new();
        if !self.introspection_headers.is_empty() && self.subgraph_url.is_none() {
            let message = "are sent to a running subgraph; without `subgraph_url` there is none";
            found.push((".schema.introspection_headers", message.to_owned()));
        }
        for (name, value) in &self.introspection_headers {
            let is_header = name.parse::<HeaderName>().is_ok();
            if !is_header || value.parse::<HeaderValue>().is_err() {
                // The value may be a secret.
                let message = format!(
                    "`{name}` is not a header's name, or its value is not one line of visible characters"
                );
                found.push((".schema.introspection_headers", message));
            }
        }
        found
    }
}

impl ComposeFile {
    /// Reads `file`; `${NAME}` or `${env.NAME}` in strings is answered from `environment`, and
    /// `${file.NAME}` with the text of a file.
    ///
    /// # Errors
    /// Every mistake found, each with its line.
    pub fn load(file: &Path, environment: &[(String, String)]) -> Result<Self, Vec<Diagnostic>> {
        let text = load::read(file).map_err(|diagnostic| vec![diagnostic])?;
        Self::parse(file, &text, environment)
    }

    /// The same for the text of `file`, already read.
    ///
    /// # Errors
    /// Every mistake found, each with its line.
    pub fn parse(
        file: &Path,
        text: &str,
        environment: &[(String, String)],
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut settings = Settings::new::<Self>();
        let folder = file.parent().unwrap_or(Path::new(""));
        let variables = |name: &str| match name.strip_prefix("file.") {
            Some(path) => value_in(&folder.join(path)),
            None => {
                let mut known = environment.iter();
                let found = known.find(|(known, _)| known == name);
                found.map(|(_, value)| value.clone())
            }
        };
        settings.file(&file.display().to_string(), text, &variables);
        let loaded: Self = settings.finish(Self::mistakes)?;
        Ok(loaded.rebased(folder))
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
            let mistakes = subgraph.mistakes().into_iter();
            found.extend(mistakes.map(|(at, message)| (format!("subgraphs.{name}{at}"), message)));
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

/// What `${file.NAME}` stands for: a file's text without its last line break.
fn value_in(file: &Path) -> Option<String> {
    let text = load::read(file).ok()?;
    Some(text.trim_end_matches(['\r', '\n']).to_owned())
}
