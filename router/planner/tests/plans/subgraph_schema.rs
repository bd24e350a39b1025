//! The schema of one subgraph, told from the supergraph: operations sent there must be valid against it.

use std::fmt::Write as _;

use apollo_compiler::{ExecutableDocument, Schema, validation::Valid};
use schema_model::{FieldId, SubgraphId, Supergraph, TypeId, TypeKind};

const BUILT_IN: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

/// The subgraph's schema, with `_entities`.
pub(crate) fn of(supergraph: &Supergraph, subgraph: SubgraphId) -> Valid<Schema> {
    let mut sdl = String::new();
    let mut entities = Vec::new();
    for ty in supergraph.type_ids() {
        let definition = supergraph.ty(ty);
        let Some(there) = definition.in_subgraph(subgraph) else {
            continue;
        };
        if BUILT_IN.contains(&definition.name.as_str()) {
            continue;
        }
        let is_object = definition.kind == TypeKind::Object || there.is_interface_object;
        if is_object && !there.keys.is_empty() {
            entities.push(definition.name.to_string());
        }
        let _ = writeln!(sdl, "{}", definition_of(supergraph, ty, subgraph));
    }
    let query = supergraph.type_named("Query").expect("a query root");
    let extend = match supergraph.ty(query).in_subgraph(subgraph) {
        Some(_) => "extend type",
        None => "type",
    };
    let _ = writeln!(sdl, "{extend} Query {{ _service: Boolean }}");
    if !entities.is_empty() {
        let _ = writeln!(sdl, "scalar _Any union _Entity = {}", entities.join(" | "));
        sdl += "extend type Query { _entities(representations: [_Any!]!): [_Entity]! }\n";
    }
    let schema = Schema::parse_and_validate(&sdl, "subgraph.graphql");
    schema.unwrap_or_else(|invalid| panic!("{}\n{sdl}", invalid.errors))
}

fn definition_of(supergraph: &Supergraph, ty: TypeId, subgraph: SubgraphId) -> String {
    let definition = supergraph.ty(ty);
    let there = definition.in_subgraph(subgraph).expect("in the subgraph");
    let name = &definition.name;
    let names = |types: &[TypeId], by: &str| {
        let names: Vec<_> = types
            .iter()
            .map(|t| supergraph.ty(*t).name.as_str())
            .collect();
        names.join(by)
    };
    match definition.kind {
        TypeKind::Scalar(_) => format!("scalar {name}"),
        TypeKind::Enum => format!("enum {name} {{ {} }}", definition.enum_values.join(" ")),
        TypeKind::Union => format!("union {name} = {}", names(&there.possible_types, " | ")),
        TypeKind::InputObject => format!("input {name} {{ {} }}", fields(supergraph, ty, subgraph)),
        TypeKind::Object | TypeKind::Interface => {
            let keyword = match definition.kind {
                TypeKind::Interface if !there.is_interface_object => "interface",
                _ => "type",
            };
            let implements = match there.interfaces.as_slice() {
                [] => String::new(),
                some => format!("implements {}", names(some, " & ")),
            };
            let fields = fields(supergraph, ty, subgraph);
            if fields.is_empty() {
                format!("{keyword} {name} {implements} {{ _empty: Boolean }}")
            } else {
                format!("{keyword} {name} {implements} {{ {fields} }}")
            }
        }
    }
}

fn fields(supergraph: &Supergraph, ty: TypeId, subgraph: SubgraphId) -> String {
    let fields = supergraph.ty(ty).fields.iter();
    let fields: Vec<String> = fields
        .filter_map(|f| field(supergraph, *f, subgraph))
        .collect();
    fields.join(" ")
}

fn field(supergraph: &Supergraph, field: FieldId, subgraph: SubgraphId) -> Option<String> {
    let definition = supergraph.field(field);
    let there = definition.in_subgraph(subgraph)?;
    let arguments = definition.arguments.iter().map(|argument| {
        let default = argument.default.as_ref().map(|d| format!(" = {d}"));
        let ty = supergraph.display(argument.ty);
        format!("{}: {ty}{}", argument.name, default.unwrap_or_default())
    });
    let contextual = there.context_arguments.iter().map(|argument| {
        let ty = supergraph.display(argument.ty);
        format!("{}: {ty}", argument.name)
    });
    let arguments: Vec<String> = arguments.chain(contextual).collect();
    let arguments = match arguments.as_slice() {
        [] => String::new(),
        some => format!("({})", some.join(", ")),
    };
    let ty = supergraph.display(there.ty);
    let default = input_default(supergraph, field).map(|value| format!(" = {value}"));
    let default = default.unwrap_or_default();
    Some(format!("{}{arguments}: {ty}{default}", definition.name))
}

fn input_default(supergraph: &Supergraph, field: FieldId) -> Option<String> {
    let definition = supergraph.field(field);
    let parent = &supergraph.ty(definition.parent).name;
    let input = supergraph.api().get_input_object(parent)?;
    let value = input.fields.get(&definition.name)?.default_value.as_ref();
    value.map(ToString::to_string)
}

/// The operation, which must be valid in the subgraph.
pub(crate) fn validate(
    supergraph: &Supergraph,
    subgraph: SubgraphId,
    operation: &str,
) -> Valid<ExecutableDocument> {
    let schema = of(supergraph, subgraph);
    let valid = ExecutableDocument::parse_and_validate(&schema, operation, "operation.graphql");
    valid.unwrap_or_else(|invalid| {
        let name = &supergraph.subgraph(subgraph).name;
        panic!("not valid in {name}: {operation}\n{}", invalid.errors)
    })
}
