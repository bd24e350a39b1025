//! Composed directives get their names, and federation's make room for them.

use apollo_compiler::ast::{
    Definition, DirectiveList, Document, FieldDefinition, InputValueDefinition,
};
use apollo_compiler::{Name, Node};

use crate::merged::Merged;
use crate::specification::Federation;

/// Names every application in the supergraph as the supergraph calls the directive.
pub(super) fn name_applications(document: &mut Document, merged: &Merged) {
    if merged.custom.is_empty() {
        return;
    }
    for definition in &mut document.definitions {
        match definition {
            Definition::SchemaDefinition(node) => list(&mut node.make_mut().directives, merged),
            Definition::ScalarTypeDefinition(node) => list(&mut node.make_mut().directives, merged),
            Definition::UnionTypeDefinition(node) => list(&mut node.make_mut().directives, merged),
            Definition::ObjectTypeDefinition(node) => {
                let ty = node.make_mut();
                list(&mut ty.directives, merged);
                fields(&mut ty.fields, merged);
            }
            Definition::InterfaceTypeDefinition(node) => {
                let ty = node.make_mut();
                list(&mut ty.directives, merged);
                fields(&mut ty.fields, merged);
            }
            Definition::InputObjectTypeDefinition(node) => {
                let ty = node.make_mut();
                list(&mut ty.directives, merged);
                inputs(&mut ty.fields, merged);
            }
            Definition::EnumTypeDefinition(node) => {
                let ty = node.make_mut();
                list(&mut ty.directives, merged);
                for value in &mut ty.values {
                    list(&mut value.make_mut().directives, merged);
                }
            }
            Definition::DirectiveDefinition(node) => {
                inputs(&mut node.make_mut().arguments, merged);
            }
            _ => {}
        }
    }
}

fn fields(fields: &mut [Node<FieldDefinition>], merged: &Merged) {
    for field in fields {
        let field = field.make_mut();
        list(&mut field.directives, merged);
        inputs(&mut field.arguments, merged);
    }
}

fn inputs(inputs: &mut [Node<InputValueDefinition>], merged: &Merged) {
    for input in inputs {
        list(&mut input.make_mut().directives, merged);
    }
}

fn list(directives: &mut DirectiveList, merged: &Merged) {
    for directive in &mut directives.0 {
        let own = directive.name.strip_prefix('@').map(Name::new_unchecked);
        let renamed = || {
            let known = Federation::by_name(&directive.name)?;
            merged.renamed.get(&known).cloned()
        };
        if let Some(name) = own.or_else(renamed) {
            directive.make_mut().name = name;
        }
    }
}
