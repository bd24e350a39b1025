//! Judging what was made from entries and is kept elsewhere.

use crate::{cache::Cache, look_up::Consistency, position::Position, stamps::Standing, tag::Tag};

impl Cache {
    /// Whether what is known of the log now suffices for [`Consistency::Bounded`].
    #[must_use]
    pub fn is_current(&self) -> bool {
        !self.inner.needs_news(Consistency::Bounded, Position::ZERO)
    }

    /// Whether something that was fetched when the log was known up to `t0`, and that ends with each of `tags`, is as
    /// good as an entry: with [`Consistency::Bounded`], without asking Redis.
    #[must_use]
    pub fn vouches_for(&self, t0: Position, tags: &[Tag]) -> bool {
        let inner = &self.inner;
        self.is_current() && inner.log.standing(t0, tags) == Standing::Valid
    }
}
