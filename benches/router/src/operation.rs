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
    text: String,
    /// What is known to be the answer; on the synthetic graph it is worked out.
    answer: Option<&'static str>,
}

impl Operation {
    /// One of the catalogue.
    pub(crate) fn named(name: &str) -> Result<Self> {
        let on_benchmark = |text: &str, answer| Self {
            name: name.to_owned(),
            graph: Graph::Benchmark,
            text: text.to_owned(),
            answer: Some(answer),
        };
        Ok(match name {
            "benchmark" => on_benchmark(BENCHMARK, BENCHMARK_ANSWER),
            "one-field" => on_benchmark("{ me { name } }", ONE_FIELD_ANSWER),
            "entities-1000" => Self::synthetic(name, entities(1000)),
            "answer-8mb" => Self::synthetic(name, scalars(MANY_ITEMS, 2 * SCALARS)),
            "errors-nulls" => Self::synthetic(name, RISKY.to_owned()),
            _ => bail!(
                "there is no operation {name:?}; there are {}",
                NAMES.join(", ")
            ),
        })
    }

    /// An operation on the synthetic graph.
    pub(crate) fn synthetic(name: &str, text: String) -> Self {
        Self {
            name: name.to_owned(),
            graph: Graph::Synthetic,
            text,
            answer: None,
        }
    }

    /// The body of the request.
    pub(crate) fn body(&self) -> String {
        json!({"query": self.text}).to_string()
    }

    /// The answer, had without a router.
    pub(crate) fn expected(&self) -> Vec<u8> {
        match self.answer {
            Some(answer) => answer.as_bytes().to_vec(),
            None => synthetic::answer(Service::Graph, self.body().as_bytes()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_an_answer() {
        for name in NAMES {
            let operation = Operation::named(name).unwrap();
            let expected = operation.expected();
            compare(&expected, &expected, Likeness::Bytes).unwrap();
            let answer: Value = serde_json::from_slice(&expected).unwrap();
            let errors = answer["errors"].as_array().map_or(0, Vec::len);
            let (bytes, failures) = match name {
                "answer-8mb" => (7_500_000..8_500_000, 0),
                "errors-nulls" => (20_000..25_000, 20),
                _ => (1..200_000, 0),
            };
            assert!(
                bytes.contains(&expected.len()),
                "{name}: {} bytes",
                expected.len()
            );
            assert_eq!(errors, failures, "{name}");
        }
        assert!(Operation::named("nothing").is_err());
    }

    #[test]
    fn an_unseen_operation_is_the_benchmark_s_and_a_field_more() {
        let unseen = unseen("7_1");
        assert!(
            unseen.contains("query TestQuery { x7_1: __typename\n  users {"),
            "{unseen}"
        );
        assert!(apollo_compiler::ast::Document::parse(unseen, "unseen.graphql").is_ok());
    }

    fn check(expected: &str, got: &str, likeness: Likeness, says: Option<&str>) {
        let outcome = compare(expected.as_bytes(), got.as_bytes(), likeness);
        let said = outcome.err().map(|error| error.to_string());
        assert_eq!(said.as_deref(), says, "{got}");
    }

    #[test]
    fn the_first_difference_is_named() {
        let expected = r#"{"data":{"a":[{"b":1,"c":null},{"b":2,"c":"x"}]}}"#;
        let cases = [
            (
                r#"{"data":{"a":[{"b":1,"c":null},{"b":2,"c":"x"}]},"errors":[]}"#,
                None,
            ),
            (
                r#"{"data":{"a":[{"b":1,"c":null},{"b":3,"c":"x"}]}}"#,
                Some("data.a[1].b: 3 instead of 2"),
            ),
            (
                r#"{"data":{"a":[{"b":1},{"b":2,"c":"x"}]}}"#,
                Some("data.a[0].c: missing"),
            ),
            (
                r#"{"data":{"a":[{"b":1,"c":null},{"b":2,"c":"x","d":0}]}}"#,
                Some("data.a[1].d: not expected"),
            ),
            (
                r#"{"data":{"a":[]}}"#,
                Some(r#"data.a: [] instead of [{"b":1,"c":null},{"b":2,"c":"x"}]"#),
            ),
            (
                r#"{"data":null}"#,
                Some(r#"data: null instead of {"a":[{"b":1,"c":null},{"b":2,"c":"x"}]}"#),
            ),
        ];
        for (got, says) in cases {
            check(expected, got, Likeness::Bytes, says);
            check(expected, got, Likeness::Values, says);
        }
        check(
            expected,
            "oops",
            Likeness::Values,
            Some("the answer is oops"),
        );
    }

    #[test]
    fn only_equal_bytes_are_the_same_bytes() {
        let expected = r#"{"data":{"a":"é","b":1}}"#;
        let other_bytes = Some("the data are the same values in other bytes");
        for got in [
            r#"{"data":{"b":1,"a":"é"}}"#,
            r#"{"data": {"a":"\u00e9","b":1}}"#,
        ] {
            check(expected, got, Likeness::Values, None);
            check(expected, got, Likeness::Bytes, other_bytes);
        }
    }

    #[test]
    fn errors_are_compared_by_message_and_path() {
        let expected = r#"{"data":{"a":null},"errors":[{"message":"no","path":["a"]}]}"#;
        let same = r#"{"data":{"a":null},"errors":[{"path":["a"],"message":"no","extensions":{"code":"X"}}]}"#;
        check(expected, same, Likeness::Bytes, None);
        for (wrong, found) in [
            (r#"{"data":{"a":null}}"#, "None"),
            (
                r#"{"data":{"a":null},"errors":[{"message":"no","path":["b"]}]}"#,
                r#"Some(Reported { message: "no", path: [String("b")] })"#,
            ),
        ] {
            let says = format!(
                r#"errors[0]: {found} instead of Some(Reported {{ message: "no", path: [String("a")] }})"#
            );
            check(expected, wrong, Likeness::Bytes, Some(&says));
            check(expected, wrong, Likeness::Values, None);
        }
    }
}
