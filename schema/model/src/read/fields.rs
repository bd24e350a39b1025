//! Fields: types, arguments, and what each subgraph says of them.

use apollo_compiler::Name;
use apollo_compiler::ast::{Directive, DirectiveList, InputValueDefinition, Type};
use apollo_compiler::schema::ExtendedType;
use rustc_hash::FxHashMap;

use super::{FieldIndex, Source, cache_invalidations, cache_tags, contexts, directives};
use crate::definition::{
    ArgumentDefinition, FieldDefinition, FieldInSubgraph, Override, TypeDefinition,
};
use crate::error::ModelError;
use crate::field_set::FieldSet;
use crate::id::{FieldId, SubgraphId, TypeId};
use crate::type_ref::TypeRef;

/// Reads the fields of every type; the insides of `requires`, `provides` and contexts' selections are left to
/// the next phase.
pub(super) fn read(
    source: &Source<'_>,
    types: &mut [TypeDefinition],
) -> Result<(Vec<FieldDefinition>, FieldIndex), ModelError> {
    let mut fields = Vec::new();
    let mut index = FxHashMap::default();
    for (position, definition) in types.iter_mut().enumerate() {
        let parent = TypeId::from_index(position);
        for written in written_fields(source, parent) {
            let Some(field) = read_field(source, parent, definition, &written)? else {
                continue;
            };
            let id = FieldId::from_index(fields.len());
            index.insert((parent, field.name.clone()), id);
            definition.fields.push(id);
            fields.push(field);
        }
    }
    Ok((fields, index))
}

/// An output or input field as the SDL has it.
struct WrittenField<'a> {
    name: &'a Name,
    ty: &'a Type,
    arguments: &'a [apollo_compiler::Node<InputValueDefinition>],
    directives: &'a DirectiveList,
}

fn written_fields<'a>(source: &'a Source<'_>, parent: TypeId) -> Vec<WrittenField<'a>> {
    let output = |field: &'a apollo_compiler::schema::FieldDefinition| WrittenField {
        name: &field.name,
        ty: &field.ty,
        arguments: &field.arguments,
        directives: &field.directives,
    };
    match source.definition(parent) {
        Some(ExtendedType::Object(object)) => object.fields.values().map(|f| output(f)).collect(),
        Some(ExtendedType::Interface(interface)) => {
            interface.fields.values().map(|f| output(f)).collect()
        }
        Some(ExtendedType::InputObject(input)) => {
            let fields = input.fields.values();
            fields
                .map(|field| WrittenField {
                    name: &field.name,
                    ty: &field.ty,
                    arguments: &[],
                    directives: &field.directives,
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

fn read_field(
    source: &Source<'_>,
    parent: TypeId,
    definition: &TypeDefinition,
    written: &WrittenField<'_>,
) -> Result<Option<FieldDefinition>, ModelError> {
    let coordinate = format!("{}.{}", definition.name, written.name);
    let Some(ty) = type_ref(source, written.ty) else {
        return Ok(None);
    };
    let arguments = written.arguments.iter().filter_map(|argument| {
        Some(ArgumentDefinition {
            name: argument.name.clone(),
            ty: type_ref(source, &argument.ty)?,
            default: argument.default_value.clone(),
        })
    });
    let inaccessible = source.links.directive("inaccessible", "inaccessible");
    let nodes = written.directives.iter().map(|d| &**d);
    Ok(Some(FieldDefinition {
        name: written.name.clone(),
        parent,
        ty,
        arguments: arguments.collect(),
        subgraphs: in_subgraphs(source, definition, written, ty, &coordinate)?,
        is_inaccessible: written.directives.has(&inaccessible),
        authorization: directives::authorization(&source.links, nodes.clone()),
        cache_tags: cache_tags::read(source, nodes.clone(), &coordinate)?,
        cache_invalidations: cache_invalidations::read(source, nodes),
    }))
}

/// The field in each subgraph that has it. Without `@join__field` it belongs to every subgraph that has the
/// type; one that names no graph (a field only interface objects supply) belongs to none.
fn in_subgraphs(
    source: &Source<'_>,
    definition: &TypeDefinition,
    written: &WrittenField<'_>,
    ty: TypeRef,
    coordinate: &str,
) -> Result<Vec<FieldInSubgraph>, ModelError> {
    if !written.directives.has("join__field") {
        let everywhere = definition.subgraphs.iter();
        return Ok(everywhere.map(|entry| plain(entry.subgraph, ty)).collect());
    }
    let mut found: Vec<FieldInSubgraph> = Vec::new();
    for directive in written.directives.get_all("join__field") {
        let Some(graph) = directives::name(directive, "graph") else {
            continue;
        };
        let subgraph = source.graph(&graph, coordinate)?;
        found.push(in_subgraph(source, subgraph, directive, ty, coordinate)?);
    }
    found.sort_by_key(|entry| entry.subgraph);
    found.dedup_by_key(|entry| entry.subgraph);
    Ok(found)
}

fn plain(subgraph: SubgraphId, ty: TypeRef) -> FieldInSubgraph {
    FieldInSubgraph {
        subgraph,
        ty,
        is_external: false,
        is_overridden: false,
        requires: None,
        provides: None,
        overrides: None,
        context_arguments: Vec::new(),
    }
}

fn in_subgraph(
    source: &Source<'_>,
    subgraph: SubgraphId,
    directive: &Directive,
    ty: TypeRef,
    coordinate: &str,
) -> Result<FieldInSubgraph, ModelError> {
    let unresolved = |argument: &str| {
        let source = directives::text(directive, argument)?;
        Some(FieldSet {
            selections: Vec::new(),
            source,
        })
    };
    let own = match directives::text(directive, "type") {
        Some(written) => own_type(source, &written, coordinate)?,
        None => ty,
    };
    let overrides = directives::text(directive, "override").map(|from| Override {
        from,
        label: directives::text(directive, "overrideLabel"),
    });
    // While a label is off, the overridden subgraph still resolves the field.
    let is_progressive = directives::text(directive, "overrideLabel").is_some();
    let is_overridden = directives::flag(directive, "usedOverridden", false);
    Ok(FieldInSubgraph {
        is_external: directives::flag(directive, "external", false),
        is_overridden: is_overridden && !is_progressive,
        requires: unresolved("requires"),
        provides: unresolved("provides"),
        overrides,
        context_arguments: contexts::arguments(source, directive, coordinate)?,
        ..plain(subgraph, own)
    })
}

pub(super) fn own_type(
    source: &Source<'_>,
    written: &str,
    coordinate: &str,
) -> Result<TypeRef, ModelError> {
    let parsed = Type::parse(written, "type").ok();
    let resolved = parsed.and_then(|ty| type_ref(source, &ty));
    resolved.ok_or_else(|| ModelError::InvalidTypeReference {
        coordinate: coordinate.to_owned(),
        written: written.to_owned(),
        place: source.place(coordinate),
    })
}

/// A type reference with its names resolved; `None` for join's own types and absurd nesting.
fn type_ref(source: &Source<'_>, ty: &Type) -> Option<TypeRef> {
    Some(match ty {
        Type::Named(name) => TypeRef::nullable(source.names.get(name)?),
        Type::NonNullNamed(name) => TypeRef::nullable(source.names.get(name)?).non_null(),
        Type::List(item) => type_ref(source, item)?.list()?,
        Type::NonNullList(item) => type_ref(source, item)?.list()?.non_null(),
    })
}
