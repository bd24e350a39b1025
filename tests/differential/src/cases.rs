//! Cases as folders: one file for each subgraph, the operation, and what is sent along.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value};

use crate::check::Request;
use crate::shrink::Case;

/// What is not a subgraph.
const OPERATION: &str = "operation.graphql";
const VARIABLES: &str = "variables.json";
/// Labels that are on, one a line.
const LABELS: &str = "labels.txt";
/// The name of the operation to run.
const NAME: &str = "operation.txt";

impl Case {
    /// Reads a case from its folder.
    ///
    /// # Errors
    /// A file cannot be read, or the variables are no JSON object.
    pub fn load(folder: &Path) -> io::Result<Self> {
        let mut parts = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let is_subgraph = path.extension().is_some_and(|own| own == "graphql")
                && path.file_name().is_some_and(|own| own != OPERATION);
            if let (true, Some(name)) = (is_subgraph, path.file_stem()) {
                let sdl = fs::read_to_string(&path)?;
                parts.push((name.to_string_lossy().into_owned(), sdl));
            }
        }
        parts.sort();
        let variables: Map<String, Value> = match fs::read(folder.join(VARIABLES)) {
            Ok(text) => serde_json::from_slice(&text)?,
            Err(_) => Map::new(),
        };
        let name = fs::read_to_string(folder.join(NAME)).ok();
        let labels = fs::read_to_string(folder.join(LABELS)).unwrap_or_default();
        Ok(Self {
            parts,
            request: Request {
                operation: fs::read_to_string(folder.join(OPERATION))?,
                name: name.map(|name| name.trim().to_owned()),
                variables,
                labels: labels.lines().map(str::to_owned).collect(),
            },
        })
    }

    /// Writes a case into a folder, which is made.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn save(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for (name, sdl) in &self.parts {
            fs::write(folder.join(format!("{name}.graphql")), sdl)?;
        }
        fs::write(folder.join(OPERATION), &self.request.operation)?;
        if !self.request.variables.is_empty() {
            let text = Value::Object(self.request.variables.clone()).to_string();
            fs::write(folder.join(VARIABLES), text)?;
        }
        if !self.request.labels.is_empty() {
            fs::write(folder.join(LABELS), self.request.labels.join("\n"))?;
        }
        if let Some(name) = &self.request.name {
            fs::write(folder.join(NAME), name)?;
        }
        Ok(())
    }
}
