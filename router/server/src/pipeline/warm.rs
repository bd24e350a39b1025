//! Plans for a graph that is about to serve: clients go on sending the operations they sent before, and should not
//! all wait for the planner in the moment of the change.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use super::{Prepared, State};

/// At most so many operations are planned ahead.
const MOST: usize = 500;
/// No further one is begun after this time.
const PATIENCE: Duration = Duration::from_secs(2);

/// Plans the operations most used with `serving` for `next`, as far as they are still valid there.
pub(super) fn warm(serving: &State, next: &Prepared) {
    let began = Instant::now();
    let hottest = serving.plans.hottest(MOST);
    let numbers: HashSet<u64> = hottest
        .iter()
        .map(|(key, _)| key.operation.document)
        .collect();
    let texts = serving.documents.texts(&numbers);
    let mut planned = 0;
    for (key, uses) in &hottest {
        if began.elapsed() >= PATIENCE {
            break;
        }
        let text = texts.get(&key.operation.document);
        let document = text.and_then(|text| next.documents.parse(&next.graph.supergraph, text));
        // Old uses count for less than new ones, so that what is no longer asked for falls behind.
        let is_planned =
            document.is_some_and(|document| next.plans.prepare(&document, key, uses / 2));
        planned += usize::from(is_planned);
    }
    tracing::debug!(
        operations = hottest.len(),
        planned,
        duration_ms = began.elapsed().as_secs_f64() * 1e3,
        "planned the operations in use for the next graph"
    );
}
