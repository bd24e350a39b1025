//! Phase two: `@link`s are resolved, so that every directive is known by what it means.
//!
//! A subgraph may import `@key` under any name or use it as `@federation__key`. After this phase
//! a table says which federation directive a name stands for; definitions of them that the
//! subgraph brought along are checked and replaced by our own, and so are the built-in ones.

mod definitions;
mod import;

use std::collections::{BTreeMap, HashMap, HashSet};

use apollo_compiler::ast::{Definition, Directive, Document, OperationType};
use apollo_compiler::{Name, Node};

use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::parsed::Parsed;
use crate::source::{At, Source};
use crate::specification::{
    FEDERATION_IDENTITY, Federation, LINK_IDENTITY, NEWEST_MINOR, SCALARS, Version,
};
pub(crate) use definitions::is_machinery_field;
use import::{Link, parse_link};

/// A subgraph whose directives are known by what they mean.
pub(crate) struct Linked {
    pub(crate) source: Source,
    pub(crate) url: String,
    /// The subgraph's own definitions, without those of the federation machinery.
    pub(crate) document: Document,
    /// The federation machinery's definitions, under the names the subgraph uses.
    pub(crate) machinery: Document,
    pub(crate) names: Names,
}

/// What the names of a subgraph stand for.
pub(crate) struct Names {
    pub(crate) version: Version,
    /// Name of the query root type before it is called `Query`.
    pub(crate) query_root: String,
    pub(crate) directives: HashMap<String, Federation>,
    /// Imports of directives, for the check that subgraphs agree.
    pub(crate) imports: BTreeMap<Federation, (String, At)>,
    /// Scalar of the specification to its name in the subgraph.
    scalars: BTreeMap<&'static str, String>,
    /// Name of `@link` itself.
    link: String,
    /// Namespaces of linked specifications: types called `namespace__X` belong to them.
    namespaces: HashSet<String>,
}

impl Names {
    /// Whether a type belongs to a linked specification rather than to the subgraph's API.
    pub(crate) fn is_machinery(&self, name: &str) -> bool {
        self.is_provided(name)
            || name
                .split_once("__")
                .is_some_and(|(namespace, _)| self.namespaces.contains(namespace))
    }

    /// Whether composition provides the type itself, so that a definition of it is left out.
    fn is_provided(&self, name: &str) -> bool {
        const FIXED: [&str; 6] = [
            "_Any",
            "_Entity",
            "_FieldSet",
            "_Service",
            "link__Import",
            "link__Purpose",
        ];
        FIXED.contains(&name) || self.scalars.values().any(|scalar| scalar == name)
    }
}

pub(crate) fn resolve(parsed: Parsed, report: &mut Findings) -> Option<Linked> {
    let before = report.len();
    let Parsed {
        source,
        url,
        document,
    } = parsed;
    let links = read_links(&document, &source, report);
    let mut names = base_names(&document, &links);
    name_directives(&mut names, &links, &document, &source, report);
    warn_of_compose_directive(&document, &names, &source, report);
    let machinery = definitions::machinery(&names, &document);
    let document = definitions::own(document, &names, &machinery, &source, report);
    (report.len() == before).then_some(Linked {
        source,
        url,
        document,
        machinery,
        names,
    })
}

fn schema_directives(document: &Document) -> impl Iterator<Item = &Node<Directive>> {
    document
        .definitions
        .iter()
        .filter(|definition| {
            matches!(
                definition,
                Definition::SchemaDefinition(_) | Definition::SchemaExtension(_)
            )
        })
        .flat_map(|definition| definition.directives().iter())
}

fn warn_of_compose_directive(
    document: &Document,
    names: &Names,
    source: &Source,
    report: &mut Findings,
) {
    for directive in schema_directives(document) {
        let meaning = names.directives.get(directive.name.as_str());
        if meaning == Some(&Federation::ComposeDirective) {
            let at = source.at(directive.location());
            report.hint(Diagnostic::hint(
                Code::UnsupportedFeature,
                "@composeDirective is not composed yet: the supergraph will be without the directive it names",
                [source.location(None, at)],
            ));
        }
    }
}

/// The name under which `@link` itself is used: it may be renamed by linking its own specification.
fn link_name(document: &Document) -> &str {
    schema_directives(document)
        .find(|directive| {
            let text = |argument| {
                directive
                    .specified_argument_by_name(argument)
                    .and_then(|value| value.as_str())
            };
            text("url").is_some_and(|url| url.starts_with(LINK_IDENTITY))
                && text("as").unwrap_or("link") == directive.name.as_str()
        })
        .map_or("link", |directive| directive.name.as_str())
}

fn read_links(document: &Document, source: &Source, report: &mut Findings) -> Vec<Link> {
    let name = link_name(document);
    let mut links: Vec<Link> = Vec::new();
    let mut linked: HashSet<String> = HashSet::new();
    // Of two links to one specification the first counts: by text, not by place in the file.
    let mut applied: Vec<_> = schema_directives(document)
        .filter(|directive| directive.name == name)
        .collect();
    applied.sort_by_cached_key(|directive| directive.to_string());
    for directive in applied {
        let Some(link) = parse_link(directive, source, report) else {
            continue;
        };
        if !linked.insert(link.identity.clone()) {
            report.push(Diagnostic::error(
                Code::InvalidLinkDirectiveUsage,
                format!(
                    "{:?} is linked twice; put all imports into one @link",
                    link.identity
                ),
                [source.location(None, link.at)],
            ));
            continue;
        }
        links.push(link);
    }
    links
}

