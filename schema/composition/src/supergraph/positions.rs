//! From a place in the supergraph's text back to the places in the subgraphs it comes from.

use apollo_compiler::ast::{
    Definition, Document, EnumValueDefinition, FieldDefinition, InputValueDefinition,
};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use crate::diagnostic::Location;
use crate::merged::{Merged, MergedInput, MergedType, Site};

/// Where what stands at `offset` of `document` comes from; nowhere for the machinery.
pub(super) fn locations(merged: &Merged, document: &Document, offset: usize) -> Vec<Location> {
    let mut definitions = document.definitions.iter();
    let definition = definitions.find(|one| covers(one.location(), offset));
    let found = definition.and_then(|definition| find(merged, definition, offset));
    found.map_or_else(Vec::new, |(coordinate, sites)| {
        merged.locations(&coordinate, sites).collect()
    })
}

type Found<'m> = (String, &'m [Site]);

fn covers(span: Option<SourceSpan>, offset: usize) -> bool {
    span.is_some_and(|span| (span.offset()..span.end_offset()).contains(&offset))
}

fn find<'m>(merged: &'m Merged, definition: &Definition, offset: usize) -> Option<Found<'m>> {
    match definition {
        Definition::SchemaDefinition(_) => {
            return Some(("schema".to_owned(), &merged.schema.sites));
        }
        Definition::DirectiveDefinition(directive) => {
            let custom = merged.custom.get(&directive.name)?;
            return Some((
                format!("@{}", directive.name),
                std::slice::from_ref(&custom.site),
            ));
        }
        _ => {}
    }
    let name = definition.name()?;
    let ty = merged.types.get(name)?;
    let inside = match definition {
        Definition::ObjectTypeDefinition(node) => field(name, ty, &node.fields, offset),
        Definition::InterfaceTypeDefinition(node) => field(name, ty, &node.fields, offset),
        Definition::InputObjectTypeDefinition(node) => {
            let at = |input: &Name| format!("{name}.{input}");
            input(&ty.inputs, &node.fields, offset, at)
        }
        Definition::EnumTypeDefinition(node) => value(name, ty, &node.values, offset),
        _ => None,
    };
    inside.or_else(|| Some((name.to_string(), &ty.sites)))
}

fn field<'m>(
    name: &Name,
    ty: &'m MergedType,
    fields: &[Node<FieldDefinition>],
    offset: usize,
) -> Option<Found<'m>> {
    let node = fields.iter().find(|one| covers(one.location(), offset))?;
    let merged = ty.fields.get(&node.name)?;
    let coordinate = format!("{name}.{}", node.name);
    let at = |argument: &Name| format!("{coordinate}({argument}:)");
    let argument = input(&merged.arguments, &node.arguments, offset, at);
    argument.or(Some((coordinate.clone(), &merged.sites)))
}

fn input<'m>(
    merged: &'m IndexMap<Name, MergedInput>,
    inputs: &[Node<InputValueDefinition>],
    offset: usize,
    coordinate: impl Fn(&Name) -> String,
) -> Option<Found<'m>> {
    let node = inputs.iter().find(|one| covers(one.location(), offset))?;
    let input = merged.get(&node.name)?;
    Some((coordinate(&node.name), &input.sites))
}

fn value<'m>(
    name: &Name,
    ty: &'m MergedType,
    values: &[Node<EnumValueDefinition>],
    offset: usize,
) -> Option<Found<'m>> {
    let node = values.iter().find(|one| covers(one.location(), offset))?;
    Some((format!("{name}.{}", node.value), &ty.sites))
}
