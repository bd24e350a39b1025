//! Plans, by document, operation and the values of the variables that decide `@skip` and `@include`.

use std::sync::Arc;

use quick_cache::sync::Cache;
use router_operation::{Conditions, Request, Variables};
use schema_model::Supergraph;

use super::{authorization::Requirements, documents::NumberedDocument};
use crate::{
    code::{ErrorCode, GraphqlError},
    config::OperationCache,
};

/// Everything about an operation that does not depend on the request.
#[derive(Debug)]
pub(super) struct PlannedOperation {
    pub(super) plan: router_operation::Operation,
    pub(super) requirements: Requirements,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct PlanKey {
    document: u64,
    operation: Option<Box<str>>,
    conditions: Conditions,
}

pub(super) struct Plans {
    cache: Cache<PlanKey, Arc<PlannedOperation>>,
}

impl Plans {
    pub(super) fn new(bounds: &OperationCache) -> Self {
        Self {
            cache: Cache::new(bounds.entries),
        }
    }

    /// The plan for one operation of a document; several requests for a new one wait for one planner.
    pub(super) async fn get(
        &self,
        supergraph: &Arc<Supergraph>,
        document: &Arc<NumberedDocument>,
        operation: &Request<'_>,
        variables: &Variables,
    ) -> Result<Arc<PlannedOperation>, GraphqlError> {
        let key = PlanKey {
            document: document.number,
            operation: operation.name().map(Box::from),
            conditions: operation.conditions(variables),
        };
        let planning = async {
            let (supergraph, document, key) =
                (Arc::clone(supergraph), Arc::clone(document), key.clone());
            let planning = tokio::task::spawn_blocking(move || plan(&supergraph, &document, &key));
            planning.await.unwrap_or_else(|error| {
                tracing::error!(%error, "planning failed");
                Err(GraphqlError::new(
                    ErrorCode::InternalServerError,
                    "the server made a mistake",
                ))
            })
        };
        self.cache.get_or_insert_async(&key, planning).await
    }
}

fn plan(
    supergraph: &Supergraph,
    document: &NumberedDocument,
    key: &PlanKey,
) -> Result<Arc<PlannedOperation>, GraphqlError> {
    let request = document
        .request(supergraph, key.operation.as_deref())
        .map_err(super::problem::one)?;
    let operation = request.normalize(supergraph, &key.conditions);
    let requirements = Requirements::of(supergraph, &operation);
    let plan = operation;
    Ok(Arc::new(PlannedOperation { plan, requirements }))
}
