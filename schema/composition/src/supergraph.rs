//! The last step: a merged schema is written as supergraph SDL in the join specification.

mod definitions;
mod names;
mod positions;

use apollo_compiler::ast::{
    Definition, DirectiveDefinition, Document, EnumTypeDefinition, EnumValueDefinition,
    FieldDefinition, InputObjectTypeDefinition, InputValueDefinition, InterfaceTypeDefinition,
    ObjectTypeDefinition, OperationType, ScalarTypeDefinition, SchemaDefinition,
    UnionTypeDefinition,
};
use apollo_compiler::ast::{DirectiveList, Type, Value};
use apollo_compiler::diagnostic::ToCliReport;
use apollo_compiler::validation::DiagnosticList;
use apollo_compiler::{Name, Node, Schema};
use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::directive::directive;
use crate::merged::{Merged, MergedDirective, MergedField, MergedInput, MergedType, MergedValue};
use crate::parsed::parser;
use crate::recursion;
use crate::satisfiability::Satisfiable;
use crate::subgraph::Kind;

/// Violations of GraphQL's rules by the supergraph as a whole that are reported.
const MAX_ERRORS: usize = 100;

/// The supergraph's SDL. It is checked once more as GraphQL; what is found then goes to the report.
pub(crate) fn write(satisfiable: Satisfiable, report: &mut Findings) -> String {
    let document = document(&satisfiable.0);
    let built = Schema::builder().add_ast(&document).build();
    if let Some(message) = built.as_ref().ok().and_then(recursion::excessive) {
        let message = format!("in the supergraph, {message}");
        report.push(Diagnostic::error(Code::InvalidGraphql, message, []));
        return String::new();
    }
    if let Ok(Ok(_)) = built.map(Schema::validate) {
        return document.to_string();
    }
    report_violations(&satisfiable.0, &document.to_string(), report);
    String::new()
}

/// The text is read again, so that every mistake has a place in it, and by that one in subgraphs.
fn report_violations(merged: &Merged, sdl: &str, report: &mut Findings) {
    let parsed = match parser().parse_ast(sdl, "supergraph.graphql") {
        Ok(document) => document,
        Err(failed) => failed.partial,
    };
    let errors = match Schema::builder()
        .add_ast(&parsed)
        .build()
        .map(Schema::validate)
    {
        Ok(Ok(_)) => DiagnosticList::new(parsed.sources.clone()),
        Ok(Err(failed)) => failed.errors,
        Err(failed) => failed.errors,
    };
    if errors.is_empty() {
        let message = "the supergraph is not valid GraphQL";
        report.push(Diagnostic::error(Code::InvalidGraphql, message, []));
    }
    for error in errors.iter().take(MAX_ERRORS) {
        let message = format!("the supergraph is not valid GraphQL: {}", error.error);
        let offset = error.error.location().map(|span| span.offset());
        let locations = offset.map(|offset| positions::locations(merged, &parsed, offset));
        let locations = locations.unwrap_or_default();
        report.push(Diagnostic::error(Code::InvalidGraphql, message, locations));
    }
}

fn document(merged: &Merged) -> Document {
    let mut document = Document::new();
    document.definitions.push(schema(merged));
    document.definitions.extend(definitions::machinery(merged));
    let directives = merged.executable_directives.iter();
    document
        .definitions
        .extend(directives.map(|(name, one)| directive_definition(name, one)));
    let custom = merged.custom.values();
    document
        .definitions
        .extend(custom.map(|one| Definition::DirectiveDefinition(one.definition.clone())));
    document.definitions.push(graph_enum(merged));
    let types = merged.types.iter();
    document
        .definitions
        .extend(types.map(|(name, ty)| type_definition(name, ty)));
    names::name_applications(&mut document, merged);
    document
}

fn schema(merged: &Merged) -> Definition {
    let roots = [
        OperationType::Query,
        OperationType::Mutation,
        OperationType::Subscription,
    ];
    let root_operations = roots
        .into_iter()
        .map(|operation| (operation, operation.default_type_name()))
        .filter(|(_, name)| {
            let ty = merged.types.get(name);
            ty.is_some_and(|ty| ty.kind == Kind::Object)
        })
        .map(Node::new)
        .collect();
    let mut directives = definitions::links(merged);
    directives.extend(merged.schema.directives.iter().cloned());
    Definition::SchemaDefinition(Node::new(SchemaDefinition {
        description: text(merged.schema.description.as_deref()),
        directives: DirectiveList(directives),
        root_operations,
    }))
}

