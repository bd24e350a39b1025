//! File, environment and flags to one typed value: flags win over environment over file.

use std::{path::Path, sync::Arc};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    diagnostic::{Diagnostic, Place},
    keys::Keys,
    yaml::{self, Node, NodeValue, Variables},
};

/// A `weft.yaml` larger than this is not one.
const MAX_FILE_BYTES: u64 = 4 << 20;
/// After this many mistakes of type the rest of the file is not worth guessing at.
const MAX_TYPE_ERRORS: usize = 20;
const PREFIX: &str = "WEFT_";

/// A flag that sets one key: its name for messages, the key's path, and the value as text.
#[derive(Debug, Clone)]
pub struct Flag {
    /// As the user typed it: `--listen`.
    pub name: String,
    /// The key it sets: `listen`, `limits.body_bytes`.
    pub key: String,
    /// The value as typed.
    pub value: String,
}

/// Reads `file` as far as its text; bounded in size.
pub(super) fn read(file: &Path) -> Result<String, Diagnostic> {
    let name: Arc<str> = Arc::from(file.display().to_string());
    let refuse = |message: String| {
        Diagnostic::new(
            Place::File {
                file: Arc::clone(&name),
                line: 1,
                column: 1,
            },
            message,
        )
    };
    let size = std::fs::metadata(file)
        .map_err(|error| refuse(format!("cannot be read: {error}")))?
        .len();
    if size > MAX_FILE_BYTES {
        return Err(refuse(format!(
            "is {size} bytes long; at most {MAX_FILE_BYTES} are read"
        )));
    }
    std::fs::read_to_string(file).map_err(|error| refuse(format!("cannot be read: {error}")))
}

/// Settings on their way to a `T`: a tree that layers are laid on, and what was wrong so far.
pub(super) struct Settings {
    schema: Value,
    tree: Node,
    diagnostics: Vec<Diagnostic>,
}

impl Settings {
    pub(super) fn new<T: JsonSchema>() -> Self {
        let schema = schemars::schema_for!(T).to_value();
        Self {
            schema,
            tree: Node::empty(Place::Default),
            diagnostics: Vec::new(),
        }
    }

    /// Lays a YAML text at the bottom.
    pub(super) fn file(&mut self, name: &str, text: &str, variables: Variables<'_>) {
        match yaml::parse(&Arc::from(name), text, variables) {
            Ok(tree) => {
                self.tree = tree;
                if !matches!(self.tree.value, NodeValue::Map(_)) {
                    self.refuse(Diagnostic::new(
                        self.tree.place.clone(),
                        "the file must be a map of settings".to_owned(),
                    ));
                    self.tree = Node::empty(Place::Default);
                }
                let mut tree = self.tree.clone();
                let found = Keys::new(&self.schema).check(&mut tree);
                self.tree = tree;
                self.diagnostics.extend(found);
            }
            Err(diagnostic) => self.refuse(diagnostic),
        }
    }

    /// Makes the paths under `keys` relative to `folder` instead of the working directory.
    pub(super) fn rebase(&mut self, keys: &[&str], folder: &Path) {
        let NodeValue::Map(entries) = &mut self.tree.value else {
            return;
        };
        for (key, node) in entries {
            if let (true, NodeValue::Scalar(Value::String(path))) =
                (keys.contains(&key.name.as_str()), &mut node.value)
            {
                *path = folder.join(path.as_str()).display().to_string();
            }
        }
    }

