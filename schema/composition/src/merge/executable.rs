//! Directives for operations: those that every subgraph defines, where all allow them.

use std::collections::BTreeMap;

use apollo_compiler::Name;
use apollo_compiler::ast::DirectiveLocation;

use super::Merger;
use crate::merged::{MergedDirective, Site};
use crate::subgraph::OwnDirective;

/// A directive's definition in one subgraph.
pub(super) type DirectiveSource<'a> = (usize, &'a OwnDirective);

impl<'a> Merger<'a> {
    /// An operation may go to any subgraph with its directives, so all have to understand them.
    pub(super) fn merge_executable_directives(&mut self) {
        let mut definitions: BTreeMap<&Name, Vec<DirectiveSource<'a>>> = BTreeMap::new();
        for (graph, valid) in self.subgraphs.iter().enumerate() {
            let own = valid.subgraph.own_directives.iter();
            for (name, definition) in own.filter(|(name, _)| !self.custom.contains_key(*name)) {
                let sources = definitions.entry(name).or_default();
                sources.push((graph, definition));
            }
        }
        for (name, sources) in definitions {
            let executable = sources.iter().any(|(_, one)| !one.locations.is_empty());
            let merged = executable.then(|| self.merge_executable_directive(name, &sources));
            if let Some(merged) = merged.flatten() {
                self.executable_directives.insert(name.clone(), merged);
            }
        }
    }

    fn merge_executable_directive(
        &mut self,
        name: &Name,
        sources: &[DirectiveSource<'a>],
    ) -> Option<MergedDirective> {
        if sources.len() < self.subgraphs.len() {
            self.hint_directive_presence(name, sources);
            return None;
        }
        let locations = common_locations(sources);
        if locations.is_empty() {
            self.hint_no_common_location(name, sources);
            return None;
        }
        if sources.iter().any(|(_, one)| one.locations != locations) {
            self.hint_locations(name, sources, &locations);
        }
        let repeatable = sources.iter().all(|(_, one)| one.repeatable);
        if !repeatable && sources.iter().any(|(_, one)| one.repeatable) {
            self.hint_repeatable(name, sources);
        }
        let sourced = || sources.iter().map(|(graph, one)| ((*graph, one.at), *one));
        let coordinate = format!("@{name}");
        let descriptions = sourced().map(|(site, one)| (site, one.description.as_deref()));
        let description = self.merge_description(&coordinate, descriptions);
        let arguments: Vec<_> = sourced()
            .map(|(site, one)| (site, &one.arguments))
            .collect();
        Some(MergedDirective {
            description,
            repeatable,
            locations,
            arguments: self.merge_arguments(&coordinate, &arguments),
        })
    }
}

fn common_locations(sources: &[DirectiveSource<'_>]) -> Vec<DirectiveLocation> {
    let Some(((_, first), rest)) = sources.split_first() else {
        return Vec::new();
    };
    let mut common = first.locations.clone();
    for (_, other) in rest {
        common.retain(|one| other.locations.contains(one));
    }
    common
}

pub(super) fn sites(sources: &[DirectiveSource<'_>]) -> Vec<Site> {
    sources
        .iter()
        .map(|(graph, one)| (*graph, one.at))
        .collect()
}
