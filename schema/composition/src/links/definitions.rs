//! Definitions of the federation machinery: ours are put in, the subgraph's are taken out.

use std::fmt::Write;

use apollo_compiler::ast::{
    Definition, DirectiveDefinition, DirectiveLocation, Document, FieldDefinition, OperationType,
    Type,
};
use apollo_compiler::{Name, Node};

use super::{Names, root_operations};
use crate::diagnostic::{Code, Diagnostic, Findings};
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
    let link = &names.link;
    // Writing to a `String` cannot fail.
    let _ = writeln!(
        sdl,
        "directive @{link}(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA\n\
         scalar link__Import\nenum link__Purpose {{ SECURITY EXECUTION }}\ntype _Service {{ sdl: String }}"
    );
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
    machinery: &Document,
    source: &Source,
    report: &mut Findings,
) -> Document {
    document.definitions.retain(|definition| match definition {
        Definition::DirectiveDefinition(directive) => {
            let name = directive.name.as_str();
            if let Some(meaning) = names.directives.get(name) {
                if let Some(error) = check_directive(directive, *meaning, machinery, source) {
                    report.push(error);
                }
                return false;
            }
            name != names.link
                && (!BUILT_IN_DIRECTIVES.contains(&name) || is_own_one_of(definition))
        }
        _ => !definition
            .name()
            .is_some_and(|name| names.is_provided(name)),
    });
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

/// A subgraph may repeat a federation directive's definition, in whole or in part, but not
/// invent arguments or locations.
fn check_directive(
    definition: &DirectiveDefinition,
    meaning: Federation,
    machinery: &Document,
    source: &Source,
) -> Option<Diagnostic> {
    let known = machinery.definitions.iter().find_map(|ours| {
        ours.as_directive_definition()
            .filter(|ours| ours.name == definition.name)
    })?;
    let argument = definition
        .arguments
        .iter()
        .find(|argument| known.argument_by_name(&argument.name).is_none());
    let location = definition
        .locations
        .iter()
        .find(|location| !known.locations.contains(location));
    let required = known.arguments.iter().find(|argument| {
        argument.is_required() && definition.argument_by_name(&argument.name).is_none()
    });
    let differing = definition.arguments.iter().find_map(|argument| {
        let ours = known.argument_by_name(&argument.name)?;
        let same =
            same_type(&argument.ty, &ours.ty) && argument.default_value == ours.default_value;
        (!same).then_some(ours)
    });
    let what = match (argument, location, required, differing) {
        (Some(argument), ..) => format!("has no argument {:?}", argument.name.as_str()),
        (_, Some(location), ..) => format!("may not stand on {}", location.name()),
        (_, _, Some(argument), _) => format!("needs the argument {:?}", argument.name.as_str()),
        (.., Some(argument)) => format!("has the argument {:?}", argument.to_string()),
        (None, None, None, None) => return None,
    };
    let at = source.at(definition.name.location());
    let coordinate = format!("@{}", definition.name);
    Some(Diagnostic::error(
        Code::DirectiveDefinitionInvalid,
        format!("{meaning} of the federation specification {what}; leave the definition out"),
        [source.location(coordinate, at)],
    ))
}

/// Whether an argument has the specification's type; scalars of the specification may go by any
/// of the names they have had, or be strings.
fn same_type(given: &Type, ours: &Type) -> bool {
    const SCALARS: [&str; 5] = [
        "FieldSet",
        "_FieldSet",
        "federation__FieldSet",
        "String",
        "Scope",
    ];
    match (given, ours) {
        (Type::Named(given), Type::Named(ours))
        | (Type::NonNullNamed(given), Type::NonNullNamed(ours)) => {
            given == ours || ours != "String" && SCALARS.contains(&given.as_str())
        }
        (Type::List(given), Type::List(ours))
        | (Type::NonNullList(given), Type::NonNullList(ours)) => same_type(given, ours),
        _ => false,
    }
}
