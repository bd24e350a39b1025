//! Plans, by document, operation, the values of the variables that decide `@skip` and `@include`, and the labels of
//! progressive `@override` that are on.

use std::{
    cmp::Reverse,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use quick_cache::{Weighter, sync::Cache};
use router_executor::ExecutablePlan;
use router_operation::{Conditions, Operation, Request, Variables};
use router_planner::{ActiveLabels, PlanError, Planner};
use schema_model::Supergraph;

use super::{authorization::Requirements, documents::NumberedDocument, labels::LabelRules};
use crate::{
    caching::{self, EntityTypes, Target},
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

/// An operation as it is planned, labels aside.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct OperationKey {
    pub(super) document: u64,
    name: Option<Box<str>>,
    conditions: Conditions,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PlanKey {
    pub(super) operation: OperationKey,
    /// Those that are on of the labels that matter to the operation.
    active: ActiveLabels,
}

/// The larger of a plan and an entry's even share of the memory, which bounds both.
#[derive(Clone)]
struct PlanWeight {
    share: u64,
}

impl Weighter<PlanKey, Arc<PlannedOperation>> for PlanWeight {
    fn weight(&self, _: &PlanKey, planned: &Arc<PlannedOperation>) -> u64 {
        (planned.plan.weight() as u64).max(self.share)
    }
}

/// What makes plans.
struct Maker {
    planner: Planner,
    /// What entities are known by, if what ports keep of them is to be worked out with a plan.
    entities: Option<Arc<EntityTypes>>,
}

/// The planner of one supergraph and the plans most used.
pub(super) struct Plans {
    maker: Arc<Maker>,
    /// The labels that matter to an operation; not used for a graph that has none.
    labels: Cache<OperationKey, Arc<[Arc<str>]>>,
    cache: Cache<PlanKey, Arc<PlannedOperation>, PlanWeight>,
}

impl Plans {
    /// Plans of which the subgraphs' ports are told what they may keep, if they are `caching`.
    pub(super) fn new(supergraph: Arc<Supergraph>, caching: bool, bounds: &OperationCache) -> Self {
        let bytes = bounds.plan_bytes.0 as u64;
        let share = (bytes / bounds.entries as u64).max(1);
        let entities = caching.then(|| Arc::new(EntityTypes::of(&supergraph)));
        for mistake in entities
            .iter()
            .flat_map(|entities| caching::mistakes(&supergraph, entities))
        {
            let (coordinate, reason) = (mistake.coordinate, mistake.reason);
            tracing::warn!(
                graphql.coordinate = coordinate,
                "`@cacheInvalidate` of {coordinate} is not heeded: {reason}"
            );
        }
        let planner = Planner::new(supergraph);
        Self {
            maker: Arc::new(Maker {
                planner: match &entities {
                    Some(entities) => planner.identifying_changes(|ty| entities.main_key(ty)),
                    None => planner,
                },
                entities,
            }),
            labels: Cache::new(bounds.entries),
            cache: Cache::with_weighter(bounds.entries, bytes, PlanWeight { share }),
        }
    }

    /// The names of what `targets` name, or what is wrong with one.
    pub(super) fn tags_of(&self, targets: &[Target]) -> Result<Vec<String>, String> {
        let Some(entities) = &self.maker.entities else {
            return Ok(Vec::new());
        };
        let tags = targets.iter().map(|target| target.tags(entities, None));
        let tags: Vec<Vec<String>> = tags.collect::<Result<_, _>>()?;
        Ok(tags.concat())
    }

    /// All labels of the graph.
    pub(super) fn labels(&self) -> &[Arc<str>] {
        self.maker.planner.labels()
    }

    /// The plan for one operation of a document; several requests for a new one wait for one planner.
    pub(super) async fn get(
        &self,
        document: &Arc<NumberedDocument>,
        operation: &Request<'_>,
        variables: &Variables,
        rules: &LabelRules,
    ) -> Result<Arc<PlannedOperation>, GraphqlError> {
        let operation = OperationKey {
            document: document.number,
            name: operation.name().map(Box::from),
            conditions: operation.conditions(variables),
        };
        let active = self.decide(document, &operation, rules).await?;
        let key = PlanKey { operation, active };
        let planning = self.blocking(document, key.clone(), plan);
        let planned = self.cache.get_or_insert_async(&key, planning).await?;
        planned.uses.fetch_add(1, Ordering::Relaxed);
        Ok(planned)
    }

    /// The labels that are on for a request, of those that matter to its operation.
    async fn decide(
        &self,
        document: &Arc<NumberedDocument>,
        key: &OperationKey,
        rules: &LabelRules,
    ) -> Result<ActiveLabels, GraphqlError> {
        if self.maker.planner.labels().is_empty() {
            return Ok(ActiveLabels::default());
        }
        let finding = self.blocking(document, key.clone(), labels_of);
        let labels = self.labels.get_or_insert_async(key, finding).await?;
        Ok(rules.decide(&labels))
    }

    /// Does what takes time where it holds up nobody.
    async fn blocking<K: Send + 'static, V: Send + 'static>(
        &self,
        document: &Arc<NumberedDocument>,
        key: K,
        work: fn(&Maker, &NumberedDocument, &K) -> Result<V, GraphqlError>,
    ) -> Result<V, GraphqlError> {
        let (maker, document) = (Arc::clone(&self.maker), Arc::clone(document));
        let working = tokio::task::spawn_blocking(move || work(&maker, &document, &key));
        working.await.unwrap_or_else(|error| {
            tracing::error!(%error, "planning failed");
            Err(mistake())
        })
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
        let operation = OperationKey {
            document: document.number,
            ..earlier.operation.clone()
        };
        let Ok(labels) = labels_of(&self.maker, document, &operation) else {
            return false;
        };
        let active = earlier.active.among(&labels);
        let key = PlanKey { operation, active };
        let Ok(planned) = plan(&self.maker, document, &key) else {
            return false;
        };
        if !self.maker.planner.labels().is_empty() {
            self.labels.insert(key.operation.clone(), labels);
        }
        planned.uses.store(uses, Ordering::Relaxed);
        self.cache.insert(key, planned);
        true
    }
}

fn labels_of(
    Maker { planner, .. }: &Maker,
    document: &NumberedDocument,
    key: &OperationKey,
) -> Result<Arc<[Arc<str>]>, GraphqlError> {
    let operation = normalize(planner, document, key)?;
    Ok(planner.labels_of(&operation).into())
}

fn normalize(
    planner: &Planner,
    document: &NumberedDocument,
    key: &OperationKey,
) -> Result<Operation, GraphqlError> {
    let supergraph = planner.supergraph();
    let request = document
        .request(supergraph, key.name.as_deref())
        .map_err(super::problem::one)?;
    Ok(request.normalize(supergraph, &key.conditions))
}

fn plan(
    Maker { planner, entities }: &Maker,
    document: &NumberedDocument,
    key: &PlanKey,
) -> Result<Arc<PlannedOperation>, GraphqlError> {
    let supergraph = planner.supergraph();
    let operation = normalize(planner, document, &key.operation)?;
    let requirements = Requirements::of(supergraph, &operation);
    let plan = planner.plan_with(&operation, &key.active);
    let plan = plan.map_err(|error| refusal(supergraph, &error))?;
    let notes = entities.as_ref();
    let notes = notes.map(|entities| caching::notes(supergraph, entities, &plan));
    let plan = ExecutablePlan::compile(supergraph, Arc::new(plan)).map_err(|error| {
        tracing::error!(%error, "a plan cannot be executed");
        mistake()
    })?;
    let plan = plan.with_notes(notes.into_iter().flatten());
    Ok(Arc::new(PlannedOperation {
        plan,
        requirements,
        uses: AtomicU64::new(0),
    }))
}

/// What a client is told of an operation without a plan: names of the API, and nothing about subgraphs.
pub(super) fn refusal(supergraph: &Supergraph, error: &PlanError) -> GraphqlError {
    if let PlanError::TooComplex { .. } = error {
        let message = "the operation is too complex to be planned";
        return GraphqlError::new(ErrorCode::OperationTooComplex, message);
    }
    tracing::warn!(%error, "an operation has no plan");
    let named = match error {
        PlanError::Unreachable { coordinate, .. } => Some(coordinate),
        PlanError::NoRoot { .. } | PlanError::TooComplex { .. } => None,
    };
    let is_public = |coordinate: &&String| {
        let parts = coordinate.split_once('.');
        parts.is_some_and(|(ty, field)| supergraph.api().type_field(ty, field).is_ok())
    };
    let message = match named.filter(is_public) {
        Some(coordinate) => {
            format!("no combination of subgraphs can resolve `{coordinate}` in this operation")
        }
        None => "no combination of subgraphs can resolve this operation".to_owned(),
    };
    GraphqlError::new(ErrorCode::OperationNotResolvable, message)
}

fn mistake() -> GraphqlError {
    GraphqlError::new(ErrorCode::InternalServerError, "the server made a mistake")
}

#[cfg(test)]
mod tests;
