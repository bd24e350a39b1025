//! From a GraphQL request to response bytes: operation, authorisation, plan, execution.
//!
//! What depends on the document alone (parsing, validation) and on the document and its conditions
//! alone (normalisation, plan) is done once and kept with the graph it was done for.

mod authorization;
mod caught;
mod documents;
mod execution;
mod introspections;
mod labels;
mod plans;
mod problem;
mod responses;
mod warm;

use std::{ops::Deref, sync::Arc, time::Duration};

use apollo_compiler::ast::OperationType;
use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use prometheus_client::metrics::counter::Counter;
use router_cache::{Mode, NotPublished, Position, Tag};
use router_executor::{ExecutionOptions, Subgraph};
use router_operation::{Limits, Request};
use schema_model::Supergraph;

pub(crate) use self::caught::{Caught, Vary};
use self::{
    documents::Documents,
    execution::{Asked, Execution},
    introspections::Introspections,
    labels::LabelRules,
    plans::Plans,
    responses::Responses,
};
use crate::{
    caching::{self, Caching, Target, Wish},
    code::{ErrorCode, GraphqlError},
    config::{Config, Header, OperationCache},
    flights::{Flights, MOST_BYTES, Terms, joinable_for},
    forward::Forward,
    graph::Graph,
    http::{GraphqlRequest, RequestContext},
    metrics::Metrics,
    mutations::Mutations,
    telemetry,
};

/// A GraphQL result, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) body: Bytes,
    /// Cookies which subgraphs set in answers to mutations.
    pub(crate) set_cookies: Vec<HeaderValue>,
    pub(crate) operation_name: Option<Arc<str>>,
    /// How the cache had to do with it, if there is one.
    pub(crate) caching: Option<Arc<Caught>>,
}

type Refused = Vec<GraphqlError>;

/// The request path over the current graph.
pub(crate) struct Pipeline {
    state: ArcSwap<State>,
    bounds: Bounds,
    introspection: bool,
    forward: Forward,
    options: Arc<ExecutionOptions>,
    sharing: Sharing,
    caching: Option<Arc<Caching>>,
    vary: Vary,
}

/// How equal queries that are under way at the same time are carried out once.
struct Sharing {
    is_on: bool,
    joinable: Duration,
    mutations: Arc<Mutations>,
    /// Requests that share the answer of another.
    joined: Counter,
}

impl Sharing {
    fn flights(&self) -> Flights<Arc<Asked>, Result<Outcome, Refused>> {
        Flights::new(self.joinable, Arc::clone(&self.mutations))
    }
}

/// What holds for every graph.
struct Bounds {
    limits: Limits,
    query_bytes: usize,
    cache: OperationCache,
    labels: LabelRules,
    /// Whether subgraphs' answers are kept.
    is_caching: bool,
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
    /// Queries under way: whoever asks after a change of the graph is answered from the new one.
    flights: Flights<Arc<Asked>, Result<Outcome, Refused>>,
    /// Whole answers.
    responses: Option<Responses>,
}

impl Deref for State {
    type Target = Prepared;
    fn deref(&self) -> &Prepared {
        &self.prepared
    }
}

impl Prepared {
    fn new(graph: Graph, bounds: &Bounds) -> Self {
        let plans = Plans::new(
            Arc::clone(&graph.supergraph),
            bounds.is_caching,
            &bounds.cache,
        );
        bounds.labels.report_unknown(plans.labels());
        Self {
            documents: Documents::new(bounds.limits, bounds.query_bytes, &bounds.cache),
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
    /// `subgraphs` stand in the order of the graph's, and tell `mutations` of theirs; `draw` is [`crate::Setup::draw`].
    pub(crate) fn new(
        graph: Graph,
        subgraphs: Vec<Arc<dyn Subgraph>>,
        mutations: Arc<Mutations>,
        caching: Option<Arc<Caching>>,
        config: &Config,
        metrics: &Metrics,
        draw: fn() -> f64,
    ) -> Self {
        let sharing = Sharing {
            is_on: config.traffic.deduplicate,
            joinable: joinable_for(config.timeouts.request.0),
            mutations,
            joined: metrics.deduplicated(),
        };
        let bounds = Bounds {
            limits: limits(config),
            query_bytes: config.limits.query_bytes.0,
            cache: config.operation_cache.clone(),
            labels: LabelRules::new(config.override_labels.clone(), draw),
            is_caching: caching.is_some(),
        };
        let state = State {
            prepared: Prepared::new(graph, &bounds),
            subgraphs,
            flights: sharing.flights(),
            responses: caching.as_ref().map(Responses::new),
        };
        let mut options = ExecutionOptions::default();
        options.show_transport_details = config.errors.expose_subgraph_messages;
        Self {
            state: ArcSwap::from_pointee(state),
            bounds,
            introspection: config.introspection,
            forward: Forward::new(&config.headers),
            options: Arc::new(options),
            sharing,
            vary: Vary::of(
                config
                    .headers
                    .propagate
                    .iter()
                    .map(Header::name)
                    .filter(|name| {
                        let mut ignored = config.cache.ignored_headers.iter();
                        !ignored.any(|ignored| ignored.eq_ignore_ascii_case(name.as_str()))
                    }),
            ),
            caching,
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
            flights: self.sharing.flights(),
            responses: self.caching.as_ref().map(Responses::new),
        }));
        // A large graph takes a while to be freed, which is nothing for a thread that serves requests.
        tokio::task::spawn_blocking(move || drop(earlier));
    }

