//! Phase five: each subgraph on its own uses the federation directives as they are meant.

mod access;
mod cache_tags;
mod context_selections;
mod contexts;
mod cost;
mod directives;
mod field_sets;

use std::collections::{HashMap, HashSet};

use apollo_compiler::Name;

use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::facts::{Facts, implementations};
use crate::source::At;
use crate::subgraph::{Kind, Subgraph, TypeDefinition};
use crate::upgrade::Upgraded;
use field_sets::Role;

/// Subgraphs that are right by themselves, with what follows from their field sets.
pub(crate) struct Validated(pub(crate) Vec<ValidSubgraph>);

/// One of them.
pub(crate) struct ValidSubgraph {
    pub(crate) subgraph: Subgraph,
    pub(crate) facts: Facts,
}

pub(crate) fn validate(upgraded: Upgraded, report: &mut Findings) -> Validated {
    let subgraphs = upgraded.0.into_iter().map(|subgraph| {
        let facts = Facts::of(&subgraph);
        Check {
            subgraph: &subgraph,
            facts: &facts,
            report,
        }
        .all();
        ValidSubgraph { subgraph, facts }
    });
    Validated(subgraphs.collect())
}

/// The checks of one subgraph.
struct Check<'a> {
    subgraph: &'a Subgraph,
    facts: &'a Facts,
    report: &'a mut Findings,
}

impl Check<'_> {
    fn all(&mut self) {
        for ty in self.subgraph.types.values() {
            self.keys(ty);
            self.type_directives(ty);
            self.interface_access(ty);
            self.type_cache_tags(ty);
            for field in ty.fields.values() {
                self.requires(ty, field);
                self.provides(ty, field);
                self.field_directives(ty, field);
                self.field_cost(ty, field);
                self.contextual_arguments(ty, field);
                self.field_cache_tags(ty, field);
            }
        }
        self.interface_keys();
        self.contexts();
    }

    fn error(&mut self, code: Code, coordinate: &str, at: At, message: String) {
        let location = self.subgraph.source.location(coordinate.to_owned(), at);
        self.report
            .push(Diagnostic::error(code, message, [location]));
    }

    fn keys(&mut self, ty: &TypeDefinition) {
        if ty.kind == Kind::Interface && !self.subgraph.version.has_entity_interfaces() {
            if let Some(key) = ty.keys.first() {
                let message = "@key on an interface needs federation v2.3 or later".to_owned();
                self.error(Code::KeyUnsupportedOnInterface, &ty.name, key.at, message);
            }
            return;
        }
        for key in &ty.keys {
            self.field_set(Role::Key, &key.fields, ty.name.to_string(), &ty.name);
        }
        if let (Some(at), true) = (ty.interface_object, ty.keys.is_empty()) {
            let message = format!(
                "{} is an @interfaceObject but has no @key; only entities can be one",
                ty.name
            );
            self.error(Code::InterfaceObjectUsageError, &ty.name, at, message);
        }
    }

    /// An implementation of an entity interface has all of the interface's keys.
    fn interface_keys(&mut self) {
        let implementations = implementations(self.subgraph);
        let entities = self.subgraph.types.values();
        let entities = entities.filter(|ty| ty.kind == Kind::Interface && !ty.keys.is_empty());
        let mut keys: HashMap<&Name, HashSet<String>> = HashMap::new();
        for interface in entities {
            if self.report.is_full() {
                return;
            }
            let wanted: Vec<_> = interface
                .keys
                .iter()
                .filter(|key| key.resolvable && key.fields.content.is_ok())
                .map(|key| (key.fields.text(), key.fields.unordered()))
                .collect();
            for ty in implementations.get(&interface.name).into_iter().flatten() {
                let own = keys.entry(&ty.name).or_insert_with(|| resolvable_keys(ty));
                for (key, _) in wanted.iter().filter(|(_, key)| !own.contains(key)) {
                    let message = format!(
                        "{} implements {}, whose key is {key:?}; add a resolvable @key(fields: {key:?}) to {0}",
                        ty.name, interface.name
                    );
                    let code = Code::InterfaceKeyNotOnImplementation;
                    self.error(code, &ty.name, ty.at, message);
                }
            }
        }
    }
}

/// In a spelling that the order of the fields does not matter to.
fn resolvable_keys(ty: &TypeDefinition) -> HashSet<String> {
    let resolvable = ty.keys.iter().filter(|key| key.resolvable);
    resolvable.map(|key| key.fields.unordered()).collect()
}
