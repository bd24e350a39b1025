//! The cache as its users see it.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache as Memory};

use crate::{
    breaker::BreakerPhase,
    codec::Stored,
    entry::Entry,
    error::{Error, NotPublished},
    flights::{Flights, Join, Lead, Role},
    key::{Key, KeyWriter},
    log::Log,
    look_up::{Consistency, Found, LookUp, Reach},
    position::Position,
    remote::{Address, Remote},
    settings::Settings,
    stamps::Standing,
    stats::{Stats, count},
    tag::{Mode, Tag},
};

/// A cache whose entries are never older than promised. Clones are the same cache.
///
/// Nothing fails because of it: whatever is wrong is a miss, and one warning.
#[derive(Clone)]
pub struct Cache {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) stats: Arc<Stats>,
    pub(crate) log: Arc<Log>,
    pub(crate) memory: Memory<Key, Arc<Entry>, Weight, ahash::RandomState>,
    /// `None`: this process is all there is.
    pub(crate) remote: Option<Remote>,
    pub(crate) flights: Arc<Flights<Key, Arc<Entry>>>,
}

#[derive(Clone)]
pub(crate) struct Weight;

/// What somebody whose lookup was a miss is to do.
pub enum Boarding {
    /// Ask the origin, and land what it answers.
    Lead(Landing),
    /// Wait for somebody who does.
    Join(Waiting),
}

/// Asks the origin on behalf of others too. Dropped, it lets them ask themselves.
#[must_use = "others wait for it"]
pub struct Landing {
    inner: Arc<Inner>,
    key: Key,
    lead: Lead<Key, Arc<Entry>>,
}

/// Waits for what somebody else asked the origin for.
#[must_use = "nothing comes of it unless it is awaited"]
pub struct Waiting {
    inner: Arc<Inner>,
    join: Join<Arc<Entry>>,
}

/// How a cache is.
#[derive(Clone, Copy, Debug)]
pub struct Health {
    /// Whether there is a Redis that it should work with.
    pub has_redis: bool,
    /// Whether it works with it now.
    pub is_connected: bool,
    /// How long ago it was certain that everything in the log was known.
    pub log_age: Option<Duration>,
    /// Whether lookups ask Redis.
    pub breaker: BreakerPhase,
    /// Invalidations that are not published yet.
    pub unpublished: usize,
    /// Known of the log.
    pub position: Position,
    /// Tags whose invalidation is remembered.
    pub stamps: usize,
    /// Everything from before is stale.
    pub floor: Position,
    /// Entries in this process, and their bytes.
    pub memory: (usize, u64),
    /// Fills under way that others can join.
    pub flights: usize,
}

impl Cache {
    /// A cache in this process alone.
    #[must_use]
    pub fn memory(settings: Settings) -> Self {
        let log = Log::local(settings.stamps, settings.clock.unix_milliseconds());
        Self::new(settings, Arc::default(), Arc::new(log), None)
    }

    /// A cache in this process and the Redis at `url`, shared with everybody who has the same namespace there:
    ///
    /// - `redis[s]://[user][:password@]host[:port][/database]`,
    /// - `redis[s]-sentinel://[user][:password@]host[:port][,host[:port]…]/service[/database]`,
    /// - `redis[s]-cluster://[user][:password@]host[:port][,host[:port]…]`.
    ///
    /// Begins at once; if Redis is not there, everything is a miss until it is. Needs a tokio runtime that lives as long
    /// as the cache.
    ///
    /// # Errors
    /// When `url` is none of these.
    pub fn redis(url: &str, settings: Settings) -> Result<Self, Error> {
        let address = Address::parse(url, settings.tls_authority.clone())?;
        let (stats, log) = (Arc::default(), Arc::new(Log::new(settings.stamps)));
        let remote = Remote::start(
            address,
            settings.clone(),
            Arc::clone(&log),
            Arc::clone(&stats),
        );
        Ok(Self::new(settings, stats, log, Some(remote)))
    }