fn graph_enum(merged: &Merged) -> Definition {
    let values = merged.graphs.iter().map(|graph| {
        let name = Value::String(graph.source.name.clone());
        let url = Value::String(graph.url.clone());
        let join = directive("join__graph", [("name", Some(name)), ("url", Some(url))]);
        Node::new(EnumValueDefinition {
            description: None,
            value: graph.value.clone(),
            directives: DirectiveList(vec![join]),
        })
    });
    Definition::EnumTypeDefinition(Node::new(EnumTypeDefinition {
        description: None,
        name: Name::new_static_unchecked("join__Graph"),
        directives: DirectiveList::default(),
        values: values.collect(),
    }))
}

fn directive_definition(name: &Name, merged: &MergedDirective) -> Definition {
    Definition::DirectiveDefinition(Node::new(DirectiveDefinition {
        description: text(merged.description.as_deref()),
        name: name.clone(),
        arguments: inputs(&merged.arguments),
        repeatable: merged.repeatable,
        locations: merged.locations.clone(),
    }))
}

fn type_definition(name: &Name, ty: &MergedType) -> Definition {
    let name = name.clone();
    let description = text(ty.description.as_deref());
    let directives = DirectiveList(ty.directives.clone());
    match ty.kind {
        Kind::Scalar => Definition::ScalarTypeDefinition(Node::new(ScalarTypeDefinition {
            description,
            name,
            directives,
        })),
        Kind::Object => Definition::ObjectTypeDefinition(Node::new(ObjectTypeDefinition {
            description,
            name,
            implements_interfaces: ty.implements.clone(),
            directives,
            fields: fields(&ty.fields),
        })),
        Kind::Interface => {
            Definition::InterfaceTypeDefinition(Node::new(InterfaceTypeDefinition {
                description,
                name,
                implements_interfaces: ty.implements.clone(),
                directives,
                fields: fields(&ty.fields),
            }))
        }
        Kind::Union => Definition::UnionTypeDefinition(Node::new(UnionTypeDefinition {
            description,
            name,
            directives,
            members: ty.members.clone(),
        })),
        Kind::Enum => Definition::EnumTypeDefinition(Node::new(EnumTypeDefinition {
            description,
            name,
            directives,
            values: values(&ty.values),
        })),
        Kind::InputObject => {
            Definition::InputObjectTypeDefinition(Node::new(InputObjectTypeDefinition {
                description,
                name,
                directives,
                fields: inputs(&ty.inputs),
            }))
        }
    }
}

fn text(text: Option<&str>) -> Option<Node<str>> {
    text.map(Node::new_str)
}

fn fields(fields: &IndexMap<Name, MergedField>) -> Vec<Node<FieldDefinition>> {
    fields
        .iter()
        .map(|(name, field)| {
            Node::new(FieldDefinition {
                description: text(field.description.as_deref()),
                name: name.clone(),
                arguments: inputs(&field.arguments),
                ty: field.ty.clone(),
                directives: DirectiveList(field.directives.clone()),
            })
        })
        .collect()
}

fn inputs(inputs: &IndexMap<Name, MergedInput>) -> Vec<Node<InputValueDefinition>> {
    inputs
        .iter()
        .map(|(name, input)| {
            Node::new(InputValueDefinition {
                description: text(input.description.as_deref()),
                name: name.clone(),
                ty: Node::<Type>::new(input.ty.clone()),
                default_value: input.default.clone(),
                directives: DirectiveList(input.directives.clone()),
            })
        })
        .collect()
}

fn values(values: &IndexMap<Name, MergedValue>) -> Vec<Node<EnumValueDefinition>> {
    values
        .iter()
        .map(|(name, value)| {
            Node::new(EnumValueDefinition {
                description: text(value.description.as_deref()),
                value: name.clone(),
                directives: DirectiveList(value.directives.clone()),
            })
        })
        .collect()
}
