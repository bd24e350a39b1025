//! The supergraph before it is written: merged types with the places they came from.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{Directive, DirectiveDefinition, DirectiveLocation, Type, Value};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use crate::diagnostic::Location;
use crate::source::{At, Source};
use crate::specification::Federation;
use crate::subgraph::{Composing, Kind};

/// One place: index of the subgraph, offset in its text.
pub(crate) type Site = (usize, At);

/// A subgraph's entry in `join__Graph`.
pub(crate) struct Graph {
    /// Value of the enum.
    pub(crate) value: Name,
    pub(crate) url: String,
    pub(crate) source: Source,
}

/// All subgraphs in one; not yet known to be a valid schema.
pub(crate) struct Merged {
    pub(crate) graphs: Vec<Graph>,
    /// Sorted by name.
    pub(crate) types: IndexMap<Name, MergedType>,
    /// Composing directives that are applied somewhere.
    pub(crate) used: BTreeSet<Composing>,
    /// Progressive overrides need a later version of the join specification.
    pub(crate) has_labels: bool,
    /// Directives for operations, sorted by name.
    pub(crate) executable_directives: IndexMap<Name, MergedDirective>,
    /// Directives that `@composeDirective` brought. Applications of them have an `@` before their
    /// name, so that they are not taken for federation's.
    pub(crate) custom: BTreeMap<Name, CustomDirective>,
    /// Federation's directives whose name is one of those, and what they are called instead.
    pub(crate) renamed: BTreeMap<Federation, Name>,
    /// Specifications that they are of.
    pub(crate) features: Vec<Feature>,
    pub(crate) schema: MergedSchema,
    /// `@cacheTag` is applied somewhere.
    pub(crate) has_cache_tags: bool,
}

/// A directive that `@composeDirective` carries into the supergraph.
pub(crate) struct CustomDirective {
    pub(crate) definition: Node<DirectiveDefinition>,
    /// Where the definition is from.
    pub(crate) site: Site,
    /// Arguments with `@inaccessible`, which none may have: coordinate, and where.
    pub(crate) inaccessible: Vec<(String, Site)>,
}

/// A specification that the supergraph links for the sake of composed directives.
pub(crate) struct Feature {
    pub(crate) identity: String,
    pub(crate) name: String,
    pub(crate) version: (u32, u32),
    /// Name in the supergraph, if it is another.
    pub(crate) alias: Option<String>,
    /// Directives: name in the specification, name in the supergraph.
    pub(crate) imports: Vec<(String, String)>,
}

impl Feature {
    pub(crate) fn local_name(&self) -> &str {
        self.alias.as_ref().unwrap_or(&self.name)
    }
}

/// The `schema` element.
#[derive(Default)]
pub(crate) struct MergedSchema {
    pub(crate) description: Option<String>,
    pub(crate) directives: Vec<Node<Directive>>,
    pub(crate) sites: Vec<Site>,
}

pub(crate) struct MergedType {
    pub(crate) kind: Kind,
    pub(crate) description: Option<String>,
    pub(crate) directives: Vec<Node<Directive>>,
    pub(crate) implements: Vec<Name>,
    pub(crate) fields: IndexMap<Name, MergedField>,
    pub(crate) inputs: IndexMap<Name, MergedInput>,
    pub(crate) values: IndexMap<Name, MergedValue>,
    pub(crate) members: Vec<Name>,
    pub(crate) sites: Vec<Site>,
}

#[derive(Clone)]
pub(crate) struct MergedField {
    pub(crate) description: Option<String>,
    pub(crate) ty: Type,
    pub(crate) arguments: IndexMap<Name, MergedInput>,
    pub(crate) directives: Vec<Node<Directive>>,
    pub(crate) sites: Vec<Site>,
    pub(crate) overrides: Overrides,
}

/// What an override does to a subgraph's field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overridden {
    No,
    /// Its subgraph still needs it in a field set or for an interface.
    Used,
    Unused,
}

/// The overrides of one field.
#[derive(Clone, Default)]
pub(crate) struct Overrides {
    overridden: BTreeMap<usize, Overridden>,
    labels: BTreeMap<usize, String>,
}

impl Overrides {
    pub(crate) fn is_empty(&self) -> bool {
        self.overridden.is_empty() && self.labels.is_empty()
    }

    pub(crate) fn insert(&mut self, overridden: usize, state: Overridden) {
        self.overridden.insert(overridden, state);
    }

    /// While the label is not active, the field stays with the subgraph it is taken from (even if
    /// that one has it as `@external`, which leaves it to nobody).
    pub(crate) fn label_both(&mut self, by: usize, overridden: usize, label: &str) {
        self.labels.insert(by, label.to_owned());
        self.labels.insert(overridden, label.to_owned());
    }

    pub(crate) fn of(&self, graph: usize) -> Overridden {
        let found = self.overridden.get(&graph).copied();
        found.unwrap_or(Overridden::No)
    }

    pub(crate) fn label(&self, graph: usize) -> Option<&str> {
        self.labels.get(&graph).map(String::as_str)
    }
}

#[derive(Clone)]
pub(crate) struct MergedInput {
    pub(crate) description: Option<String>,
    pub(crate) ty: Type,
    pub(crate) default: Option<Node<Value>>,
    pub(crate) directives: Vec<Node<Directive>>,
    pub(crate) sites: Vec<Site>,
}

/// A directive that operations may use.
pub(crate) struct MergedDirective {
    pub(crate) description: Option<String>,
    pub(crate) repeatable: bool,
    pub(crate) locations: Vec<DirectiveLocation>,
    pub(crate) arguments: IndexMap<Name, MergedInput>,
}

pub(crate) struct MergedValue {
    pub(crate) description: Option<String>,
    pub(crate) directives: Vec<Node<Directive>>,
}

impl MergedInput {
    pub(crate) fn is_required(&self) -> bool {
        self.ty.is_non_null() && self.default.is_none()
    }
}

impl Merged {
    pub(crate) fn locations<'m>(
        &'m self,
        coordinate: &'m str,
        sites: &'m [Site],
    ) -> impl Iterator<Item = Location> + 'm {
        sites.iter().filter_map(move |(index, at)| {
            let graph = self.graphs.get(*index)?;
            Some(graph.source.location(coordinate.to_owned(), *at))
        })
    }
}

pub(crate) fn is_inaccessible(directives: &[Node<Directive>]) -> bool {
    directives.iter().any(|one| one.name == "inaccessible")
}

/// Names of subgraphs in a sentence, at most a few of them.
pub(crate) fn subgraph_names(graphs: &[Graph], which: impl Iterator<Item = usize>) -> String {
    const SHOWN: usize = 6;
    let all: Vec<usize> = which.collect();
    let shown: Vec<String> = all
        .iter()
        .take(SHOWN)
        .map(|&graph| format!("{:?}", graphs[graph].source.name))
        .collect();
    let more = all.len().saturating_sub(SHOWN);
    match (shown.as_slice(), more) {
        (shown, 1..) => format!("{} and {more} more subgraphs", shown.join(", ")),
        ([one], _) => format!("subgraph {one}"),
        ([first @ .., last], _) => format!("subgraphs {} and {last}", first.join(", ")),
        ([], _) => "no subgraph".to_owned(),
    }
}
