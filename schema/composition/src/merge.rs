//! Phase six: the subgraphs' types become one set of types, each element saying where it is from.

mod access;
mod applied;
mod cache_tags;
mod compose_directive;
mod contexts;
mod descriptions;
mod enums;
mod executable;
mod field_types;
mod fields;
mod graphs;
mod hints;
mod inputs;
mod interface_objects;
mod overrides;
mod requirements;
mod sharing;
mod transitive_access;
mod types;
mod value_types;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use apollo_compiler::Name;
use indexmap::IndexMap;

use applied::applied_in;

use crate::diagnostic::{Code, Diagnostic, Findings, Location};
use crate::links::Link;
use crate::merged::{
    CustomDirective, Feature, Graph, Merged, MergedDirective, MergedSchema, MergedType, Site,
    subgraph_names,
};
use crate::specification::Federation;
use crate::subgraph::{Composing, TypeDefinition};
use crate::validate::{ValidSubgraph, Validated};

/// A type in one subgraph.
#[derive(Clone, Copy)]
struct TypeSource<'a> {
    graph: usize,
    valid: &'a ValidSubgraph,
    ty: &'a TypeDefinition,
}

impl TypeSource<'_> {
    fn site(&self) -> Site {
        (self.graph, self.ty.at)
    }
}

/// The subgraphs' definitions of every type, by subgraph.
type Sources<'a> = BTreeMap<&'a Name, Vec<TypeSource<'a>>>;

/// Merging in progress.
struct Merger<'a> {
    subgraphs: &'a [ValidSubgraph],
    graphs: Vec<Graph>,
    sources: &'a Sources<'a>,
    /// Types that some subgraph defines as `@interfaceObject`.
    interface_objects: HashSet<&'a Name>,
    /// (abstract type, type that is one) in any subgraph.
    subtypes: HashSet<(&'a Name, &'a Name)>,
    spread: interface_objects::Spread<'a>,
    types: IndexMap<Name, MergedType>,
    /// Implementations of interfaces in any subgraph; empty if nothing has an access rule.
    implementations: access::Implementations<'a>,
    /// How many fields were looked at for access rules to inherit.
    inherited: usize,
    executable_directives: IndexMap<Name, MergedDirective>,
    used: BTreeSet<Composing>,
    has_labels: bool,
    /// Types of input fields that are not in the supergraph: an enum is used there all the same.
    left_out_inputs: HashSet<Name>,
    /// Types of fields that are not, because the subgraphs disagree about them.
    left_out_outputs: HashSet<Name>,
    has_cache_tags: bool,
    /// Directives that `@composeDirective` names, under their names in the supergraph.
    custom: BTreeMap<Name, CustomDirective>,
    features: Vec<Feature>,
    renamed: BTreeMap<Federation, Name>,
    /// By the identity of a specification: who links it.
    links: HashMap<&'a str, Vec<(usize, &'a Link)>>,
    report: &'a mut Findings,
}

pub(crate) fn merge(validated: &Validated, report: &mut Findings) -> Merged {
    let sources = sources(&validated.0);
    let mut merger = Merger::new(&validated.0, &sources, report);
    merger.check_queries();
    merger.check_imports();
    merger.compose_directives();
    merger.name_features();
    merger.check_interface_objects();
    merger.merge_types();
    merger.spread_interface_objects();
    merger.merge_executable_directives();
    merger.merge_enums();
    merger.check_inherited_access();
    merger.check_transitive_access();
    merger.check_requirements();
    merger.types.sort_unstable_keys();
    let schema = merger.merge_schema();
    Merged {
        graphs: merger.graphs,
        types: merger.types,
        used: merger.used,
        has_labels: merger.has_labels,
        executable_directives: merger.executable_directives,
        custom: merger.custom,
        renamed: merger.renamed,
        features: merger.features,
        schema,
        has_cache_tags: merger.has_cache_tags,
    }
}

fn sources(subgraphs: &[ValidSubgraph]) -> Sources<'_> {
    let mut sources = Sources::new();
    for (graph, valid) in subgraphs.iter().enumerate() {
        for ty in valid.subgraph.types.values() {
            let source = TypeSource { graph, valid, ty };
            sources.entry(&ty.name).or_default().push(source);
        }
    }
    sources
}

