//! `@cacheTag`: names under which cached answers are found again.

use crate::id::SubgraphId;

/// One `@cacheTag(format:)` of a root field or of an entity: answers that are cached for it get the
/// tag, so that all with one tag can be invalidated together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheTag {
    /// The tag as written. `{$args.id}` stands for an argument of the root field, `{$key.id}` for a
    /// field in the entity's key.
    pub format: String,
    /// Subgraphs whose answers have the tag, ascending.
    pub subgraphs: Vec<SubgraphId>,
}

impl CacheTag {
    /// Whether answers of `subgraph` have the tag.
    pub fn is_of(&self, subgraph: SubgraphId) -> bool {
        self.subgraphs.binary_search(&subgraph).is_ok()
    }
}
