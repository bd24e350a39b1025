//! Smaller subgraphs.

mod everywhere;

use apollo_compiler::ast::{Definition, DirectiveList, Document, FieldDefinition};
use apollo_compiler::{Name, Node};

/// Counts edits down to the wanted one.
pub(crate) struct Editor {
    left: usize,
    is_done: bool,
}

/// The subgraphs with their nth possible edit; `None` if there are fewer.
pub(crate) fn edited(parts: &[(String, String)], edit: usize) -> Option<Vec<(String, String)>> {
    let mut editor = Editor {
        left: edit,
        is_done: false,
    };
    let mut parts = parts.to_vec();
    for index in 0..parts.len() {
        if parts.len() > 1 && editor.turn() {
            parts.remove(index);
            return Some(parts);
        }
    }
    let documents = parts
        .iter()
        .map(|(_, sdl)| Document::parse(sdl.as_str(), "subgraph").ok());
    let mut documents: Vec<Document> = documents.collect::<Option<_>>()?;
    everywhere::edit(&mut documents, &mut editor);
    for document in &mut documents {
        editor.definitions(&mut document.definitions);
    }
    if !editor.is_done {
        return None;
    }
    for ((_, sdl), mut document) in parts.iter_mut().zip(documents) {
        everywhere::drop_unused_externals(&mut document);
        *sdl = document.to_string();
    }
    Some(parts)
}

impl Editor {
    /// Whether this edit is the one.
    fn turn(&mut self) -> bool {
        if self.is_done {
            return false;
        }
        if self.left == 0 {
            self.is_done = true;
            return true;
        }
        self.left -= 1;
        false
    }

    /// Takes one item out, perhaps.
    fn shorten<T>(&mut self, items: &mut Vec<T>, least: usize) {
        let mut index = 0;
        while index < items.len() && items.len() > least && !self.is_done {
            if self.turn() {
                items.remove(index);
                return;
            }
            index += 1;
        }
    }

    fn definitions(&mut self, definitions: &mut Vec<Definition>) {
        let mut index = 0;
        while index < definitions.len() && !self.is_done {
            let is_link = matches!(
                definitions[index],
                Definition::SchemaExtension(_) | Definition::SchemaDefinition(_)
            );
            if !is_link && self.turn() {
                let removed = definitions.remove(index);
                if let Some(name) = removed.name().cloned() {
                    definitions.iter_mut().for_each(|own| forget(own, &name));
                }
                return;
            }
            self.definition(&mut definitions[index]);
            index += 1;
        }
    }

    fn definition(&mut self, definition: &mut Definition) {
        match definition {
            Definition::ObjectTypeDefinition(d) => {
                let d = d.make_mut();
                self.directives(&mut d.directives);
                self.shorten(&mut d.implements_interfaces, 0);
                self.fields(&mut d.fields);
            }
            Definition::InterfaceTypeDefinition(d) => {
                let d = d.make_mut();
                self.directives(&mut d.directives);
                self.shorten(&mut d.implements_interfaces, 0);
                self.fields(&mut d.fields);
            }
            Definition::UnionTypeDefinition(d) => self.shorten(&mut d.make_mut().members, 1),
            Definition::EnumTypeDefinition(d) => self.shorten(&mut d.make_mut().values, 1),
            Definition::InputObjectTypeDefinition(d) => {
                self.shorten(&mut d.make_mut().fields, 1);
            }
            _ => {}
        }
    }

    fn fields(&mut self, fields: &mut Vec<Node<FieldDefinition>>) {
        self.shorten(fields, 1);
        for field in fields {
            if self.is_done {
                return;
            }
            let field = field.make_mut();
            self.directives(&mut field.directives);
            self.shorten(&mut field.arguments, 0);
        }
    }

    fn directives(&mut self, directives: &mut DirectiveList) {
        self.shorten(&mut directives.0, 0);
    }
}

/// Takes out what refers to a type.
fn forget(definition: &mut Definition, name: &Name) {
    let forget_fields = |fields: &mut Vec<Node<FieldDefinition>>| {
        fields.retain(|field| field.ty.inner_named_type() != name);
    };
    match definition {
        Definition::ObjectTypeDefinition(d) => {
            let d = d.make_mut();
            forget_fields(&mut d.fields);
            d.implements_interfaces.retain(|own| own != name);
        }
        Definition::InterfaceTypeDefinition(d) => {
            let d = d.make_mut();
            forget_fields(&mut d.fields);
            d.implements_interfaces.retain(|own| own != name);
        }
        Definition::UnionTypeDefinition(d) => d.make_mut().members.retain(|own| own != name),
        _ => {}
    }
}
