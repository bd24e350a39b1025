//! `@cacheInvalidate`: what a mutation ends of what is kept of answers.

use apollo_compiler::{Name, Node, ast};

/// One `@cacheInvalidate` of a field as it is written. What it means is for whoever keeps answers to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheInvalidation {
    /// The arguments by name, in the order written; those that are null are not there.
    pub arguments: Vec<(Name, Node<ast::Value>)>,
}
