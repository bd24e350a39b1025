//! Whole answers to queries whose every part may be kept for everybody: found before anything is planned or executed.
//!
//! They are kept in this process alone, and judged like the entries they were made from: by the earliest of their
//! positions and all of their tags.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ahash::RandomState;
use quick_cache::{Weighter, sync::Cache};
use router_cache::{Position, Tag};

use super::{Outcome, execution::Asked};
use crate::caching::{Caching, Scope, Wish};

/// An answer from more things than this is not kept: looking them all up would take too long.
const MOST_TAGS: usize = 256;

/// Whole answers of one graph.
pub(super) struct Responses {
    caching: Arc<Caching>,
    kept: Cache<u64, Arc<Kept>, Weight>,
    hasher: RandomState,
}

/// A whole answer.
struct Kept {
    asked: Arc<Asked>,
    outcome: Outcome,
    t0: Position,
    tags: Box<[Tag]>,
    scope: Scope,
    made: Instant,
    /// A while less than it is fresh, and never when a part is due: then the parts are looked at, which are fetched again before
    /// they end.
    usable_for: Duration,
}

#[derive(Clone)]
struct Weight;

impl Weighter<u64, Arc<Kept>> for Weight {
    fn weight(&self, _: &u64, kept: &Arc<Kept>) -> u64 {
        let tags = size_of_val(&*kept.tags);
        let asked = kept.asked.variables.len() + 64 * kept.asked.headers.len();
        (kept.outcome.body.len() + tags + asked + 1024) as u64
    }
}

impl Responses {
    pub(super) fn new(caching: &Arc<Caching>) -> Self {
        let bytes = caching.response_memory();
        let expected = (bytes / 16_384).clamp(16, 1 << 16) as usize;
        Self {
            caching: Arc::clone(caching),
            kept: Cache::with_weighter(expected, bytes, Weight),
            hasher: RandomState::new(),
        }
    }

    /// The answer to what is asked, if one is kept that may be used.
    pub(super) fn get(&self, asked: &Asked) -> Option<Outcome> {
        if !self.may_use(asked.wish) {
            return None;
        }
        let kept = self.kept.get(&self.hash(asked))?;
        let now = self.caching.clock.now();
        let kept_for = now.saturating_duration_since(kept.made);
        let is_for_asker = kept.scope == Scope::Public || asked.identity.subject.is_none();
        let is_usable = asks_the_same(&kept.asked, asked)
            && is_for_asker
            && kept_for < kept.usable_for
            && self.caching.cache.vouches_for(kept.t0, &kept.tags);
        if !is_usable {
            return None;
        }
        let caught = kept.outcome.caching.as_ref();
        Some(Outcome {
            caching: caught.map(|caught| Arc::new(caught.after(kept_for))),
            ..kept.outcome.clone()
        })
    }

    /// Keeps an answer if everybody who asks for it may be given it.
    pub(super) fn keep(&self, asked: &Arc<Asked>, outcome: &Outcome) {
        let Some(caught) = &outcome.caching else {
            return;
        };
        let Some(basis) = &caught.basis else { return };
        let is_shared = matches!(basis.scope, Scope::Public | Scope::Anonymous);
        let is_few = basis.tags.len() <= MOST_TAGS && outcome.set_cookies.is_empty();
        if !caught.is_open || !is_shared || !is_few || !self.may_use(asked.wish) {
            return;
        }
        let usable_for = basis.fresh_for.mul_f64(0.8).min(basis.quiet_for);
        if usable_for.is_zero() {
            return;
        }
        let kept = Kept {
            asked: Arc::clone(asked),
            outcome: outcome.clone(),
            t0: basis.t0,
            tags: basis.tags.iter().copied().collect(),
            scope: basis.scope,
            made: self.caching.clock.now(),
            usable_for,
        };
        self.kept.insert(self.hash(asked), Arc::new(kept));
    }

    fn may_use(&self, wish: Wish) -> bool {
        !wish.no_cache && !wish.no_store && self.caching.may_share(wish)
    }

    fn hash(&self, asked: &Asked) -> u64 {
        let Asked {
            document,
            operation_name,
            variables,
            headers,
            identity,
            wish: _,
        } = asked;
        let is_anonymous = identity.subject.is_none();
        let few = (document.number, operation_name, variables, is_anonymous);
        self.hasher.hash_one((few, headers.len()))
    }
}

/// Whether two ask for the same, whoever they are.
fn asks_the_same(one: &Asked, other: &Asked) -> bool {
    one.document.number == other.document.number
        && one.operation_name == other.operation_name
        && one.variables == other.variables
        && one.headers == other.headers
}
