//! Arguments that are filled from what surrounds an object.

use std::collections::HashMap;

use apollo_compiler::Name;
use apollo_compiler::ast::{Definition, Directive, Document, FieldDefinition};

use super::facts::Coordinate;
use super::field_set::{self, FieldSet};

/// An argument with `@fromContext`.
#[derive(Clone, Debug)]
pub(crate) struct ContextArgument {
    pub(crate) name: Name,
    /// The types that set the context, in this subgraph.
    pub(crate) types: Vec<Name>,
    /// What is taken of the nearest object of these types.
    pub(crate) selection: FieldSet,
}

/// The context arguments of a subgraph.
pub(crate) fn read(
    document: &Document,
) -> Result<HashMap<Coordinate, Vec<ContextArgument>>, String> {
    let mut found: HashMap<Coordinate, Vec<ContextArgument>> = HashMap::new();
    for definition in &document.definitions {
        let Definition::ObjectTypeDefinition(object) = definition else {
            continue;
        };
        for field in &object.fields {
            let arguments = arguments(document, field)?;
            if !arguments.is_empty() {
                found.insert((object.name.clone(), field.name.clone()), arguments);
            }
        }
    }
    Ok(found)
}

fn arguments(document: &Document, field: &FieldDefinition) -> Result<Vec<ContextArgument>, String> {
    let mut found = Vec::new();
    for argument in &field.arguments {
        let Some(directive) = argument.directives.get("fromContext") else {
            continue;
        };
        let text = directive.specified_argument_by_name("field");
        let text = text.and_then(|value| value.as_str()).unwrap_or_default();
        let text = text.trim().trim_start_matches('$');
        let (context, selection) = text
            .split_once(' ')
            .ok_or("a context without a selection")?;
        let selection = selection.trim();
        let inner = selection
            .strip_prefix('{')
            .and_then(|own| own.strip_suffix('}'));
        found.push(ContextArgument {
            name: argument.name.clone(),
            types: types_of(document, context),
            selection: field_set::parse(inner.unwrap_or(selection))?,
        });
    }
    Ok(found)
}

fn types_of(document: &Document, context: &str) -> Vec<Name> {
    let sets = |directive: &Directive| {
        let name = directive.specified_argument_by_name("name");
        directive.name == "context" && name.and_then(|own| own.as_str()) == Some(context)
    };
    let definitions = document.definitions.iter();
    let setting = definitions.filter(|own| own.directives().iter().any(|own| sets(own)));
    setting.filter_map(|own| own.name().cloned()).collect()
}
