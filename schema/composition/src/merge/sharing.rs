//! Fields that several subgraphs resolve: all of them have to say so, and mean the same things.

use std::collections::{BTreeSet, HashMap};

use apollo_compiler::Name;

use super::Merger;
use super::fields::FieldSource;
use super::interface_objects::Resolving;
use super::overrides::{Overridden, Overrides};
use crate::diagnostic::Code;
use crate::facts::implementations;
use crate::merged::Site;
use crate::subgraph::Kind;

/// Object types that an abstract type may be, by subgraph.
#[derive(Default)]
pub(super) struct Sharing {
    runtime_types: HashMap<(usize, Name), BTreeSet<Name>>,
    /// Answers already given: do these subgraphs' runtime types of a type overlap?
    overlaps: HashMap<(Name, Vec<usize>), bool>,
    surveyed: BTreeSet<usize>,
}

impl<'a> Merger<'a> {
    pub(super) fn check_sharing(
        &mut self,
        coordinate: &str,
        sources: &[FieldSource<'a>],
        overrides: &Overrides,
    ) {
        // A field that is only @provided here is resolved on some paths, but the subgraph that
        // owns it need not know of that.
        let resolving: Vec<FieldSource<'a>> = sources
            .iter()
            .copied()
            .filter(|source| !source.is_external() && overrides.of(source.graph) == Overridden::No)
            .collect();
        let mut sharing: Vec<Resolving> = resolving
            .iter()
            .map(|one| {
                let shareable = one.valid.facts.is_shareable(one.ty, one.field);
                (one.graph, one.site(), shareable)
            })
            .collect();
        if let Some(first) = sources.first() {
            let own = |graph: usize| sources.iter().any(|one| one.graph == graph);
            let objects = self.by_interface_objects(&first.ty.name, &first.field.name);
            sharing.extend(objects.into_iter().filter(|(graph, ..)| !own(*graph)));
        }
        if sources
            .first()
            .is_some_and(|one| one.ty.name == "Subscription")
        {
            self.check_event_source(coordinate, &sharing, &resolving);
        } else {
            self.check_shareable(coordinate, &sharing);
        }
        if resolving.len() > 1 {
            self.check_runtime_types(coordinate, &resolving);
        }
    }

    /// Several sources of events would be several streams, shareable or not.
    fn check_event_source(
        &mut self,
        coordinate: &str,
        sharing: &[Resolving],
        resolving: &[FieldSource<'a>],
    ) {
        let marked = resolving.iter().filter(|one| one.field.shareable.is_some());
        let marked: Vec<Site> = marked.map(FieldSource::site).collect();
        let (sites, message): (Vec<Site>, String) = if sharing.len() > 1 {
            let all = self.names(sharing.iter().map(|(graph, ..)| *graph));
            let sites = sharing.iter().map(|(_, site, _)| *site).collect();
            (
                sites,
                format!("so only one subgraph can resolve it, not {all}"),
            )
        } else if marked.is_empty() {
            return;
        } else {
            (marked, "so it cannot be @shareable".to_owned())
        };
        let message = format!("{coordinate} is a root field of subscriptions, {message}");
        self.error(Code::InvalidFieldSharing, coordinate, &sites, message);
    }

    /// Whoever resolves a field that others resolve too has to say so.
    pub(super) fn check_shareable(&mut self, coordinate: &str, sharing: &[Resolving]) {
        let unshared: Vec<usize> = sharing
            .iter()
            .filter(|(_, _, shareable)| !shareable)
            .map(|(graph, ..)| *graph)
            .collect();
        if sharing.len() > 1 && !unshared.is_empty() {
            let all = self.names(sharing.iter().map(|(graph, ..)| *graph));
            let some = self.names(unshared.iter().copied());
            let message = format!(
                "{coordinate} is resolved by {all}, but is not @shareable in {some}; mark it @shareable there, or resolve it in one subgraph only"
            );
            let sites: Vec<Site> = sharing.iter().map(|(_, site, _)| *site).collect();
            self.error(Code::InvalidFieldSharing, coordinate, &sites, message);
        }
    }

    /// If the possible types of a shared field have nothing in common, some subgraph is wrong.
    fn check_runtime_types(&mut self, coordinate: &str, resolving: &[FieldSource<'a>]) {
        let mut named: Vec<&Name> = resolving
            .iter()
            .map(|one| one.field.ty.inner_named_type())
            .collect();
        named.sort_unstable();
        named.dedup();
        let is_abstract = |name: &Name| {
            self.merging(name)
                .iter()
                .any(|one| matches!(one.ty.kind, Kind::Interface | Kind::Union))
        };
        // Different names that merge are related by subtyping, hence overlap.
        let [name] = named.as_slice() else {
            return;
        };
        if !is_abstract(name) {
            return;
        }
        let graphs: Vec<usize> = resolving.iter().map(|one| one.graph).collect();
        if !self.overlap(name, graphs) {
            let names = self.names(resolving.iter().map(|one| one.graph));
            let message = format!(
                "{coordinate} is shared by {names}, but the objects {name} can be there have none in common"
            );
            let code = Code::ShareableHasMismatchedRuntimeTypes;
            self.error(code, coordinate, &super::fields::sites(resolving), message);
        }
    }

    fn overlap(&mut self, name: &Name, graphs: Vec<usize>) -> bool {
        for &graph in &graphs {
            self.survey_runtime_types(graph);
        }
        let key = (name.clone(), graphs);
        if let Some(known) = self.sharing.overlaps.get(&key) {
            return *known;
        }
        let mut common: Option<BTreeSet<&Name>> = None;
        for &graph in &key.1 {
            // An interface object may be anything.
            let Some(types) = self.sharing.runtime_types.get(&(graph, name.clone())) else {
                continue;
            };
            let types: BTreeSet<&Name> = types.iter().collect();
            common = Some(match common {
                None => types,
                Some(common) => common.intersection(&types).copied().collect(),
            });
        }
        let overlaps = common.is_none_or(|common| !common.is_empty());
        self.sharing.overlaps.insert(key, overlaps);
        overlaps
    }

    fn survey_runtime_types(&mut self, graph: usize) {
        if !self.sharing.surveyed.insert(graph) {
            return;
        }
        let subgraph = &self.subgraphs[graph].subgraph;
        let known = &mut self.sharing.runtime_types;
        for (interface, objects) in implementations(subgraph) {
            let names = objects.iter().map(|ty| ty.name.clone()).collect();
            known.insert((graph, interface.clone()), names);
        }
        for ty in subgraph.types.values() {
            if ty.kind == Kind::Union {
                let members = ty.members.keys().cloned().collect();
                known.insert((graph, ty.name.clone()), members);
            } else if ty.kind == Kind::Interface {
                known.entry((graph, ty.name.clone())).or_default();
            } else if ty.is_interface_object() {
                // It stands for every implementation, known here or not.
                known.remove(&(graph, ty.name.clone()));
            }
        }
    }
}
