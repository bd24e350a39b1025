//! What goes wrong. Nothing of it makes a lookup or a fill fail.

use crate::position::Position;

/// A cache that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the URL of a Redis.
    #[error("the cache's Redis URL cannot be used: {reason}")]
    Url {
        /// What is wrong with it.
        reason: String,
    },
}

/// An invalidation that others do not know of yet.
///
/// This replica keeps to it at once, and goes on publishing it. Until that has been done, other replicas may answer
/// with what is invalid; if this process ends before, they may for as long as entries live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the invalidation is not published yet: the cache's Redis does not take it")]
pub struct NotPublished {
    /// Nothing that this replica fetched up to here is used for the tags any more.
    pub here: Position,
}

impl Error {
    pub(crate) fn url(reason: impl Into<String>) -> Self {
        Self::Url {
            reason: reason.into(),
        }
    }
}
