//! Fields that several subgraphs resolve: all of them have to say so, and mean the same things.

use std::collections::BTreeSet;

use super::Merger;
use super::fields::FieldSource;
use super::interface_objects::Resolving;
use crate::diagnostic::Code;
use crate::merged::{Overridden, Overrides, Site};

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
        let unshared: BTreeSet<usize> = sharing
            .iter()
            .filter(|(_, _, shareable)| !shareable)
            .map(|(graph, ..)| *graph)
            .collect();
        if sharing.len() > 1 && !unshared.is_empty() {
            let all: BTreeSet<usize> = sharing.iter().map(|(graph, ..)| *graph).collect();
            let all = self.names(all.into_iter());
            let some = self.names(unshared.into_iter());
            let message = format!(
                "{coordinate} is resolved by {all}, but is not @shareable in {some}; mark it @shareable there, or resolve it in one subgraph only"
            );
            let sites: Vec<Site> = sharing.iter().map(|(_, site, _)| *site).collect();
            self.error(Code::InvalidFieldSharing, coordinate, &sites, message);
        }
    }
}
