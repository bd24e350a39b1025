//! What keeps the latest schemas from serving, in the words of the log and of `/ready`.

use std::sync::Arc;

use schema_composition::{Diagnostic, Diagnostics};

use super::compose::Refusal;
use crate::{config, error::ServerError, metrics::AttemptOutcome};

/// At most so many diagnostics are logged for one failure.
const MOST_LOGGED: usize = 50;

/// Why an earlier graph goes on serving.
pub(super) enum Failure {
    /// The list of subgraphs has mistakes.
    List(Vec<config::Diagnostic>),
    /// No schema of these subgraphs was ever read.
    Unread(Vec<Arc<str>>),
    /// These schemas are refused.
    Refused {
        schemas: blake3::Hash,
        refusal: Refusal,
    },
    /// Subgraphs cannot be called.
    Ports {
        schemas: blake3::Hash,
        error: ServerError,
    },
    /// Composition did not end.
    Panicked { schemas: blake3::Hash },
}

impl Failure {
    /// Whether it is about exactly these schemas.
    pub(super) fn is_of(&self, latest: &blake3::Hash) -> bool {
        match self {
            Self::List(_) | Self::Unread(_) => false,
            Self::Refused { schemas, .. }
            | Self::Ports { schemas, .. }
            | Self::Panicked { schemas } => schemas == latest,
        }
    }

    /// Whether there is nothing new to be told. Schemas are not tried twice, so that a refusal is always new.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(one), Self::List(other)) => one == other,
            (Self::Unread(one), Self::Unread(other)) => one == other,
            _ => false,
        }
    }

    pub(super) fn outcome(&self) -> AttemptOutcome {
        match self {
            Self::Refused { .. } => AttemptOutcome::Refused,
            _ => AttemptOutcome::Unusable,
        }
    }

    pub(super) fn diagnostics(&self) -> Option<&Diagnostics> {
        match self {
            Self::Refused {
                refusal: Refusal::Composition { diagnostics, .. },
                ..
            } => Some(diagnostics),
            _ => None,
        }
    }

    /// For `/ready`: neither SDL nor addresses nor values from the environment.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::List(mistakes) => {
                let count = mistakes.len();
                format!("the list of subgraphs has mistakes ({count}); the log names them")
            }
            Self::Unread(subgraphs) => {
                let names = subgraphs.join(", ");
                format!("no schema could be read yet of {names}")
            }
            Self::Refused { refusal, .. } => match refusal {
                Refusal::Composition { .. } => "the subgraphs do not compose".to_owned(),
                Refusal::Supergraph { message } => {
                    let first = message.lines().next().unwrap_or_default();
                    let first = first.trim_end_matches(':');
                    format!("the supergraph cannot be used: {first}")
                }
            },
            Self::Ports { error, .. } => match error {
                ServerError::SubgraphUrl { subgraph, .. } => {
                    format!("subgraph `{subgraph}` has a URL that cannot be used")
                }
                _ => "the subgraphs cannot be called; the log says why".to_owned(),
            },
            Self::Panicked { .. } => "the router made a mistake while composing".to_owned(),
        }
    }

    /// One line for the failure, one for each of its diagnostics. The graph `serving` stays.
    pub(super) fn log(&self, serving: &str) {
        let detail = match self {
            Self::Refused {
                refusal: Refusal::Supergraph { message },
                ..
            } => Some(message.clone()),
            Self::Ports { error, .. } => Some(error.to_string()),
            _ => None,
        };
        tracing::error!(
            graph.id = serving,
            error = detail.as_deref(),
            "{}; the last good graph goes on serving",
            self.reason()
        );
        if let Self::List(mistakes) = self {
            for mistake in mistakes.iter().take(MOST_LOGGED) {
                tracing::error!("{mistake}");
            }
        }
        let errors = self.diagnostics().into_iter().flat_map(Diagnostics::errors);
        for error in errors.take(MOST_LOGGED) {
            log_error(error);
        }
    }
}

fn log_error(diagnostic: &Diagnostic) {
    let first = diagnostic.locations.first();
    tracing::error!(
        composition.code = %diagnostic.code,
        subgraph = first.map(|location| location.subgraph.as_str()),
        schema.coordinate = first.and_then(|location| location.coordinate.as_deref()),
        schema.line = first.map(|location| location.line),
        schema.column = first.map(|location| location.column),
        "{}",
        one_line(&diagnostic.message)
    );
}

/// What is no mistake but worth knowing.
pub(super) fn log_hint(hint: &Diagnostic) {
    let first = hint.locations.first();
    tracing::debug!(
        composition.code = %hint.code,
        subgraph = first.map(|location| location.subgraph.as_str()),
        schema.coordinate = first.and_then(|location| location.coordinate.as_deref()),
        "{}",
        one_line(&hint.message)
    );
}

/// What a schema says must not look like further lines of the log.
fn one_line(message: &str) -> String {
    let spaced = message.chars();
    spaced
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
