//! What clients ask, and what the answer must be.

use std::fmt::Write;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::graph::Graph;
use crate::synthetic::{self, SCALARS, Service};

const BENCHMARK: &str = include_str!("../../data/operation.graphql");
const BENCHMARK_ANSWER: &str = include_str!("../../data/expected.json");
const ONE_FIELD_ANSWER: &str = r#"{"data":{"me":{"name":"Uri Goldshtein"}}}"#;

/// Items of `answer-8mb`.
const MANY_ITEMS: usize = 7_600;

/// The names of the catalogue, in its order.
pub(crate) const NAMES: [&str; 5] = [
    "benchmark",
    "one-field",
    "entities-1000",
    "answer-8mb",
    "errors-nulls",
];

/// A client's operation.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) graph: Graph,
    pub(crate) text: String,
}

impl Operation {
    /// One of the catalogue.
    pub(crate) fn named(name: &str) -> Result<Self> {
        let (graph, text) = match name {
            "benchmark" => (Graph::Benchmark, BENCHMARK.to_owned()),
            "one-field" => (Graph::Benchmark, "{ me { name } }".to_owned()),
            "entities-1000" => (Graph::Synthetic, entities(1000)),
            "answer-8mb" => (Graph::Synthetic, scalars(MANY_ITEMS, 2 * SCALARS)),
            "errors-nulls" => (Graph::Synthetic, RISKY.to_owned()),
            _ => bail!(
                "there is no operation {name:?}; there are {}",
                NAMES.join(", ")
            ),
        };
        Ok(Self {
            name: name.to_owned(),
            graph,
            text,
        })
    }

    /// An operation on the synthetic graph.
    pub(crate) fn synthetic(name: String, text: String) -> Self {
        Self {
            name,
            graph: Graph::Synthetic,
            text,
        }
    }

    /// The body of the request.
    pub(crate) fn body(&self) -> String {
        json!({"query": self.text}).to_string()
    }

    /// The answer, worked out without a router.
    pub(crate) fn expected(&self) -> Vec<u8> {
        match self.graph {
            Graph::Synthetic => synthetic::answer(Service::Graph, self.body().as_bytes()),
            _ if self.text == BENCHMARK => BENCHMARK_ANSWER.as_bytes().to_vec(),
            _ => ONE_FIELD_ANSWER.as_bytes().to_vec(),
        }
    }
}

const RISKY: &str = "{ items(first: 200) { id name risky { level note } } }";

/// So many items, each with an entity of another subgraph.
pub(crate) fn entities(items: usize) -> String {
    format!("{{ items(first: {items}) {{ id name p1 {{ number text }} }} }}")
}

/// So many items with so many scalar fields, all of one subgraph.
pub(crate) fn scalars(items: usize, fields: usize) -> String {
    let mut selection = String::new();
    for field in 0..fields {
        let kind = if field % 2 == 0 { 'n' } else { 's' };
        let _ = write!(selection, " {kind}{}", field / 2 + 1);
    }
    format!("{{ items(first: {items}) {{ id{selection} }} }}")
}

/// So many items, each with an entity of so many subgraphs.
pub(crate) fn parts(items: usize, parts: usize) -> String {
    let selection: String = (1..=parts)
        .map(|part| format!(" p{part} {{ number text }}"))
        .collect();
    format!("{{ items(first: {items}) {{ id{selection} }} }}")
}

/// The benchmark's operation as nobody sent it before: an aliased field more at its root.
pub(crate) fn unseen(number: &str) -> String {
    BENCHMARK.replace(
        "query TestQuery {",
        &format!("query TestQuery {{ x{number}: __typename"),
    )
}

/// A response, its data as they came.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(default)]
    errors: Vec<Reported>,
}

/// What must be the same of an error.
#[derive(Debug, Deserialize, PartialEq)]
struct Reported {
    message: String,
    #[serde(default)]
    path: Vec<Value>,
}

/// How closely an answer must be the expected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// The same bytes of data, the same errors by message and path.
    Bytes,
    /// Data equal as JSON values.
    Values,
}

/// Says where an answer differs from what it should be.
pub(crate) fn compare(expected: &[u8], got: &[u8], likeness: Likeness) -> Result<()> {
    let expected: Answer<'_> = serde_json::from_slice(expected).context("what is expected")?;
    let got: Answer<'_> = serde_json::from_slice(got)
        .with_context(|| format!("the answer is {}", beginning(&String::from_utf8_lossy(got))))?;
    let values = |text: &RawValue| serde_json::from_str::<Value>(text.get());
    if expected.data.get() != got.data.get() {
        let (expected, got) = (values(expected.data)?, values(got.data)?);
        if let Some(difference) = difference(&expected, &got, "data") {
            bail!("{difference}");
        }
        ensure!(
            likeness == Likeness::Values,
            "the data are the same values in other bytes"
        );
    }
    if likeness == Likeness::Bytes {
        for index in 0..expected.errors.len().max(got.errors.len()) {
            let (expected, got) = (expected.errors.get(index), got.errors.get(index));
            ensure!(
                expected == got,
                "errors[{index}]: {got:?} instead of {expected:?}"
            );
        }
    }
    Ok(())
}

/// The first path at which two values differ, and how.
fn difference(expected: &Value, got: &Value, path: &str) -> Option<String> {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            let keys = expected
                .keys()
                .chain(got.keys().filter(|key| !expected.contains_key(*key)));
            keys.into_iter()
                .find_map(|key| match (expected.get(key), got.get(key)) {
                    (Some(expected), Some(got)) => {
                        difference(expected, got, &format!("{path}.{key}"))
                    }
                    (None, _) => Some(format!("{path}.{key}: not expected")),
                    (_, None) => Some(format!("{path}.{key}: missing")),
                })
        }
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            let pairs = expected.iter().zip(got).enumerate();
            pairs
                .map(|(index, (expected, got))| {
                    difference(expected, got, &format!("{path}[{index}]"))
                })
                .find_map(|found| found)
        }
        _ if expected == got => None,
        _ => Some(format!(
            "{path}: {} instead of {}",
            beginning(&got.to_string()),
            beginning(&expected.to_string())
        )),
    }
}

fn beginning(text: &str) -> String {
    const SHOWN: usize = 120;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
