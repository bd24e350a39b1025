//! Judging what was made from entries and is kept elsewhere.

use std::time::Duration;

use crate::{
    cache::Cache,
    look_up::{Consistency, LookUp, Reach},
    position::Position,
    stamps::Standing,
    tag::Tag,
};

impl Cache {
    /// Whether something that was fetched when the log was known up to `t0`, and that ends with each of `tags`, is as
    /// good as an entry: with [`Consistency::Bounded`], without asking Redis.
    #[must_use]
    pub fn vouches_for(&self, t0: Position, tags: &[Tag]) -> bool {
        self.hears_log() && self.inner.log.standing(t0, tags) == Standing::Valid
    }

    /// Whether the log was heard from within [`Settings::max_log_lag`](crate::Settings::max_log_lag): whatever is older is
    /// known here.
    #[must_use]
    pub fn hears_log(&self) -> bool {
        !self.inner.needs_news(Consistency::Bounded, Position::ZERO)
    }
}

impl LookUp {
    /// How long ago a fetch under way may have begun for whoever looked up to share its answer; `None`: that does not
    /// matter, as long as no news of the log came since.
    #[must_use]
    pub fn shares_within(&self) -> Option<Duration> {
        match self.reach {
            Reach::Known => None,
            Reach::Bound(bound) => Some(bound),
            Reach::Nothing => Some(Duration::ZERO),
        }
    }
}
