//! A plan over subgraphs that say one thing each.

use std::sync::Arc;

use anyhow::Result;
use futures::FutureExt;
use futures::future::BoxFuture;
use router_executor::{
    ExecutablePlan, ExecutionInput, ExecutionOptions, ExecutionOutput, Subgraph, SubgraphError,
    SubgraphRequest, SubgraphResponse,
};
use router_operation::{Document, Limits};
use router_planner::Planner;
use schema_model::Supergraph;

const SDL: &str = include_str!("supergraph.graphql");

/// What can be run.
pub(crate) struct Ready {
    plan: ExecutablePlan,
    subgraphs: Vec<Arc<dyn Subgraph>>,
    bytes: usize,
}

impl Ready {
    pub(crate) fn new(operation: &str, answers: [String; 2]) -> Result<Self> {
        let supergraph = Arc::new(Supergraph::parse(SDL)?);
        let document = Document::parse(&supergraph, operation, &Limits::default())
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let request = document
            .request(&supergraph, None)
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let conditions = request
            .unconditional()
            .ok_or_else(|| anyhow::anyhow!("no conditions"))?;
        let operation = request.normalize(&supergraph, &conditions);
        let plan = Planner::new(supergraph.clone()).plan(&operation)?;
        let bytes = answers.iter().map(String::len).sum();
        let subgraphs = answers.map(|answer| -> Arc<dyn Subgraph> { Arc::new(Says(answer)) });
        Ok(Self {
            plan: ExecutablePlan::compile(&supergraph, Arc::new(plan))?,
            subgraphs: subgraphs.into(),
            bytes,
        })
    }

    /// How many bytes the subgraphs answer with.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn run(&self) -> ExecutionOutput {
        let options = ExecutionOptions::default();
        let input = ExecutionInput {
            subgraphs: &self.subgraphs,
            variables: &[],
            introspection: &[],
            identity: Arc::default(),
            headers: Arc::default(),
            request_id: Arc::from("bench"),
            deadline: None,
            options: &options,
            locate: None,
            note: None,
        };
        futures::executor::block_on(self.plan.execute(&input))
    }
}

struct Says(String);

impl Subgraph for Says {
    fn call<'a>(
        &'a self,
        _: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        async { Ok(SubgraphResponse::json(self.0.clone())) }.boxed()
    }
}
