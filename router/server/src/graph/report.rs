//! What operators are told about the graph: which one serves, since when, and how the last attempt to replace it
//! went. No SDL, no addresses, no paths.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use arc_swap::ArcSwap;
use schema_composition::{Diagnostic, Diagnostics};
use serde::{Serialize, Serializer};

use super::{compose::short, followed::Followed, schema::Schema};
use crate::metrics::{AttemptOutcome, ReadOutcome};

/// At most so many diagnostics are shown.
const MOST_DIAGNOSTICS: usize = 50;

/// The state of the graph, published whole.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GraphReport {
    /// Which supergraph serves: the start of its hash.
    pub(crate) id: String,
    since: Time,
    /// The file the subgraphs stand in.
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<SchemaReport>,
    schemas: Vec<SchemaReport>,
    last_attempt: AttemptReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure: Option<FailureReport>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct SchemaReport {
    name: Arc<str>,
    from: &'static str,
    hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_read: Option<ReadReport>,
}

#[derive(Debug, Clone, Serialize)]
struct ReadReport {
    at: Time,
    #[serde(serialize_with = "read_outcome")]
    outcome: ReadOutcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct AttemptReport {
    at: Time,
    #[serde(serialize_with = "attempt_outcome")]
    outcome: AttemptOutcome,
}

/// Why the latest schemas do not serve, or did not.
#[derive(Debug, Clone, Serialize)]
struct FailureReport {
    at: Time,
    /// Whether an earlier graph serves because of it.
    ongoing: bool,
    reason: String,
    diagnostics: Vec<Diagnostic>,
    /// How many diagnostics are not shown.
    more: usize,
}

/// Seconds since 1970, shown as RFC 3339 has it.
#[derive(Debug, Clone, Copy)]
struct Time(u64);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = UNIX_EPOCH + Duration::from_secs(self.0);
        serializer.collect_str(&humantime::format_rfc3339_seconds(time))
    }
}

fn read_outcome<S: Serializer>(outcome: &ReadOutcome, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(outcome.name())
}

fn attempt_outcome<S: Serializer>(
    outcome: &AttemptOutcome,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(outcome.name())
}

impl GraphReport {
    /// The graph `id` serves from `at` (seconds since 1970).
    pub(super) fn new(id: String, at: u64) -> Self {
        let at = Time(at);
        Self {
            id,
            since: at,
            list: None,
            schemas: Vec::new(),
            last_attempt: AttemptReport {
                at,
                outcome: AttemptOutcome::Composed,
            },
            last_failure: None,
        }
    }

    /// Whether an earlier graph serves because the latest schemas are refused.
    pub(crate) fn is_outdated(&self) -> bool {
        let failure = self.last_failure.as_ref();
        failure.is_some_and(|failure| failure.ongoing)
    }

    pub(super) fn serves(&mut self, id: String, at: u64) {
        self.id = id;
        self.since = Time(at);
    }

    pub(super) fn attempted(&mut self, outcome: AttemptOutcome, at: u64) {
        let at = Time(at);
        self.last_attempt = AttemptReport { at, outcome };
    }

    pub(super) fn failed(&mut self, reason: String, diagnostics: Option<&Diagnostics>, at: u64) {
        let found = diagnostics.map_or(0, |diagnostics| diagnostics.errors().count());
        let shown = diagnostics.into_iter().flat_map(Diagnostics::errors);
        self.last_failure = Some(FailureReport {
            at: Time(at),
            ongoing: true,
            reason,
            diagnostics: shown.take(MOST_DIAGNOSTICS).cloned().collect(),
            more: found.saturating_sub(MOST_DIAGNOSTICS),
        });
    }

    /// The latest schemas serve.
    pub(super) fn healed(&mut self) {
        if let Some(failure) = &mut self.last_failure {
            failure.ongoing = false;
        }
    }

    pub(super) fn set_schemas(&mut self, followed: &Followed) {
        self.list = followed.list().map(SchemaReport::new);
        self.schemas = followed.schemas().iter().map(SchemaReport::new).collect();
    }
}

impl SchemaReport {
    fn new(schema: &Schema) -> Self {
        let last_read = schema.last_read.as_ref();
        Self {
            name: Arc::clone(&schema.name),
            from: schema.origin.kind(),
            hash: schema.hash().map(short),
            last_read: last_read.map(|last| ReadReport {
                at: Time(last.at),
                outcome: last.outcome,
                error: last.error.clone(),
            }),
        }
    }
}

/// The report as of now, for whoever asks.
pub(crate) type PublishedReport = ArcSwap<GraphReport>;
