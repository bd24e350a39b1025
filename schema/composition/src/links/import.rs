//! Reading one application of `@link`.

use apollo_compiler::ast::{Directive, Value};
use apollo_compiler::{Name, Node};

use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::source::{At, Source};

/// Where the specifications of federation itself are.
const APOLLO: &str = "https://specs.apollo.dev";

/// One `@link(url:, as:, import:)`.
pub(super) struct Link {
    pub(super) at: At,
    /// URL without the version.
    pub(super) identity: String,
    /// `v2.5` as (2, 5).
    pub(super) version: Option<(u32, u32)>,
    /// Prefix of elements that are not imported.
    pub(super) namespace: String,
    pub(super) imports: Vec<Import>,
}

/// One imported element.
pub(super) struct Import {
    pub(super) at: At,
    /// Name in the specification, with `@` if it is a directive.
    pub(super) name: String,
    /// Name in the subgraph, likewise.
    pub(super) alias: String,
}

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
            "{url:?} is not the URL of a specification, as in \"https://example.com/name/v1.0\""
        );
        wrong(Code::InvalidLinkIdentifier, message, at);
        return None;
    };
    let namespace = match argument("as") {
        None => parts.name,
        Some(value) => match value.as_str().filter(|alias| is_name(alias)) {
            Some(alias) => alias.to_owned(),
            None => {
                let message = "`as` must be a GraphQL name".to_owned();
                wrong(Code::InvalidLinkDirectiveUsage, message, at);
                return None;
            }
        },
    };
    let mut imports = Vec::new();
    let listed = argument("import").and_then(|value| value.as_list());
    for value in listed.unwrap_or_default() {
        let at = source.at(value.location());
        match parse_import(value) {
            Ok((name, alias)) => imports.push(Import { at, name, alias }),
            Err(message) => wrong(Code::InvalidLinkDirectiveUsage, message, at),
        }
    }
    Some(Link {
        at,
        identity: parts.identity,
        version: parts.version,
        namespace,
        imports,
    })
}

/// A specification's URL in its parts.
struct Url {
    identity: String,
    version: Option<(u32, u32)>,
    /// The default namespace.
    name: String,
}

fn split_url(url: &str) -> Option<Url> {
    let url = url.trim_end_matches('/');
    let (_, path) = url.split_once("://")?;
    if path.is_empty() || path.contains(char::is_whitespace) {
        return None;
    }
    let (before, last) = path.rsplit_once('/')?;
    let version = parse_version(last);
    // Specifications of others need not have versions; where these stand, they do.
    if version.is_none() && url.starts_with(APOLLO) {
        return None;
    }
    let (identity, name) = match version {
        Some(_) => (url.strip_suffix(last)?, before.rsplit('/').next()?),
        None => (url, last),
    };
    is_name(name).then(|| Url {
        identity: identity.trim_end_matches('/').to_owned(),
        version,
        name: name.to_owned(),
    })
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.strip_prefix('v')?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn is_name(text: &str) -> bool {
    Name::new(text).is_ok()
}

fn parse_import(value: &Node<Value>) -> Result<(String, String), String> {
    let (name, alias) = match &**value {
        Value::String(name) => (name.as_str(), name.as_str()),
        Value::Object(fields) => {
            let text = |key| {
                fields
                    .iter()
                    .find(|(name, _)| name == key)
                    .and_then(|(_, value)| value.as_str())
            };
            let name = text("name").ok_or("an import object needs a `name` that is a string")?;
            (name, text("as").unwrap_or(name))
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
