//! Phase four: Federation 1 subgraphs are rewritten to mean the same in Federation 2.

use std::collections::{HashMap, HashSet};

use apollo_compiler::Name;

use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::facts::{Coordinate, Facts, walk};
use crate::specification::{Federation, Version};
use crate::subgraph::{Composing, FieldSet, Kind, Selection, Subgraph};

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
    /// Key fields in any subgraph.
    key_fields: HashSet<Coordinate>,
}

pub(crate) fn upgrade(mut subgraphs: Vec<Subgraph>, report: &mut Findings) -> Upgraded {
    if subgraphs.iter().all(|one| one.version != Version::One) {
        return Upgraded(subgraphs);
    }
    let known = survey(&subgraphs);
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
        drop_tags_on_externals(subgraph);
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
            if ty.has_definition {
                entry.definitions.push(index);
            }
            if ty.kind != Kind::Object {
                continue;
            }
            for field in ty.fields.values().filter(|one| !facts.is_external(ty, one)) {
                let resolving = entry.resolving.entry(field.name.clone()).or_default();
                resolving.push(index);
            }
            for key in &ty.keys {
                walk(
                    subgraph,
                    &ty.name,
                    key.fields.selections(),
                    &mut |parent, field| {
                        let coordinate = (parent.name.clone(), field.name.clone());
                        entry.key_fields.insert(coordinate);
                    },
                );
            }
        }
    }
    known
}

/// What is extended here has to be defined in another subgraph.
fn check_bases(
    subgraph: &Subgraph,
    index: usize,
    known: &HashMap<Name, Elsewhere>,
    report: &mut Findings,
) {
    for ty in subgraph.types.values() {
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
                    found.insert((parent.name.clone(), field.name.clone()));
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

fn drop_tags_on_externals(subgraph: &mut Subgraph) {
    for ty in subgraph.types.values_mut() {
        for field in ty.fields.values_mut() {
            if field.external.is_some() {
                let tag = Composing::Federation(Federation::Tag);
                field.applied.retain(|applied| applied.directive != tag);
            }
        }
    }
}
