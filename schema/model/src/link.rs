//! `@link`: which features a schema uses and under what names.

use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Node, Schema, ast::Value, schema::Directive};

use crate::error::{ModelError, Place};

/// Where the specifications that the model knows are.
const HOME: &str = "https://specs.apollo.dev/";

/// Where our own are, and which that is.
const OURS: (&str, &str) = ("https://weft.dev/", "cache");

/// Those, with the versions that are known.
const KNOWN: [(&str, &[&str]); 12] = [
    ("link", &["v1.0"]),
    ("core", &["v0.1", "v0.2"]),
    ("join", &["v0.1", "v0.2", "v0.3", "v0.4", "v0.5"]),
    ("tag", &["v0.1", "v0.2", "v0.3"]),
    ("inaccessible", &["v0.1", "v0.2"]),
    ("authenticated", &["v0.1"]),
    ("requiresScopes", &["v0.1"]),
    ("policy", &["v0.1"]),
    ("context", &["v0.1"]),
    ("cost", &["v0.1"]),
    ("cacheTag", &["v0.1"]),
    (OURS.1, &["v0.1"]),
];

/// Those whose elements are read, so that another version could be misread.
const READ: [&str; 4] = ["join", "context", "cost", OURS.1];

/// The links of a supergraph.
pub(crate) struct Links {
    features: Vec<Feature>,
}

struct Feature {
    /// The URL as written.
    url: String,
    /// The last path segment before the version: `join`, `inaccessible`, …
    identity: String,
    version: Option<String>,
    /// `SECURITY` or `EXECUTION`, if it is linked for one.
    purpose: Option<String>,
    at: Option<SourceSpan>,
    /// The prefix its elements have in this schema.
    prefix: String,
    /// Imported directives: (name in the feature's spec, name here), without `@`.
    imports: Vec<(String, String)>,
    /// Names here of imported types.
    imported_types: Vec<String>,
}

impl Links {
    pub(crate) fn of(schema: &Schema) -> Self {
        let directives = &schema.schema_definition.directives;
        let links = directives.get_all("link").chain(directives.get_all("core"));
        Self {
            features: links.filter_map(|link| feature(link)).collect(),
        }
    }

    /// Refuses what could not be served as it is meant.
    pub(crate) fn check(&self, schema: &Schema) -> Result<(), ModelError> {
        for feature in &self.features {
            let versions = KNOWN.iter().find(|(name, _)| feature.is(name));
            let place = || Place::of(schema, feature.at);
            let version = feature.version.as_deref().unwrap_or_default();
            let is_known = versions.is_some_and(|(_, versions)| versions.contains(&version));
            if let Some((name, versions)) = versions.filter(|_| !is_known)
                && READ.contains(name)
            {
                return Err(ModelError::UnknownVersion {
                    url: feature.url.clone(),
                    name,
                    known: versions.join(", "),
                    place: place(),
                });
            }
            if let Some(purpose) = feature.purpose.as_ref().filter(|_| !is_known) {
                return Err(ModelError::UnsupportedFeature {
                    url: feature.url.clone(),
                    purpose: purpose.clone(),
                    place: place(),
                });
            }
        }
        Ok(())
    }

    /// The name that `directive` of the feature `identity` has in this schema; an empty one if nothing there
    /// can mean it.
    pub(crate) fn directive(&self, identity: &str, directive: &str) -> String {
        self.linked_directive(identity, directive)
            .unwrap_or_else(|| {
                let mut others = self.features.iter();
                let is_taken = others.any(|other| other.has_directive(directive));
                if is_taken { "" } else { directive }.to_owned()
            })
    }

    /// The name that `directive` of the feature `identity` has in this schema, if that is linked.
    pub(crate) fn linked_directive(&self, identity: &str, directive: &str) -> Option<String> {
        let feature = self.features.iter().find(|feature| feature.is(identity))?;
        let mut imports = feature.imports.iter();
        Some(
            if let Some((_, local)) = imports.find(|(name, _)| name == directive) {
                local.clone()
            } else if directive == feature.identity {
                feature.prefix.clone()
            } else {
                format!("{}__{directive}", feature.prefix)
            },
        )
    }

    /// Whether a directive belongs to a linked feature rather than to the API.
    pub(crate) fn is_machinery(&self, directive: &str) -> bool {
        self.belongs(directive)
            || ["link", "core"].contains(&directive)
            || self
                .features
                .iter()
                .any(|feature| feature.has_directive(directive))
    }

    /// Whether a type belongs to a linked feature rather than to the API. The API may have a type called
    /// `tag` or `policy`: such names alone are directives'.
    pub(crate) fn is_machinery_type(&self, name: &str) -> bool {
        self.belongs(name)
            || self.features.iter().any(|feature| {
                let mut types = feature.imported_types.iter();
                types.any(|local| local == name)
            })
    }

    /// Whether a name has the prefix of a feature.
    fn belongs(&self, name: &str) -> bool {
        let own = ["link", "core", "join"].into_iter();
        let linked = self.features.iter().map(|feature| feature.prefix.as_str());
        own.chain(linked).any(|prefix| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with("__"))
        })
    }
}

impl Feature {
    /// Whether it is the specification of this name that the model knows, not another's of the same name.
    fn is(&self, name: &str) -> bool {
        let (ours, own) = OURS;
        let home = if name == own { ours } else { HOME };
        let path = self.url.strip_prefix(home);
        self.identity == name && path.is_some_and(|path| path.split('/').next() == Some(name))
    }

    fn has_directive(&self, local: &str) -> bool {
        let mut imports = self.imports.iter();
        local == self.prefix || imports.any(|(_, name)| name == local)
    }
}

fn feature(link: &Node<Directive>) -> Option<Feature> {
    let argument = |name: &str| {
        let value = link.specified_argument_by_name(name)?;
        value.as_str().map(str::to_owned)
    };
    let url = argument("url").or_else(|| argument("feature"))?;
    let mut segments = url.trim_end_matches('/').rsplit('/');
    let last = segments.next()?;
    let is_version = last.starts_with('v') && last[1..].starts_with(|c: char| c.is_ascii_digit());
    let identity = if is_version { segments.next()? } else { last };
    let imports = link.specified_argument_by_name("import");
    let imports = imports.and_then(|value| value.as_list()).unwrap_or(&[]);
    let (directives, types): (Vec<_>, Vec<_>) = imports
        .iter()
        .filter_map(|value| import(value))
        .partition(|(name, _)| name.starts_with('@'));
    let plain = |text: String| text.trim_start_matches('@').to_owned();
    let directives = directives.into_iter();
    let purpose = link.specified_argument_by_name("for");
    Some(Feature {
        url: url.clone(),
        version: is_version.then(|| last.to_owned()),
        identity: identity.to_owned(),
        purpose: purpose.and_then(|value| Some(value.as_enum()?.to_string())),
        at: link.location(),
        prefix: argument("as").unwrap_or_else(|| identity.to_owned()),
        imports: directives
            .map(|(name, local)| (plain(name), plain(local)))
            .collect(),
        imported_types: types.into_iter().map(|(_, local)| local).collect(),
    })
}

/// Name in the feature's specification and name here, as written.
fn import(value: &Value) -> Option<(String, String)> {
    match value {
        Value::String(name) => Some((name.clone(), name.clone())),
        Value::Object(fields) => {
            let get = |key: &str| {
                let (_, value) = fields.iter().find(|(name, _)| name == key)?;
                value.as_str().map(str::to_owned)
            };
            let name = get("name")?;
            let local = get("as").unwrap_or_else(|| name.clone());
            Some((name, local))
        }
        _ => None,
    }
}
