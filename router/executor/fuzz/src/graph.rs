//! A supergraph, and operations of which one subgraph's answer is the input.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use router_executor::{
    ExecutablePlan, ExecutionInput, ExecutionOptions, Subgraph, SubgraphError, SubgraphRequest,
    SubgraphResponse,
};
use router_operation::{Document, Limits, Operation};
use router_planner::Planner;
use schema_model::Supergraph;

const SDL: &str = include_str!("supergraph.graphql");

/// What subgraph `a` says where `b` is asked about entities: three different ones, one of them twice.
const HOLDERS: &str = r#"{"data":{"holders":[{"id":"1"},{"id":2},{"id":"1"},null,{"id":"3"}]}}"#;

/// Which of the client's holders is which entity.
pub(crate) const ENTITIES: [Option<usize>; 5] = [Some(0), Some(1), Some(0), None, Some(2)];

const OPERATIONS: &[&str] = &[
    "{ item { int float text flag ref kind any must } }",
    "{ item { list grid texts anys kinds refs } }",
    "{ item { part { x y } parts { x y } squares { y } } strict { int } }",
    "{ nodes { __typename n ... on One { i: int } ... on Two { m part { y } } } either { ... on One { n } } }",
    "{ a: item { b: int c: part { d: x } } items { e: int f: items { int must } } }",
    "{ holders { int part { x y } nodes { __typename n } list } }",
];

/// An operation, planned.
pub(crate) struct Target {
    pub(crate) supergraph: Arc<Supergraph>,
    pub(crate) operation: Operation,
    plan: ExecutablePlan,
    /// Entities are asked about.
    pub(crate) has_entities: bool,
}

pub(crate) fn targets() -> Vec<Target> {
    let supergraph = Arc::new(Supergraph::parse(SDL).expect("the supergraph is right"));
    let planner = Planner::new(supergraph.clone());
    let target = |text: &&str| {
        let document = Document::parse(&supergraph, text, &Limits::default());
        let document = document.expect("the operation is right");
        let request = document.request(&supergraph, None).expect("one operation");
        let conditions = request.unconditional().expect("no conditions");
        let operation = request.normalize(&supergraph, &conditions);
        let plan = planner.plan(&operation).expect("there is a plan");
        let plan = ExecutablePlan::compile(&supergraph, Arc::new(plan)).expect("it is consistent");
        Target {
            supergraph: supergraph.clone(),
            operation,
            plan,
            has_entities: text.contains("holders"),
        }
    };
    OPERATIONS.iter().map(target).collect()
}

impl Target {
    /// The client's answer if `b` says this.
    pub(crate) fn answer(&self, body: &[u8]) -> Vec<u8> {
        let says = |body: &[u8]| -> Arc<dyn Subgraph> { Arc::new(Says(body.to_vec())) };
        let subgraphs = [says(HOLDERS.as_bytes()), says(body)];
        let input = ExecutionInput {
            subgraphs: &subgraphs,
            variables: &[],
            introspection: &[],
            identity: Arc::default(),
            headers: Arc::default(),
            request_id: Arc::from("fuzz"),
            deadline: None,
            options: &ExecutionOptions::default(),
            locate: None,
            note: None,
        };
        let output = futures::executor::block_on(self.plan.execute(&input));
        output.body.to_vec()
    }
}

/// A subgraph that says one thing.
struct Says(Vec<u8>);

impl Subgraph for Says {
    fn call<'a>(
        &'a self,
        _: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        async { Ok(SubgraphResponse::json(self.0.clone())) }.boxed()
    }
}
