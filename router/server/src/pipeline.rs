//! From a GraphQL request to response bytes: operation, authorisation, plan, execution.
//!
//! What depends on the document alone (parsing, validation) and on the document and its conditions
//! alone (normalisation, plan) is done once and kept with the graph it was done for.

mod authorization;
mod documents;
mod introspections;
mod labels;
mod plans;
mod problem;
mod warm;

use std::{ops::Deref, sync::Arc};

use apollo_compiler::ast::OperationType;
use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use router_executor::{ExecutionInput, ExecutionOptions, ExecutionOutput, Subgraph};
use router_operation::{Limits, Request, Variables};
use schema_model::Supergraph;
use tracing::Instrument;

use self::{
    documents::{Documents, NumberedDocument},
    introspections::{Introspected, Introspections},
    labels::LabelRules,
    plans::{PlannedOperation, Plans},
};
use crate::{
    code::{ErrorCode, GraphqlError},
    config::{Config, OperationCache},
    forward::Forward,
    graph::Graph,
    http::{GraphqlRequest, RequestContext},
};

/// A GraphQL result, ready to be sent.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) body: Bytes,
    /// Cookies which subgraphs set in answers to mutations.
    pub(crate) set_cookies: Vec<HeaderValue>,
    pub(crate) operation_name: Option<Arc<str>>,
}

type Refused = Vec<GraphqlError>;

/// The request path over the current graph.
pub(crate) struct Pipeline {
    state: ArcSwap<State>,
    bounds: Bounds,
    introspection: bool,
    forward: Forward,
    options: Arc<ExecutionOptions>,
}

/// What holds for every graph.
struct Bounds {
    limits: Limits,
    cache: OperationCache,
    labels: LabelRules,
}

/// A graph with everything that is worked out for it; it does not serve yet.
pub(crate) struct Prepared {
    graph: Graph,
    documents: Documents,
    plans: Plans,
    introspections: Introspections,
}

/// A graph that serves: replaced as one.
struct State {
    prepared: Prepared,
    subgraphs: Vec<Arc<dyn Subgraph>>,
}

impl Deref for State {
    type Target = Prepared;
    fn deref(&self) -> &Prepared {
        &self.prepared
    }
}

impl Prepared {
    fn new(graph: Graph, bounds: &Bounds) -> Self {
        let plans = Plans::new(Arc::clone(&graph.supergraph), &bounds.cache);
        bounds.labels.report_unknown(plans.labels());
        Self {
            documents: Documents::new(bounds.limits, &bounds.cache),
            plans,
            introspections: Introspections::new(),
            graph,
        }
    }

    pub(crate) fn supergraph(&self) -> &Supergraph {
        &self.graph.supergraph
    }
}

impl Pipeline {
    /// `subgraphs` stand in the order of the graph's; `draw` is [`crate::Setup::draw`].
    pub(crate) fn new(
        graph: Graph,
        subgraphs: Vec<Arc<dyn Subgraph>>,
        config: &Config,
        draw: fn() -> f64,
    ) -> Self {
        let bounds = Bounds {
            limits: limits(config),
            cache: config.operation_cache.clone(),
            labels: LabelRules::new(config.override_labels.clone(), draw),
        };
        let state = State {
            prepared: Prepared::new(graph, &bounds),
            subgraphs,
        };
        let mut options = ExecutionOptions::default();
        options.show_transport_details = config.errors.expose_subgraph_messages;
        Self {
            state: ArcSwap::from_pointee(state),
            bounds,
            introspection: config.introspection,
            forward: Forward::new(&config.headers),
            options: Arc::new(options),
        }
    }

    /// Works out what `graph` needs to serve, plans for the operations most in use included. Takes its time: not
    /// for a thread that serves requests.
    pub(crate) fn prepare(&self, graph: Graph) -> Prepared {
        let prepared = Prepared::new(graph, &self.bounds);
        warm::warm(&self.state.load_full(), &prepared);
        prepared
    }

    /// Serves another graph from now on. Requests under way end with the one they began with. `subgraphs` stand in
    /// the order of the graph's.
    pub(crate) fn replace(&self, prepared: Prepared, subgraphs: Vec<Arc<dyn Subgraph>>) {
        let earlier = self.state.swap(Arc::new(State {
            prepared,
            subgraphs,
        }));
        // A large graph takes a while to be freed, which is nothing for a thread that serves requests.
        tokio::task::spawn_blocking(move || drop(earlier));
    }

    pub(crate) fn subgraph_names(&self) -> Vec<String> {
        let state = self.state.load();
        state
            .graph
            .supergraph
            .subgraphs()
            .iter()
            .map(|subgraph| subgraph.name.clone())
            .collect()
    }

