//! Any request against a few supergraphs: an error, or a plan.
#![no_main]

mod mutate;

use std::sync::{Arc, LazyLock};

use apollo_compiler::ast;
use libfuzzer_sys::{Corpus, fuzz_crossover, fuzz_mutator, fuzz_target};
use router_executor::ExecutablePlan;
use router_operation::{Document, Limits, OperationError, Request};
use router_planner::{PlanError, Planner, render_json, render_text};
use schema_model::Supergraph;

const SDL: [&str; 3] = [
    include_str!("../supergraphs/rules.graphql"),
    include_str!("../../../../benches/query-bombs/supergraph.graphql"),
    include_str!("../../../../benches/data/supergraph.graphql"),
];
const VARIABLES: &str = "\n#--- variables";

static PLANNERS: LazyLock<Vec<Planner>> = LazyLock::new(|| {
    let supergraphs = SDL.iter().map(|sdl| Supergraph::parse(sdl).expect("a supergraph"));
    supergraphs.map(|one| Planner::new(Arc::new(one))).collect()
});

fuzz_target!(|data: &[u8]| -> Corpus {
    let text = String::from_utf8_lossy(data);
    let (document, variables) = text.split_once(VARIABLES).unwrap_or((&text, "{}"));
    let number = document.as_bytes().get(1).map_or(0, |digit| usize::from(digit % 3));
    check(&PLANNERS[number], document, variables.trim());
    Corpus::Keep
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
    mutate::cross(one, other, out, seed)
});

fn check(planner: &Planner, source: &str, variables: &str) {
    let supergraph = planner.supergraph();
    let document = match Document::parse(supergraph, source, &limits()) {
        Ok(document) => document,
        Err(errors) => {
            assert!(!errors.is_empty(), "refused without an error");
            errors.iter().for_each(explained);
            return;
        }
    };
    let named = ast::Document::parse(source, "operation.graphql").expect("it parsed before");
    for definition in &named.definitions {
        let ast::Definition::OperationDefinition(operation) = definition else {
            continue;
        };
        let name = operation.name.as_ref().map(|name| name.as_str());
        match document.request(supergraph, name) {
            Ok(request) => run(planner, &request, variables),
            Err(error) => explained(&error),
        }
    }
}

fn run(planner: &Planner, request: &Request<'_>, variables: &str) {
    let supergraph = planner.supergraph();
    let variables = match request.coerce_json_variables(supergraph, variables) {
        Ok(variables) => variables,
        Err(error) => return explained(&error),
    };
    let conditions = request.conditions(&variables);
    let operation = request.normalize(supergraph, &conditions);
    if let Err(error) = request.introspect(supergraph, &variables) {
        explained(&error);
    }
    request.locate(&conditions, &["node", "child", "id"]);
    let plan = match planner.plan(&operation) {
        Ok(plan) => plan,
        Err(PlanError::TooComplex { .. }) => return,
        Err(error) => panic!("a valid operation has no plan: {error}"),
    };
    let text = render_text(supergraph, &plan);
    let again = planner.plan(&operation).expect("there was a plan before");
    assert_eq!(text, render_text(supergraph, &again), "not the same plan");
    let json = render_json(supergraph, &plan);
    for fetch in json["fetches"].as_array().into_iter().flatten() {
        let sent = fetch["operation"].as_str().expect("an operation");
        ast::Document::parse(sent, "fetch.graphql").expect("what is sent is GraphQL");
    }
    ExecutablePlan::compile(supergraph, Arc::new(plan)).expect("an executable plan");
}

fn explained(error: &OperationError) {
    assert!(!error.message.is_empty(), "{error:?}");
    assert!(error.message.len() < 100_000, "a message without end");
}

/// The router's.
fn limits() -> Limits {
    Limits {
        depth: 30,
        ..Limits::default()
    }
}