    /// Lays `WEFT_A__B=value` over key `a.b`.
    ///
    /// A variable without `__` whose name is no key is someone else's (Kubernetes sets
    /// `WEFT_PORT` for a service called `weft`) unless it is one slip away from a key.
    pub(super) fn environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        let mut variables: Vec<_> = variables
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        variables.sort();
        for (name, value) in variables {
            let path: Vec<String> = name
                .trim_start_matches(PREFIX)
                .split("__")
                .map(str::to_ascii_lowercase)
                .collect();
            let place = Place::Environment(name);
            let known = Keys::new(&self.schema).find(&path).map(|_| ());
            match known {
                Ok(()) => self.lay(place, &path, &value),
                Err((_, near)) if path.len() == 1 && !is_slip(&path, near.as_deref()) => {}
                Err((_, near)) => self.refuse_unknown(place, &path, near),
            }
        }
    }

    /// Lays a flag's value over its key.
    pub(super) fn flag(&mut self, flag: &Flag) {
        let path: Vec<String> = flag.key.split('.').map(str::to_owned).collect();
        let place = Place::Flag(flag.name.clone());
        let known = Keys::new(&self.schema).find(&path).map(|_| ());
        match known {
            Ok(()) => self.lay(place, &path, &flag.value),
            Err((_, near)) => self.refuse_unknown(place, &path, near),
        }
    }

    /// The typed value, or everything that is wrong.
    pub(super) fn finish<T: DeserializeOwned>(
        mut self,
        check: impl Fn(&T) -> Vec<(String, String)>,
    ) -> Result<T, Vec<Diagnostic>> {
        let mut is_whole = true;
        for _ in 0..MAX_TYPE_ERRORS {
            match serde_path_to_error::deserialize::<_, T>(self.tree.to_json()) {
                Ok(value) => {
                    // What is missing because it was refused is not a second mistake.
                    let found = if is_whole { check(&value) } else { Vec::new() };
                    for (path, message) in found {
                        if self.has_refused_below(&path) {
                            continue;
                        }
                        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
                        let place = self.tree.nearest(&path).place.clone();
                        self.refuse(Diagnostic::at(place, &path, message));
                    }
                    return if self.diagnostics.is_empty() {
                        Ok(value)
                    } else {
                        Err(self.diagnostics)
                    };
                }
                Err(error) => {
                    is_whole = false;
                    let path = segments(error.path());
                    if !self.has_refused_below(&path.join(".")) {
                        let place = self.tree.nearest(&path).place.clone();
                        let message = in_yaml_words(&error.into_inner().to_string());
                        self.refuse(Diagnostic::at(place, &path, message));
                    }
                    // Without the mistake the next reading finds the next one.
                    let removed = (1..=path.len())
                        .rev()
                        .any(|len| self.tree.remove(path.get(..len).unwrap_or_default()));
                    if !removed {
                        break;
                    }
                }
            }
        }
        Err(self.diagnostics)
    }

    /// Whether something was refused at `path` or below, which may be why something is missing there.
    fn has_refused_below(&self, path: &str) -> bool {
        let paths = self.diagnostics.iter().map(|refused| refused.path.as_str());
        let mut below = paths.filter_map(|refused| refused.strip_prefix(path));
        below.any(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    fn refuse(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn refuse_unknown(&mut self, place: Place, path: &[String], near: Option<String>) {
        self.refuse(Diagnostic::at(place, path, "no such setting".to_owned()).suggest(near));
    }

    fn lay(&mut self, place: Place, path: &[String], text: &str) {
        match self.value(&place, path, text) {
            Ok(mut node) => {
                let mut holder = Node::empty(place);
                holder.set(path, node.clone());
                let found = Keys::new(&self.schema).check(&mut holder);
                if found.is_empty() {
                    node = holder.nearest(path).clone();
                    self.tree.set(path, node);
                } else {
                    self.diagnostics.extend(found);
                }
            }
            Err(diagnostic) => self.refuse(diagnostic),
        }
    }

    /// Text from outside the file takes the type its key wants: strings stay as they are, lists may
    /// be separated by commas, the rest is YAML.
    fn value(&self, place: &Place, path: &[String], text: &str) -> Result<Node, Diagnostic> {
        let keys = Keys::new(&self.schema);
        let schema = keys.find(path).unwrap_or(&Value::Null);
        let wants = |name: &str| match schema.get("type") {
            Some(Value::String(one)) => one == name,
            Some(Value::Array(several)) => several.first().and_then(Value::as_str) == Some(name),
            _ => false,
        };
        let string = |text: &str| Node {
            value: NodeValue::Scalar(Value::String(text.to_owned())),
            place: place.clone(),
        };
        if wants("string") || schema.get("enum").is_some() || schema.get("oneOf").is_some() {
            Ok(string(text))
        } else if wants("array") && !text.trim_start().starts_with('[') {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(string)
                .collect();
            Ok(Node {
                value: NodeValue::List(items),
                place: place.clone(),
            })
        } else {
            yaml::parse_value(place, text).map_err(|error| Diagnostic {
                path: path.join("."),
                ..error
            })
        }
    }
}

/// Whether a lone variable's name is one letter away from a key.
fn is_slip(path: &[String], near: Option<&str>) -> bool {
    match (path.first(), near) {
        (Some(name), Some(near)) => strsim::damerau_levenshtein(name, near) <= 1,
        _ => false,
    }
}

fn segments(path: &serde_path_to_error::Path) -> Vec<String> {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { variant } => Some(variant.clone()),
            Segment::Unknown => None,
        })
        .collect()
}

/// Serde's messages name Rust's types; the reader wrote YAML.
fn in_yaml_words(message: &str) -> String {
    let words = [
        ("invalid type: map", "a map was written"),
        ("invalid type: sequence", "a list was written"),
        ("invalid type: null", "nothing was written"),
        ("invalid type: ", "written is "),
        ("invalid value: ", "written is "),
        ("expected a boolean", "expected `true` or `false`"),
        ("expected a sequence", "expected a list"),
        ("expected usize", "expected a whole number"),
        ("expected u64", "expected a whole number"),
        ("expected u32", "expected a whole number"),
    ];
    let mut text = message.to_owned();
    for (from, to) in words {
        text = text.replacen(from, to, 1);
    }
    text
}
