//! Reading one application of `@link`.

use std::collections::HashMap;

use apollo_compiler::ast::{Directive, Value};
use apollo_compiler::{Name, Node};

use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::source::{At, Source};

/// One `@link(url:, as:, import:)`.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) at: At,
    /// URL without the version.
    pub(crate) identity: String,
    /// Name of the specification: the last part of its identity.
    pub(crate) name: String,
    /// `v2.5` as (2, 5).
    pub(crate) version: (u32, u32),
    /// Prefix of elements that are not imported.
    pub(crate) namespace: String,
    pub(crate) imports: Vec<Import>,
    /// Index of the first import of every name.
    by_name: HashMap<String, usize>,
}

/// One imported element.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) at: At,
    /// Name in the specification, with `@` if it is a directive.
    pub(crate) name: String,
    /// Name in the subgraph, likewise.
    pub(crate) alias: String,
}

impl Link {
    /// A link that is not written: its elements have their usual names.
    pub(super) fn implied(identity: &str, namespace: &str, imports: Vec<Import>) -> Self {
        Link {
            at: None,
            identity: identity.to_owned(),
            name: namespace.to_owned(),
            version: (1, 0),
            namespace: namespace.to_owned(),
            imports: Vec::new(),
            by_name: HashMap::new(),
        }
        .with(imports)
    }

    fn with(mut self, imports: Vec<Import>) -> Self {
        for (index, import) in imports.iter().enumerate() {
            self.by_name.entry(import.name.clone()).or_insert(index);
        }
        self.imports = imports;
        self
    }

    /// The import of a directive, given by its name in the specification, without `@`.
    pub(crate) fn import_of(&self, directive: &str) -> Option<&Import> {
        let index = self.by_name.get(&format!("@{directive}"))?;
        self.imports.get(*index)
    }

    /// What a directive of the specification is called in the subgraph.
    pub(crate) fn local_name(&self, directive: &str) -> String {
        match self.import_of(directive) {
            Some(import) => import.alias.trim_start_matches('@').to_owned(),
            None if directive == self.name => self.namespace.clone(),
            None => format!("{}__{directive}", self.namespace),
        }
    }
}

/// Reads one application; what is wrong with it goes to the report.
pub(super) fn parse_link(
    directive: &Node<Directive>,
    source: &Source,
    report: &mut Findings,
) -> Option<Link> {
    let at = source.at(directive.location());
    let argument = |name| directive.specified_argument_by_name(name);
    let mut wrong = |code, message: String, at| {
        report.push(Diagnostic::error(
            code,
            message,
            [source.location(None, at)],
        ));
    };
    let Some(url) = argument("url").and_then(|url| url.as_str()) else {
        let message = "@link needs a `url` that is a string".to_owned();
        wrong(Code::InvalidLinkIdentifier, message, at);
        return None;
    };
    let Some(parts) = split_url(url) else {
        let message = format!(
            "{url:?} is not the URL of a specification and its version, as in \"https://example.com/name/v1.0\""
        );
        wrong(Code::InvalidLinkIdentifier, message, at);
        return None;
    };
    let namespace = match argument("as").filter(|value| !value.is_null()) {
        None => parts.name.clone(),
        Some(value) => value.as_str().unwrap_or_default().to_owned(),
    };
    if let Err(message) = check_namespace(&namespace) {
        wrong(Code::InvalidLinkDirectiveUsage, message, at);
        return None;
    }
    let mut imports = Vec::new();
    let listed = argument("import").and_then(|value| value.as_list());
    for value in listed.unwrap_or_default() {
        let at = source.at(value.location());
        match parse_import(value) {
            Ok((name, alias)) => imports.push(Import { at, name, alias }),
            Err(message) => wrong(Code::InvalidLinkDirectiveUsage, message, at),
        }
    }
    Some(
        Link {
            at,
            identity: parts.identity,
            name: parts.name,
            version: parts.version,
            namespace,
            imports: Vec::new(),
            by_name: HashMap::new(),
        }
        .with(imports),
    )
}

/// Names of the specification's elements begin with the namespace and `__`, so that it must be
/// clear where the namespace ends. Dots and dashes are let through: there are specifications with
/// such names, whose elements can only be imported.
fn check_namespace(namespace: &str) -> Result<(), String> {
    let plain = namespace.replace(['.', '-'], "_");
    let is_dotted = namespace.starts_with(['.', '-']);
    if is_dotted || !is_name(&plain) {
        return Err(format!(
            "the specification's name here, {namespace:?}, is not a GraphQL name; give it one with `as`"
        ));
    }
    if namespace.contains("__") || namespace.ends_with('_') {
        return Err(format!(
            "the specification's name here, {namespace:?}, must neither contain \"__\" nor end in \"_\"; give it another with `as`"
        ));
    }
    Ok(())
}

/// A specification's URL in its parts.
struct Url {
    identity: String,
    version: (u32, u32),
    name: String,
}

fn split_url(url: &str) -> Option<Url> {
    let url = url.split(['?', '#']).next()?;
    let (_, path) = url.split_once("://")?;
    if path.contains(char::is_whitespace) {
        return None;
    }
    let (before, last) = path.rsplit_once('/')?;
    let version = parse_version(last)?;
    let (_, name) = before.rsplit_once('/')?;
    let identity = url.strip_suffix(last)?.strip_suffix('/')?;
    (!name.is_empty()).then(|| Url {
        identity: identity.to_owned(),
        version,
        name: name.to_owned(),
    })
}

/// `v1.0` and the like.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.strip_prefix('v')?.split_once('.')?;
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    Some((number(major)?, number(minor)?))
}

fn is_name(text: &str) -> bool {
    Name::new(text).is_ok()
}

fn parse_import(value: &Node<Value>) -> Result<(String, String), String> {
    let (name, alias) = match &**value {
        Value::String(name) => (name.as_str(), name.as_str()),
        Value::Object(fields) => {
            let unknown = fields.iter().find(|(key, _)| key != "name" && key != "as");
            if let Some((key, _)) = unknown {
                return Err(format!(
                    "an import object has `name` and `as`, but no `{key}`"
                ));
            }
            let text = |key| {
                let found = fields.iter().find(|(name, _)| name == key);
                found
                    .map(|(_, value)| value.as_str().ok_or(key))
                    .transpose()
            };
            let is_no_string = |key| format!("`{key}` of an import must be a string");
            let name = text("name").map_err(is_no_string)?;
            let name = name.ok_or("an import object needs a `name` that is a string")?;
            let alias = text("as").map_err(is_no_string)?;
            (name, alias.unwrap_or(name))
        }
        _ => return Err("an import is a string or {name: \"…\", as: \"…\"}".to_owned()),
    };
    if name.starts_with('@') != alias.starts_with('@') {
        return Err(format!(
            "{name:?} is imported as {alias:?}: both or neither must begin with @"
        ));
    }
    let bare = |text: &str| is_name(text.strip_prefix('@').unwrap_or(text));
    if !bare(name) || !bare(alias) {
        return Err(format!(
            "{name:?} imported as {alias:?} is not a GraphQL name"
        ));
    }
    Ok((name.to_owned(), alias.to_owned()))
}
