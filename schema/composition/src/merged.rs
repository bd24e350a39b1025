//! The supergraph before it is written: merged types with the places they came from.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{Directive, DirectiveDefinition, DirectiveLocation, Type, Value};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use crate::diagnostic::Location;
use crate::source::{At, Source};
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
    /// Directives that `@composeDirective` brought.
    pub(crate) custom: BTreeMap<Name, CustomDirective>,
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
