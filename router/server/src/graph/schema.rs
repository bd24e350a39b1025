//! One schema that the graph is made of: its last good text, and how reading it went.

use std::sync::Arc;

use tokio::time::Instant;

use super::read::{Origin, ReadError, Reader, Reading, Validator};
use crate::{
    auth::Clock,
    error::with_causes,
    metrics::{Metrics, ReadOutcome},
};

/// After failures in a row at most so many polls pass without a schema being read.
const MOST_SKIPPED: u32 = 7;

/// A schema and what is known of it.
#[derive(Debug)]
pub(super) struct Schema {
    /// The subgraph; `supergraph` for a composed one.
    pub(super) name: Arc<str>,
    pub(super) origin: Origin,
    /// Where the router calls the subgraph; empty if nothing says.
    pub(super) url: String,
    text: Option<Known>,
    validator: Validator,
    pub(super) last_read: Option<LastRead>,
    failures: u32,
    skip: u32,
}

#[derive(Debug, Clone)]
struct Known {
    text: String,
    hash: blake3::Hash,
}

/// How reading went the last time.
#[derive(Debug, Clone)]
pub(super) struct LastRead {
    /// Seconds since 1970.
    pub(super) at: u64,
    pub(super) outcome: ReadOutcome,
    pub(super) error: Option<String>,
}

/// What readings are told to.
#[derive(Clone, Copy)]
pub(super) struct Observers<'a> {
    pub(super) metrics: &'a Metrics,
    pub(super) clock: Clock,
}

impl Schema {
    pub(super) fn new(name: &str, origin: Origin, url: String) -> Self {
        Self {
            name: Arc::from(name),
            origin,
            url,
            text: None,
            validator: Validator::None,
            last_read: None,
            failures: 0,
            skip: 0,
        }
    }

    /// This schema with what `earlier` knows of it, if both are from the same place.
    pub(super) fn remembering(self, earlier: Option<Self>) -> Self {
        match earlier {
            Some(earlier) if earlier.origin.is_same_place(&self.origin) => Self {
                origin: self.origin,
                url: self.url,
                ..earlier
            },
            _ => self,
        }
    }

    /// The last good text.
    pub(super) fn text(&self) -> Option<&str> {
        self.text.as_ref().map(|known| known.text.as_str())
    }

    pub(super) fn hash(&self) -> Option<&blake3::Hash> {
        self.text.as_ref().map(|known| &known.hash)
    }

    /// Reads the schema for the first time, or says why it cannot be read.
    pub(super) async fn load(&mut self, reader: &Reader, at: u64) -> Result<(), ReadError> {
        let reading = reader.read(&self.name, &self.origin, &Validator::None);
        let outcome = self.take(reading.await?);
        self.last_read = Some(LastRead {
            at,
            outcome,
            error: None,
        });
        Ok(())
    }

    /// Reads the schema again. After failures some polls pass without, unless it `must` be now. The first of equal
    /// failures is logged, and the end of them.
    pub(super) async fn refresh(&mut self, reader: &Reader, must: bool, observers: Observers<'_>) {
        if self.skip > 0 && !must {
            self.skip -= 1;
            return;
        }
        let began = Instant::now();
        let reading = reader.read(&self.name, &self.origin, &self.validator).await;
        let (outcome, error) = match reading {
            Ok(reading) => (self.take(reading), None),
            Err(error) => (ReadOutcome::Failed, Some(error)),
        };
        let took = began.elapsed();
        observers.metrics.read(&self.name, outcome, took);
        self.note(error.as_ref());
        self.last_read = Some(LastRead {
            at: (observers.clock)(),
            outcome,
            error: error.map(|error| error.to_string()),
        });
    }

    fn take(&mut self, reading: Reading) -> ReadOutcome {
        let Reading::Text(text, validator) = reading else {
            return ReadOutcome::Unchanged;
        };
        self.validator = validator;
        let hash = blake3::hash(text.as_bytes());
        if self.hash() == Some(&hash) {
            return ReadOutcome::Unchanged;
        }
        self.text = Some(Known { text, hash });
        ReadOutcome::Changed
    }

    fn note(&mut self, error: Option<&ReadError>) {
        let before = self.last_read.as_ref().and_then(|last| last.error.clone());
        let Some(error) = error else {
            if self.failures > 0 {
                tracing::info!(subgraph = %self.name, "the schema can be read again");
            }
            (self.failures, self.skip) = (0, 0);
            return;
        };
        if before != Some(error.to_string()) {
            tracing::warn!(
                subgraph = %self.name,
                error = with_causes(error),
                remedy = error.remedy(),
                "cannot read a schema; the one last read stays"
            );
        }
        self.failures += 1;
        self.skip = (1_u32 << (self.failures - 1).min(31))
            .saturating_sub(1)
            .min(MOST_SKIPPED);
    }
}