    fn new(settings: Settings, stats: Arc<Stats>, log: Arc<Log>, remote: Option<Remote>) -> Self {
        // Most entries are small; the number is for the table's first size only.
        let expected = (settings.memory / 4096).clamp(64, 1 << 16) as usize;
        let memory = Memory::with(
            expected,
            settings.memory,
            Weight,
            ahash::RandomState::default(),
            quick_cache::sync::DefaultLifecycle::default(),
        );
        Self {
            inner: Arc::new(Inner {
                settings,
                stats,
                log,
                memory,
                remote,
                flights: Arc::default(),
            }),
        }
    }

    /// Begins a key of this cache.
    #[must_use]
    pub fn key(&self) -> KeyWriter {
        KeyWriter::new(&self.inner.settings.namespace)
    }

    /// Finds what is kept under `keys`.
    ///
    /// With `at_least`, nothing is used unless the log is known up to there: who has the position of a write reads it.
    pub async fn look_up(
        &self,
        keys: &[Key],
        consistency: Consistency,
        at_least: Option<Position>,
    ) -> LookUp {
        self.inner.look_up(keys, consistency, at_least).await
    }

    /// What was put under `keys` in this process since `look_up`, which found nothing: without asking Redis again, and as good
    /// as what it would have found. Nothing if it could not learn of the log as it was demanded.
    #[must_use]
    pub fn look_again(&self, keys: &[Key], look_up: &LookUp) -> Vec<Found> {
        self.inner.look_again(keys, look_up)
    }

    /// Known of the log now. Read **before** the origin is asked, it is the `t0` of what the origin answers.
    #[must_use]
    pub fn position(&self) -> Position {
        self.inner.log.position()
    }

    /// Says who asks the origin for `key`, after `look_up`, which found nothing. `known` are the tags that what it
    /// answers will have for certain.
    ///
    /// Whoever could not be told of the log as he demanded joins only who began after he looked up, or within the bound:
    /// without the log, nothing says of another fetch under way that it began after a write that he must see.
    #[must_use]
    pub fn board(&self, key: Key, known: &[Tag], look_up: &LookUp) -> Boarding {
        let inner = &self.inner;
        let (now, t0) = (inner.settings.clock.now(), inner.log.position());
        let role = inner.flights.board(key, t0, now, |flight| {
            let age = now.saturating_duration_since(flight.began);
            let is_in_reach = match look_up.reach {
                _ if flight.moment > look_up.began => true,
                Reach::Known => true,
                Reach::Bound(bound) => age < bound,
                Reach::Nothing => false,
            };
            is_in_reach
                && age < inner.settings.join_within
                && inner.log.standing(flight.t0, known) == Standing::Valid
        });
        let inner = Arc::clone(inner);
        match role {
            Role::Lead(lead) => Boarding::Lead(Landing { inner, key, lead }),
            Role::Join(join) => Boarding::Join(Waiting { inner, join }),
        }
    }

    /// Keeps what the origin answered, unless something of it was invalidated since it was asked.
    pub fn put(&self, key: Key, entry: Entry) {
        self.inner.put(key, entry);
    }

    /// Ends everything that has one of `tags` and was fetched before now, here and on every replica. Gives the position
    /// of the log from which on that is so.
    ///
    /// # Errors
    /// When it could not be published in time ([`Settings::append_wait`]). It holds here already, and will be published
    /// as soon as possible.
    pub async fn invalidate(&self, tags: &[Tag], mode: Mode) -> Result<Position, NotPublished> {
        let inner = &self.inner;
        count(&inner.stats.invalidations);
        let Some(remote) = &inner.remote else {
            let now = inner.settings.clock.unix_milliseconds();
            return Ok(inner.log.append_locally(tags, mode, now));
        };
        if tags.is_empty() {
            return Ok(inner.log.position());
        }
        let here = inner.log.stamp_ahead(tags, mode);
        let published = remote.append(tags.to_vec(), mode).await;
        published.ok_or_else(|| {
            count(&inner.stats.invalidations_late);
            NotPublished { here }
        })
    }

