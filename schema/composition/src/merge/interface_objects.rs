//! `@interfaceObject`: one subgraph adds fields to every implementation without knowing them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::Directive;

use super::{Merger, Sources, TypeSource};
use crate::diagnostic::Code;
use crate::directive::directive;
use crate::merged::{MergedField, Overrides, Site};
use crate::subgraph::Kind;

/// Bytes that the fields which interface objects add may have in all: the product of their fields
/// and the interface's implementations grows faster than the input.
const MAX_COPIED: usize = 64 * 1024 * 1024;
/// What even the plainest of them counts.
const MIN_FIELD: usize = 64;

/// A subgraph that resolves a field, where, and whether it is shareable there.
pub(super) type Resolving = (usize, Site, bool);

/// Which fields interface objects resolve, and for which types.
#[derive(Default)]
pub(super) struct Spread<'a> {
    /// By interface and field.
    fields: HashMap<(&'a Name, &'a Name), Vec<Resolving>>,
    /// By type: the interfaces it implements that some subgraph has as an interface object.
    interfaces: HashMap<&'a Name, BTreeSet<&'a Name>>,
}

impl<'a> Spread<'a> {
    pub(super) fn of(sources: &'a Sources<'a>, interface_objects: &HashSet<&'a Name>) -> Self {
        let mut spread = Self::default();
        if interface_objects.is_empty() {
            return spread;
        }
        for source in sources.values().flatten() {
            let implemented = source.ty.implements.keys();
            for interface in implemented.filter(|one| interface_objects.contains(one)) {
                let entry = spread.interfaces.entry(&source.ty.name).or_default();
                entry.insert(interface);
            }
            if source.ty.is_interface_object() {
                spread.add_fields(source);
            }
        }
        spread
    }

    fn add_fields(&mut self, source: &TypeSource<'a>) {
        let facts = &source.valid.facts;
        let fields = source.ty.fields.values();
        for field in fields.filter(|field| !facts.is_external(source.ty, field)) {
            let shareable = facts.is_shareable(source.ty, field);
            let entry = self.fields.entry((&source.ty.name, &field.name));
            let resolving = (source.graph, (source.graph, field.at), shareable);
            entry.or_default().push(resolving);
        }
    }
}

impl<'a> Merger<'a> {
    /// An `@interfaceObject` resolves its fields for every implementation of the interface.
    pub(super) fn by_interface_objects(&self, ty: &Name, field: &Name) -> Vec<Resolving> {
        let interfaces = self.spread.interfaces.get(ty);
        let keys = interfaces.into_iter().flatten();
        keys.filter_map(move |interface| self.spread.fields.get(&(*interface, field)))
            .flatten()
            .copied()
            .collect()
    }

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
                if self.report.is_full() {
                    return;
                }
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
        // Whichever are fewer are gone through.
        let own = if implementations.len() <= known.len() {
            let mut objects = implementations.iter().copied();
            objects.find(|object| known.contains_key(*object))
        } else {
            known.keys().find(|name| implementations.contains(name))
        };
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
        let name = &source.ty.name;
        let is_known = |object: &Name| {
            let object = known.get(object);
            object.is_some_and(|object| object.implements.contains_key(name))
        };
        let missing: Vec<&str> = implementations
            .iter()
            .filter(|object| !is_known(object))
            .map(|object| object.as_str())
            .collect();
        if !missing.is_empty() {
            let message = format!(
                "{name} has a resolvable @key here, so this subgraph must have all its implementations as such; it lacks {}",
                shortened(&missing)
            );
            let code = Code::InterfaceKeyMissingImplementationType;
            self.error(code, name, &[(source.graph, key.at)], message);
        }
    }

    /// By interface, what its interface objects add: names, fields and about their bytes.
    fn spread_fields(&self) -> BTreeMap<Name, Vec<(Name, MergedField, usize)>> {
        let mut added = BTreeMap::new();
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
                copy.overrides = Overrides::default();
                let size = written_size(&copy);
                Some((field.clone(), copy, size))
            });
            added.insert((*name).clone(), fields.collect());
        }
        added
    }

    /// Fields of interface objects reach every implementation that has none of its own.
    pub(super) fn spread_interface_objects(&mut self) {
        let added = self.spread_fields();
        if added.is_empty() {
            return;
        }
        let mut copied = 0;
        let mut types = std::mem::take(&mut self.types);
        // What is an interface itself gets none: its fields are its own to name.
        let objects = types.iter_mut().filter(|(_, ty)| ty.kind == Kind::Object);
        for (type_name, ty) in objects {
            let access = self.inherited_access(type_name, ty.kind);
            for interface in &ty.implements {
                let fields = added.get(interface).map_or(&[][..], Vec::as_slice);
                for (name, field, size) in fields {
                    if copied > MAX_COPIED {
                        break;
                    }
                    if !ty.fields.contains_key(name) {
                        let mut field = field.clone();
                        let coordinate = format_args!("{type_name}.{name}");
                        let rules = self.merge_applied(coordinate, access.on_field(name));
                        copied += size + written_directives(&rules);
                        field.directives.extend(rules);
                        ty.fields.insert(name.clone(), field);
                        let sharing = self.by_interface_objects(type_name, name);
                        self.check_shareable(&format!("{type_name}.{name}"), &sharing);
                    }
                }
            }
        }
        self.types = types;
        if copied > MAX_COPIED {
            let message = format!(
                "interface objects would add fields of more than {MAX_COPIED} bytes to the implementations of their interfaces"
            );
            if let Some(name) = self.interface_objects.iter().copied().min() {
                let sites = super::types::sites(self.merging(name));
                self.error(Code::UnsupportedFeature, name, &sites, message);
            }
        }
    }
}

fn written_directives(all: &[Node<Directive>]) -> usize {
    all.iter().map(|one| one.to_string().len()).sum()
}

/// About the bytes a field has in the supergraph.
fn written_size(field: &MergedField) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let arguments = field.arguments.iter().map(|(name, argument)| {
        let default = argument.default.as_ref();
        name.len()
            + argument.ty.to_string().len()
            + text(&argument.description)
            + default.map_or(0, |value| value.to_string().len())
            + written_directives(&argument.directives)
    });
    MIN_FIELD
        + field.ty.to_string().len()
        + text(&field.description)
        + written_directives(&field.directives)
        + arguments.sum::<usize>()
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

/// A bare `@join__field` says: not in any subgraph's own type, but by an interface object. Access
/// rules of the interface's other implementations are none of the implementation's business.
fn by_interface_object(directives: &[Node<Directive>]) -> Vec<Node<Directive>> {
    let own = ["join__field", "authenticated", "requiresScopes", "policy"];
    let applied = directives
        .iter()
        .filter(|one| !own.contains(&one.name.as_str()));
    std::iter::once(directive("join__field", []))
        .chain(applied.cloned())
        .collect()
}
