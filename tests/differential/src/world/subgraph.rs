//! A subgraph as its SDL describes it: its plain schema, and what federation's directives say. Read by the rig
//! itself, so that a mistake of composition does not become one of the rig.

use std::collections::HashMap;

use apollo_compiler::ast::{Definition, Directive, DirectiveList, Document, Value};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema};

use super::context::{self, ContextArgument};
use super::facts::Coordinate;
use super::field_set::{self, FieldSet};

/// Directives that stay in the plain schema.
const GRAPHQL_OWN: [&str; 3] = ["deprecated", "specifiedBy", "oneOf"];

/// One subgraph's schema.
#[derive(Debug)]
pub(crate) struct SubgraphSchema {
    pub(crate) name: String,
    /// What requests must be valid against: without federation's directives, with `_entities`.
    pub(crate) schema: Valid<Schema>,
    pub(crate) types: HashMap<Name, TypeFacts>,
    pub(crate) contexts: HashMap<Coordinate, Vec<ContextArgument>>,
}

/// What federation's directives say about a type.
#[derive(Debug, Default)]
pub(crate) struct TypeFacts {
    pub(crate) keys: Vec<Key>,
    pub(crate) is_interface_object: bool,
    pub(crate) fields: HashMap<Name, FieldFacts>,
}

#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) fields: FieldSet,
    pub(crate) resolvable: bool,
}

/// What federation's directives say about a field.
#[derive(Debug, Default)]
pub(crate) struct FieldFacts {
    pub(crate) external: bool,
    pub(crate) shareable: bool,
    pub(crate) requires: Option<FieldSet>,
    pub(crate) provides: Option<FieldSet>,
    /// The subgraph that this one takes the field from, and the label for which it does so.
    pub(crate) overrides: Option<(String, Option<String>)>,
    /// Another subgraph has taken the field from this one.
    pub(crate) overridden: bool,
    /// It has done so while this label is on.
    pub(crate) overridden_by_label: Option<String>,
}

impl FieldFacts {
    /// Whether another subgraph answers while these labels are on.
    pub(crate) fn is_taken(&self, labels: &[String]) -> bool {
        let is_on = |label: &String| labels.contains(label);
        let is_off = |label: &Option<String>| label.as_ref().is_some_and(|own| !is_on(own));
        self.overridden
            || self.overridden_by_label.as_ref().is_some_and(is_on)
            || self
                .overrides
                .as_ref()
                .is_some_and(|(_, label)| is_off(label))
    }
}

impl TypeFacts {
    /// Whether some key has the field at its top.
    pub(crate) fn has_key_field(&self, name: &str) -> bool {
        let mut keys = self.keys.iter();
        keys.any(|key| field_set::names_field(&key.fields, name))
    }
}

impl SubgraphSchema {
    pub(crate) fn read(name: &str, sdl: &str) -> Result<Self, String> {
        let document = Document::parse(sdl, "subgraph.graphql").map_err(|e| e.to_string())?;
        let mut types = HashMap::new();
        for definition in &document.definitions {
            read_definition(definition, &mut types)?;
        }
        let mut plain = String::new();
        for definition in &document.definitions {
            if let Some(text) = plain_definition(definition, &document) {
                plain.push_str(&text);
                plain.push('\n');
            }
        }
        plain.push_str(&entity_fields(&document, &types));
        let schema = Schema::parse_and_validate(&plain, "plain.graphql");
        let schema = schema.map_err(|e| format!("{name}: {e}\n{plain}"))?;
        Ok(Self {
            name: name.to_owned(),
            schema,
            types,
            contexts: context::read(&document)?,
        })
    }

    pub(crate) fn field(&self, ty: &str, field: &str) -> Option<&FieldFacts> {
        self.types.get(ty)?.fields.get(field)
    }

    /// The object types that an object of type `name` may have here, as this subgraph calls them.
    pub(crate) fn possible(&self, name: &str) -> Vec<Name> {
        possible(&self.schema, name)
    }