fn base_names(document: &Document, links: &[Link]) -> Names {
    let query_root = root_operations(document)
        .find(|(operation, _)| *operation == OperationType::Query)
        .map_or("Query", |(_, name)| name.as_str());
    let namespaces = ["link", "federation", "join", "core"]
        .into_iter()
        .chain(links.iter().map(|link| link.namespace.as_str()))
        .map(str::to_owned)
        .collect();
    Names {
        version: Version::One,
        query_root: query_root.to_owned(),
        directives: HashMap::new(),
        imports: BTreeMap::new(),
        scalars: BTreeMap::new(),
        link: link_name(document).to_owned(),
        namespaces,
    }
}

fn root_operations(document: &Document) -> impl Iterator<Item = &(OperationType, Name)> {
    document
        .definitions
        .iter()
        .flat_map(|definition| match definition {
            Definition::SchemaDefinition(schema) => schema.root_operations.as_slice(),
            Definition::SchemaExtension(schema) => schema.root_operations.as_slice(),
            _ => &[],
        })
        .map(|root| &**root)
}

/// Fills the table of directive names from the links.
fn name_directives(
    names: &mut Names,
    links: &[Link],
    document: &Document,
    source: &Source,
    report: &mut Findings,
) {
    for link in links {
        if link.identity == FEDERATION_IDENTITY {
            name_federation(names, link, source, report);
        } else if link.identity == LINK_IDENTITY {
            if link.version != Some((1, 0)) {
                report.push(Diagnostic::error(
                    Code::UnknownLinkVersion,
                    "only version v1.0 of the link specification is known",
                    [source.location(None, link.at)],
                ));
            }
        } else if let Some(directive) = Federation::by_own_specification(&link.identity) {
            name_own_specification(names, link, directive);
        }
    }
    if names.version == Version::One {
        for &directive in Federation::VERSION_ONE {
            names
                .directives
                .entry(directive.name().to_owned())
                .or_insert(directive);
        }
        let defined = document.definitions.iter();
        let defined = defined.filter_map(|one| one.as_directive_definition());
        for definition in defined {
            let meaning = Federation::VERSION_ONE_IF_DEFINED
                .iter()
                .find(|directive| definition.name == directive.name());
            if let Some(meaning) = meaning {
                names
                    .directives
                    .insert(definition.name.to_string(), *meaning);
            }
        }
        names.scalars.insert("FieldSet", "_FieldSet".to_owned());
    }
}

fn name_federation(names: &mut Names, link: &Link, source: &Source, report: &mut Findings) {
    let minor = match link.version {
        Some((2, minor)) if minor <= NEWEST_MINOR => minor,
        _ => {
            report.push(Diagnostic::error(
                Code::UnknownFederationLinkVersion,
                format!("unknown federation version; use one of v2.0 to v2.{NEWEST_MINOR}"),
                [source.location(None, link.at)],
            ));
            return;
        }
    };
    names.version = Version::Two { minor };
    for import in &link.imports {
        let name = import.name.strip_prefix('@');
        let directive = name
            .and_then(Federation::by_name)
            .filter(|directive| directive.since() <= minor);
        let scalar = SCALARS
            .iter()
            .find(|(scalar, since)| *scalar == import.name && *since <= minor);
        if let Some(directive) = directive {
            let alias = import.alias.trim_start_matches('@').to_owned();
            names.imports.insert(directive, (alias, import.at));
        } else if let Some((scalar, _)) = scalar {
            names.scalars.insert(scalar, import.alias.clone());
        } else {
            report.push(unknown_import(&import.name, minor, source, import.at));
        }
    }
    let prefix = &link.namespace;
    for &directive in Federation::ALL.iter().filter(|one| one.since() <= minor) {
        let name = match names.imports.get(&directive) {
            Some((alias, _)) => alias.clone(),
            None => format!("{prefix}__{}", directive.name()),
        };
        names.directives.insert(name, directive);
    }
    for (scalar, _) in SCALARS.iter().filter(|(_, since)| *since <= minor) {
        names
            .scalars
            .entry(scalar)
            .or_insert_with(|| format!("{prefix}__{scalar}"));
    }
}

fn unknown_import(name: &str, minor: u32, source: &Source, at: At) -> Diagnostic {
    let known = name.strip_prefix('@').and_then(Federation::by_name);
    let later = known.filter(|directive| directive.since() > minor);
    let message = match (later, Federation::by_name(name)) {
        (Some(directive), _) => format!(
            "{directive} came with federation v2.{}, but v2.{minor} is linked",
            directive.since()
        ),
        (None, Some(directive)) => format!(
            "a directive is imported with its @: {:?}",
            directive.to_string()
        ),
        (None, None) => format!("federation v2.{minor} has no element {name:?}"),
    };
    Diagnostic::error(
        Code::InvalidLinkDirectiveUsage,
        message,
        [source.location(None, at)],
    )
}

/// `@tag` and its like may also be linked from specifications of their own.
fn name_own_specification(names: &mut Names, link: &Link, directive: Federation) {
    let imported = |wanted: Federation| {
        link.imports
            .iter()
            .find(|import| import.name.strip_prefix('@') == Some(wanted.name()))
            .map(|import| import.alias.trim_start_matches('@').to_owned())
    };
    let name = imported(directive).unwrap_or_else(|| link.namespace.clone());
    names.directives.insert(name, directive);
    if directive == Federation::Cost {
        let name = imported(Federation::ListSize)
            .unwrap_or_else(|| format!("{}__listSize", link.namespace));
        names.directives.insert(name, Federation::ListSize);
    }
    for scalar in ["Scope", "Policy"] {
        let name = format!("{}__{scalar}", link.namespace);
        names.scalars.entry(scalar).or_insert(name);
    }
}
