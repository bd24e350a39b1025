//! The API schema: the supergraph less federation's machinery and what is `@inaccessible`.

use std::collections::HashSet;

use apollo_compiler::schema::{DirectiveList, ExtendedType, FieldDefinition, InputValueDefinition};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema, ast, name, ty};

use crate::error::ModelError;
use crate::link::Links;

/// Derives the schema that clients see.
pub(crate) fn derive(schema: &Schema, links: &Links) -> Result<Valid<Schema>, ModelError> {
    let inaccessible = links.directive("inaccessible", "inaccessible");
    let visibility = Visibility {
        links,
        removed: removed_types(schema, links, &inaccessible),
        inaccessible,
    };
    let mut api = schema.clone();
    api.types
        .retain(|name, _| !visibility.removed.contains(name));
    api.directive_definitions
        .retain(|name, _| !links.is_machinery(name) && !is_incremental(name));
    for definition in api.types.values_mut() {
        visibility.clean_type(definition);
    }
    for definition in api.directive_definitions.values_mut() {
        visibility.clean_arguments(&mut definition.make_mut().arguments);
    }
    let definition = api.schema_definition.make_mut();
    visibility.clean_directives(&mut definition.directives);
    for root in [&mut definition.mutation, &mut definition.subscription] {
        // A hidden root is none: the query root, which cannot be hidden, is left to validation.
        root.take_if(|name| visibility.removed.contains(&name.name));
    }
    add_is_one_of(&mut api);
    api.validate()
        .map_err(|invalid| ModelError::invalid_schema(&invalid.errors))
}

/// `__Type.isOneOf` (September 2025), which the compiler does not know by itself.
fn add_is_one_of(api: &mut Schema) {
    let name = name!("isOneOf");
    if let Some(ExtendedType::Object(meta)) = api.types.get_mut("__Type") {
        let field = FieldDefinition {
            description: None,
            name: name.clone(),
            arguments: Vec::new(),
            ty: ty!(Boolean),
            directives: ast::DirectiveList::default(),
        };
        let fields = &mut meta.make_mut().fields;
        fields.entry(name).or_insert_with(|| field.into());
    }
}

/// `@defer` and `@stream` are what a router does, or does not: that a subgraph defines them says nothing of it.
fn is_incremental(directive: &str) -> bool {
    matches!(directive, "defer" | "stream")
}

fn removed_types(schema: &Schema, links: &Links, inaccessible: &str) -> HashSet<Name> {
    let removed = schema.types.iter().filter(|(name, definition)| {
        let is_hidden = definition.directives().has(inaccessible);
        let is_machinery = links.is_machinery_type(name);
        is_hidden || is_machinery
    });
    removed.map(|(name, _)| name.clone()).collect()
}

struct Visibility<'a> {
    links: &'a Links,
    inaccessible: String,
    removed: HashSet<Name>,
}

impl Visibility<'_> {
    fn clean_type(&self, definition: &mut ExtendedType) {
        match definition {
            ExtendedType::Scalar(node) => self.clean_directives(&mut node.make_mut().directives),
            ExtendedType::Object(node) => {
                let object = node.make_mut();
                self.clean_directives(&mut object.directives);
                let interfaces = &mut object.implements_interfaces;
                interfaces.retain(|interface| !self.removed.contains(&interface.name));
                object.fields.retain(|_, field| self.keeps_field(field));
                let fields = object.fields.values_mut();
                fields.for_each(|field| self.clean_field(field.make_mut()));
            }
            ExtendedType::Interface(node) => {
                let interface = node.make_mut();
                self.clean_directives(&mut interface.directives);
                let interfaces = &mut interface.implements_interfaces;
                interfaces.retain(|parent| !self.removed.contains(&parent.name));
                interface.fields.retain(|_, field| self.keeps_field(field));
                let fields = interface.fields.values_mut();
                fields.for_each(|field| self.clean_field(field.make_mut()));
            }
            ExtendedType::Union(node) => {
                let union = node.make_mut();
                self.clean_directives(&mut union.directives);
                let members = &mut union.members;
                members.retain(|member| !self.removed.contains(&member.name));
            }
            ExtendedType::Enum(node) => {
                let definition = node.make_mut();
                self.clean_directives(&mut definition.directives);
                let values = &mut definition.values;
                values.retain(|_, value| !value.directives.has(&self.inaccessible));
                for value in values.values_mut() {
                    self.clean_plain_directives(&mut value.make_mut().directives);
                }
            }
            ExtendedType::InputObject(node) => {
                let input = node.make_mut();
                self.clean_directives(&mut input.directives);
                input.fields.retain(|_, field| self.keeps_input(field));
                for field in input.fields.values_mut() {
                    self.clean_plain_directives(&mut field.make_mut().directives);
                }
            }
        }
    }

    fn keeps_field(&self, field: &FieldDefinition) -> bool {
        !field.directives.has(&self.inaccessible)
            && !self.removed.contains(field.ty.inner_named_type())
    }

    fn keeps_input(&self, input: &InputValueDefinition) -> bool {
        !input.directives.has(&self.inaccessible)
            && !self.removed.contains(input.ty.inner_named_type())
    }

    fn clean_field(&self, field: &mut FieldDefinition) {
        self.clean_plain_directives(&mut field.directives);
        self.clean_arguments(&mut field.arguments);
    }

    fn clean_arguments(&self, arguments: &mut Vec<Node<InputValueDefinition>>) {
        arguments.retain(|argument| self.keeps_input(argument));
        for argument in arguments {
            self.clean_plain_directives(&mut argument.make_mut().directives);
        }
    }

    fn clean_directives(&self, directives: &mut DirectiveList) {
        let list = &mut directives.0;
        list.retain(|directive| !self.links.is_machinery(&directive.name));
    }

    fn clean_plain_directives(&self, directives: &mut ast::DirectiveList) {
        let list = &mut directives.0;
        list.retain(|directive| !self.links.is_machinery(&directive.name));
    }
}
