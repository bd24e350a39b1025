//! Phase four: Federation 1 subgraphs are rewritten to mean the same in Federation 2.

use std::collections::{HashMap, HashSet};

use apollo_compiler::Name;

use crate::diagnostic::{Code, Diagnostic, Findings, Location};
use crate::facts::{Coordinate, Facts, walk};
use crate::specification::{Federation, Version};
use crate::subgraph::{Applied, Composing, FieldSet, Kind, Selection, Subgraph};

/// Subgraphs that all speak Federation 2.
pub(crate) struct Upgraded(pub(crate) Vec<Subgraph>);

/// What the other subgraphs know of a type, before any is rewritten.
#[derive(Default)]
struct Elsewhere {
    /// Subgraphs that have the type.
    subgraphs: Vec<usize>,
    /// Subgraphs that have a `type`, be it with `@extends`.
    definitions: Vec<usize>,
    /// Subgraphs that resolve a field.
    resolving: HashMap<Name, Vec<usize>>,
    /// Fields of the type's first key in any subgraph.
    key_fields: HashSet<Coordinate>,
    /// Tags of fields where they are resolved.
    tags: HashSet<(Name, String)>,
}

pub(crate) fn upgrade(mut subgraphs: Vec<Subgraph>, report: &mut Findings) -> Upgraded {
    if subgraphs.iter().all(|one| one.version != Version::One) {
        return Upgraded(subgraphs);
    }
    let known = survey(&subgraphs);
    check_interface_keys(&subgraphs, report);
    for (index, subgraph) in subgraphs.iter_mut().enumerate() {
        if subgraph.version != Version::One {
            continue;
        }
        check_bases(subgraph, index, &known, report);
        drop_interface_directives(subgraph);
        drop_external_keys(subgraph, &known);
        drop_inactive_field_sets(subgraph);
        drop_provides_on_leaves(subgraph);
        drop_unused_externals(subgraph, report);
        add_shareable(subgraph, index, &known);
        drop_tags_on_externals(subgraph, &known);
    }
    Upgraded(subgraphs)
}

fn survey(subgraphs: &[Subgraph]) -> HashMap<Name, Elsewhere> {
    let mut known: HashMap<Name, Elsewhere> = HashMap::new();
    for (index, subgraph) in subgraphs.iter().enumerate() {
        let facts = Facts::of(subgraph);
        for ty in subgraph.types.values() {
            let entry = known.entry(ty.name.clone()).or_default();
            entry.subgraphs.push(index);
            if ty.has_definition && matches!(ty.kind, Kind::Object | Kind::Interface) {
                entry.definitions.push(index);
            }
            if ty.kind != Kind::Object {
                continue;
            }
            for field in ty.fields.values().filter(|one| !facts.is_external(ty, one)) {
                let resolving = entry.resolving.entry(field.name.clone()).or_default();
                resolving.push(index);
                let tags = field.applied.iter().filter_map(tag);
                entry.tags.extend(tags.map(|tag| (field.name.clone(), tag)));
            }
            // An extension without a key of its own was taken to have the first one.
            if let Some(key) = ty.keys.first() {
                walk(
                    subgraph,
                    &ty.name,
                    key.fields.selections(),
                    &mut |parent, field| {
                        if parent.name == ty.name {
                            let coordinate = (parent.name.clone(), field.name.clone());
                            entry.key_fields.insert(coordinate);
                        }
                    },
                );
            }
        }
    }
    known
}

/// An `@interfaceObject` needs someone who says which object it is; Federation 1 cannot, even with
/// a `@key` on the interface.
fn check_interface_keys(subgraphs: &[Subgraph], report: &mut Findings) {
    let mut keys: HashMap<&Name, Vec<Location>> = HashMap::new();
    let old = subgraphs.iter().filter(|one| one.version == Version::One);
    for subgraph in old {
        let types = subgraph.types.values();
        for ty in types.filter(|ty| ty.kind == Kind::Interface) {
            if let Some(key) = ty.keys.first() {
                let location = subgraph.source.location(ty.name.to_string(), key.at);
                keys.entry(&ty.name).or_default().push(location);
            }
        }
    }
    for subgraph in subgraphs.iter().filter(|one| one.version != Version::One) {
        for ty in subgraph.types.values() {
            let (Some(at), Some(keys)) = (ty.interface_object, keys.get(&ty.name)) else {
                continue;
            };
            let message = format!(
                "{} is an @interfaceObject here, but its @key on the interface in a Federation 1 subgraph does not say which object it is; link federation v2.3 there, or remove that @key",
                ty.name
            );
            let here = subgraph.source.location(ty.name.to_string(), at);
            let locations = std::iter::once(here).chain(keys.iter().cloned());
            let code = Code::InterfaceObjectUsageError;
            report.push(Diagnostic::error(code, message, locations));
        }
    }
}

