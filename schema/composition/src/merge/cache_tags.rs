//! `@cacheTag` travels with the subgraphs it is from, as `@join__directive`.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{Directive, Value};
use apollo_compiler::{Name, Node};

use super::Merger;
use crate::directive::directive;
use crate::subgraph::CacheTag;

/// What the directive is called in any subgraph that has federation under its usual name.
const NAME: &str = "federation__cacheTag";

impl Merger<'_> {
    /// `sources`: the tags on one element by subgraph.
    pub(super) fn merge_cache_tags<'s>(
        &mut self,
        sources: impl Iterator<Item = (usize, &'s [CacheTag])>,
    ) -> Vec<Node<Directive>> {
        let mut graphs: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (graph, tags) in sources {
            for tag in tags {
                graphs.entry(&tag.format).or_default().insert(graph);
            }
        }
        self.has_cache_tags |= !graphs.is_empty();
        let joins = graphs.into_iter().map(|(format, graphs)| {
            let graphs = graphs
                .into_iter()
                .map(|graph| Value::Enum(self.graph(graph)));
            let format = Node::new(Value::String(format.to_owned()));
            let arguments = vec![(Name::new_static_unchecked("format"), format)];
            directive(
                "join__directive",
                [
                    ("graphs", Some(Value::List(graphs.map(Node::new).collect()))),
                    ("name", Some(Value::String(NAME.to_owned()))),
                    ("args", Some(Value::Object(arguments))),
                ],
            )
        });
        joins.collect()
    }
}
