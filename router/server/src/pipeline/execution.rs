//! One run of an operation that is allowed here: variables, plan, authorisation, subgraphs.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use apollo_compiler::ast::OperationType;
use http::HeaderMap;
use router_executor::{ExecutionInput, ExecutionOutput, Identity, Note};
use router_operation::Variables;
use tokio::time::Instant;

use super::{
    Caught, Outcome, Pipeline, Refused, State, documents::NumberedDocument,
    introspections::Introspected, plans::PlannedOperation, problem,
};
use crate::{
    caching::{Ledger, Wish},
    flights::hash_headers,
    telemetry,
};

/// Everything that decides what a query is answered, the graph and what its subgraphs know aside.
///
/// Two requests with the same text have the same document unless it was forgotten in between.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) document: Arc<NumberedDocument>,
    pub(super) operation_name: Option<String>,
    /// As the client wrote them.
    pub(super) variables: String,
    pub(super) identity: Arc<Identity>,
    /// Those that reach subgraphs.
    pub(super) headers: Arc<HeaderMap>,
    /// What the client says about caching.
    pub(super) wish: Wish,
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            document,
            operation_name,
            variables,
            identity,
            headers,
            wish,
        } = self;
        document.number == other.document.number
            && *operation_name == other.operation_name
            && *variables == other.variables
            && *identity == other.identity
            && *headers == other.headers
            && *wish == other.wish
    }
}

impl Eq for Asked {}

impl Hash for Asked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.document.number.hash(state);
        self.operation_name.hash(state);
        self.variables.hash(state);
        self.identity.hash(state);
        hash_headers(&self.headers, state);
        self.wish.hash(state);
    }
}

/// One run; owns what it needs so that it may outlive the client's connection.
pub(super) struct Execution {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) state: Arc<State>,
    pub(super) asked: Arc<Asked>,
    /// The id of the request it began with.
    pub(super) id: Arc<str>,
    pub(super) deadline: Instant,
}

/// What is known once nothing is left to refuse.
struct Ready {
    kind: OperationType,
    operation_name: Option<Arc<str>>,
    variables: Variables,
    planned: Arc<PlannedOperation>,
    introspected: Option<Introspected>,
}

impl Execution {
    pub(super) async fn answer(self) -> Result<Outcome, Refused> {
        let ready = self.prepare().await?;
        let operation_name = ready.operation_name.clone();
        let kind = ready.kind;
        let is_open = ready.planned.requirements.are_none();
        let ledger = self.pipeline.caching.is_some();
        let ledger = ledger.then(|| Arc::new(Ledger::new(self.asked.wish)));
        let pipeline = Arc::clone(&self.pipeline);
        let output = match ready.kind {
            OperationType::Mutation => uninterrupted(self.run(ready, ledger.clone())).await,
            OperationType::Query | OperationType::Subscription => {
                self.run(ready, ledger.clone()).await
            }
        };
        let caching = pipeline.caching.as_ref();
        let tag_header = caching.and_then(|caching| caching.tag_header());
        let caching =
            ledger.map(|ledger| Arc::new(Caught::of(kind, &ledger, &output, is_open, tag_header)));
        Ok(Outcome {
            caching,
            body: output.body,
            set_cookies: output.set_cookies,
            operation_name,
        })
    }

    async fn prepare(&self) -> Result<Ready, Refused> {
        let supergraph = &self.state.graph.supergraph;
        let Asked {
            document, identity, ..
        } = &*self.asked;
        let operation = document
            .request(supergraph, self.asked.operation_name.as_deref())
            .map_err(problem::one)?;
        let variables = operation
            .coerce_json_variables(supergraph, &self.asked.variables)
            .map_err(problem::one)?;
        let (plans, rules) = (&self.state.plans, &self.pipeline.bounds.labels);
        let planned = plans.get(document, &operation, &variables, rules).await?;
        planned.requirements.check(identity)?;
        let introspected = match operation.uses_introspection() {
            true => {
                let answers = &self.state.introspections;
                let answer = answers.get(supergraph, document, &operation, &variables);
                Some(answer.await?)
            }
            false => None,
        };
        Ok(Ready {
            kind: operation.kind(),
            operation_name: operation.name().map(Arc::from),
            variables,
            planned,
            introspected,
        })
    }

    async fn run(self, ready: Ready, ledger: Option<Arc<Ledger>>) -> ExecutionOutput {
        let variables: Vec<(&str, &str)> = ready
            .variables
            .iter()
            .map(|(name, json)| (name.as_str(), json))
            .collect();
        let locate = |keys: &[&str]| self.locate(&ready.variables, keys);
        let input = ExecutionInput {
            subgraphs: &self.state.subgraphs,
            variables: &variables,
            introspection: ready.introspected.as_deref().map_or(&[], Vec::as_slice),
            identity: Arc::clone(&self.asked.identity),
            headers: Arc::clone(&self.asked.headers),
            request_id: Arc::clone(&self.id),
            deadline: Some(self.deadline.into_std()),
            options: &self.pipeline.options,
            locate: Some(&locate),
            note: ledger.map(|ledger| Note::new(ledger)),
        };
        ready.planned.plan.execute(&input).await
    }

    /// Where in the document an error's path leads.
    fn locate(&self, variables: &Variables, keys: &[&str]) -> Vec<(usize, usize)> {
        let supergraph = &self.state.graph.supergraph;
        let name = self.asked.operation_name.as_deref();
        let Ok(request) = self.asked.document.request(supergraph, name) else {
            return Vec::new();
        };
        let found = request.locate(&request.conditions(variables), keys);
        let places = found.into_iter();
        places.map(|place| (place.line, place.column)).collect()
    }
}

/// Runs `execution` to its end even if the client goes away: a mutation is not left half done.
async fn uninterrupted(
    execution: impl Future<Output = ExecutionOutput> + Send + 'static,
) -> ExecutionOutput {
    match tokio::spawn(telemetry::for_this_request(execution)).await {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only a stopping runtime cancels tasks; nobody is left to answer.
            Err(_) => std::future::pending().await,
        },
    }
}
