//! One operation through the router and through the monolith, compared.

mod errors;
mod route;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::Operation;
use apollo_compiler::introspection::partial_execute;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use serde_json::{Map, Value};

use crate::coverage::Coverage;
use crate::execute::{Execution, FieldError, Mistake, arguments};
use crate::world::World;

/// An operation with what a client sends along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub operation: String,
    /// Which operation of the document, if there are several.
    pub name: Option<String>,
    pub variables: Map<String, Value>,
    /// Labels of `@override` that are on.
    pub labels: Vec<String>,
}

/// How an answer can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A valid operation is refused.
    Refused,
    /// There is no plan for it.
    NoPlan,
    /// The plan cannot be made executable.
    Inconsistent,
    /// Something panicked.
    Panicked,
    /// A subgraph was asked for what it does not resolve, or given what is not true.
    Violation,
    /// The data differs.
    Data,
    /// Errors are missing, or there are some that should not be.
    Errors,
}

/// What is different.
#[derive(Clone, Debug)]
pub struct Difference {
    pub kind: Kind,
    /// What exactly, in a line.
    pub what: String,
    pub plan: String,
    pub expected: String,
    pub got: String,
}

/// An operation whose answers agree.
#[derive(Clone, Debug)]
pub struct Agreement {
    pub requests: usize,
    pub errors: usize,
    /// What took part in it.
    pub coverage: Coverage,
}

/// What the monolith says.
pub(crate) struct Expected {
    pub(crate) data: Value,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) coverage: Coverage,
}

/// Compares the two answers to a valid request.
///
/// # Errors
/// They differ.
pub fn check(
    world: &Arc<World>,
    request: &Request,
    mistake: Option<Mistake>,
) -> Result<Agreement, Box<Difference>> {
    let run = || compare(world, request, mistake);
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned()));
        Err(difference(Kind::Panicked, text.unwrap_or_default()))
    })
}

pub(crate) fn difference(kind: Kind, what: String) -> Box<Difference> {
    Box::new(Difference {
        kind,
        what,
        plan: String::new(),
        expected: String::new(),
        got: String::new(),
    })
}

/// Whether clients may send the document at all.
pub(crate) fn validate(
    world: &World,
    request: &Request,
) -> Result<Valid<ExecutableDocument>, String> {
    let api = world.supergraph.api();
    let document = ExecutableDocument::parse_and_validate(api, &request.operation, "operation");
    let document = document.map_err(|e| e.to_string())?;
    let operation = document.operations.get(request.name.as_deref());
    let operation = operation.map_err(|e| e.message().to_string())?;
    coerced(world, operation, request)?;
    Ok(document)
}

fn coerced(
    world: &World,
    operation: &Operation,
    request: &Request,
) -> Result<Valid<JsonMap>, String> {
    let given = request.variables.iter();
    let given = given.map(|(name, value)| (name.as_str().into(), value.clone().into()));
    let given: JsonMap = given.collect();
    let api = world.supergraph.api();
    let values = apollo_compiler::request::coerce_variable_values(api, operation, &given);
    values.map_err(|e| e.message().to_string())
}

fn compare(
    world: &Arc<World>,
    request: &Request,
    mistake: Option<Mistake>,
) -> Result<Agreement, Box<Difference>> {
    let expected = expect(world, request, mistake);
    let expected = expected.map_err(|why| difference(Kind::Refused, format!("the rig: {why}")))?;
    let routed = route::route(world, request, mistake)?;
    let data = expected.data.to_string();
    let different = |kind, what: String| {
        let paths = expected
            .errors
            .iter()
            .map(|e| Value::Array(e.path.clone()).to_string());
        let paths: Vec<String> = paths.collect();
        Box::new(Difference {
            kind,
            what,
            plan: routed.plan.clone(),
            expected: format!("{data} errors at {}", paths.join(" ")),
            got: routed.body.clone(),
        })
    };
    if let Some(violation) = routed.violations.first() {
        return Err(different(Kind::Violation, violation.clone()));
    }
    let whole = routed.body.strip_prefix(r#"{"data":"#);
    let rest = whole.and_then(|whole| whole.strip_prefix(data.as_str()));
    let Some(rest) = rest else {
        return Err(different(Kind::Data, "the data differs".to_owned()));
    };
    let got: Vec<Value> = match rest {
        "}" => Vec::new(),
        rest => {
            let errors = rest.strip_prefix(r#","errors":"#);
            let errors = errors.and_then(|rest| rest.strip_suffix('}'));
            let errors = errors.and_then(|errors| serde_json::from_str(errors).ok());
            errors
                .ok_or_else(|| different(Kind::Data, "the data is followed by more".to_owned()))?
        }
    };
    let compared = errors::compare(&expected, &got, routed.was_blind);
    compared.map_err(|what| different(Kind::Errors, what))?;
    let mut coverage = routed.coverage;
    coverage.include(&expected.coverage);
    Ok(Agreement {
        coverage,
        requests: routed.requests,
        errors: got.len(),
    })
}

/// The monolith's answer.
fn expect(world: &World, request: &Request, mistake: Option<Mistake>) -> Result<Expected, String> {
    let document = validate(world, request)?;
    let operation = document.operations.get(request.name.as_deref());
    let operation = operation.map_err(|e| e.message().to_string())?;
    let values = coerced(world, operation, request)?;
    let api = world.supergraph.api();
    let implementers = api.implementers_map();
    let introspection = partial_execute(api, &implementers, &document, operation, &values);
    let introspection = introspection.map_err(|e| e.message().to_string())?;
    let introspection = serde_json::to_value(introspection.data).unwrap_or_default();
    let none = Map::new();
    let mut variables = Map::new();
    for variable in &operation.variables {
        if let Some(value) = values.get(variable.name.as_str()) {
            let value = serde_json::to_value(value).map_err(|e| e.to_string())?;
            let value = arguments::given(api, &variable.ty, value);
            variables.insert(variable.name.to_string(), value);
        }
    }
    let clock = AtomicU64::new(0);
    let mut execution = Execution {
        world,
        schema: api,
        document: &document,
        variables: &variables,
        subgraph: None,
        clock: &clock,
        introspection: introspection.as_object().unwrap_or(&none),
        path: Vec::new(),
        around: Vec::new(),
        errors: Vec::new(),
        violations: Vec::new(),
        was_blind: false,
        coverage: Coverage::default(),
        mistake,
    };
    let data = execution.run(operation);
    Ok(Expected {
        data,
        errors: execution.errors,
        coverage: execution.coverage,
    })
}
