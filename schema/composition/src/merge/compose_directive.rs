//! `@composeDirective`: a subgraph's own directives that travel into the supergraph, with the
//! specification they are linked from.

mod alias;
mod check;
mod request;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use apollo_compiler::ast::{Directive, DirectiveDefinition, DirectiveList};
use apollo_compiler::{Name, Node};

use super::Merger;
use super::applied::{Application, Different, applied_in};
use crate::links::Link;
use crate::merged::{CustomDirective, Feature, Site};
use crate::specification::Federation;
use crate::subgraph::{Subgraph, is_inaccessible};

/// A directive of a specification: identity of that, name in it.
type Element = (String, String);

/// A directive that a subgraph wants composed, and may.
struct Request<'a> {
    graph: usize,
    at: crate::source::At,
    /// Name in the subgraph.
    local: &'a str,
    link: &'a Link,
    /// Name in the specification.
    name: String,
}

impl Request<'_> {
    fn site(&self) -> Site {
        (self.graph, self.at)
    }

    fn element(&self) -> Element {
        (self.link.identity.clone(), self.name.clone())
    }
}

impl<'a> Merger<'a> {
    /// Finds out which directives are composed; what speaks against it goes to the report.
    pub(super) fn compose_directives(&mut self) {
        for (graph, valid) in self.subgraphs.iter().enumerate() {
            for link in &valid.subgraph.directives.links {
                let of_identity = self.links.entry(&link.identity).or_default();
                of_identity.push((graph, link));
            }
        }
        let requests = self.requests();
        let versions = self.versions(&requests);
        let refused = self.check_names(&requests);
        let mut by_element: BTreeMap<Element, &str> = BTreeMap::new();
        for request in &requests {
            if versions.contains_key(&request.link.identity) && !refused.contains(request.local) {
                by_element.insert(request.element(), request.local);
            }
        }
        let mut features: BTreeMap<String, Feature> = BTreeMap::new();
        let mut defined = Vec::new();
        for ((identity, name), local) in by_element {
            let Some(latest) = versions.get(&identity) else {
                continue;
            };
            if let Some((graph, definition)) = self.define(latest, &name, local) {
                defined.push((Name::new_unchecked(local), graph, definition));
            }
            features
                .entry(identity)
                .or_insert_with(|| Feature {
                    identity: latest.identity.clone(),
                    name: latest.name.clone(),
                    version: latest.version,
                    alias: None,
                    imports: Vec::new(),
                })
                .imports
                .push((name, local.to_owned()));
        }
        self.features = features.into_values().collect();
        self.make_room();
        self.merge_definition_arguments(defined);
    }

    /// What stands on the arguments of a composed directive's definition, of which a subgraph gave
    /// the name in the supergraph, its index and its own name.
    fn merge_definition_arguments(&mut self, defined: Vec<(Name, usize, Name)>) {
        for (local, graph, name) in defined {
            let own = self.subgraph(graph).own_directives.get(&name);
            let arguments = own.into_iter().flat_map(|own| own.arguments.values());
            let mut merged: BTreeMap<&Name, DirectiveList> = BTreeMap::new();
            for argument in arguments {
                let coordinate = format!("@{local}({}:)", argument.name);
                let applied = applied_in(graph, &argument.applied);
                let directives = self.merge_applied(coordinate, applied);
                merged.insert(&argument.name, DirectiveList(directives));
            }
            let Some(custom) = self.custom.get_mut(&local) else {
                continue;
            };
            for argument in &mut custom.definition.make_mut().arguments {
                let directives = merged.remove(&argument.name).unwrap_or_default();
                argument.make_mut().directives = directives;
            }
        }
    }

    /// Where a directive of one's own has the name of one of federation's, that is called in the
    /// supergraph what subgraphs call it.
    fn make_room(&mut self) {
        let custom = self.custom.keys();
        let wanted = custom.filter_map(|name| Federation::by_name(name));
        for directive in wanted.collect::<BTreeSet<_>>() {
            let mut subgraphs = self.subgraphs.iter();
            let name = subgraphs.find_map(|valid| {
                let mut used = valid.subgraph.directives.used.iter();
                let (_, name, _) = used.find(|(one, ..)| *one == directive)?;
                Some(Name::new_unchecked(name))
            });
            self.renamed.extend(name.map(|name| (directive, name)));
        }
    }

