//! Types: kinds, implementations and members, and which subgraph has them.

use apollo_compiler::Name;
use apollo_compiler::ast::Directive;
use apollo_compiler::schema::ExtendedType;
use rustc_hash::FxHashMap;

use super::{Source, cache_tags, directives};
use crate::definition::{Key, LeafKind, TypeDefinition, TypeInSubgraph, TypeKind};
use crate::error::ModelError;
use crate::field_set::FieldSet;
use crate::id::{SubgraphId, TypeId};

/// Reads every type; fields and the insides of field sets are left to later phases.
pub(super) fn read(source: &Source<'_>) -> Result<Vec<TypeDefinition>, ModelError> {
    let ids = (0..source.names.in_order.len()).map(TypeId::from_index);
    let mut types = Vec::with_capacity(source.names.in_order.len());
    for id in ids {
        types.push(read_type(source, id)?);
    }
    link_possible_types(&mut types);
    Ok(types)
}

fn read_type(source: &Source<'_>, id: TypeId) -> Result<TypeDefinition, ModelError> {
    let name = source.names.in_order[id.index()].clone();
    let Some(definition) = source.definition(id) else {
        return Err(ModelError::NotASupergraph);
    };
    let attached = definition.directives();
    let inaccessible = source.links.directive("inaccessible", "inaccessible");
    let interfaces = match definition {
        ExtendedType::Object(object) => {
            let names = object.implements_interfaces.iter();
            source.names.all(names.map(|component| &component.name))
        }
        ExtendedType::Interface(interface) => {
            let names = interface.implements_interfaces.iter();
            source.names.all(names.map(|component| &component.name))
        }
        _ => Vec::new(),
    };
    let members = match definition {
        ExtendedType::Union(union) => source.names.all(union.members.iter().map(|m| &m.name)),
        ExtendedType::Object(_) => vec![id],
        _ => Vec::new(),
    };
    let enum_values = match definition {
        ExtendedType::Enum(definition) => {
            let values = definition.values.iter();
            let shown = values.filter(|(_, value)| !value.directives.has(&inaccessible));
            shown.map(|(name, _)| name.clone()).collect()
        }
        _ => Vec::new(),
    };
    let context = source.links.directive("context", "context");
    let contexts = attached.get_all(&context);
    let nodes = attached.iter().map(|d| &***d);
    Ok(TypeDefinition {
        kind: kind(definition, &name),
        fields: Vec::new(),
        interfaces,
        possible_types: members,
        enum_values,
        subgraphs: in_subgraphs(source, &name, definition)?,
        contexts: contexts
            .filter_map(|directive| directives::text(directive, "name"))
            .collect(),
        is_inaccessible: attached.has(&inaccessible),
        authorization: directives::authorization(&source.links, nodes.clone()),
        cache_tags: cache_tags::read(source, nodes, &name)?,
        name,
    })
}

fn kind(definition: &ExtendedType, name: &Name) -> TypeKind {
    match definition {
        ExtendedType::Object(_) => TypeKind::Object,
        ExtendedType::Interface(_) => TypeKind::Interface,
        ExtendedType::Union(_) => TypeKind::Union,
        ExtendedType::Enum(_) => TypeKind::Enum,
        ExtendedType::InputObject(_) => TypeKind::InputObject,
        ExtendedType::Scalar(_) => TypeKind::Scalar(match name.as_str() {
            "Int" => LeafKind::Int,
            "Float" => LeafKind::Float,
            "String" => LeafKind::String,
            "Boolean" => LeafKind::Boolean,
            "ID" => LeafKind::Id,
            _ => LeafKind::Custom,
        }),
    }
}

