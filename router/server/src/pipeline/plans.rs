//! Plans, by document, operation and the values of the variables that decide `@skip` and `@include`.

use std::{
    cmp::Reverse,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use quick_cache::sync::Cache;
use router_executor::ExecutablePlan;
use router_operation::{Conditions, Request, Variables};
use router_planner::{PlanError, Planner};
use schema_model::Supergraph;

use super::{authorization::Requirements, documents::NumberedDocument};
use crate::{
    code::{ErrorCode, GraphqlError},
    config::OperationCache,
};

/// Everything about an operation that does not depend on the request.
#[derive(Debug)]
pub(super) struct PlannedOperation {
    pub(super) plan: ExecutablePlan,
    pub(super) requirements: Requirements,
    /// How often it was asked for.
    uses: AtomicU64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PlanKey {
    pub(super) document: u64,
    operation: Option<Box<str>>,
    conditions: Conditions,
}

/// The planner of one supergraph and the plans most used.
pub(super) struct Plans {
    planner: Arc<Planner>,
    cache: Cache<PlanKey, Arc<PlannedOperation>>,
}

impl Plans {
    pub(super) fn new(supergraph: Arc<Supergraph>, bounds: &OperationCache) -> Self {
        Self {
            planner: Arc::new(Planner::new(supergraph)),
            cache: Cache::new(bounds.entries),
        }
    }

    /// The plan for one operation of a document; several requests for a new one wait for one planner.
    pub(super) async fn get(
        &self,
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
            let (planner, document, key) =
                (Arc::clone(&self.planner), Arc::clone(document), key.clone());
            let planning = tokio::task::spawn_blocking(move || plan(&planner, &document, &key));
            planning.await.unwrap_or_else(|error| {
                tracing::error!(%error, "planning failed");
                Err(mistake())
            })
        };
        let planned = self.cache.get_or_insert_async(&key, planning).await?;
        planned.uses.fetch_add(1, Ordering::Relaxed);
        Ok(planned)
    }

    /// The plans asked for most often, most often first.
    pub(super) fn hottest(&self, most: usize) -> Vec<(PlanKey, u64)> {
        let kept = self.cache.iter();
        let mut plans: Vec<_> = kept
            .map(|(key, planned)| (key, planned.uses.load(Ordering::Relaxed)))
            .collect();
        plans.sort_by_key(|(_, uses)| Reverse(*uses));
        plans.truncate(most);
        plans
    }

    /// Plans an operation on this thread, before anybody asks for it: the one that `earlier` was for in another
    /// graph, now of `document`. Whether there is a plan.
    pub(super) fn prepare(
        &self,
        document: &NumberedDocument,
        earlier: &PlanKey,
        uses: u64,
    ) -> bool {
        let key = PlanKey {
            document: document.number,
            ..earlier.clone()
        };
        let Ok(planned) = plan(&self.planner, document, &key) else {
            return false;
        };
        planned.uses.store(uses, Ordering::Relaxed);
        self.cache.insert(key, planned);
        true
    }
}

fn plan(
    planner: &Planner,
    document: &NumberedDocument,
    key: &PlanKey,
) -> Result<Arc<PlannedOperation>, GraphqlError> {
    let supergraph = planner.supergraph();
    let request = document
        .request(supergraph, key.operation.as_deref())
        .map_err(super::problem::one)?;
    let operation = request.normalize(supergraph, &key.conditions);
    let requirements = Requirements::of(supergraph, &operation);
    let plan = planner.plan(&operation).map_err(|error| match error {
        PlanError::TooComplex { .. } => GraphqlError::new(
            ErrorCode::OperationTooComplex,
            "the operation is too complex to be planned",
        ),
        PlanError::Unreachable { .. } | PlanError::NoRoot { .. } => {
            tracing::error!(%error, "an operation has no plan");
            mistake()
        }
    })?;
    let plan = ExecutablePlan::compile(supergraph, Arc::new(plan)).map_err(|error| {
        tracing::error!(%error, "a plan cannot be executed");
        mistake()
    })?;
    Ok(Arc::new(PlannedOperation {
        plan,
        requirements,
        uses: AtomicU64::new(0),
    }))
}

fn mistake() -> GraphqlError {
    GraphqlError::new(ErrorCode::InternalServerError, "the server made a mistake")
}
