//! All applications of directives in a document.

use apollo_compiler::Node;
use apollo_compiler::ast::{
    Definition, Directive, DirectiveList, Document, FieldDefinition, InputValueDefinition,
};

/// Visits every application on every element of the schema.
pub(super) fn visit<'d>(document: &'d Document, visit: &mut dyn FnMut(&'d Node<Directive>)) {
    for definition in &document.definitions {
        list(definition.directives(), visit);
        match definition {
            Definition::DirectiveDefinition(definition) => inputs(&definition.arguments, visit),
            Definition::ObjectTypeDefinition(ty) => fields(&ty.fields, visit),
            Definition::ObjectTypeExtension(ty) => fields(&ty.fields, visit),
            Definition::InterfaceTypeDefinition(ty) => fields(&ty.fields, visit),
            Definition::InterfaceTypeExtension(ty) => fields(&ty.fields, visit),
            Definition::InputObjectTypeDefinition(ty) => inputs(&ty.fields, visit),
            Definition::InputObjectTypeExtension(ty) => inputs(&ty.fields, visit),
            Definition::EnumTypeDefinition(ty) => {
                ty.values
                    .iter()
                    .for_each(|value| list(&value.directives, visit));
            }
            Definition::EnumTypeExtension(ty) => {
                ty.values
                    .iter()
                    .for_each(|value| list(&value.directives, visit));
            }
            _ => {}
        }
    }
}

fn list<'d>(directives: &'d DirectiveList, visit: &mut dyn FnMut(&'d Node<Directive>)) {
    directives.iter().for_each(visit);
}

fn fields<'d>(fields: &'d [Node<FieldDefinition>], visit: &mut dyn FnMut(&'d Node<Directive>)) {
    for field in fields {
        list(&field.directives, visit);
        inputs(&field.arguments, visit);
    }
}

fn inputs<'d>(
    inputs: &'d [Node<InputValueDefinition>],
    visit: &mut dyn FnMut(&'d Node<Directive>),
) {
    for input in inputs {
        list(&input.directives, visit);
    }
}