    /// Invalidates what `targets` name; without a cache there is nothing to do.
    pub(crate) async fn invalidate(
        &self,
        targets: &[Target],
        mode: Mode,
    ) -> Result<Option<Result<Position, NotPublished>>, String> {
        let Some(caching) = &self.caching else {
            return Ok(None);
        };
        let tags = self.state.load().plans.tags_of(targets)?;
        let tags: Vec<Tag> = tags.iter().map(Tag::named).collect();
        Ok(Some(caching.cache.invalidate(&tags, mode).await))
    }

    pub(crate) fn caching(&self) -> Option<&Arc<Caching>> {
        self.caching.as_ref()
    }

    pub(crate) fn vary(&self) -> &Vary {
        &self.vary
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
        request: GraphqlRequest<'_>,
        context: RequestContext,
    ) -> Result<Outcome, Refused> {
        let state = self.state.load_full();
        let supergraph = &state.graph.supergraph;
        let document = state.documents.get(supergraph, &request.query).await?;
        let operation = document
            .request(supergraph, request.operation_name.as_deref())
            .map_err(problem::one)?;
        self.check_kind(&operation, &context)?;
        let kind = operation.kind();
        let headers = self.forward.headers(kind, &context.headers, context.peer);
        let asked = Arc::new(Asked {
            document: Arc::clone(&document),
            operation_name: request.operation_name,
            variables: request.variables.into_owned(),
            identity: context.identity,
            headers: Arc::new(headers),
            wish: self.wish(&context.headers),
        });
        let execution = |asked: &Arc<Asked>| Execution {
            pipeline: Arc::clone(&self),
            state: Arc::clone(&state),
            asked: Arc::clone(asked),
            id: context.id,
            deadline: context.deadline,
        };
        let responses = state.responses.as_ref();
        let responses = responses.filter(|_| kind == OperationType::Query);
        if let Some(kept) = responses.and_then(|responses| responses.get(&asked)) {
            return Ok(kept);
        }
        let keep = |outcome: &Result<Outcome, Refused>| {
            if let (Some(responses), Ok(outcome)) = (responses, outcome) {
                responses.keep(&asked, outcome);
            }
        };
        if !self.may_share(kind, &asked) {
            let outcome = execution(&asked).answer().await;
            keep(&outcome);
            return outcome;
        }
        let begin = |asked: &Arc<Asked>| telemetry::for_this_request(execution(asked).answer());
        let waiter = state
            .flights
            .join(Arc::clone(&asked), Terms::default(), begin);
        if waiter.has_joined() {
            self.sharing.joined.inc();
            return waiter.answer().await;
        }
        let outcome = waiter.answer().await;
        keep(&outcome);
        outcome
    }

    /// Whether the answer to what is asked may be the answer to others who ask for the same.
    fn may_share(&self, kind: OperationType, asked: &Asked) -> bool {
        let is_small = asked.variables.len() <= MOST_BYTES;
        let caching = self.caching.as_ref();
        let is_known = caching.is_none_or(|caching| caching.may_share(asked.wish));
        self.sharing.is_on && kind == OperationType::Query && is_small && is_known
    }

    /// What the client says about caching.
    fn wish(&self, headers: &HeaderMap) -> Wish {
        match &self.caching {
            Some(_) => caching::wish(headers),
            None => Wish::default(),
        }
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

#[cfg(test)]
mod tests;