    /// Waits until no replica uses what an invalidation at `position` ended: this one knows of it, and every other one
    /// knows of it or has not heard from the log for longer than it may.
    pub async fn wait_applied(&self, position: Position) {
        if let Some(remote) = &self.inner.remote {
            remote.wait_until(position).await;
            tokio::time::sleep(self.inner.settings.max_log_lag).await;
        }
    }

    /// Waits until Redis is connected and its log known; at once without one.
    pub async fn connected(&self) {
        if let Some(remote) = &self.inner.remote {
            remote.connected().await;
        }
    }

    /// What it has done so far.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.inner.stats
    }

    /// How it is.
    #[must_use]
    pub fn health(&self) -> Health {
        let inner = &self.inner;
        let remote = inner.remote.as_ref();
        Health {
            has_redis: remote.is_some(),
            is_connected: remote.is_some_and(Remote::is_connected),
            log_age: inner.log.age(inner.settings.clock.now()),
            breaker: remote.map_or(BreakerPhase::Closed, |remote| remote.breaker().phase()),
            unpublished: remote.map_or(0, Remote::unpublished),
            position: inner.log.position(),
            stamps: inner.log.stamps.len(),
            floor: inner.log.stamps.floor(),
            memory: (inner.memory.len(), inner.memory.weight()),
            flights: inner.flights.len(),
        }
    }

    /// Publishes what is not published yet, as far as that is possible in time, and lets Redis go. What is still looked
    /// up is a miss.
    pub async fn shut_down(&self) {
        if let Some(remote) = &self.inner.remote {
            remote.shut_down().await;
        }
    }
}

impl Inner {
    fn put(&self, key: Key, entry: Entry) -> Option<Arc<Entry>> {
        count(&self.stats.puts);
        if !entry.is_within_limits() {
            count(&self.stats.puts_refused);
            return None;
        }
        let generation = self.log.generation();
        let standing = self.log.standing(entry.t0, &entry.tags);
        if generation == 0 || matches!(standing, Standing::Invalidated | Standing::BelowFloor) {
            count(&self.stats.puts_outdated);
            return None;
        }
        // A part of a larger buffer would keep all of it.
        let payload = Bytes::copy_from_slice(&entry.payload);
        let entry = Arc::new(Entry { payload, ..entry });
        self.memory.insert(key, Arc::clone(&entry));
        if let Some(remote) = &self.remote {
            let entry = (*entry).clone();
            remote.put(key, Stored { generation, entry });
        }
        Some(entry)
    }
}

impl Landing {
    /// Known of the log before the origin is asked: the entry's `t0`.
    #[must_use]
    pub fn t0(&self) -> Position {
        self.lead.t0()
    }

    /// Keeps what the origin answered and gives it to those who wait. What may not be kept is not landed.
    pub fn land(self, entry: Entry) {
        if let Some(entry) = self.inner.put(self.key, entry) {
            self.lead.land(entry);
        }
    }
}

impl Waiting {
    /// What the origin answered. `None`: there is nothing to share, or something of it was invalidated since it was asked;
    /// the origin must be asked again.
    pub async fn entry(self) -> Option<Arc<Entry>> {
        let stats = &self.inner.stats;
        count(&stats.joins);
        let landed = self.join.landed().await;
        let usable = landed
            .filter(|entry| self.inner.log.standing(entry.t0, &entry.tags) == Standing::Valid);
        if usable.is_none() {
            count(&stats.joins_in_vain);
        }
        usable
    }
}

impl Weighter<Key, Arc<Entry>> for Weight {
    fn weight(&self, _: &Key, entry: &Arc<Entry>) -> u64 {
        entry.weight()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("settings", &self.inner.settings)
            .field("health", &self.health())
            .finish()
    }
}

impl fmt::Debug for Landing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Landing").field("key", &self.key).finish()
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
