//! Whole operations over invented data: exact without faults; with faults at random, what is left is right and what
//! is missing is accounted for.

use std::sync::Arc;

use router_executor::{ExecutionOptions, Subgraph};
use router_operation::{Document, FieldTarget, Limits, SelectionSet, collect_fields};
use schema_model::{Supergraph, TypeId, TypeRef};
use serde_json::{Map, Value, json};

use super::fixture::{Case, GRAPH, JOIN};
use super::monolith::{Chaos, Invented, Run};

const OPERATIONS: &[&str] = &[
    "{ me { id name nick age rating admin role meta tags grid } }",
    "{ u: users { n: nick posts { t: title likes } visits } strict { name rank } }",
    "{ users { posts { author { posts { author { visits nick } } } } squares { visits best { rank } } } }",
    "{ nodes { __typename id ... on User { visits posts { title } } ... on Robot { model } } node { id } }",
    "{ things { __typename ... on Post { title likes author { name } } ... on Note { text } } }",
    "{ strictUsers { strictPosts { id likes } rank friends { strictPosts { title } rank } } }",
    "{ me { posts { likes } rank } users { posts { likes } rank visits } post { author { posts { likes } } } }",
    "{ a: users { best { x: posts { y: title } } } b: users { best { posts { likes } z: best { visits } } } }",
    "{ users { visits } post { likes author { visits } } info { a b c } infos { b c x: a } }",
    "mutation { rename(name: \"a\") { nick posts { likes } } publish(title: \"t\") { author { rank } } }",
];

async fn answer(case: &Case, chaos: Chaos) -> Value {
    let names = case.supergraph.subgraphs().iter();
    let subgraphs: Vec<Arc<dyn Subgraph>> = names
        .map(|subgraph| -> Arc<dyn Subgraph> {
            Arc::new(Invented {
                supergraph: case.supergraph.clone(),
                chaos,
                name: subgraph.name.clone(),
            })
        })
        .collect();
    let output = case.run(&subgraphs, &ExecutionOptions::default()).await;
    let text = String::from_utf8(output.body.to_vec()).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

const CALM: Chaos = Chaos { seed: 0, one_in: 0 };

/// What the data gives in one piece, nulls propagated.
fn expected(case: &Case, operation: &str) -> Value {
    Run::new(&case.supergraph, CALM).respond(operation, &json!({}))
}

#[tokio::test]
async fn the_parts_make_the_whole() {
    for operation in OPERATIONS {
        let case = Case::new(&format!("{JOIN}{GRAPH}"), operation, json!({}));
        let answer = answer(&case, CALM).await;
        assert_eq!(
            answer.to_string(),
            expected(&case, operation).to_string(),
            "{operation}"
        );
    }
}

#[tokio::test]
async fn faults_take_away_but_do_not_falsify() {
    let mut with_errors = 0;
    for operation in OPERATIONS {
        let case = Case::new(&format!("{JOIN}{GRAPH}"), operation, json!({}));
        let whole = expected(&case, operation);
        for seed in 0..60 {
            let one_in = [3, 8, 20, 60][seed as usize % 4];
            let answer = answer(&case, Chaos { seed, one_in }).await;
            let context = format!("seed {seed}, one in {one_in}: {operation}\n{answer}\n{whole}");
            assert_part_of(&answer["data"], &whole["data"], &context);
            assert_typed(&case.supergraph, operation, &answer["data"], &context);
            let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
            for error in errors {
                assert_error(error, &answer["data"], &context);
            }
            if answer["data"].is_null() {
                assert!(!errors.is_empty(), "{context}");
            }
            with_errors += usize::from(!errors.is_empty());
        }
    }
    assert!(with_errors > 300, "{with_errors}");
}

/// Whatever is not null is what it would have been. `rank` is left out: it follows from what was required.
fn assert_part_of(part: &Value, whole: &Value, context: &str) {
    match (part, whole) {
        (Value::Null, _) => {}
        (Value::Object(part), Value::Object(whole)) => {
            let keys = |object: &Map<String, Value>| object.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(part), keys(whole), "{context}");
            for (key, value) in part {
                if key != "rank" {
                    assert_part_of(value, &whole[key], context);
                }
            }
        }
        (Value::Array(part), Value::Array(whole)) => {
            assert_eq!(part.len(), whole.len(), "{context}");
            for (part, whole) in part.iter().zip(whole) {
                assert_part_of(part, whole, context);
            }
        }
        (part, whole) => assert_eq!(part, whole, "{context}"),
    }
}

/// No null where none may be.
fn assert_typed(supergraph: &Supergraph, operation: &str, data: &Value, context: &str) {
    let document = Document::parse(supergraph, operation, &Limits::default()).unwrap();
    let request = document.request(supergraph, None).unwrap();
    let conditions = request.unconditional().unwrap();
    let operation = request.normalize(supergraph, &conditions);
    if let Value::Object(object) = data {
        let sets = [&operation.selection_set];
        assert_object(supergraph, &sets, operation.root, object, context);
    }
}

fn assert_object(
    supergraph: &Supergraph,
    sets: &[&SelectionSet],
    ty: TypeId,
    object: &Map<String, Value>,
    context: &str,
) {
    for field in collect_fields(supergraph, sets, ty) {
        let FieldTarget::Field(id) = field.target else {
            continue;
        };
        let value = object.get(field.response_key.as_str());
        let value = value.unwrap_or_else(|| panic!("{} is there: {context}", field.response_key));
        let ty = supergraph.field(id).ty;
        assert_value(supergraph, &field.selection_sets, ty, value, context);
    }
}

fn assert_value(
    supergraph: &Supergraph,
    sets: &[&SelectionSet],
    ty: TypeRef,
    value: &Value,
    context: &str,
) {
    match value {
        Value::Null => assert!(!ty.is_non_null(), "{context}"),
        Value::Array(items) if ty.is_list() => {
            for item in items {
                assert_value(supergraph, sets, ty.item().unwrap(), item, context);
            }
        }
        Value::Object(object) if supergraph.ty(ty.named()).is_composite() => {
            // Where the type is not said, only an object type is known.
            let runtime = object.get("__typename").and_then(Value::as_str);
            let runtime = runtime.map_or(ty.named(), |name| supergraph.type_named(name).unwrap());
            if !supergraph.ty(runtime).is_abstract() {
                assert_object(supergraph, sets, runtime, object, context);
            }
        }
        _ => assert!(!supergraph.ty(ty.named()).is_composite(), "{context}"),
    }
}

/// An error says what, whose, and where: the path leads to a null or to a value of the answer.
fn assert_error(error: &Value, data: &Value, context: &str) {
    assert!(error["message"].is_string(), "{context}");
    assert!(error["extensions"]["code"].is_string(), "{context}");
    let Some(path) = error.get("path") else {
        return;
    };
    let mut at = data;
    for step in path.as_array().unwrap() {
        if at.is_null() {
            return;
        }
        let next = match step {
            Value::String(key) => at.get(key),
            index => at.get(usize::try_from(index.as_u64().unwrap()).unwrap()),
        };
        at = next.unwrap_or_else(|| panic!("{path} leads nowhere: {context}"));
    }
}
