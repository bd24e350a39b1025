//! `@interfaceObject`: one subgraph adds fields to every implementation without knowing them.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::Directive;

use super::{Merger, TypeSource};
use crate::diagnostic::{Code, Diagnostic};
use crate::directive::directive;
use crate::merged::{MergedField, Site};
use crate::subgraph::Kind;

/// Fields that interface objects may add in all: the product of their fields and the interface's
/// implementations grows faster than the input.
const MAX_COPIES: usize = 1_000_000;

impl<'a> Merger<'a> {
    /// The subgraphs' definitions of a type.
    pub(super) fn merging(&self, name: &Name) -> &'a [TypeSource<'a>] {
        self.sources.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn check_interface_objects(&mut self) {
        // Implementations of entity interfaces in each subgraph, for the completeness check.
        let mut objects: BTreeMap<&Name, BTreeSet<&Name>> = BTreeMap::new();
        for (name, sources) in self.sources {
            for source in sources
                .iter()
                .filter(|source| source.ty.kind == Kind::Object)
            {
                for interface in source.ty.implements.keys() {
                    objects.entry(interface).or_default().insert(name);
                }
            }
        }
        for (name, of_type) in self.sources {
            let none = BTreeSet::new();
            let implementations = objects.get(name).unwrap_or(&none);
            for source in of_type {
                if source.ty.is_interface_object() {
                    self.check_interface_object(source, of_type, implementations);
                } else if source.ty.kind == Kind::Interface {
                    self.check_entity_interface(source, implementations);
                }
            }
        }
    }

    fn check_interface_object(
        &mut self,
        source: &TypeSource<'a>,
        of_type: &[TypeSource<'a>],
        implementations: &BTreeSet<&Name>,
    ) {
        let name = &source.ty.name;
        let at = source.ty.interface_object.flatten().or(source.ty.at);
        let site: Site = (source.graph, at);
        let code = Code::InterfaceObjectUsageError;
        if !of_type.iter().any(|other| other.ty.kind == Kind::Interface) {
            let message =
                format!("{name} is an @interfaceObject, but no subgraph has an interface {name}");
            self.error(code, name, &[site], message);
        }
        let known = &source.valid.subgraph.types;
        let own = implementations
            .iter()
            .find(|object| known.contains_key(**object));
        if let Some(object) = own {
            let message = format!(
                "{name} is an @interfaceObject here, so this subgraph must not define {object}, which implements it"
            );
            self.error(code, name, &[site], message);
        }
    }

    /// A subgraph that resolves an interface by key has to know everything it may find.
    fn check_entity_interface(
        &mut self,
        source: &TypeSource<'a>,
        implementations: &BTreeSet<&Name>,
    ) {
        let Some(key) = source.ty.keys.iter().find(|key| key.resolvable) else {
            return;
        };
        let known = &source.valid.subgraph.types;
        let missing: Vec<&str> = implementations
            .iter()
            .filter(|object| !known.contains_key(**object))
            .map(|object| object.as_str())
            .collect();
        if !missing.is_empty() {
            let name = &source.ty.name;
            let message = format!(
                "{name} has a resolvable @key here, so this subgraph must know all its implementations; it lacks {}",
                shortened(&missing)
            );
            let code = Code::InterfaceKeyMissingImplementationType;
            self.error(code, name, &[(source.graph, key.at)], message);
        }
    }

    /// Fields of interface objects reach every implementation that has none of its own.
    pub(super) fn spread_interface_objects(&mut self) {
        let mut added: BTreeMap<Name, Vec<(Name, MergedField)>> = BTreeMap::new();
        for name in &self.interface_objects {
            let sources = self.merging(name);
            let objects: Vec<&TypeSource<'_>> = sources
                .iter()
                .filter(|source| source.ty.is_interface_object())
                .collect();
            let Some(merged) = self.types.get(*name).filter(|_| !objects.is_empty()) else {
                continue;
            };
            let fields: BTreeSet<&Name> = objects
                .iter()
                .flat_map(|source| source.ty.fields.keys())
                .collect();
            let fields = fields.into_iter().filter_map(|field| {
                let mut copy = merged.fields.get(field)?.clone();
                copy.directives = by_interface_object(&copy.directives);
                Some((field.clone(), copy))
            });
            added.insert((*name).clone(), fields.collect());
        }
        if added.is_empty() {
            return;
        }
        let mut copies = 0;
        for ty in self.types.values_mut() {
            for interface in &ty.implements {
                let fields = added.get(interface).map_or(&[][..], Vec::as_slice);
                copies += fields.len();
                if copies > MAX_COPIES {
                    break;
                }
                for (name, field) in fields {
                    if !ty.fields.contains_key(name) {
                        ty.fields.insert(name.clone(), field.clone());
                    }
                }
            }
        }
        if copies > MAX_COPIES {
            let message = format!(
                "interface objects would add more than {MAX_COPIES} fields to the implementations of their interfaces"
            );
            self.report
                .push(Diagnostic::error(Code::UnsupportedFeature, message, []));
        }
    }
}

/// The first few names of a list.
fn shortened(names: &[&str]) -> String {
    const SHOWN: usize = 6;
    match names.get(..SHOWN) {
        Some(first) if names.len() > SHOWN => {
            format!("{} and {} more", first.join(", "), names.len() - SHOWN)
        }
        _ => names.join(", "),
    }
}

/// A bare `@join__field` says: not in any subgraph's own type, but by an interface object.
fn by_interface_object(directives: &[Node<Directive>]) -> Vec<Node<Directive>> {
    let applied = directives.iter().filter(|one| one.name != "join__field");
    std::iter::once(directive("join__field", []))
        .chain(applied.cloned())
        .collect()
}
