//! Phase two: `@link`s are resolved, so that every directive is known by what it means.
//!
//! A subgraph may import `@key` under any name or use it as `@federation__key`. After this phase
//! a table says which federation directive a name stands for; definitions of them that the
//! subgraph brought along are checked and replaced by our own, and so are the built-in ones.

mod applications;
mod conflict;
mod definitions;
mod federation;
mod import;
mod redefinition;
mod shadowed;

use std::collections::{BTreeMap, HashMap, HashSet};

use apollo_compiler::ast::{Definition, Directive, Document, OperationType};
use apollo_compiler::{Name, Node};

use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::parsed::Parsed;
use crate::source::{At, Source};
use crate::specification::{
    CONNECT_IDENTITY, FEDERATION_IDENTITY, Federation, JOIN_IDENTITY, LINK_IDENTITY, Version,
};
pub(crate) use definitions::is_machinery_field;
pub(crate) use import::Link;
use import::parse_link;

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
    /// Federation directives that are applied somewhere: name here, and where it is from.
    pub(crate) used: Vec<(Federation, String, At)>,
    pub(crate) links: Vec<Link>,
    /// Applications of `@composeDirective`.
    pub(crate) composed: Vec<Compose>,
    /// What they name.
    composed_names: HashSet<String>,
    /// Scalar of the specification to its name in the subgraph.
    scalars: BTreeMap<&'static str, String>,
    /// Name of `@link` itself.
    link: String,
    /// Names of its types `Import` and `Purpose`.
    link_types: [String; 2],
    /// The subgraph links the link specification and defines `@link`: that it does so is taken as
    /// it is.
    has_given_link: bool,
    /// Namespaces of the machinery: types called `namespace__X` are no part of the API.
    namespaces: HashSet<String>,
}

/// One `@composeDirective(name:)`.
#[derive(Clone)]
pub(crate) struct Compose {
    pub(crate) at: At,
    /// As it is written.
    pub(crate) name: String,
}

impl Compose {
    /// The directive's name, if it is written as it should be: with an `@`.
    pub(crate) fn directive(&self) -> Option<&str> {
        let name = self.name.strip_prefix('@')?;
        (!name.is_empty()).then_some(name)
    }
}

impl Names {
    /// Whether a type belongs to the federation machinery rather than to the subgraph's API.
    pub(crate) fn is_machinery(&self, name: &str) -> bool {
        self.is_provided(name)
            || name
                .split_once("__")
                .is_some_and(|(namespace, _)| self.namespaces.contains(namespace))
    }

    /// Whether `@composeDirective` names the directive.
    pub(crate) fn composes(&self, name: &str) -> bool {
        self.composed_names.contains(name)
    }

