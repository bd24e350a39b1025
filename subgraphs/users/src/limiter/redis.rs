//! Attempts counted in a Redis that all replicas share.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use subgraphs_kit::Result;
use subgraphs_kit::redis_store::{RedisStore, Script};

use super::{AttemptKey, AttemptLimiter, FIRST_WAIT, LONGEST_WAIT, MEMORY};
use crate::config::AttemptLimits;

/// Before every key. The braces put all of them into one slot of a cluster, where one script may touch
/// them together.
const PREFIX: &str = "weft:{users-attempts}:";

/// What [`succeed`](AttemptLimiter::succeed) sends in place of a limit to have all failures forgotten.
const FORGET: i64 = -1;

/// Counts attempts in Redis, by the rules of [`MemoryLimiter`](super::MemoryLimiter), for all replicas
/// together. While Redis does not answer, attempts go through uncounted.
pub struct RedisLimiter {
    limits: AttemptLimits,
    store: RedisStore,
    begin: Script,
    succeed: Script,
    is_away: AtomicBool,
}

impl RedisLimiter {
    /// A limiter on the Redis at `url`. Does not connect yet.
    ///
    /// # Errors
    /// `Redis` when the URL is not one of a Redis.
    pub fn open(url: &str, limits: AttemptLimits) -> Result<Self> {
        Ok(Self::new(RedisStore::open(url, PREFIX)?, limits))
    }

    fn new(store: RedisStore, limits: AttemptLimits) -> Self {
        Self {
            limits,
            store,
            begin: Script::new(include_str!("begin.lua")),
            succeed: Script::new(include_str!("succeed.lua")),
            is_away: AtomicBool::new(false),
        }
    }

    /// Warns if Redis does not answer now: said at start, so that nobody learns it at the first login.
    pub async fn check(&self) {
        let answer = self.store.ping().await;
        self.heard(answer);
    }

    async fn count(&self, keys: &[AttemptKey], now: DateTime<Utc>) -> Result<(), TimeDelta> {
        let mut arguments = vec![
            now.timestamp_millis(),
            MEMORY.num_milliseconds(),
            FIRST_WAIT.num_milliseconds(),
            LONGEST_WAIT.num_milliseconds(),
        ];
        arguments.extend(keys.iter().map(|key| i64::from(self.limits.free(key))));
        match self.run(&self.begin, keys, &arguments).await {
            Some(wait) if wait > 0 => Err(TimeDelta::milliseconds(wait)),
            _ => Ok(()),
        }
    }

    async fn take_back(&self, keys: &[AttemptKey]) {
        let mut arguments = vec![
            FIRST_WAIT.num_milliseconds(),
            LONGEST_WAIT.num_milliseconds(),
        ];
        arguments.extend(keys.iter().map(|key| match key {
            AttemptKey::Account(_) => FORGET,
            _ => i64::from(self.limits.free(key)),
        }));
        self.run(&self.succeed, keys, &arguments).await;
    }

    /// What `script` returns; nothing while Redis is away.
    async fn run(&self, script: &Script, keys: &[AttemptKey], arguments: &[i64]) -> Option<i64> {
        if keys.is_empty() {
            return None;
        }
        let names: Vec<_> = keys.iter().map(name).collect();
        self.heard(self.store.run(script, &names, arguments).await)
    }

    /// Notes whether Redis answered; one warning when an outage begins, one line when it is over.
    fn heard<T>(&self, answer: Result<T>) -> Option<T> {
        match answer {
            Ok(value) => {
                if self.is_away.swap(false, Ordering::Relaxed) {
                    tracing::info!("Redis answers again: attempts to sign in are counted");
                }
                Some(value)
            }
            Err(error) => {
                if !self.is_away.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        error.cause = %error,
                        "attempts to sign in are not counted until Redis answers"
                    );
                }
                None
            }
        }
    }
}

impl AttemptLimiter for RedisLimiter {
    fn begin<'a>(
        &'a self,
        keys: &'a [AttemptKey],
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), TimeDelta>> {
        Box::pin(self.count(keys, now))
    }

    fn succeed<'a>(&'a self, keys: &'a [AttemptKey]) -> BoxFuture<'a, ()> {
        Box::pin(self.take_back(keys))
    }
}

/// The key in Redis: a digest, because people type passwords where their name should be.
fn name(key: &AttemptKey) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, key.to_string().as_bytes()))
}

#[cfg(test)]
mod tests;
