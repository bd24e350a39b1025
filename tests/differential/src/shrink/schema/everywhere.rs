//! Edits that concern several subgraphs at once: one alone would not compose.

use std::collections::BTreeSet;

use apollo_compiler::ast::{Definition, DirectiveList, Document, FieldDefinition};
use apollo_compiler::{Name, Node};

use super::{Editor, forget};

/// Takes out a type, or a field of a type, wherever it is, with what refers to it.
pub(crate) fn edit(documents: &mut [Document], editor: &mut Editor) {
    let mut types = BTreeSet::new();
    let mut names = BTreeSet::new();
    for definition in documents.iter().flat_map(|own| &own.definitions) {
        if let Some(name) = definition.name() {
            types.insert(name.clone());
        }
        for field in fields(definition) {
            names.insert((definition.name().cloned(), field.name.clone()));
        }
    }
    for name in types {
        if editor.turn() {
            for document in documents.iter_mut() {
                document.definitions.retain(|own| own.name() != Some(&name));
                document
                    .definitions
                    .iter_mut()
                    .for_each(|own| forget(own, &name));
            }
            return;
        }
    }
    for (ty, name) in names {
        if editor.turn() {
            for document in documents.iter_mut() {
                forget_field(document, ty.as_ref(), &name);
            }
            return;
        }
    }
}

fn fields(definition: &Definition) -> &[Node<FieldDefinition>] {
    match definition {
        Definition::ObjectTypeDefinition(d) => &d.fields,
        Definition::InterfaceTypeDefinition(d) => &d.fields,
        _ => &[],
    }
}

/// The directives and the fields of a definition.
fn parts_of(
    definition: &mut Definition,
) -> Option<(&mut DirectiveList, &mut Vec<Node<FieldDefinition>>)> {
    match definition {
        Definition::ObjectTypeDefinition(d) => {
            let d = d.make_mut();
            Some((&mut d.directives, &mut d.fields))
        }
        Definition::InterfaceTypeDefinition(d) => {
            let d = d.make_mut();
            Some((&mut d.directives, &mut d.fields))
        }
        _ => None,
    }
}

fn forget_field(document: &mut Document, ty: Option<&Name>, name: &Name) {
    let says = |text: String| words(&text).any(|word| word == name.as_str());
    for definition in &mut document.definitions {
        let is_owner = definition.name() == ty;
        let Some((directives, fields)) = parts_of(definition) else {
            continue;
        };
        if is_owner {
            fields.retain(|field| field.name != *name);
            directives.retain(|own| own.name != "key" || !says(own.to_string()));
        }
        fields.retain(|field| {
            let requires = field.directives.get("requires");
            requires.is_none_or(|own| !says(own.to_string()))
        });
        for field in fields {
            let field = field.make_mut();
            field
                .directives
                .retain(|own| own.name != "provides" || !says(own.to_string()));
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

/// What is external must be for something.
pub(crate) fn drop_unused_externals(document: &mut Document) {
    let mut used = BTreeSet::new();
    for definition in &document.definitions {
        if let Definition::InterfaceTypeDefinition(d) = definition {
            used.extend(d.fields.iter().map(|field| field.name.to_string()));
        }
        for directive in definition.directives().iter() {
            used.extend(words(&directive.to_string()).map(str::to_owned));
        }
        for field in fields(definition) {
            for directive in field.directives.iter() {
                used.extend(words(&directive.to_string()).map(str::to_owned));
            }
        }
    }
    for definition in &mut document.definitions {
        if let Some((_, fields)) = parts_of(definition) {
            fields.retain(|field| {
                !field.directives.has("external") || used.contains(field.name.as_str())
            });
        }
    }
}