impl<'a> Merger<'a> {
    fn new(
        subgraphs: &'a [ValidSubgraph],
        sources: &'a Sources<'a>,
        report: &'a mut Findings,
    ) -> Self {
        let mut subtypes = HashSet::new();
        let mut interface_objects = HashSet::new();
        for source in sources.values().flatten() {
            let ty = source.ty;
            subtypes.extend(ty.implements.keys().map(|interface| (interface, &ty.name)));
            subtypes.extend(ty.members.keys().map(|member| (&ty.name, member)));
            if ty.is_interface_object() {
                interface_objects.insert(&ty.name);
            }
        }
        Self {
            subgraphs,
            graphs: graphs::graphs(subgraphs),
            sources,
            spread: interface_objects::Spread::of(sources, &interface_objects),
            interface_objects,
            subtypes,
            types: IndexMap::new(),
            implementations: access::implementations(sources),
            inherited: 0,
            executable_directives: IndexMap::new(),
            used: BTreeSet::new(),
            has_labels: false,
            left_out_inputs: HashSet::new(),
            left_out_outputs: HashSet::new(),
            has_cache_tags: false,
            custom: BTreeMap::new(),
            features: Vec::new(),
            renamed: BTreeMap::new(),
            links: HashMap::new(),
            report,
        }
    }

    fn merge_schema(&mut self) -> MergedSchema {
        let subgraphs = self.subgraphs.iter();
        let sources: Vec<_> = subgraphs.map(|valid| &valid.subgraph.schema).collect();
        let sites: Vec<Site> = sources.iter().map(|one| one.at).enumerate().collect();
        let descriptions = sources.iter().map(|one| one.description.as_deref());
        let descriptions = sites.iter().copied().zip(descriptions);
        let description = self.merge_description("schema", descriptions);
        let applied = sources.iter().enumerate();
        let applied = applied.flat_map(|(graph, one)| applied_in(graph, &one.applied));
        MergedSchema {
            description,
            directives: self.merge_applied("schema", applied),
            sites,
        }
    }

    fn graph(&self, graph: usize) -> Name {
        self.graphs[graph].value.clone()
    }

    fn graph_name(&self, graph: usize) -> &str {
        &self.graphs[graph].source.name
    }

    /// The subgraph of that name; they are sorted by it.
    fn graph_named(&self, name: &str) -> Option<usize> {
        let by_name = |graph: &Graph| graph.source.name.as_str().cmp(name);
        self.graphs.binary_search_by(by_name).ok()
    }

    fn error(&mut self, code: Code, coordinate: &str, sites: &[Site], message: String) {
        let locations = self.locations(coordinate, sites);
        self.report
            .push(Diagnostic::error(code, message, locations));
    }

    fn locations(&self, coordinate: &str, sites: &[Site]) -> Vec<Location> {
        sites
            .iter()
            .map(|(graph, at)| {
                let source = &self.graphs[*graph].source;
                source.location(coordinate.to_owned(), *at)
            })
            .collect()
    }

    /// Names of subgraphs in a sentence, at most a few of them.
    fn names(&self, graphs: impl Iterator<Item = usize>) -> String {
        subgraph_names(&self.graphs, graphs)
    }

    fn check_queries(&mut self) {
        let queries = self.sources.iter().find(|(name, _)| ***name == "Query");
        let mut queries = queries.into_iter().flat_map(|(_, sources)| sources);
        if queries.all(|source| source.ty.fields.is_empty()) {
            let message = "no subgraph has a query; at least one needs a field on its query root";
            self.error(Code::NoQueries, "Query", &[], message.to_owned());
        }
    }

    /// A directive that composes is called the same everywhere, for it is one in the supergraph.
    fn check_imports(&mut self) {
        let mut seen: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (graph, valid) in self.subgraphs.iter().enumerate() {
            for (directive, alias, at) in &valid.subgraph.directives.used {
                let travels =
                    Federation::COMPOSED.contains(directive) || *directive == Federation::CacheTag;
                if travels {
                    let entry: &mut Vec<(&String, Site)> = seen.entry(*directive).or_default();
                    entry.push((alias, (graph, *at)));
                }
            }
        }
        for (directive, imports) in seen {
            let mut names: Vec<&str> = imports.iter().map(|(alias, _)| alias.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            if names.len() > 1 {
                let sites: Vec<Site> = imports.iter().map(|(_, site)| *site).collect();
                let message = format!(
                    "{directive} is used as @{}; import it under one name everywhere",
                    names.join(" and as @")
                );
                let coordinate = directive.to_string();
                self.error(Code::LinkImportNameMismatch, &coordinate, &sites, message);
            }
        }
    }
}