/// The type in each subgraph that has it. A type without `@join__type` belongs to all of them (join v0.1
/// value types, built-in scalars).
fn in_subgraphs(
    source: &Source<'_>,
    name: &Name,
    definition: &ExtendedType,
) -> Result<Vec<TypeInSubgraph>, ModelError> {
    let mut found: FxHashMap<SubgraphId, TypeInSubgraph> = FxHashMap::default();
    for directive in definition.directives().get_all("join__type") {
        let Some(graph) = directives::name(directive, "graph") else {
            continue;
        };
        let subgraph = source.graph(&graph, name)?;
        let entry = found.entry(subgraph).or_insert_with(|| empty(subgraph));
        entry.is_interface_object |= directives::flag(directive, "isInterfaceObject", false);
        entry.keys.extend(key(directive));
    }
    if definition.directives().get("join__type").is_none() {
        let everywhere = source.all_subgraphs();
        found.extend(everywhere.map(|subgraph| (subgraph, empty(subgraph))));
    }
    for directive in definition.directives().get_all("join__implements") {
        let (Some(graph), Some(interface)) = (
            directives::name(directive, "graph"),
            directives::text(directive, "interface"),
        ) else {
            continue;
        };
        let subgraph = source.graph(&graph, name)?;
        let interface = Name::new(&interface)
            .ok()
            .and_then(|n| source.names.get(&n));
        if let (Some(entry), Some(interface)) = (found.get_mut(&subgraph), interface) {
            entry.interfaces.push(interface);
        }
    }
    union_members(source, name, definition, &mut found)?;
    let mut entries: Vec<TypeInSubgraph> = found.into_values().collect();
    entries.sort_by_key(|entry| entry.subgraph);
    Ok(entries)
}

fn union_members(
    source: &Source<'_>,
    name: &Name,
    definition: &ExtendedType,
    found: &mut FxHashMap<SubgraphId, TypeInSubgraph>,
) -> Result<(), ModelError> {
    let ExtendedType::Union(union) = definition else {
        return Ok(());
    };
    if definition.directives().get("join__unionMember").is_none() {
        let all = source.names.all(union.members.iter().map(|m| &m.name));
        for entry in found.values_mut() {
            entry.possible_types.clone_from(&all);
        }
    }
    for directive in definition.directives().get_all("join__unionMember") {
        let (Some(graph), Some(member)) = (
            directives::name(directive, "graph"),
            directives::text(directive, "member"),
        ) else {
            continue;
        };
        let subgraph = source.graph(&graph, name)?;
        let member = Name::new(&member).ok().and_then(|n| source.names.get(&n));
        if let (Some(entry), Some(member)) = (found.get_mut(&subgraph), member) {
            entry.possible_types.push(member);
        }
    }
    Ok(())
}

fn empty(subgraph: SubgraphId) -> TypeInSubgraph {
    TypeInSubgraph {
        subgraph,
        keys: Vec::new(),
        is_interface_object: false,
        interfaces: Vec::new(),
        possible_types: Vec::new(),
    }
}

fn key(directive: &Directive) -> Option<Key> {
    Some(Key {
        fields: FieldSet {
            selections: Vec::new(),
            source: directives::text(directive, "key")?,
        },
        resolvable: directives::flag(directive, "resolvable", true),
    })
}

/// Fills the possible types of interfaces, in the supergraph and in each subgraph, and of objects in each
/// subgraph. An interface object stands for itself there, also as an implementation of wider interfaces.
fn link_possible_types(types: &mut [TypeDefinition]) {
    for index in 0..types.len() {
        let id = TypeId::from_index(index);
        if types[index].kind != TypeKind::Object {
            continue;
        }
        for entry in &mut types[index].subgraphs {
            entry.possible_types = vec![id];
        }
        for interface in types[index].interfaces.clone() {
            types[interface.index()].possible_types.push(id);
        }
        for entry in types[index].subgraphs.clone() {
            for interface in entry.interfaces {
                let there = &mut types[interface.index()].subgraphs;
                let slot = there.iter_mut().find(|e| e.subgraph == entry.subgraph);
                if let Some(slot) = slot {
                    slot.possible_types.push(id);
                }
            }
        }
    }
    for index in 0..types.len() {
        for entry in types[index].subgraphs.clone() {
            if !entry.is_interface_object {
                continue;
            }
            for interface in entry.interfaces {
                let there = &mut types[interface.index()].subgraphs;
                let slot = there.iter_mut().find(|e| e.subgraph == entry.subgraph);
                if let Some(slot) = slot {
                    slot.possible_types.push(TypeId::from_index(index));
                }
            }
        }
    }
    for (index, definition) in types.iter_mut().enumerate() {
        for entry in &mut definition.subgraphs {
            if entry.is_interface_object {
                entry.possible_types = vec![TypeId::from_index(index)];
            }
        }
    }
}
