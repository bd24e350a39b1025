//! `@link`: which features a schema uses and under what names.

use apollo_compiler::{Schema, ast::Value, schema::Directive};

/// The links of a supergraph.
pub(crate) struct Links {
    features: Vec<Feature>,
}

struct Feature {
    /// The last path segment before the version: `join`, `inaccessible`, …
    identity: String,
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

    /// The name that `directive` of the feature `identity` has in this schema.
    pub(crate) fn directive(&self, identity: &str, directive: &str) -> String {
        let Some(feature) = self.features.iter().find(|f| f.identity == identity) else {
            return directive.to_owned();
        };
        if let Some((_, local)) = feature.imports.iter().find(|(name, _)| name == directive) {
            local.clone()
        } else if directive == feature.identity {
            feature.prefix.clone()
        } else {
            format!("{}__{directive}", feature.prefix)
        }
    }

    /// Whether a directive belongs to a linked feature rather than to the API.
    pub(crate) fn is_machinery(&self, directive: &str) -> bool {
        self.belongs(directive)
            || ["link", "core"].contains(&directive)
            || self.features.iter().any(|feature| {
                let mut imports = feature.imports.iter();
                directive == feature.prefix || imports.any(|(_, local)| local == directive)
            })
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

fn feature(link: &Directive) -> Option<Feature> {
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
    Some(Feature {
        identity: identity.to_owned(),
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