    /// Whether composition provides the type itself, so that a definition of it is left out.
    fn is_provided(&self, name: &str) -> bool {
        const FIXED: [&str; 4] = ["_Any", "_Entity", "_FieldSet", "_Service"];
        FIXED.contains(&name)
            || self.link_types.iter().any(|ty| ty == name)
            || self.scalars.values().any(|scalar| scalar == name)
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
    conflict::check(&links, &names.link, &source, report);
    federation::name_directives(&mut names, &links, &document, &source, report);
    names.links = links;
    names.composed = read_composed(&document, &names, &source);
    let composed = names.composed.iter().filter_map(Compose::directive);
    names.composed_names = composed.map(str::to_owned).collect();
    read_applications(&mut names, &document, &source, report);
    hint_at_upgrade(&names, &source, report);
    let mut machinery = definitions::machinery(&names, &document);
    let document = definitions::own(document, &names, &mut machinery, &source, report);
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

fn read_composed(document: &Document, names: &Names, source: &Source) -> Vec<Compose> {
    schema_directives(document)
        .filter(|directive| {
            let meaning = names.directives.get(directive.name.as_str());
            meaning == Some(&Federation::ComposeDirective)
        })
        .map(|directive| {
            let name = directive.specified_argument_by_name("name");
            Compose {
                at: source.at(directive.location()),
                name: name
                    .and_then(|name| name.as_str())
                    .unwrap_or_default()
                    .to_owned(),
            }
        })
        .collect()
}

/// Which federation directives are applied.
fn read_applications(
    names: &mut Names,
    document: &Document,
    source: &Source,
    report: &mut Findings,
) {
    let mut applied: BTreeMap<&str, At> = BTreeMap::new();
    applications::visit(document, &mut |directive| {
        let at = source.at(directive.location());
        let first = applied.entry(directive.name.as_str()).or_insert(at);
        *first = (*first).min(at);
    });
    shadowed::check(&names.links, &applied, document, source, report);
    let used = applied.into_iter().filter_map(|(name, at)| {
        let meaning = *names.directives.get(name)?;
        let mut links = names.links.iter();
        let import = links.find_map(|link| link.import_of(meaning.name()));
        let import = import.filter(|import| import.alias.strip_prefix('@') == Some(name));
        Some((
            meaning,
            name.to_owned(),
            import.map_or(at, |import| import.at),
        ))
    });
    names.used = used.collect();
}

/// A specification that came with a later version of federation than is linked.
fn hint_at_upgrade(names: &Names, source: &Source, report: &mut Findings) {
    let linked = match names.version {
        Version::Two { minor } => minor,
        // What a Federation 1 subgraph is upgraded to.
        Version::One => 4,
    };
    let latest = names
        .links
        .iter()
        .filter_map(|link| {
            Some((
                Federation::needed_minor(&link.identity, link.version)?,
                link,
            ))
        })
        .max_by_key(|(minor, link)| (*minor, std::cmp::Reverse(link.at)));
    let Some((minor, link)) = latest.filter(|(minor, _)| *minor > linked) else {
        return;
    };
    let message = format!(
        "the {} specification needs federation v2.{minor}, so the subgraph is read as if it linked that instead of v2.{linked}",
        link.name
    );
    report.hint(Diagnostic::hint(
        Code::ImplicitlyUpgradedFederationVersion,
        message,
        [source.location(None, link.at)],
    ));
}

/// The name under which `@link` itself is used: it may be renamed by linking its own specification.
fn link_name(document: &Document) -> &str {
    link_of_links(document).map_or("link", |directive| directive.name.as_str())
}

/// Where the link specification itself is linked.
fn link_of_links(document: &Document) -> Option<&Node<Directive>> {
    schema_directives(document).find(|directive| {
        text(directive, "url").is_some_and(|url| url.starts_with(LINK_IDENTITY))
            && text(directive, "as").unwrap_or("link") == directive.name.as_str()
    })
}

fn text<'d>(directive: &'d Directive, argument: &str) -> Option<&'d str> {
    let value = directive.specified_argument_by_name(argument)?;
    value.as_str()
}

/// Whether `@link` means something: the link specification is linked, or federation is, which
/// implies it. Else the subgraph is one of Federation 1 that happens to have such a directive.
fn are_links(document: &Document) -> bool {
    let mut federation = schema_directives(document).filter(|directive| directive.name == "link");
    link_of_links(document).is_some()
        || federation.any(|directive| {
            text(directive, "url").is_some_and(|url| url.starts_with(FEDERATION_IDENTITY))
        })
}

fn read_links(document: &Document, source: &Source, report: &mut Findings) -> Vec<Link> {
    if !are_links(document) {
        return Vec::new();
    }
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
        if link.identity == CONNECT_IDENTITY {
            report.push(Diagnostic::error(
                Code::UnsupportedFeature,
                "connectors (@connect, @source) are not supported; serve the subgraph's fields over GraphQL and remove the link",
                [source.location(None, link.at)],
            ));
        }
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
    let link = link_name(document);
    let machinery = links.iter().filter(|link| {
        [FEDERATION_IDENTITY, LINK_IDENTITY, JOIN_IDENTITY].contains(&link.identity.as_str())
    });
    let namespaces = [link, "link", "federation", "join", "core"]
        .into_iter()
        .chain(machinery.map(|link| link.namespace.as_str()))
        .map(str::to_owned)
        .collect();
    Names {
        version: Version::One,
        query_root: query_root.to_owned(),
        directives: HashMap::new(),
        used: Vec::new(),
        links: Vec::new(),
        composed: Vec::new(),
        composed_names: HashSet::new(),
        scalars: BTreeMap::new(),
        link: link.to_owned(),
        link_types: ["Import", "Purpose"].map(|ty| link_type(links, ty)),
        has_given_link: link_of_links(document).is_some() && defines_directive(document, link),
        namespaces,
    }
}

fn defines_directive(document: &Document, name: &str) -> bool {
    let mut definitions = document.definitions.iter();
    definitions.any(|definition| {
        let definition = definition.as_directive_definition();
        definition.is_some_and(|definition| definition.name == name)
    })
}

/// A type of the link specification, which may be imported like any other.
fn link_type(links: &[Link], name: &str) -> String {
    let link = links.iter().find(|link| link.identity == LINK_IDENTITY);
    let imported = link.and_then(|link| link.imports.iter().find(|import| import.name == name));
    let namespace = link.map_or("link", |link| link.namespace.as_str());
    let full = imported.map_or_else(
        || format!("{namespace}__{name}"),
        |import| import.alias.clone(),
    );
    match Name::new(&full) {
        Ok(_) => full,
        Err(_) => format!("link__{name}"),
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
