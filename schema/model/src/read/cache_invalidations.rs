//! `@cacheInvalidate`, which `@composeDirective` carries into a supergraph under the name that subgraphs give it.

use apollo_compiler::ast::Directive;

use super::Source;
use crate::cache_invalidation::CacheInvalidation;

/// The uses among the directives of a field, by the order of the SDL.
pub(super) fn read<'a>(
    source: &Source<'_>,
    directives: impl Iterator<Item = &'a Directive>,
) -> Vec<CacheInvalidation> {
    let Some(name) = source.links.linked_directive("cache", "cacheInvalidate") else {
        return Vec::new();
    };
    let uses = directives.filter(|directive| directive.name == name.as_str());
    uses.map(|directive| {
        let written = directive.arguments.iter();
        let given = written.filter(|argument| !argument.value.is_null());
        let arguments = given.map(|argument| (argument.name.clone(), argument.value.clone()));
        CacheInvalidation {
            arguments: arguments.collect(),
        }
    })
    .collect()
}
