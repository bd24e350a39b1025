//! Judging what was made from entries and is kept elsewhere.

use crate::{cache::Cache, look_up::Consistency, position::Position, stamps::Standing, tag::Tag};

impl Cache {
    /// Whether something that was fetched when the log was known up to `t0`, and that ends with each of `tags`, is as
    /// good as an entry: with [`Consistency::Bounded`], without asking Redis.
    #[must_use]
    pub fn vouches_for(&self, t0: Position, tags: &[Tag]) -> bool {
        let inner = &self.inner;
        !inner.needs_news(Consistency::Bounded, Position::ZERO)
            && inner.log.standing(t0, tags) == Standing::Valid
    }
}
