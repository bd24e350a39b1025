//! Which names stand for federation's directives and scalars.

use std::collections::BTreeMap;

use apollo_compiler::Name;
use apollo_compiler::ast::Document;

use super::Names;
use super::import::Link;
use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::source::{At, Source};
use crate::specification::{
    FEDERATION_IDENTITY, Federation, LINK_IDENTITY, NEWEST_MINOR, SCALARS, Version,
};

/// Fills the table of directive names from the links.
pub(super) fn name_directives(
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
            if link.version != (1, 0) {
                report.push(Diagnostic::error(
                    Code::UnknownLinkVersion,
                    "only version v1.0 of the link specification is known",
                    [source.location(None, link.at)],
                ));
            }
        } else if let Some(directive) = Federation::by_own_specification(&link.identity)
            && directive.own_versions().contains(&link.version)
        {
            name_own_specification(names, link, directive, source, report);
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
        (2, minor) if minor <= NEWEST_MINOR => minor,
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
    let mut imported: BTreeMap<Federation, &str> = BTreeMap::new();
    for import in &link.imports {
        let name = import.name.strip_prefix('@');
        let directive = name
            .and_then(Federation::by_name)
            .filter(|directive| directive.since() <= minor);
        let scalar = SCALARS
            .iter()
            .find(|(scalar, since)| *scalar == import.name && *since <= minor);
        if let Some(directive) = directive {
            imported.insert(directive, import.alias.trim_start_matches('@'));
        } else if let Some((scalar, _)) = scalar {
            names.scalars.insert(scalar, import.alias.clone());
        } else {
            report.push(unknown_import(&import.name, minor, source, import.at));
        }
    }
    let prefix = &link.namespace;
    for &directive in Federation::ALL.iter().filter(|one| one.since() <= minor) {
        let name = match imported.get(&directive) {
            Some(alias) => (*alias).to_owned(),
            None => format!("{prefix}__{}", directive.name()),
        };
        insert(names, name, directive);
    }
    for (scalar, _) in SCALARS.iter().filter(|(_, since)| *since <= minor) {
        names
            .scalars
            .entry(scalar)
            .or_insert_with(|| scalar_name(prefix, scalar));
    }
}

/// A specification's name may have dots and dashes; what is then no name cannot be applied.
fn insert(names: &mut Names, name: String, directive: Federation) {
    if Name::new(&name).is_ok() {
        names.directives.insert(name, directive);
    }
}

/// The full name of a scalar; under a namespace that makes none, it cannot be written anyway.
fn scalar_name(namespace: &str, scalar: &str) -> String {
    let name = format!("{namespace}__{scalar}");
    match Name::new(&name) {
        Ok(_) => name,
        Err(_) => format!("federation__{scalar}"),
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
fn name_own_specification(
    names: &mut Names,
    link: &Link,
    directive: Federation,
    source: &Source,
    report: &mut Findings,
) {
    let (elements, scalar): (&[Federation], _) = match directive {
        Federation::Cost => (&[Federation::Cost, Federation::ListSize], None),
        Federation::RequiresScopes => (&[Federation::RequiresScopes], Some("Scope")),
        Federation::Policy => (&[Federation::Policy], Some("Policy")),
        _ => (std::slice::from_ref(&directive), None),
    };
    for import in &link.imports {
        let is_directive = elements.iter().any(|one| one.to_string() == import.name);
        if !is_directive && scalar != Some(import.name.as_str()) {
            let message = format!(
                "the {} specification has no element {:?}",
                link.name, import.name
            );
            let code = Code::InvalidLinkDirectiveUsage;
            let location = source.location(None, import.at);
            report.push(Diagnostic::error(code, message, [location]));
        }
    }
    for element in elements {
        let name = link.local_name(element.name());
        insert(names, name, *element);
    }
    if let Some(scalar) = scalar {
        let imported = link.imports.iter().find(|import| import.name == scalar);
        let name = imported.map_or_else(
            || scalar_name(&link.namespace, scalar),
            |import| import.alias.clone(),
        );
        names.scalars.entry(scalar).or_insert(name);
    }
}