    /// Answers `request`, or says why there is no data at all.
    pub(crate) async fn execute(
        self: Arc<Self>,
        request: GraphqlRequest,
        context: RequestContext,
    ) -> Result<Outcome, Refused> {
        let state = self.state.load_full();
        let supergraph = &state.graph.supergraph;
        let document = state.documents.get(supergraph, request.query).await?;
        let operation = document
            .request(supergraph, request.operation_name.as_deref())
            .map_err(problem::one)?;
        self.check_kind(&operation, &context)?;
        let variables = operation
            .coerce_json_variables(supergraph, &request.variables)
            .map_err(problem::one)?;
        let rules = &self.bounds.labels;
        let plan = state.plans.get(&document, &operation, &variables, rules);
        let planned = plan.await?;
        planned.requirements.check(&context.identity)?;
        let introspected = match operation.uses_introspection() {
            true => {
                let answers = &state.introspections;
                let answer = answers.get(supergraph, &document, &operation, &variables);
                Some(answer.await?)
            }
            false => None,
        };
        let operation_name = operation.name().map(Arc::from);
        let execution = Execution {
            document: Arc::clone(&document),
            operation: operation_name.clone(),
            headers: Arc::new(self.forward.headers(&context.headers, context.peer)),
            options: Arc::clone(&self.options),
            state: Arc::clone(&state),
            planned,
            variables,
            introspected,
            context,
        };
        let output = if operation.kind() == OperationType::Mutation {
            uninterrupted(execution.run()).await
        } else {
            execution.run().await
        };
        Ok(Outcome {
            body: output.body,
            set_cookies: output.set_cookies,
            operation_name,
        })
    }

    fn check_kind(
        &self,
        operation: &Request<'_>,
        context: &RequestContext,
    ) -> Result<(), GraphqlError> {
        match operation.kind() {
            OperationType::Subscription => Err(GraphqlError::new(
                ErrorCode::OperationNotSupported,
                "subscriptions are not supported over this transport",
            )),
            OperationType::Mutation if context.queries_only => Err(GraphqlError::new(
                ErrorCode::MethodNotAllowed,
                "mutations must be sent by POST",
            )),
            _ if operation.uses_introspection() && !self.introspection => Err(GraphqlError::new(
                ErrorCode::IntrospectionDisabled,
                "introspection is switched off",
            )),
            _ => Ok(()),
        }
    }
}

fn limits(config: &Config) -> Limits {
    let limits = &config.limits;
    Limits {
        tokens: limits.tokens,
        depth: limits.depth as u64,
        aliases: limits.aliases as u64,
        root_fields: limits.root_fields as u64,
        fields: limits.fields as u64,
    }
}

/// One run of a plan; owns what it needs so that it may outlive the client's connection.
struct Execution {
    state: Arc<State>,
    document: Arc<NumberedDocument>,
    operation: Option<Arc<str>>,
    planned: Arc<PlannedOperation>,
    variables: Variables,
    introspected: Option<Introspected>,
    headers: Arc<HeaderMap>,
    options: Arc<ExecutionOptions>,
    context: RequestContext,
}

impl Execution {
    async fn run(self) -> ExecutionOutput {
        let variables: Vec<(&str, &str)> = self
            .variables
            .iter()
            .map(|(name, json)| (name.as_str(), json))
            .collect();
        let locate = |keys: &[&str]| self.locate(keys);
        let input = ExecutionInput {
            subgraphs: &self.state.subgraphs,
            variables: &variables,
            introspection: self.introspected.as_deref().map_or(&[], Vec::as_slice),
            identity: Arc::clone(&self.context.identity),
            headers: Arc::clone(&self.headers),
            request_id: Arc::clone(&self.context.id),
            deadline: Some(self.context.deadline.into_std()),
            options: &self.options,
            locate: Some(&locate),
        };
        self.planned.plan.execute(&input).await
    }

    /// Where in the document an error's path leads.
    fn locate(&self, keys: &[&str]) -> Vec<(usize, usize)> {
        let supergraph = &self.state.graph.supergraph;
        let request = self.document.request(supergraph, self.operation.as_deref());
        let Ok(request) = request else {
            return Vec::new();
        };
        let found = request.locate(&request.conditions(&self.variables), keys);
        let places = found.into_iter();
        places.map(|place| (place.line, place.column)).collect()
    }
}

/// Runs `execution` to its end even if the client goes away: a mutation is not left half done.
async fn uninterrupted(
    execution: impl Future<Output = ExecutionOutput> + Send + 'static,
) -> ExecutionOutput {
    match tokio::spawn(execution.in_current_span()).await {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only a stopping runtime cancels tasks; nobody is left to answer.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests;