/// What is extended here has to be defined in another subgraph.
fn check_bases(
    subgraph: &Subgraph,
    index: usize,
    known: &HashMap<Name, Elsewhere>,
    report: &mut Findings,
) {
    // What else is extended is looked at when it is merged.
    let types = subgraph.types.values();
    for ty in types.filter(|ty| matches!(ty.kind, Kind::Object | Kind::Interface)) {
        let has_base = known
            .get(&ty.name)
            .is_some_and(|one| one.definitions.iter().any(|&other| other != index));
        if ty.is_extension && !ty.is_root() && !has_base {
            let location = subgraph.source.location(ty.name.to_string(), ty.at);
            report.push(Diagnostic::error(
                Code::ExtensionWithNoBase,
                format!("{} is extended here, but no subgraph defines it", ty.name),
                [location],
            ));
        }
    }
}

/// Federation 1 took no notice of its directives on interfaces.
fn drop_interface_directives(subgraph: &mut Subgraph) {
    let interfaces = subgraph
        .types
        .values_mut()
        .filter(|ty| ty.kind == Kind::Interface);
    for ty in interfaces {
        ty.keys.clear();
        for field in ty.fields.values_mut() {
            field.external = None;
            field.requires = None;
            field.provides = None;
        }
    }
}

/// The key of an `extend type` had to be marked `@external`, although it is resolved here.
fn drop_external_keys(subgraph: &mut Subgraph, known: &HashMap<Name, Elsewhere>) {
    let mut found: HashSet<Coordinate> = HashSet::new();
    for ty in subgraph.types.values().filter(|ty| ty.is_extension) {
        for key in &ty.keys {
            walk(
                subgraph,
                &ty.name,
                key.fields.selections(),
                &mut |parent, field| {
                    // Only the type's own fields are meant, not those further down.
                    if parent.name == ty.name {
                        found.insert((parent.name.clone(), field.name.clone()));
                    }
                },
            );
        }
        if ty.keys.is_empty() {
            let keys = known.get(&ty.name).map(|one| &one.key_fields);
            found.extend(keys.into_iter().flatten().cloned());
        }
    }
    for (parent, field) in found {
        let field = subgraph
            .types
            .get_mut(&parent)
            .and_then(|ty| ty.fields.get_mut(&field));
        if let Some(field) = field {
            field.external = None;
        }
    }
}

/// Parts of `@requires` and `@provides` that are not external never had an effect.
fn drop_inactive_field_sets(subgraph: &mut Subgraph) {
    let facts = Facts::of(subgraph);
    let before = subgraph.clone();
    for ty in subgraph.types.values_mut() {
        for field in ty.fields.values_mut() {
            if let Some((fields, _)) = &mut field.requires
                && !keep_active(&before, &facts, &ty.name, fields)
            {
                field.requires = None;
            }
            let inner = field.ty.inner_named_type();
            if let Some((fields, _)) = &mut field.provides
                && !keep_active(&before, &facts, inner, fields)
            {
                field.provides = None;
            }
        }
    }
}

/// Whether anything is left of the field set. What could not be read stays, to be reported.
fn keep_active(subgraph: &Subgraph, facts: &Facts, parent: &Name, fields: &mut FieldSet) -> bool {
    match &mut fields.content {
        Ok(selections) => {
            retain_external(subgraph, facts, parent, selections);
            !selections.is_empty()
        }
        Err(_) => true,
    }
}

fn retain_external(
    subgraph: &Subgraph,
    facts: &Facts,
    parent: &Name,
    selections: &mut Vec<Selection>,
) {
    let Some(ty) = subgraph.types.get(parent) else {
        return;
    };
    selections.retain_mut(|selection| match selection {
        Selection::Field {
            name, selections, ..
        } => {
            // An unknown field stays, to be reported.
            let Some(field) = ty.fields.get(name) else {
                return true;
            };
            if facts.is_external(ty, field) {
                return true;
            }
            let inner = field.ty.inner_named_type();
            selections.as_mut().is_some_and(|selections| {
                retain_external(subgraph, facts, inner, selections);
                !selections.is_empty()
            })
        }
        Selection::Inline {
            condition,
            selections,
            ..
        } => {
            let parent = condition.as_ref().unwrap_or(parent);
            retain_external(subgraph, facts, parent, selections);
            !selections.is_empty()
        }
        Selection::Spread { .. } => true,
    });
}

