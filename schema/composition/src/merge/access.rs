//! Access rules travel along interfaces: what an implementation asks for, its interfaces ask for
//! too, and what an interface object asks for, the implementations do.

use std::collections::{BTreeSet, HashMap};

use apollo_compiler::Name;

use super::applied::Application;
use super::{Merger, Sources, TypeSource};
use crate::diagnostic::Code;
use crate::subgraph::{Applied, Kind, TypeDefinition};

/// Which object types implement which interfaces in the supergraph.
#[derive(Default)]
pub(super) struct Implementations<'a> {
    objects: HashMap<&'a Name, BTreeSet<&'a Name>>,
    interfaces: HashMap<&'a Name, BTreeSet<&'a Name>>,
}

/// Access rules that a type and its fields have besides their own.
#[derive(Default)]
pub(super) struct Inherited<'a> {
    on_type: Vec<(usize, Applied)>,
    on_fields: HashMap<&'a Name, Vec<(usize, Applied)>>,
}

/// Fields that are looked at for rules to inherit, and bytes of these rules: types may implement
/// many interfaces and interfaces have many implementations, which is a product that grows faster
/// than the input.
const MAX_INHERITED: usize = 10_000_000;

/// Left empty if there are no access rules that could travel.
pub(super) fn implementations<'a>(sources: &Sources<'a>) -> Implementations<'a> {
    let mut found = Implementations::default();
    let all = || sources.values().flatten().map(|source| source.ty);
    if !all().any(has_access_rules) {
        return found;
    }
    for ty in all().filter(|ty| ty.kind == Kind::Object && !ty.is_interface_object()) {
        for interface in ty.implements.keys() {
            found.objects.entry(interface).or_default().insert(&ty.name);
            let interfaces = found.interfaces.entry(&ty.name).or_default();
            interfaces.insert(interface);
        }
    }
    found
}

fn has_access_rules(ty: &TypeDefinition) -> bool {
    let mut fields = ty.fields.values();
    ty.applied.iter().any(Applied::is_access_rule)
        || fields.any(|field| field.applied.iter().any(Applied::is_access_rule))
}

impl<'a> Merger<'a> {
    /// For an interface, the rules of its implementations; for an implementation, those of
    /// interface objects.
    pub(super) fn inherited_access(&mut self, name: &Name, kind: Kind) -> Inherited<'a> {
        let interfaces = match kind {
            Kind::Interface => return self.implementations_access(name),
            Kind::Object => self.implementations.interfaces.get(name).cloned(),
            _ => None,
        };
        let mut found = Inherited::default();
        for interface in interfaces.into_iter().flatten() {
            self.inherit_interface_objects(interface, &mut found);
        }
        found
    }

    fn implementations_access(&mut self, interface: &Name) -> Inherited<'a> {
        let mut found = Inherited::default();
        let Some(objects) = self.implementations.objects.get(interface).cloned() else {
            return found;
        };
        let mut others: BTreeSet<&'a Name> = BTreeSet::new();
        for object in objects {
            if self.inherited > MAX_INHERITED {
                break;
            }
            for source in self.merging(object) {
                let applied = source.ty.applied.iter();
                for rule in applied.filter(|one| one.is_access_rule()) {
                    self.inherited += written_size(rule);
                    found.on_type.push((source.graph, rule.clone()));
                }
                self.inherit_fields(source, &mut found);
            }
            // Interface objects of other interfaces add their fields to the same implementations.
            if let Some(interfaces) = self.implementations.interfaces.get(object) {
                self.inherited += interfaces.len();
                others.extend(interfaces.iter().filter(|other| **other != interface));
            }
        }
        for other in others {
            self.inherit_interface_objects(other, &mut found);
        }
        found
    }

    fn inherit_interface_objects(&mut self, interface: &Name, found: &mut Inherited<'a>) {
        if !self.interface_objects.contains(interface) {
            return;
        }
        for source in self.merging(interface) {
            if source.ty.is_interface_object() {
                self.inherit_fields(source, found);
            }
        }
    }

    fn inherit_fields(&mut self, source: &TypeSource<'a>, found: &mut Inherited<'a>) {
        self.inherited += 1 + source.ty.fields.len();
        if self.inherited > MAX_INHERITED {
            return;
        }
        for field in source.ty.fields.values() {
            if source.valid.facts.is_external(source.ty, field) {
                continue;
            }
            for rule in field.applied.iter().filter(|one| one.is_access_rule()) {
                self.inherited += written_size(rule);
                let on_field = found.on_fields.entry(&field.name).or_default();
                on_field.push((source.graph, rule.clone()));
            }
        }
    }

    /// Rules that were not looked at must not be missing.
    pub(super) fn check_inherited_access(&mut self) {
        if self.inherited > MAX_INHERITED {
            let message = format!(
                "interfaces have so many implementations that more than {MAX_INHERITED} fields and bytes of access rules would have to be looked at"
            );
            let first = self.implementations.objects.keys().copied().min();
            if let Some(name) = first {
                let sites = super::types::sites(self.merging(name));
                self.error(Code::UnsupportedFeature, name, &sites, message);
            }
        }
    }
}

/// About the bytes of a rule.
fn written_size(rule: &Applied) -> usize {
    let arguments = rule.node.arguments.iter();
    let lists = arguments.filter_map(|argument| argument.value.as_list());
    let names = lists.flatten().filter_map(|list| list.as_list()).flatten();
    names
        .map(|name| name.as_str().map_or(0, str::len) + 4)
        .sum()
}

impl Inherited<'_> {
    pub(super) fn on_type(&self) -> impl Iterator<Item = Application<'_>> {
        self.on_type.iter().map(|(graph, rule)| (*graph, rule))
    }

    pub(super) fn on_field(&self, name: &Name) -> impl Iterator<Item = Application<'_>> {
        let rules = self.on_fields.get(name).map_or(&[][..], Vec::as_slice);
        rules.iter().map(|(graph, rule)| (*graph, rule))
    }
}
