//! Definitions of the federation machinery: ours are put in, the subgraph's are taken out.

use std::collections::HashMap;
use std::fmt::Write;

use apollo_compiler::ast::{
    Definition, DirectiveDefinition, DirectiveLocation, Document, FieldDefinition, OperationType,
};
use apollo_compiler::{Name, Node};

use super::redefinition::{check_directive, check_type, is_slip};
use super::{Names, defines_directive, root_operations};
use crate::diagnostic::{Diagnostic, Findings};
use crate::source::Source;
use crate::specification::Federation;

/// Directives of the GraphQL specification, which a subgraph may define again in an older shape.
const BUILT_IN_DIRECTIVES: [&str; 6] = [
    "skip",
    "include",
    "deprecated",
    "specifiedBy",
    "oneOf",
    "defer",
];

/// Definitions of everything the subgraph may use without defining it.
pub(super) fn machinery(names: &Names, document: &Document) -> Document {
    let mut sdl = String::new();
    let [import, purpose] = &names.link_types;
    // Writing to a `String` cannot fail.
    let _ = writeln!(
        sdl,
        "scalar {import}\nenum {purpose} {{ SECURITY EXECUTION }}\ntype _Service {{ sdl: String }}"
    );
    if !has_own_link(names, document) {
        let link = &names.link;
        let _ = writeln!(
            sdl,
            "directive @{link}(url: String, as: String, for: {purpose}, import: [{import}]) repeatable on SCHEMA"
        );
    }
    if !document.definitions.iter().any(is_own_one_of) {
        sdl.push_str("directive @oneOf on INPUT_OBJECT\n");
    }
    for scalar in names.scalars.values() {
        let _ = writeln!(sdl, "scalar {scalar}");
    }
    let mut directives: Vec<_> = names.directives.iter().collect();
    directives.sort_unstable();
    for (name, directive) in directives {
        let _ = writeln!(sdl, "directive @{name}{}", definition(*directive, names));
    }
    let explicit_roots = document
        .definitions
        .iter()
        .any(|definition| matches!(definition, Definition::SchemaDefinition(_)))
        || root_operations(document).next().is_some();
    let has_query =
        root_operations(document).any(|(operation, _)| *operation == OperationType::Query);
    if explicit_roots && !has_query {
        sdl.push_str("extend schema { query: Query }\n");
    }
    // Every subgraph has a query root with at least the field that serves its SDL.
    let root = &names.query_root;
    let _ = writeln!(sdl, "extend type {root} {{ _service: _Service! }}");
    match Document::parse(sdl, "federation.graphql") {
        Ok(document) => document,
        // The text consists of checked names and constants; were it wrong, the definitions that
        // could be read make the subgraph's validation say what is missing.
        Err(failed) => failed.partial,
    }
}

fn definition(directive: Federation, names: &Names) -> String {
    let mut text = directive.definition().to_owned();
    if directive == Federation::Override && !names.version.has_override_label() {
        text = text.replace(", label: String", "");
    }
    if directive == Federation::Tag && !names.version.has_schema_tags() {
        text = text.replace(" | SCHEMA", "");
    }
    if directive == Federation::Shareable && !names.version.has_repeatable_shareable() {
        text = text.replace(" repeatable", "");
    }
    for scalar in ["FieldSet", "Scope", "Policy", "ContextFieldValue"] {
        if let Some(name) = names.scalars.get(scalar) {
            text = text.replace(&format!("${scalar}"), name);
        }
    }
    text
}

/// The subgraph's own definitions.
pub(super) fn own(
    mut document: Document,
    names: &Names,
    machinery: &mut Document,
    source: &Source,
    report: &mut Findings,
) -> Document {
    let keeps_link = has_own_link(names, &document);
    let mut repeated = Vec::new();
    document.definitions.retain(|definition| match definition {
        Definition::DirectiveDefinition(directive) => {
            let name = directive.name.as_str();
            let is_link = name == names.link;
            if names.directives.contains_key(name) || is_link && !keeps_link {
                report_if_any(check_directive(directive, names, machinery, source), report);
                if !is_link && !is_slip(directive, names) {
                    repeated.push(directive.clone());
                }
                return false;
            }
            !BUILT_IN_DIRECTIVES.contains(&name) || is_own_one_of(definition)
        }
        _ => {
            let is_provided = definition
                .name()
                .is_some_and(|name| names.is_provided(name));
            if is_provided {
                report_if_any(check_type(definition, names, source), report);
            }
            !is_provided
        }
    });
    narrow(machinery, &repeated);
    for definition in &mut document.definitions {
        match definition {
            Definition::ObjectTypeDefinition(ty) if ty.name == names.query_root.as_str() => {
                drop_machinery_fields(&mut ty.make_mut().fields);
            }
            Definition::ObjectTypeExtension(ty) if ty.name == names.query_root.as_str() => {
                drop_machinery_fields(&mut ty.make_mut().fields);
            }
            _ => {}
        }
    }
    document
}

/// A subgraph that says it uses a directive in fewer places, or once only, is taken at its word.
fn narrow(machinery: &mut Document, repeated: &[Node<DirectiveDefinition>]) {
    let given: HashMap<&Name, &Node<DirectiveDefinition>> =
        repeated.iter().map(|one| (&one.name, one)).collect();
    for definition in &mut machinery.definitions {
        if let Definition::DirectiveDefinition(ours) = definition
            && let Some(given) = given.get(&ours.name)
        {
            let ours = ours.make_mut();
            ours.repeatable &= given.repeatable;
            ours.locations.retain(|one| given.locations.contains(one));
        }
    }
}

fn report_if_any(error: Option<Diagnostic>, report: &mut Findings) {
    if let Some(error) = error {
        report.push(error);
    }
}

/// Whether the subgraph links nothing and has a directive of its own that happens to be called so.
fn has_own_link(names: &Names, document: &Document) -> bool {
    names.links.is_empty() && defines_directive(document, &names.link)
}

/// A subgraph may have had a directive of this name before GraphQL did, on other things.
fn is_own_one_of(definition: &Definition) -> bool {
    definition
        .as_directive_definition()
        .is_some_and(|one| one.name == "oneOf" && one.locations != [DirectiveLocation::InputObject])
}

fn drop_machinery_fields(fields: &mut Vec<Node<FieldDefinition>>) {
    fields.retain(|field| !is_machinery_field(&field.name));
}

/// Fields of the query root that serve federation itself.
pub(crate) fn is_machinery_field(name: &Name) -> bool {
    name == "_service" || name == "_entities"
}
