//! Finding entries: in this process first, then in Redis; what is found is judged by what is known of the log.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;

use crate::{
    cache::Inner,
    codec::Stored,
    entry::Entry,
    flights::Moment,
    judgement::{Judgement, Stale, Unusable, judge},
    key::Key,
    position::Position,
    stats::count,
};

/// How much of the log must be known before an entry is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consistency {
    /// Everything up to [`Settings::max_log_lag`](crate::Settings::max_log_lag) ago.
    #[default]
    Bounded,
    /// Everything up to the beginning of the lookup.
    Strict,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct LookUp {
    /// For each key, in the order in which they were asked for.
    pub entries: Vec<Found>,
    /// Known of the log now. Whoever asks the origin for what is missing has this for the entries' `t0`.
    pub position: Position,
    pub(crate) reach: Reach,
    /// When it began: flights that began later read what was there then.
    pub(crate) began: Moment,
}

impl LookUp {
    /// What it knows of the log, without what was found.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self {
            entries: Vec::new(),
            ..*self
        }
    }
}

/// Whose fetches somebody may join after a lookup: not those that began before what he must see, and that he knows
/// nothing of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The log is known as it was demanded: the stamps tell.
    Known,
    /// It is not, but what began no longer ago than the bound cannot be staler than that.
    Bound(Duration),
    /// It is not.
    Nothing,
}

/// What was found for a key.
#[derive(Clone, Debug)]
pub enum Found {
    /// An entry that may be used.
    Hit(Hit),
    /// None.
    Miss(Miss),
}

/// An entry that may be used.
#[derive(Clone, Debug)]
pub struct Hit {
    /// What is kept.
    pub entry: Arc<Entry>,
    /// Where it was.
    pub layer: Layer,
    /// How long ago the origin answered.
    pub age: Duration,
    /// Under which condition it may be used, if it is not fresh.
    pub stale: Option<Stale>,
}

/// Where an entry was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// In this process.
    Process,
    /// In Redis.
    Redis,
}

/// Why there is no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Miss {
    /// Nothing is kept under the key.
    Absent,
    /// What is kept must not be used.
    Unusable(Unusable),
    /// Redis was not asked, or did not answer.
    Unavailable(Unavailable),
    /// What is known of the log is older than the position that was demanded.
    Behind,
}

/// Why Redis was not asked, or did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unavailable {
    /// There is no connection.
    Disconnected,
    /// It was slow or failed a moment ago.
    Breaker,
    /// It did not answer within the read budget.
    Timeout,
    /// The connection broke, or it answered with an error.
    Failed,
    /// The log is another one than before, or lost something.
    Log,
}

impl Found {
    /// The entry that may be used.
    #[must_use]
    pub fn hit(&self) -> Option<&Hit> {
        match self {
            Self::Hit(hit) => Some(hit),
            Self::Miss(_) => None,
        }
    }

    /// Why there is none.
    #[must_use]
    pub fn miss(&self) -> Option<Miss> {
        match self {
            Self::Hit(_) => None,
            Self::Miss(miss) => Some(*miss),
        }
    }
}

impl Miss {
    /// For labels and explanations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Unusable(unusable) => unusable.name(),
            Self::Unavailable(Unavailable::Disconnected) => "redis-disconnected",
            Self::Unavailable(Unavailable::Breaker) => "redis-breaker-open",
            Self::Unavailable(Unavailable::Timeout) => "redis-timeout",
            Self::Unavailable(Unavailable::Failed) => "redis-failed",
            Self::Unavailable(Unavailable::Log) => "redis-log-lost",
            Self::Behind => "behind",
        }
    }
}

impl Inner {
    /// Looks up `keys` with what is known of the log, asking Redis if that is needed.
    pub(crate) async fn look_up(
        &self,
        keys: &[Key],
        consistency: Consistency,
        at_least: Option<Position>,
    ) -> LookUp {
        let began = self.flights.moment();
        let at_least = at_least.unwrap_or(Position::ZERO);
        let mut is_known = !self.needs_news(consistency, at_least);
        let mut found = match is_known {
            true => self.find_here(keys, at_least),
            false => keys.iter().map(|_| Found::Miss(Miss::Absent)).collect(),
        };
        if let Some(remote) = &self.remote {
            let with_news = !is_known;
            let missing = self.missing(keys, &found, with_news);
            if with_news || !missing.is_empty() {
                let wanted: Vec<Key> = missing.iter().map(|&index| keys[index]).collect();
                match remote.read(&wanted, with_news).await {
                    Ok(values) => {
                        is_known = true;
                        if with_news {
                            found = self.find_here(keys, at_least);
                        }
                        for (index, value) in missing.into_iter().zip(values) {
                            self.take(keys[index], value, at_least, &mut found[index]);
                        }
                    }
                    Err(why) => {
                        let lost = |found: &&mut Found| with_news || found.hit().is_none();
                        for found in found.iter_mut().filter(lost) {
                            *found = Found::Miss(Miss::Unavailable(why));
                        }
                    }
                }
            }
        }
        found.iter().for_each(|found| self.count(found));
        LookUp {
            entries: found,
            position: self.log.position(),
            reach: self.reach(is_known, consistency, at_least),
            began,
        }
    }

