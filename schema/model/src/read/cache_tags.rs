//! `@cacheTag`, which is in a supergraph as `@join__directive(graphs:, name:, args:)`.

use apollo_compiler::ast::Directive;

use super::{Source, directives};
use crate::cache_tag::CacheTag;
use crate::error::ModelError;

/// The name by which `@join__directive` carries it, whatever the subgraphs call it.
const NAME: &str = "federation__cacheTag";

/// The tags among the directives of the element at `coordinate`.
pub(super) fn read<'a>(
    source: &Source<'_>,
    directives: impl Iterator<Item = &'a Directive>,
    coordinate: &str,
) -> Result<Vec<CacheTag>, ModelError> {
    let joined = directives.filter(|directive| directive.name == "join__directive");
    joined
        .filter(|directive| directives::text(directive, "name").as_deref() == Some(NAME))
        .filter_map(|directive| Some((directive, format(directive)?)))
        .map(|(directive, format)| {
            let graphs = directives::items(directive, "graphs").iter();
            let subgraphs = graphs
                .filter_map(|graph| graph.as_enum())
                .map(|graph| source.graph(graph, coordinate));
            let mut subgraphs = subgraphs.collect::<Result<Vec<_>, _>>()?;
            subgraphs.sort_unstable();
            subgraphs.dedup();
            Ok(CacheTag { format, subgraphs })
        })
        .collect()
}

fn format(directive: &Directive) -> Option<String> {
    let arguments = directive.specified_argument_by_name("args")?.as_object()?;
    let (_, format) = arguments.iter().find(|(name, _)| name == "format")?;
    format.as_str().map(str::to_owned)
}
