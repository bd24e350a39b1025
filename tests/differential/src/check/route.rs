//! A request through the router: everything from the text to the bytes of the answer, in this process.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use router_executor::{ExecutablePlan, ExecutionInput, ExecutionOptions, Subgraph};
use router_operation::{Document, Limits, OperationError};
use router_planner::{ActiveLabels, render_text};
use tokio::runtime::Runtime;

use super::{Difference, Kind, Request, difference};
use crate::coverage::Coverage;
use crate::execute::Mistake;
use crate::simulate::{Log, Simulator};
use crate::world::World;

thread_local! {
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
}

/// The router's answer, and how it came about.
pub(crate) struct Routed {
    pub(crate) body: String,
    pub(crate) plan: String,
    pub(crate) requests: usize,
    pub(crate) violations: Vec<String>,
    /// There may be errors about what the client does not want.
    pub(crate) was_blind: bool,
    pub(crate) coverage: Coverage,
}

pub(crate) fn route(
    world: &Arc<World>,
    request: &Request,
    mistake: Option<Mistake>,
) -> Result<Routed, Box<Difference>> {
    let refused = |error: &OperationError| difference(Kind::Refused, error.message.clone());
    let supergraph = &world.supergraph;
    let document = Document::parse(supergraph, &request.operation, &Limits::default());
    let document = document.map_err(|errors| refused(&errors[0]))?;
    let picked = document.request(supergraph, request.name.as_deref());
    let picked = picked.map_err(|e| refused(&e))?;
    let variables = picked.coerce_variables(supergraph, request.variables.clone());
    let variables = variables.map_err(|e| refused(&e))?;
    let conditions = picked.conditions(&variables);
    let operation = picked.normalize(supergraph, &conditions);
    let labels = request.labels.iter().map(|label| Arc::from(label.as_str()));
    let labels: ActiveLabels = labels.collect();
    let labels = labels.among(&world.planner.labels_of(&operation));
    let plan = world.planner.plan_with(&operation, &labels);
    let plan = Arc::new(plan.map_err(|e| difference(Kind::NoPlan, e.to_string()))?);
    let rendered = render_text(supergraph, &plan);
    let executable = ExecutablePlan::compile(supergraph, plan);
    let executable = executable.map_err(|e| {
        let mut found = difference(Kind::Inconsistent, e.to_string());
        found.plan.clone_from(&rendered);
        found
    })?;
    let introspection = picked.introspect(supergraph, &variables);
    let introspection = introspection.map_err(|e| refused(&e))?;
    let log = Arc::new(Log::default());
    let subgraphs: Vec<Arc<dyn Subgraph>> = (0..world.subgraphs.len())
        .map(|index| -> Arc<dyn Subgraph> {
            Arc::new(Simulator {
                world: Arc::clone(world),
                index,
                log: Arc::clone(&log),
                mistake,
                labels: request.labels.clone(),
            })
        })
        .collect();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(n, v)| (n.as_str(), v)).collect();
    let locate = |keys: &[&str]| {
        let found = picked.locate(&conditions, keys).into_iter();
        found.map(|at| (at.line, at.column)).collect::<Vec<_>>()
    };
    let input = ExecutionInput {
        subgraphs: &subgraphs,
        variables: &variables,
        introspection: &introspection,
        identity: Arc::default(),
        headers: Arc::default(),
        request_id: Arc::from("rig"),
        deadline: None,
        options: &ExecutionOptions::default(),
        locate: Some(&locate),
        note: None,
    };
    let output = wait(executable.execute(&input));
    let violations = log.violations.lock().unwrap_or_else(|e| e.into_inner());
    let coverage = log.coverage.lock().unwrap_or_else(|e| e.into_inner());
    Ok(Routed {
        coverage: coverage.clone(),
        body: String::from_utf8_lossy(&output.body).into_owned(),
        plan: rendered,
        requests: log.requests.load(Ordering::SeqCst),
        violations: violations.clone(),
        was_blind: log.was_blind.load(Ordering::SeqCst),
    })
}

/// Runs a future on this thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.with_borrow_mut(|runtime| {
        let runtime = runtime.get_or_insert_with(|| {
            let built = tokio::runtime::Builder::new_current_thread().build();
            built.unwrap_or_else(|error| panic!("a runtime: {error}"))
        });
        runtime.block_on(future)
    })
}