    /// The definition that the latest version of the specification comes with.
    /// Gives the subgraph it is from, and its name there.
    fn define(&mut self, latest: &Link, name: &str, local: &str) -> Option<(usize, Name)> {
        let linked = self.linked(&latest.identity);
        let of_latest = linked
            .iter()
            .rev()
            .filter(|(_, link)| link.version == latest.version);
        let found = of_latest
            .clone()
            .find_map(|(graph, link)| Some((*graph, self.definition(*graph, link, name)?)));
        let Some((graph, definition)) = found else {
            let sites: Vec<Site> = of_latest.map(|(graph, link)| (*graph, link.at)).collect();
            self.no_definition(latest, name, local, &sites);
            return None;
        };
        let site = (graph, self.at(graph, definition));
        let inaccessible = self.inaccessible_arguments(graph, &definition.name);
        let original = definition.name.clone();
        let mut definition = definition.as_ref().clone();
        definition.name = Name::new_unchecked(local);
        let custom = CustomDirective {
            site,
            inaccessible,
            definition: Node::new(definition),
        };
        self.compare_definitions(&custom, &linked, latest, name);
        self.custom.insert(Name::new_unchecked(local), custom);
        Some((graph, original))
    }

    fn inaccessible_arguments(&self, graph: usize, directive: &Name) -> Vec<(String, Site)> {
        let own = self.subgraph(graph).own_directives.get(directive);
        let arguments = own.into_iter().flat_map(|own| own.arguments.values());
        arguments
            .filter(|argument| is_inaccessible(&argument.applied))
            .map(|argument| {
                (
                    format!("@{directive}({}:)", argument.name),
                    (graph, argument.at),
                )
            })
            .collect()
    }

    /// Subgraphs that link a specification, by name, with their links.
    fn linked(&self, identity: &str) -> Vec<(usize, &'a Link)> {
        self.links.get(identity).cloned().unwrap_or_default()
    }

    fn definition(
        &self,
        graph: usize,
        link: &Link,
        name: &str,
    ) -> Option<&'a Node<DirectiveDefinition>> {
        let definitions = &self.subgraph(graph).directives.definitions;
        definitions.get(link.local_name(name).as_str())
    }

    fn at(&self, graph: usize, definition: &DirectiveDefinition) -> crate::source::At {
        let source = &self.graphs[graph].source;
        source.at(definition.name.location())
    }

    fn subgraph(&self, graph: usize) -> &'a Subgraph {
        &self.subgraphs[graph].subgraph
    }

    /// Applications on one element, by name: all different ones of a repeatable directive, else
    /// the one that most subgraphs have.
    pub(super) fn merge_custom(
        &mut self,
        coordinate: impl Display,
        applications: &[Application<'_>],
    ) -> Vec<Node<Directive>> {
        let mut by_name: BTreeMap<&Name, Vec<Application<'_>>> = BTreeMap::new();
        for (graph, applied) in applications {
            let of_name = by_name.entry(&applied.node.name).or_default();
            of_name.push((*graph, *applied));
        }
        let mut out = Vec::new();
        for (name, applications) in by_name {
            let Some(custom) = self.custom.get(name) else {
                continue;
            };
            let definition = custom.definition.clone();
            let defaults = definition.arguments.iter().filter_map(|argument| {
                let default = argument.default_value.as_ref()?;
                Some((argument.name.as_str(), default.as_ref()))
            });
            let different = Different::of(&applications, &defaults.collect::<Vec<_>>());
            if definition.repeatable {
                out.extend(different.all().map(composed));
            } else if let Some(kept) = different.most_frequent() {
                if different.count() > 1 {
                    self.hint_one_of_several(&coordinate, &applications, kept);
                }
                out.push(composed(kept));
            }
        }
        out
    }

    /// Names of composed directives' argument types: they are used as input.
    pub(super) fn custom_input_types(&self) -> BTreeSet<Name> {
        let arguments = self
            .custom
            .values()
            .flat_map(|one| one.definition.arguments.iter());
        arguments
            .map(|argument| argument.ty.inner_named_type().clone())
            .collect()
    }
}

/// An application under a name that cannot be one of federation's own directives until the
/// supergraph is written.
fn composed(application: &Node<Directive>) -> Node<Directive> {
    let mut composed = application.clone();
    composed.make_mut().name = Name::new_unchecked(&format!("@{}", application.name));
    composed
}
