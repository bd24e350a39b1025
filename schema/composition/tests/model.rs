//! The router's model reads every supergraph that composition writes.

use std::fs;
use std::path::Path;

use schema_model::Supergraph;

#[test]
fn every_supergraph_of_the_cases_is_read_by_the_model() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut wrong = Vec::new();
    let mut read = 0;
    for entry in fs::read_dir(cases).unwrap() {
        let case = entry.unwrap().path();
        let Ok(sdl) = fs::read_to_string(case.join("supergraph.graphql")) else {
            continue;
        };
        match Supergraph::parse(&sdl) {
            Ok(supergraph) => {
                let subgraphs = fs::read_dir(case.join("subgraphs")).unwrap().count();
                assert_eq!(
                    supergraph.subgraphs().len(),
                    subgraphs,
                    "{}",
                    case.display()
                );
                read += 1;
            }
            Err(error) => wrong.push(format!("{}: {error}", case.display())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(read > 30, "only {read} supergraphs were found");
}
