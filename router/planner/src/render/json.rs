//! Plans as JSON, the contract of `weft plan --format json` (see the crate's README).

use schema_model::Supergraph;
use serde_json::{Value, json};

use super::{names, path, representation, taken};
use crate::plan::{EntityCall, EntityInput, Fetch, FetchInput, QueryPlan};

/// A plan as JSON: `{kind, fetches: [{id, subgraph, after, operationKind, operation, variables, entities}]}`.
pub fn render_json(supergraph: &Supergraph, plan: &QueryPlan) -> Value {
    let waves = plan.waves();
    let fetches = plan.fetches.iter().enumerate();
    let fetches: Vec<Value> = fetches
        .map(|(index, fetch)| fetch_json(supergraph, index, waves[index], fetch))
        .collect();
    json!({ "kind": plan.kind.name(), "fetches": fetches })
}

fn fetch_json(supergraph: &Supergraph, index: usize, wave: usize, fetch: &Fetch) -> Value {
    let after: Vec<u32> = fetch.after.iter().map(|before| before.0).collect();
    let variables: Vec<&str> = fetch.variables.iter().map(|v| v.as_str()).collect();
    let entities = match &fetch.input {
        FetchInput::Root(_) | FetchInput::RootBelow { .. } => Value::Null,
        FetchInput::Entities(calls) => {
            let calls = calls.iter().map(|call| {
                let inputs = call.inputs.iter();
                let inputs: Vec<Value> = inputs.map(|i| input_json(supergraph, call, i)).collect();
                json!({
                    "responseKey": call.response_key.as_str(),
                    "variable": call.variable.as_str(),
                    "inputs": inputs,
                })
            });
            Value::Array(calls.collect())
        }
    };
    let below = match &fetch.input {
        FetchInput::RootBelow { inputs, .. } => {
            let inputs = inputs.iter().map(|input| Value::from(path(&input.path)));
            Value::Array(inputs.collect())
        }
        _ => Value::Null,
    };
    json!({
        "id": index,
        "subgraph": supergraph.subgraph(fetch.subgraph).name,
        "after": after,
        "wave": wave,
        "operationKind": fetch.kind.name(),
        "operation": &*fetch.query,
        "variables": variables,
        "entities": entities,
        "rootBelow": below,
    })
}

fn input_json(supergraph: &Supergraph, call: &EntityCall, input: &EntityInput) -> Value {
    let representations = input.representations.iter().map(|one| {
        json!({
            "types": names(supergraph, &one.types),
            "typename": one.typename.as_str(),
            "fields": representation(supergraph, one),
        })
    });
    let contexts = call.contexts.iter().zip(&input.contexts);
    let contexts = contexts.map(|(context, source)| {
        let variable = context.variable.as_ref();
        json!({
            "variable": variable.map(|variable| variable.name.as_str()),
            "type": variable.map(|variable| &*variable.ty),
            "from": taken(source),
        })
    });
    json!({
        "path": path(&input.path),
        "representations": representations.collect::<Vec<Value>>(),
        "contexts": contexts.collect::<Vec<Value>>(),
    })
}
