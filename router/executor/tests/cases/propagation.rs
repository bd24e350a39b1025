//! Null propagation across fetches, against the specification carried out in one piece.
//!
//! Faults belong to the data: a field of an object is broken wherever the object is met. The model completes the
//! client's operation over the data as section 6.4 has it, knowing nothing of fetches. The subgraphs complete what they
//! are asked, some with propagation of their own and some without. What clients get must be the same to the byte,
//! and every null that is there because of an error must be explained.

mod model;
mod service;
mod world;

use std::sync::Arc;

use router_executor::{ExecutionOptions, Subgraph};
use serde_json::{Value, json};

use super::fixture::{Case, GRAPH, JOIN};
use model::Model;
use service::Service;
use world::{Faults, World};

const OPERATIONS: &[&str] = &[
    "{ me { id name nick age rating tags grid } strict { name } }",
    "{ users { name nick posts { title likes } visits } }",
    "{ users { nick posts { title likes } rank } }",
    "{ u: users { n: nick p: posts { t: title author { s: strictPosts { l: likes } } } } }",
    "{ strictUsers { nick rank friends { name strictPosts { id likes } rank } } }",
    "{ users { squares { visits best { rank name } } friends { nick visits } } }",
    "{ me { squares { name posts { author { rank } } } } }",
    "{ nodes { __typename id ... on User { name visits posts { title } } ... on Robot { model } } node { id } }",
    "{ things { ... on Post { title likes author { name rank } } ... on Note { text } } }",
    "{ post { title author { nick age rank best { age rank } } likes } }",
    "{ me { posts { likes } rank } users { posts { likes } visits } post { author { posts { likes } } } }",
    "{ a: users { best { x: posts { y: title } } } b: users { best { posts { likes } z: best { visits } } } }",
    "{ info { a b c } infos { b c x: a } me { rank } }",
    "mutation { rename(name: \"a\") { name posts { likes } } publish(title: \"t\") { author { rank } } }",
    "mutation { replace(name: \"a\") { rank strictPosts { title } } reprint(title: \"t\") { likes author { rank } } }",
];

async fn answer(case: &Case, world: &World) -> Value {
    let names = case.supergraph.subgraphs().iter();
    let subgraphs = names.map(|subgraph| -> Arc<dyn Subgraph> {
        Arc::new(Service {
            world: world.clone(),
            name: subgraph.name.clone(),
        })
    });
    let subgraphs: Vec<_> = subgraphs.collect();
    let mut options = ExecutionOptions::default();
    options.limits.errors = 100_000;
    options.limits.paths_per_error = 100_000;
    let output = case.run(&subgraphs, &options).await;
    let text = String::from_utf8(output.body.to_vec()).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// How many errors there were.
async fn check(operation: &str, case: &Case, faults: Faults) -> usize {
    let world = World {
        supergraph: case.supergraph.clone(),
        faults,
    };
    let answer = answer(case, &world).await;
    let model = Model::complete(&world, operation);
    let context = format!("{faults:?}: {operation}\n{answer:#}\n{model:#?}");
    assert_eq!(
        answer["data"].to_string(),
        model.data.to_string(),
        "{context}"
    );
    let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let paths: Vec<&[Value]> = errors
        .iter()
        .filter_map(|e| Some(&e["path"].as_array()?[..]))
        .collect();
    // Where a path is told, something is wrong there, or further below than is known.
    for path in &paths {
        let is_known = model.errors.iter().any(|(at, _)| at.starts_with(path));
        assert!(is_known, "nothing is wrong at {path:?}: {context}");
    }
    for (index, error) in errors.iter().enumerate() {
        let is_told_again = errors[index + 1..].contains(error) && error["path"].is_array();
        assert!(!is_told_again, "{error} is told twice: {context}");
    }
    // Every null is explained where it stands, or below.
    for (_, null) in &model.errors {
        let is_explained = paths.iter().any(|path| path.starts_with(null));
        assert!(is_explained, "{null:?} is not explained: {context}");
    }
    assert_eq!(errors.is_empty(), model.errors.is_empty(), "{context}");
    errors.len()
}

#[tokio::test]
async fn what_clients_get_is_what_the_specification_says() {
    let mut errors = 0;
    for operation in OPERATIONS {
        let case = Case::new(&format!("{JOIN}{GRAPH}"), operation, json!({}));
        let calm = Faults {
            seed: 1,
            one_in: 0,
            down: None,
        };
        assert_eq!(check(operation, &case, calm).await, 0);
        for seed in 0..60 {
            let one_in = [4, 10, 30, 100][seed as usize % 4];
            let faults = Faults {
                seed,
                one_in,
                down: None,
            };
            errors += check(operation, &case, faults).await;
        }
    }
    assert!(errors > 500, "{errors}");
}

#[tokio::test]
async fn a_subgraph_that_is_down_breaks_its_own_fields() {
    let mut errors = 0;
    for operation in OPERATIONS.iter().filter(|text| !text.contains("info")) {
        let case = Case::new(&format!("{JOIN}{GRAPH}"), operation, json!({}));
        for down in ["users", "posts", "stats"] {
            for seed in 0..20 {
                let faults = Faults {
                    seed,
                    one_in: if seed % 2 == 0 { 0 } else { 20 },
                    down: Some(down),
                };
                errors += check(operation, &case, faults).await;
            }
        }
    }
    assert!(errors > 1000, "{errors}");
}