fn drop_provides_on_leaves(subgraph: &mut Subgraph) {
    let composite: HashSet<Name> = subgraph
        .types
        .values()
        .filter(|ty| ty.kind.is_composite())
        .map(|ty| ty.name.clone())
        .collect();
    for ty in subgraph.types.values_mut() {
        for field in ty.fields.values_mut() {
            if !composite.contains(field.ty.inner_named_type()) {
                field.provides = None;
            }
        }
    }
}

fn drop_unused_externals(subgraph: &mut Subgraph, report: &mut Findings) {
    let facts = Facts::of(subgraph);
    let mut emptied = Vec::new();
    for ty in subgraph.types.values_mut() {
        let before = ty.fields.len();
        let mut fields = std::mem::take(&mut ty.fields);
        fields.retain(|_, field| !facts.is_external(ty, field) || facts.is_used(ty, field));
        ty.fields = fields;
        if before > 0 && ty.fields.is_empty() {
            emptied.push(ty.name.clone());
        }
    }
    if emptied.is_empty() {
        return;
    }
    let referenced: HashSet<&Name> = subgraph
        .types
        .values()
        .flat_map(|ty| {
            let fields = ty.fields.values().map(|field| field.ty.inner_named_type());
            fields.chain(ty.members.keys())
        })
        .collect();
    let (kept, dropped): (Vec<Name>, Vec<Name>) = emptied
        .into_iter()
        .partition(|name| referenced.contains(name));
    for name in kept {
        let at = subgraph.types.get(&name).and_then(|ty| ty.at);
        report.push(Diagnostic::error(
            Code::TypeWithOnlyUnusedExternal,
            format!(
                "{name} has only external fields, and no @key, @requires or @provides uses any"
            ),
            [subgraph.source.location(name.to_string(), at)],
        ));
    }
    for name in dropped {
        subgraph.types.shift_remove(&name);
    }
}

/// Federation 1 let value types be repeated, and any subgraph resolve any field.
fn add_shareable(subgraph: &mut Subgraph, index: usize, known: &HashMap<Name, Elsewhere>) {
    let objects = subgraph
        .types
        .values_mut()
        .filter(|ty| ty.kind == Kind::Object);
    for ty in objects {
        let Some(elsewhere) = known.get(&ty.name) else {
            continue;
        };
        let is_shared_whole = ty.keys.is_empty() && !ty.is_root();
        let others = |list: &[usize]| list.iter().any(|&other| other != index);
        for field in ty.fields.values_mut() {
            let shared = if is_shared_whole {
                others(&elsewhere.subgraphs)
            } else {
                elsewhere
                    .resolving
                    .get(&field.name)
                    .is_some_and(|list| others(list))
            };
            // A definition's `@shareable` does not reach into extensions of it.
            let is_apart = is_shared_whole && field.in_extension && !ty.is_extension;
            if shared && !is_apart && field.external.is_none() && field.shareable.is_none() {
                field.shareable = Some(None);
            }
        }
    }
}

/// The name that a `@tag` gives.
fn tag(applied: &Applied) -> Option<String> {
    let is_tag = applied.directive == Composing::Federation(Federation::Tag);
    let name = applied.node.specified_argument_by_name("name");
    let name = name.filter(|_| is_tag)?.as_str()?;
    Some(name.to_owned())
}

/// A tag that the field has where it is resolved need not be repeated.
fn drop_tags_on_externals(subgraph: &mut Subgraph, known: &HashMap<Name, Elsewhere>) {
    for ty in subgraph.types.values_mut() {
        let elsewhere = known.get(&ty.name).map(|one| &one.tags);
        for field in ty.fields.values_mut() {
            if field.external.is_some() {
                let repeats = |tag: String| {
                    let tag = (field.name.clone(), tag);
                    elsewhere.is_some_and(|tags| tags.contains(&tag))
                };
                field
                    .applied
                    .retain(|applied| !tag(applied).is_some_and(repeats));
            }
        }
    }
}
