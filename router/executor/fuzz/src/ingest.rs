//! Any answer of a subgraph: what clients get is what `serde_json` and the specification make of it.
#![no_main]

mod graph;
mod mutate;
mod reference;

use libfuzzer_sys::{Corpus, fuzz_crossover, fuzz_mutator, fuzz_target};
use serde_json::Value;

use graph::Target;
use reference::Reference;

thread_local! {
    static TARGETS: Vec<Target> = graph::targets();
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((&choice, body)) = data.split_first() else {
        return Corpus::Reject;
    };
    TARGETS.with(|targets| check(&targets[choice as usize % targets.len()], body));
    Corpus::Keep
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
    mutate::cross(one, other, out, seed)
});

fn check(target: &Target, body: &[u8]) {
    let answer = target.answer(body);
    let answer: Value = serde_json::from_slice(&answer).expect("the answer is JSON");
    for error in answer["errors"].as_array().into_iter().flatten() {
        check_error(error, &answer["data"]);
    }
    let Some(expected) = Reference::read(target, body) else {
        return;
    };
    let text = String::from_utf8_lossy(body);
    assert_eq!(
        answer["data"], expected.data,
        "the data is another: {text}\n{answer}"
    );
    assert_eq!(
        answer.get("errors").is_some(),
        expected.has_errors,
        "errors are missing, or for nothing: {text}\n{answer}"
    );
}

/// An error says what and whose, and its path leads somewhere.
fn check_error(error: &Value, data: &Value) {
    assert!(error["message"].is_string(), "{error}");
    assert!(error["extensions"]["code"].is_string(), "{error}");
    let mut at = data;
    for step in error["path"].as_array().into_iter().flatten() {
        if at.is_null() {
            return;
        }
        let next = match step {
            Value::String(key) => at.get(key),
            index => index
                .as_u64()
                .and_then(|index| at.get(usize::try_from(index).ok()?)),
        };
        let Some(next) = next else {
            // An index beyond the end is the subgraph's; a key is the client's or not there.
            assert!(
                step.is_number() && at.is_array(),
                "{error} leads nowhere: {data}"
            );
            return;
        };
        at = next;
    }
}
