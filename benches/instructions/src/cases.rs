//! What is counted.

use std::hint::black_box;
use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use quick_cache::sync::Cache;
use router_executor::bench::Stages;
use router_operation::{Conditions, Document, Limits};
use router_planner::Planner;
use schema_model::Supergraph;

use crate::graph::{self, OPERATION, Ready};

/// The answer to the benchmark's operation.
const EXPECTED: &[u8] = include_bytes!("../../data/expected.json");

/// How many entities a list is long.
const MANY: usize = 1000;

/// Something that can be run any number of times.
pub(crate) type Run = Box<dyn FnMut()>;

/// Something to count.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    ready: fn() -> Result<Run>,
}

impl Case {
    /// Makes it ready to run.
    pub(crate) fn ready(&self) -> Result<Run> {
        (self.ready)()
    }
}

/// All of them. Those without a number are of the benchmark's operation.
pub(crate) const CASES: &[Case] = &[
    // A new operation: parsing, validation, normal form, plan, compiled plan.
    Case {
        name: "cold",
        ready: cold,
    },
    // A known one: document by text, variables, conditions, plan by document and conditions.
    Case {
        name: "plan-hit",
        ready: plan_hit,
    },
    // Reading the answers of all subgraphs.
    Case {
        name: "ingest",
        ready: || stage(benchmark()?, Stages::ingest),
    },
    // Making the requests of all fetches.
    Case {
        name: "representations",
        ready: || stage(benchmark()?, Stages::requests),
    },
    // Writing the client's answer.
    Case {
        name: "write",
        ready: || stage(benchmark()?, Stages::write),
    },
    // The whole plan, over subgraphs that answer at once.
    Case {
        name: "execute",
        ready: || execute(benchmark()?),
    },
    // The same for a list of that many different entities, each in four subgraphs.
    Case {
        name: "ingest-1000",
        ready: || stage(Ready::products(MANY)?, Stages::ingest),
    },
    Case {
        name: "representations-1000",
        ready: || stage(Ready::products(MANY)?, Stages::requests),
    },
    Case {
        name: "write-1000",
        ready: || stage(Ready::products(MANY)?, Stages::write),
    },
    Case {
        name: "execute-1000",
        ready: || execute(Ready::products(MANY)?),
    },
];

fn cold() -> Result<Run> {
    let supergraph = graph::supergraph()?;
    let planner = Planner::new(supergraph.clone());
    Ok(Box::new(move || {
        drop(black_box(graph::prepare(&supergraph, &planner, OPERATION)));
    }))
}

/// Document, operation and the values of its conditions.
type PlanKey = (u64, Option<Box<str>>, Conditions);

/// As the router's pipeline does it.
struct Hit {
    supergraph: Arc<Supergraph>,
    documents: Cache<String, Arc<(u64, Document)>>,
    plans: Cache<PlanKey, Arc<str>>,
}

impl Hit {
    fn find(&self, text: &str, variables: &str) -> Option<Arc<str>> {
        let document = self.documents.get(text)?;
        let request = document.1.request(&self.supergraph, None).ok()?;
        let variables = request.coerce_json_variables(&self.supergraph, variables);
        let conditions = request.conditions(&variables.ok()?);
        let name = request.name().map(Box::from);
        self.plans.get(&(document.0, name, conditions))
    }
}

fn plan_hit() -> Result<Run> {
    let supergraph = graph::supergraph()?;
    let document = Document::parse(&supergraph, OPERATION, &Limits::default());
    let document = document.map_err(|errors| anyhow!("{errors:?}"))?;
    let request = document.request(&supergraph, None);
    let request = request.map_err(|error| anyhow!("{error:?}"))?;
    let conditions = request.unconditional();
    let conditions = conditions.ok_or_else(|| anyhow!("an operation without conditions"))?;
    let name = request.name().map(Box::from);
    let hit = Hit {
        documents: Cache::new(100),
        plans: Cache::new(100),
        supergraph,
    };
    hit.plans.insert((1, name, conditions), Arc::from("a plan"));
    let document = Arc::new((1, document));
    hit.documents.insert(OPERATION.to_owned(), document);
    ensure!(hit.find(OPERATION, "{}").is_some(), "nothing is found");
    Ok(Box::new(move || drop(black_box(hit.find(OPERATION, "{}")))))
}

/// The benchmark's operation, after its answer was compared.
fn benchmark() -> Result<Ready> {
    let ready = Ready::benchmark()?;
    let output = graph::block_on(ready.plan.execute(&ready.input()));
    ensure!(
        output.body == EXPECTED,
        "the answer is not benches/data/expected.json; if the plan is another one now, record what the subgraphs \
         answer again: UPDATE_CASES=1 cargo test -p router-executor recorded"
    );
    Ok(ready)
}

fn execute(ready: Ready) -> Result<Run> {
    let output = graph::block_on(ready.plan.execute(&ready.input()));
    ensure!(output.errors == 0, "{:?}", output.body);
    Ok(Box::new(move || {
        drop(black_box(graph::block_on(
            ready.plan.execute(&ready.input()),
        )));
    }))
}

/// One stage, of an execution that is run before. What it reads lives as long as the process.
fn stage(ready: Ready, stage: fn(&Stages<'static>) -> usize) -> Result<Run> {
    let ready: &'static Ready = Box::leak(Box::new(ready));
    let input = Box::leak(Box::new(ready.input()));
    let stages = graph::block_on(Stages::run(&ready.plan, input));
    ensure!(stage(&stages) > 0, "there is nothing to do");
    Ok(Box::new(move || {
        black_box(stage(&stages));
    }))
}