    /// Root types have one name for all: `Query`, `Mutation`.
    pub(crate) fn canonical<'a>(&self, name: &'a str) -> &'a str {
        let roots = &self.schema.schema_definition;
        let is = |root: &Option<apollo_compiler::schema::ComponentName>| {
            root.as_ref().is_some_and(|root| root.name == name)
        };
        match () {
            () if is(&roots.query) => "Query",
            () if is(&roots.mutation) => "Mutation",
            () => name,
        }
    }
}

/// The object types that are `name`, implement it or are its members.
pub(crate) fn possible(schema: &Schema, name: &str) -> Vec<Name> {
    match schema.types.get(name) {
        Some(ExtendedType::Object(object)) => vec![object.name.clone()],
        Some(ExtendedType::Union(union)) => union.members.iter().map(|m| m.name.clone()).collect(),
        Some(ExtendedType::Interface(_)) => {
            let types = schema.types.values();
            let objects = types.filter_map(|ty| match ty {
                ExtendedType::Object(o) if o.implements_interfaces.contains(name) => {
                    Some(o.name.clone())
                }
                _ => None,
            });
            objects.collect()
        }
        _ => Vec::new(),
    }
}

/// Notes in every subgraph which of its fields others have taken.
pub(crate) fn mark_overridden(subgraphs: &mut [SubgraphSchema]) {
    let mut taken = Vec::new();
    for subgraph in subgraphs.iter() {
        for (ty, facts) in &subgraph.types {
            for (name, field) in &facts.fields {
                if let Some((from, label)) = &field.overrides {
                    let canonical = subgraph.canonical(ty).to_owned();
                    taken.push((from.clone(), label.clone(), canonical, name.clone()));
                }
            }
        }
    }
    for (from, label, ty, name) in taken {
        for subgraph in subgraphs.iter_mut().filter(|s| s.name == from) {
            let own = subgraph
                .types
                .keys()
                .find(|own| subgraph.canonical(own) == ty);
            let own = own.cloned();
            let own = own.and_then(|own| subgraph.types.get_mut(&own));
            if let Some(field) = own.and_then(|own| own.fields.get_mut(&name)) {
                field.overridden = label.is_none();
                field.overridden_by_label.clone_from(&label);
            }
        }
    }
}

fn read_definition(
    definition: &Definition,
    types: &mut HashMap<Name, TypeFacts>,
) -> Result<(), String> {
    let (name, directives, fields) = match definition {
        Definition::ObjectTypeDefinition(d) => (&d.name, &d.directives, &d.fields),
        Definition::ObjectTypeExtension(d) => (&d.name, &d.directives, &d.fields),
        Definition::InterfaceTypeDefinition(d) => (&d.name, &d.directives, &d.fields),
        Definition::InterfaceTypeExtension(d) => (&d.name, &d.directives, &d.fields),
        _ => return Ok(()),
    };
    let facts = types.entry(name.clone()).or_default();
    facts.is_interface_object |= directives.has("interfaceObject");
    for directive in directives.iter().filter(|d| d.name == "key") {
        let resolvable = directive.specified_argument_by_name("resolvable");
        facts.keys.push(Key {
            fields: field_set(directive)?,
            resolvable: resolvable.is_none_or(|value| value.to_bool() != Some(false)),
        });
    }
    for field in fields {
        let set = |name: &str| field.directives.get(name).map(|d| field_set(d)).transpose();
        let argument = |name: &str| {
            let directive = field.directives.get("override")?;
            let value = directive.specified_argument_by_name(name)?;
            value.as_str().map(str::to_owned)
        };
        let own = FieldFacts {
            external: field.directives.has("external"),
            shareable: field.directives.has("shareable"),
            requires: set("requires")?,
            provides: set("provides")?,
            overrides: argument("from").map(|from| (from, argument("label"))),
            overridden: false,
            overridden_by_label: None,
        };
        facts.fields.insert(field.name.clone(), own);
    }
    Ok(())
}

fn field_set(directive: &Directive) -> Result<FieldSet, String> {
    let fields = directive.specified_argument_by_name("fields");
    match fields.map(|value| &**value) {
        Some(Value::String(text)) => field_set::parse(text),
        _ => Err(format!("{directive} has no fields")),
    }
}

