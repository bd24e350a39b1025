//! The inputs are what they say, and composition comes to an end with them.

use std::time::{Duration, Instant};

use benches_composition::{INPUTS, input};
use schema_composition::{Code, compose};

fn bytes(name: &str) -> usize {
    let subgraphs = input(name).unwrap().subgraphs();
    subgraphs.iter().map(|one| one.sdl.len()).sum()
}

#[test]
fn inputs_are_the_same_in_every_run() {
    for input in INPUTS.iter().filter(|input| input.name != "shared-types") {
        assert_eq!(input.subgraphs(), input.subgraphs(), "{}", input.name);
    }
}

#[test]
fn the_company_has_190_subgraphs_and_half_a_megabyte() {
    assert_eq!(input("company").unwrap().subgraphs().len(), 190);
    let size = bytes("company");
    assert!((500_000..600_000).contains(&size), "{size} bytes");
}

#[test]
fn the_large_subgraph_is_just_within_the_limit() {
    let limit = 16 << 20;
    assert!((limit * 4 / 5..limit).contains(&bytes("one-large")));
}

/// Without optimisation, on a busy machine; optimised it is a hundredth.
const BOUNDED_TIME: Duration = Duration::from_secs(100);

/// What composition says of an input: the codes of its errors.
fn codes(name: &str) -> Vec<Code> {
    let start = Instant::now();
    let outcome = compose(&input(name).unwrap().subgraphs());
    let took = start.elapsed();
    assert!(took < BOUNDED_TIME, "{name} took {took:?}");
    outcome.map_or_else(
        |failed| failed.errors().map(|error| error.code).collect(),
        |_| Vec::new(),
    )
}

#[test]
fn the_company_composes() {
    assert_eq!(codes("company"), []);
}

#[test]
fn adversarial_inputs_are_proven_or_end_at_the_cap() {
    for name in ["many-keys", "cyclic-types", "requirements", "labels"] {
        let codes = codes(name);
        let capped = [Code::MaxValidationSubgraphPathsExceeded];
        assert!(codes.is_empty() || codes == capped, "{name}: {codes:?}");
    }
}
