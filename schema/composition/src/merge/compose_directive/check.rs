//! Subgraphs that compose directives agree on versions, names and definitions.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use apollo_compiler::ast::DirectiveLocation;

use super::{Element, Request};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::links::Link;
use crate::merge::Merger;
use crate::merged::{CustomDirective, Site};

impl<'a> Merger<'a> {
    /// Places that are links, which have no coordinate.
    fn link_locations(&self, links: &[(usize, &Link)]) -> Vec<Location> {
        let location = |(graph, link): &(usize, &Link)| {
            let source = &self.graphs[*graph].source;
            source.location(None, link.at)
        };
        links.iter().map(location).collect()
    }

    /// The latest version of every specification of which directives are composed. Within one
    /// major version, minor ones only add.
    pub(super) fn versions(&mut self, requests: &[Request<'a>]) -> BTreeMap<String, &'a Link> {
        let mut composed: BTreeMap<&str, Vec<(usize, &'a Link)>> = BTreeMap::new();
        for request in requests {
            let of_identity = composed.entry(&request.link.identity).or_default();
            of_identity.push((request.graph, request.link));
        }
        let mut identities: BTreeMap<&'a str, BTreeSet<u32>> = BTreeMap::new();
        for valid in self.subgraphs {
            for link in &valid.subgraph.directives.links {
                let majors = identities.entry(&link.identity).or_default();
                majors.insert(link.version.0);
            }
        }
        let mut latest = BTreeMap::new();
        for (identity, majors) in identities {
            let requested = composed.get(identity).map_or(&[][..], Vec::as_slice);
            let mut first = requested.iter().map(|(_, link)| link.version.0);
            let major = first.next();
            if major.is_some() && first.any(|other| Some(other) != major) {
                self.differing_majors(identity, requested);
                continue;
            }
            if majors.len() > 1 {
                self.hint_at_majors(identity, &majors);
            }
            let links = requested.iter().map(|(_, link)| *link);
            if let Some(link) = links.max_by_key(|link| link.version) {
                latest.insert(identity.to_owned(), link);
            }
        }
        latest
    }

    fn differing_majors(&mut self, identity: &str, requested: &[(usize, &Link)]) {
        let mut links = requested.to_vec();
        links.dedup_by_key(|(graph, _)| *graph);
        let message = format!(
            "directives of {identity:?} are composed from different major versions of it; link one major version in all subgraphs that compose them"
        );
        let locations = self.link_locations(&links);
        let code = Code::DirectiveCompositionError;
        self.report
            .push(Diagnostic::error(code, message, locations));
    }

    fn hint_at_majors(&mut self, identity: &str, majors: &BTreeSet<u32>) {
        let locations = self.link_locations(&self.linked(identity));
        let majors: Vec<String> = majors.iter().map(|major| format!("v{major}")).collect();
        let message = format!(
            "subgraphs link {identity:?} in different major versions ({}); what one of them means by a name may not be what the other does, so link one everywhere",
            majors.join(", ")
        );
        let code = Code::DirectiveCompositionInfo;
        self.report.hint(Diagnostic::hint(code, message, locations));
    }

    /// One name for one directive in all subgraphs. Gives the names that cannot be composed.
    pub(super) fn check_names(&mut self, requests: &[Request<'a>]) -> HashSet<String> {
        let mut by_local: BTreeMap<&str, Vec<&Request<'a>>> = BTreeMap::new();
        let mut by_element: BTreeMap<Element, Vec<&Request<'a>>> = BTreeMap::new();
        for request in requests {
            by_local.entry(request.local).or_default().push(request);
            by_element
                .entry(request.element())
                .or_default()
                .push(request);
        }
        let mut refused = HashSet::new();
        for (local, requests) in by_local {
            let elements: BTreeSet<Element> = requests.iter().map(|one| one.element()).collect();
            if elements.len() > 1 {
                refused.insert(local.to_owned());
                let elements: Vec<String> = elements
                    .iter()
                    .map(|(identity, name)| format!("@{name} of {identity:?}"))
                    .collect();
                let message = format!(
                    "@{local} is composed, but stands for {}; give each a name of its own",
                    elements.join(" and for ")
                );
                let sites: Vec<Site> = requests.iter().map(|one| one.site()).collect();
                self.error(
                    Code::DirectiveCompositionError,
                    &format!("@{local}"),
                    &sites,
                    message,
                );
            }
        }
        for ((identity, name), requests) in by_element {
            let names: BTreeSet<&str> = requests.iter().map(|one| one.local).collect();
            if names.len() > 1 {
                refused.extend(names.iter().map(|name| (*name).to_owned()));
                let names: Vec<&str> = names.into_iter().collect();
                let message = format!(
                    "@{name} of {identity:?} is composed as @{}; import it under one name in all subgraphs",
                    names.join(" and as @")
                );
                let sites: Vec<Site> = requests.iter().map(|one| one.site()).collect();
                self.error(
                    Code::DirectiveCompositionError,
                    &format!("@{name}"),
                    &sites,
                    message,
                );
            } else if let Some(first) = requests.first() {
                self.hint_at_other_names(&identity, &name, first.local, &requests);
            }
        }
        refused
    }

    /// Subgraphs that do not compose the directive, but import it under another name.
    fn hint_at_other_names(
        &mut self,
        identity: &str,
        name: &str,
        local: &str,
        requests: &[&Request<'a>],
    ) {
        let composing: HashSet<usize> = requests.iter().map(|one| one.graph).collect();
        let others = self.linked(identity);
        let sites: Vec<Site> = others
            .iter()
            .filter(|(graph, _)| !composing.contains(graph))
            .filter_map(|(graph, link)| {
                let import = link.import_of(name)?;
                let is_same = import.alias.strip_prefix('@') == Some(local);
                (!is_same).then_some((*graph, import.at.or(link.at)))
            })
            .collect();
        if !sites.is_empty() {
            let message = format!(
                "@{name} of {identity:?} is composed as @{local}, but imported under another name here; to compose it here too, it will need the same name"
            );
            let code = Code::DirectiveCompositionWarn;
            self.hint(code, format!("@{name}"), &sites, message);
        }
    }

    pub(super) fn no_definition(&mut self, latest: &Link, name: &str, local: &str, sites: &[Site]) {
        let (major, minor) = latest.version;
        let message = format!(
            "@{local} is composed as v{major}.{minor} of {:?}, the latest version linked, but no subgraph that links this version defines @{name}; add the definition there",
            latest.identity
        );
        self.error(
            Code::DirectiveCompositionError,
            &format!("@{local}"),
            sites,
            message,
        );
    }

    /// Hints where subgraphs define a composed directive otherwise than the supergraph.
    pub(super) fn compare_definitions(
        &mut self,
        custom: &CustomDirective,
        linked: &[(usize, &'a Link)],
        latest: &Link,
        name: &str,
    ) {
        let chosen = custom.definition.clone();
        let locations: HashSet<DirectiveLocation> = chosen.locations.iter().copied().collect();
        let mut repeatable = Vec::new();
        let mut located = Vec::new();
        for (graph, link) in linked {
            if link.version.0 != latest.version.0 {
                continue;
            }
            let Some(other) = self.definition(*graph, link, name) else {
                continue;
            };
            let site = (*graph, self.at(*graph, other));
            if other.repeatable != chosen.repeatable {
                repeatable.push(site);
            }
            if other.locations.iter().copied().collect::<HashSet<_>>() != locations {
                located.push(site);
            }
        }
        let from = self.names([custom.site.0].into_iter());
        let coordinate = format!("@{}", chosen.name);
        let mut differing = |code, mut sites: Vec<Site>, what: &str| {
            if !sites.is_empty() {
                let message = format!(
                    "{coordinate} {what} in {from}, whose definition the supergraph has, but not so here; define it alike in all subgraphs"
                );
                sites.insert(0, custom.site);
                self.hint(code, &coordinate, &sites, message);
            }
        };
        let code = Code::InconsistentTypeSystemDirectiveRepeatable;
        let is = if chosen.repeatable { "is" } else { "is not" };
        differing(code, repeatable, &format!("{is} repeatable"));
        let code = Code::InconsistentTypeSystemDirectiveLocations;
        let mut names: Vec<&str> = locations.iter().map(|one| one.name()).collect();
        names.sort_unstable();
        differing(code, located, &format!("may stand on {}", names.join(", ")));
    }
}