/// A definition without what is federation's.
fn plain_definition(definition: &Definition, document: &Document) -> Option<String> {
    let mut plain = definition.clone();
    match &mut plain {
        Definition::SchemaDefinition(d) => strip(&mut d.make_mut().directives),
        Definition::SchemaExtension(d) => {
            let d = d.make_mut();
            strip(&mut d.directives);
            if d.root_operations.is_empty() && d.directives.is_empty() {
                return None;
            }
        }
        Definition::ObjectTypeDefinition(d) => {
            let d = d.make_mut();
            strip(&mut d.directives);
            d.fields.iter_mut().for_each(strip_field);
        }
        Definition::ObjectTypeExtension(d) => {
            let d = d.make_mut();
            strip(&mut d.directives);
            d.fields.iter_mut().for_each(strip_field);
        }
        Definition::InterfaceTypeDefinition(d) => {
            let d = d.make_mut();
            strip(&mut d.directives);
            d.fields.iter_mut().for_each(strip_field);
        }
        Definition::UnionTypeDefinition(d) => strip(&mut d.make_mut().directives),
        Definition::ScalarTypeDefinition(d) => strip(&mut d.make_mut().directives),
        Definition::EnumTypeDefinition(d) => {
            let d = d.make_mut();
            strip(&mut d.directives);
            d.values
                .iter_mut()
                .for_each(|v| strip(&mut v.make_mut().directives));
        }
        Definition::InputObjectTypeDefinition(d) => {
            let d = d.make_mut();
            strip(&mut d.directives);
            d.fields
                .iter_mut()
                .for_each(|f| strip(&mut f.make_mut().directives));
        }
        _ => {}
    }
    let text = plain.to_string();
    // Federation 1 extends types that it does not define.
    let is_base = |name: &Name| document.definitions.iter().any(|d| is_object(d, name));
    match &plain {
        Definition::ObjectTypeExtension(d) if !is_base(&d.name) => {
            text.strip_prefix("extend ").map(str::to_owned)
        }
        _ => Some(text),
    }
}

fn is_object(definition: &Definition, name: &Name) -> bool {
    matches!(definition, Definition::ObjectTypeDefinition(d) if d.name == *name)
}

fn strip(directives: &mut DirectiveList) {
    directives.retain(|directive| GRAPHQL_OWN.contains(&directive.name.as_str()));
}

fn strip_field(field: &mut Node<apollo_compiler::ast::FieldDefinition>) {
    let field = field.make_mut();
    strip(&mut field.directives);
    for argument in &mut field.arguments {
        strip(&mut argument.make_mut().directives);
    }
}

/// What federation adds to the query type.
fn entity_fields(document: &Document, types: &HashMap<Name, TypeFacts>) -> String {
    let query = document
        .definitions
        .iter()
        .find_map(|definition| match definition {
            Definition::SchemaDefinition(d) => {
                let query = apollo_compiler::ast::OperationType::Query;
                let root = d.root_operations.iter().find(|root| root.0 == query)?;
                Some(root.1.clone())
            }
            _ => None,
        });
    let query = query.map_or("Query".to_owned(), |name| name.to_string());
    let has_query = types.contains_key(query.as_str());
    let extend = if has_query { "extend " } else { "" };
    let is_entity = |definition: &Definition| match definition {
        Definition::ObjectTypeDefinition(d) => Some(d.name.clone()),
        Definition::ObjectTypeExtension(d) => Some(d.name.clone()),
        _ => None,
    };
    let objects = document.definitions.iter().filter_map(is_entity);
    let mut entities: Vec<String> = objects
        .filter(|name| types[name].keys.iter().any(|key| key.resolvable))
        .map(|name| name.to_string())
        .collect();
    entities.dedup();
    let service = format!(
        "type _Service {{ sdl: String }}\n{extend}type {query} {{ _service: _Service! }}\n"
    );
    if entities.is_empty() {
        return service;
    }
    let members = entities.join(" | ");
    format!(
        "{service}scalar _Any\nunion _Entity = {members}\nextend type {query} {{ _entities(representations: [_Any!]!): [_Entity]! }}\n"
    )
}
