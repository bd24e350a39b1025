//! A subgraph may repeat definitions of the federation machinery, but not make them something else.

use apollo_compiler::ast::{Definition, DirectiveDefinition, Document, InputValueDefinition, Type};

use super::Names;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Source;
use crate::specification::{Federation, Version};

/// A directive may be repeated in whole or in part; arguments, locations and repetition that the
/// specification does not have must not be invented.
pub(super) fn check_directive(
    definition: &DirectiveDefinition,
    names: &Names,
    machinery: &Document,
    source: &Source,
) -> Option<Diagnostic> {
    let meaning = names.directives.get(definition.name.as_str()).copied();
    if meaning.is_none() && names.has_given_link {
        return None;
    }
    if is_slip(definition, names) {
        return None;
    }
    let known = machinery.definitions.iter().find_map(|ours| {
        ours.as_directive_definition()
            .filter(|ours| ours.name == definition.name)
    })?;
    let what = difference(definition, known, names)?;
    let at = source.at(definition.name.location());
    let coordinate = format!("@{}", definition.name);
    let (meaning, specification) = match meaning {
        Some(meaning) => (meaning.to_string(), "federation"),
        None => ("@link".to_owned(), "link"),
    };
    Some(Diagnostic::error(
        Code::DirectiveDefinitionInvalid,
        format!("{meaning} of the {specification} specification {what}; leave the definition out"),
        [source.location(coordinate, at)],
    ))
}

/// What the definition has that the specification does not, or the other way round.
fn difference(
    definition: &DirectiveDefinition,
    known: &DirectiveDefinition,
    names: &Names,
) -> Option<String> {
    for argument in &definition.arguments {
        match known.argument_by_name(&argument.name) {
            None => return Some(format!("has no argument {:?}", argument.name.as_str())),
            Some(ours) if !is_same_argument(argument, ours, names) => {
                return Some(format!("has the argument {:?}", ours.to_string()));
            }
            Some(_) => {}
        }
    }
    let mut locations = definition.locations.iter();
    if let Some(location) = locations.find(|location| !known.locations.contains(location)) {
        return Some(format!("may not stand on {}", location.name()));
    }
    let required = known.arguments.iter().find(|argument| {
        argument.is_required() && definition.argument_by_name(&argument.name).is_none()
    });
    if let Some(argument) = required {
        return Some(format!("needs the argument {:?}", argument.name.as_str()));
    }
    (definition.repeatable && !known.repeatable).then(|| "is not repeatable".to_owned())
}

/// An optional argument may be made a required one.
fn is_same_argument(
    given: &InputValueDefinition,
    ours: &InputValueDefinition,
    names: &Names,
) -> bool {
    if given.ty.is_non_null() && !ours.ty.is_non_null() {
        return is_same_type(&given.ty.as_ref().clone().nullable(), &ours.ty, names);
    }
    let is_default_open = given.ty.is_non_null();
    is_same_type(&given.ty, &ours.ty, names)
        && (is_default_open || given.default_value == ours.default_value)
}

/// Nobody looks at the values of the specification's scalars but composition, so anything else may
/// stand for them that takes a string: only not another scalar of one's own.
fn is_same_type(given: &Type, ours: &Type, names: &Names) -> bool {
    match (given, ours) {
        (given, ours) if given == ours => true,
        (Type::NonNullNamed(_) | Type::NonNullList(_), Type::NonNullNamed(_)) => {
            let (given, ours) = (given.clone().nullable(), ours.clone().nullable());
            is_same_type(&given, &ours, names)
        }
        (given, Type::Named(ours)) if is_scalar(ours, names) => {
            let is_text = ["String", "ID"].contains(&given.inner_named_type().as_str());
            is_text || given.is_list()
        }
        (Type::List(given), Type::List(ours))
        | (Type::NonNullList(given), Type::NonNullList(ours)) => is_same_type(given, ours, names),
        _ => false,
    }
}

fn is_scalar(name: &str, names: &Names) -> bool {
    names.link_types[0] == name || names.scalars.values().any(|scalar| scalar == name)
}

/// Federation 1 never looked at these definitions, so some are in use that are slightly wrong.
pub(super) fn is_slip(definition: &DirectiveDefinition, names: &Names) -> bool {
    let meaning = names.directives.get(definition.name.as_str());
    let is_known = matches!(
        meaning,
        Some(Federation::Key | Federation::Requires | Federation::Provides)
    );
    if names.version != Version::One || !is_known {
        return false;
    }
    match definition.arguments.as_slice() {
        [] => true,
        [only] => {
            let ty = only.ty.inner_named_type().as_str();
            only.name == "fields"
                && !only.ty.is_list()
                && ["String", "_FieldSet", "FieldSet"].contains(&ty)
        }
        _ => false,
    }
}

/// A type of the machinery has to be of its kind, and the purposes of `@link` are two.
pub(super) fn check_type(
    definition: &Definition,
    names: &Names,
    source: &Source,
) -> Option<Diagnostic> {
    let name = definition.name()?;
    if names.has_given_link && names.link_types.iter().any(|ty| *ty == name.as_str()) {
        return None;
    }
    let what = match definition {
        _ if is_scalar(name, names) => match definition {
            Definition::ScalarTypeDefinition(_) | Definition::ScalarTypeExtension(_) => {
                return None;
            }
            _ => "a scalar",
        },
        _ if names.link_types[1] != name.as_str() => return None,
        Definition::EnumTypeDefinition(purposes) => {
            let mut values: Vec<&str> = purposes.values.iter().map(|one| &*one.value).collect();
            values.sort_unstable();
            if values == ["EXECUTION", "SECURITY"] {
                return None;
            }
            "an enum of SECURITY and EXECUTION"
        }
        _ => "an enum of SECURITY and EXECUTION",
    };
    let at = source.at(name.location());
    Some(Diagnostic::error(
        Code::TypeDefinitionInvalid,
        format!("{name} belongs to a linked specification and is {what}; leave the definition out"),
        [source.location(name.to_string(), at)],
    ))
}
