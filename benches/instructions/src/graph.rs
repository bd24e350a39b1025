//! The graph of the public benchmark, its plans, and its subgraphs as tables of what they answer.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anyhow::{Result, anyhow};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use router_executor::{
    ExecutablePlan, ExecutionInput, ExecutionOptions, Subgraph, SubgraphError, SubgraphRequest,
    SubgraphResponse,
};
use router_operation::{Document, Limits};
use router_planner::Planner;
use schema_model::Supergraph;
use serde::Deserialize;

const SDL: &str = include_str!("../../data/supergraph.graphql");
/// The benchmark's operation.
pub(crate) const OPERATION: &str = include_str!("../../data/operation.graphql");
/// What the subgraphs were asked for it and what they answered; made and watched over by the tests of `router-executor`.
const ANSWERS: &str = include_str!("../../data/answers.json");

/// A list of products, of all subgraphs that know them.
pub(crate) const PRODUCTS: &str = "{ topProducts(first: 1000) { upc name price weight inStock shippingEstimate reviews { id body author { id username name } } } }";

/// The benchmark's supergraph.
pub(crate) fn supergraph() -> Result<Arc<Supergraph>> {
    Ok(Arc::new(Supergraph::parse(SDL)?))
}

/// From an operation's text to something that can be run.
pub(crate) fn prepare(
    supergraph: &Supergraph,
    planner: &Planner,
    operation: &str,
) -> Result<ExecutablePlan> {
    let said = |error| anyhow!("{error:?}");
    let document = Document::parse(supergraph, operation, &Limits::default());
    let document = document.map_err(|errors| anyhow!("{errors:?}"))?;
    let request = document.request(supergraph, None).map_err(said)?;
    let variables = request.coerce_json_variables(supergraph, "{}");
    let conditions = request.conditions(&variables.map_err(said)?);
    let operation = request.normalize(supergraph, &conditions);
    let plan = planner.plan(&operation)?;
    Ok(ExecutablePlan::compile(supergraph, Arc::new(plan))?)
}

/// A plan and the subgraphs it is for.
pub(crate) struct Ready {
    pub(crate) plan: ExecutablePlan,
    subgraphs: Vec<Arc<dyn Subgraph>>,
    options: ExecutionOptions,
}

impl Ready {
    /// The benchmark's operation over what was recorded.
    pub(crate) fn benchmark() -> Result<Self> {
        let recorded: Vec<Recorded> = serde_json::from_str(ANSWERS)?;
        let mut tables: HashMap<String, Table> = HashMap::new();
        for Recorded {
            subgraph,
            request,
            answer,
        } in recorded
        {
            let table = tables.entry(subgraph).or_default();
            table.0.push((Some(request.into()), answer.into()));
        }
        Self::new(OPERATION, tables)
    }

    /// So many different products.
    pub(crate) fn products(count: usize) -> Result<Self> {
        let one = |answer: String| Table(vec![(None, answer.into())]);
        let list =
            |item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
        let entities = |item: &dyn Fn(usize) -> String| {
            format!(r#"{{"data":{{"_entities":[{}]}}}}"#, list(item))
        };
        let products = list(&|i| {
            format!(
                r#"{{"upc":"{i}","name":"Product {i}","price":{},"weight":{}}}"#,
                i * 7 % 1000,
                i * 3 % 500
            )
        });
        let tables = [
            (
                "products",
                one(format!(r#"{{"data":{{"topProducts":[{products}]}}}}"#)),
            ),
            (
                "inventory",
                one(entities(&|i| {
                    format!(r#"{{"inStock":true,"shippingEstimate":{i}}}"#)
                })),
            ),
            (
                "reviews",
                one(entities(&|i| {
                    format!(
                        r#"{{"reviews":[{{"id":"{i}","body":"Not bad, {i} times","author":{{"id":"{i}","username":"user{i}"}}}}]}}"#
                    )
                })),
            ),
            (
                "accounts",
                one(entities(&|i| format!(r#"{{"name":"Somebody {i}"}}"#))),
            ),
        ];
        let tables = tables.map(|(name, table)| (name.to_owned(), table));
        Self::new(PRODUCTS, tables.into())
    }

    fn new(operation: &str, mut tables: HashMap<String, Table>) -> Result<Self> {
        let supergraph = supergraph()?;
        let planner = Planner::new(supergraph.clone());
        let subgraphs = supergraph.subgraphs().iter();
        let subgraphs = subgraphs.map(|subgraph| -> Arc<dyn Subgraph> {
            Arc::new(tables.remove(&subgraph.name).unwrap_or_default())
        });
        Ok(Self {
            subgraphs: subgraphs.collect(),
            plan: prepare(&supergraph, &planner, operation)?,
            options: ExecutionOptions::default(),
        })
    }

    pub(crate) fn input(&self) -> ExecutionInput<'_> {
        ExecutionInput {
            subgraphs: &self.subgraphs,
            variables: &[],
            introspection: &[],
            identity: Arc::default(),
            headers: Arc::default(),
            request_id: Arc::from("bench"),
            deadline: None,
            options: &self.options,
            locate: None,
            note: None,
        }
    }
}

#[derive(Deserialize)]
struct Recorded {
    subgraph: String,
    request: String,
    answer: String,
}

/// Requests (`None`: any) and their answers.
#[derive(Default)]
struct Table(Vec<(Option<Bytes>, Bytes)>);

impl Subgraph for Table {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        async move {
            let is_asked =
                |asked: &Option<Bytes>| asked.as_ref().is_none_or(|b| *b == request.body);
            match self.0.iter().find(|(asked, _)| is_asked(asked)) {
                Some((_, answer)) => Ok(SubgraphResponse::json(answer.clone())),
                None => Err(SubgraphError::Request {
                    detail: "this was not recorded".to_owned(),
                }),
            }
        }
        .boxed()
    }
}

/// Runs a future that never waits for anything.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