    /// What this process has of `keys` now, if `look_up` learnt of the log as it must.
    pub(crate) fn look_again(&self, keys: &[Key], look_up: &LookUp) -> Vec<Found> {
        if look_up.reach != Reach::Known {
            return Vec::new();
        }
        let found = self.find_here(keys, look_up.position);
        let hits = found.iter().filter(|found| found.hit().is_some());
        hits.for_each(|found| self.count(found));
        found
    }

    fn reach(&self, is_known: bool, consistency: Consistency, at_least: Position) -> Reach {
        match consistency {
            _ if self.log.position() < at_least => Reach::Nothing,
            _ if is_known => Reach::Known,
            Consistency::Bounded => Reach::Bound(self.settings.max_log_lag),
            Consistency::Strict => Reach::Nothing,
        }
    }

    /// What this process has of `keys`.
    fn find_here(&self, keys: &[Key], at_least: Position) -> Vec<Found> {
        let now = self.settings.clock.unix_milliseconds();
        let find = |key| match self.memory.get(key) {
            None => Found::Miss(Miss::Absent),
            Some(entry) => self.judged(entry, Layer::Process, now, at_least),
        };
        keys.iter().map(find).collect()
    }

    /// Those that Redis may have: what cannot be used here may have been fetched again by others. Before there is news
    /// nothing was looked for here.
    fn missing(&self, keys: &[Key], found: &[Found], with_news: bool) -> Vec<usize> {
        let is_missing = |&index: &usize| match with_news {
            false => found[index].hit().is_none_or(|hit| hit.stale.is_some()),
            true => self.memory.get(&keys[index]).is_none_or(|entry| {
                let now = self.settings.clock.unix_milliseconds();
                let standing = self.log.standing(entry.t0, &entry.tags);
                judge(&entry, standing, now) != Judgement::Fresh
            }),
        };
        (0..keys.len()).filter(is_missing).collect()
    }

    /// Takes what Redis has for a key, unless what this process has is as good.
    fn take(&self, key: Key, value: Option<Bytes>, at_least: Position, found: &mut Found) {
        let Some(value) = value else { return };
        let Some(stored) = Stored::decode(&value) else {
            count(&self.stats.unreadable);
            return;
        };
        let judged = if stored.generation == self.log.generation() {
            let now = self.settings.clock.unix_milliseconds();
            self.judged(Arc::new(stored.entry), Layer::Redis, now, at_least)
        } else {
            Found::Miss(Miss::Unusable(Unusable::OtherGeneration))
        };
        match (&judged, &*found) {
            (Found::Hit(new), Found::Hit(old)) if new.entry.created <= old.entry.created => {}
            (Found::Hit(hit), _) => {
                self.memory.insert(key, Arc::clone(&hit.entry));
                *found = judged;
            }
            (Found::Miss(_), Found::Miss(_)) => *found = judged,
            (Found::Miss(_), Found::Hit(_)) => {}
        }
    }

    /// What may be done with `entry` by what is known now.
    fn judged(&self, entry: Arc<Entry>, layer: Layer, now: u64, at_least: Position) -> Found {
        if !self.knows_log() {
            return Found::Miss(Miss::Unusable(Unusable::LogUnknown));
        }
        if self.log.position() < at_least {
            return Found::Miss(Miss::Behind);
        }
        let standing = self.log.standing(entry.t0, &entry.tags);
        let stale = match judge(&entry, standing, now) {
            Judgement::Fresh => None,
            Judgement::Stale(stale) => Some(stale),
            Judgement::Unusable(why) => return Found::Miss(Miss::Unusable(why)),
        };
        Found::Hit(Hit {
            age: entry.age(now),
            entry,
            layer,
            stale,
        })
    }

    /// Whether Redis must be asked for the log before anything is used.
    pub(crate) fn needs_news(&self, consistency: Consistency, at_least: Position) -> bool {
        self.remote.is_some()
            && (consistency == Consistency::Strict
                || !self.knows_log()
                || self.log.position() < at_least)
    }

    /// Whether what is known of the log is recent enough for the bound.
    fn knows_log(&self) -> bool {
        let age = || self.log.age(self.settings.clock.now());
        self.remote.is_none() || age().is_some_and(|age| age < self.settings.max_log_lag)
    }

    fn count(&self, found: &Found) {
        let stats = &self.stats;
        count(match found {
            Found::Hit(hit) => {
                if hit.stale.is_some() {
                    count(&stats.hits_stale);
                }
                match hit.layer {
                    Layer::Process => &stats.hits_in_process,
                    Layer::Redis => &stats.hits_in_redis,
                }
            }
            Found::Miss(miss) => match miss {
                Miss::Absent => &stats.misses_absent,
                Miss::Unusable(Unusable::Expired) => &stats.misses_expired,
                Miss::Unusable(Unusable::Invalidated) => &stats.misses_invalidated,
                Miss::Unusable(Unusable::BeforeFloor | Unusable::OtherGeneration) => {
                    &stats.misses_before_floor
                }
                Miss::Unusable(Unusable::LogUnknown) | Miss::Behind => &stats.misses_log_unknown,
                Miss::Unavailable(_) => &stats.misses_unavailable,
            },
        });
    }
}
