//! Answers to `__schema` and `__type`, by operation and variables: the same for every client as long as the graph
//! stays, and large.

use std::sync::Arc;

use apollo_compiler::Name;
use quick_cache::{Weighter, sync::Cache};
use router_operation::{Request, Variables};
use schema_model::Supergraph;

use super::{documents::NumberedDocument, problem};
use crate::code::{ErrorCode, GraphqlError};

/// Answers kept; tools send the same few operations.
const MOST: usize = 256;
/// Bytes of answers kept.
const MOST_BYTES: u64 = 32 << 20;

/// (response key, JSON value) of an operation's introspection fields.
pub(super) type Introspected = Arc<Vec<(Name, String)>>;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    document: u64,
    operation: Option<Box<str>>,
    /// Names and values, each with its length, so that no two sets read the same.
    variables: Box<str>,
}

/// The answers most asked for.
pub(super) struct Introspections {
    cache: Cache<Key, Introspected, AnswerWeight>,
}

/// An answer's bytes, or its even share of all if that is more.
#[derive(Clone)]
struct AnswerWeight;

impl Weighter<Key, Introspected> for AnswerWeight {
    fn weight(&self, key: &Key, answer: &Introspected) -> u64 {
        let bytes: usize = answer.iter().map(|(_, json)| json.len()).sum();
        let bytes = (bytes + key.variables.len()) as u64;
        bytes.max(MOST_BYTES / MOST as u64)
    }
}

impl Introspections {
    pub(super) fn new() -> Self {
        Self {
            cache: Cache::with_weighter(MOST, MOST_BYTES, AnswerWeight),
        }
    }

    /// The answer to the introspection in `operation`, worked out away from the threads that serve requests when it is
    /// new; several requests for a new one wait for one.
    pub(super) async fn get(
        &self,
        supergraph: &Arc<Supergraph>,
        document: &Arc<NumberedDocument>,
        operation: &Request<'_>,
        variables: &Variables,
    ) -> Result<Introspected, GraphqlError> {
        let key = Key {
            document: document.number,
            operation: operation.name().map(Box::from),
            variables: text_of(variables),
        };
        let answering = async {
            let (supergraph, document) = (Arc::clone(supergraph), Arc::clone(document));
            let (name, variables) = (key.operation.clone(), variables.clone());
            let answering = tokio::task::spawn_blocking(move || {
                let operation = document.request(&supergraph, name.as_deref())?;
                operation.introspect(&supergraph, &variables)
            });
            match answering.await {
                Ok(answer) => answer.map(Arc::new).map_err(problem::one),
                Err(error) => {
                    tracing::error!(%error, "answering introspection failed");
                    let message = "the server made a mistake";
                    Err(GraphqlError::new(ErrorCode::InternalServerError, message))
                }
            }
        };
        self.cache.get_or_insert_async(&key, answering).await
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.cache.len()
    }
}

fn text_of(variables: &Variables) -> Box<str> {
    let mut text = String::new();
    for (name, json) in variables.iter() {
        for part in [name.as_str(), json] {
            text += &part.len().to_string();
            text.push(':');
            text += part;
        }
    }
    text.into()
}
