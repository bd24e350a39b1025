//! From a GraphQL request to response bytes: operation, authorisation, plan, execution.
//!
//! What depends on the document alone (parsing, validation) and on the document and its conditions
//! alone (normalisation, plan) is done once and kept with the graph it was done for.

mod authorization;
mod documents;
mod plans;
mod problem;

use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::HeaderValue;
use router_operation::{Limits, Request, Variables};

use self::{
    documents::Documents,
    plans::{PlannedOperation, Plans},
};
use crate::{
    code::{ErrorCode, GraphqlError},
    config::Config,
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
    introspection: bool,
}

/// A graph and everything that was worked out for it: replaced as one.
struct State {
    graph: Graph,
    documents: Documents,
    plans: Plans,
}

impl Pipeline {
    pub(crate) fn new(graph: Graph, config: &Config) -> Self {
        let state = State {
            documents: Documents::new(limits(config), &config.operation_cache),
            plans: Plans::new(&config.operation_cache),
            graph,
        };
        Self {
            state: ArcSwap::from_pointee(state),
            introspection: config.introspection,
        }
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
            .coerce_variables(supergraph, request.variables)
            .map_err(problem::one)?;
        let planned = state
            .plans
            .get(supergraph, &document, &operation, &variables)
            .await?;
        planned.requirements.check(&context.client)?;
        let introspected = if operation.uses_introspection() {
            operation
                .introspect(supergraph, &variables)
                .map_err(problem::one)?
        } else {
            Vec::new()
        };
        let operation_name = operation.name().map(Arc::from);
        let answer = run(&state, &planned, variables, introspected, context).await;
        Ok(Outcome {
            operation_name,
            ..answer
        })
    }

    fn check_kind(
        &self,
        operation: &Request<'_>,
        context: &RequestContext,
    ) -> Result<(), GraphqlError> {
        use apollo_compiler::ast::OperationType;
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

async fn run(
    state: &State,
    planned: &PlannedOperation,
    variables: Variables,
    introspected: Vec<(apollo_compiler::Name, String)>,
    context: RequestContext,
) -> Outcome {
    let _ = (
        &state.graph,
        &planned.plan,
        variables,
        introspected,
        context,
    );
    Outcome {
        body: Bytes::new(),
        set_cookies: Vec::new(),
        operation_name: None,
    }
}
