//! The benchmark's subgraphs compose to the supergraph published with them, order aside.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use schema_composition::{SubgraphInput, compose};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/data")
}

/// Every element of a schema with its type and applied directives.
fn elements(sdl: &str) -> BTreeMap<String, BTreeSet<String>> {
    let schema = Schema::parse_and_validate(sdl, "supergraph.graphql").unwrap();
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, ty) in schema.types.iter().filter(|(_, ty)| !ty.is_built_in()) {
        let directives = ty.directives().iter().map(|one| one.to_string());
        out.entry(name.to_string()).or_default().extend(directives);
        match ty {
            ExtendedType::Object(object) => {
                for (field, definition) in &object.fields {
                    let facts = out.entry(format!("{name}.{field}")).or_default();
                    facts.insert(format!("type {}", definition.ty));
                    facts.extend(definition.arguments.iter().map(|one| one.to_string()));
                    facts.extend(definition.directives.iter().map(|one| one.to_string()));
                }
            }
            ExtendedType::Enum(definition) => {
                for (value, definition) in &definition.values {
                    let facts = out.entry(format!("{name}.{value}")).or_default();
                    facts.extend(definition.directives.iter().map(|one| one.to_string()));
                }
            }
            _ => {}
        }
    }
    for (name, definition) in &schema.directive_definitions {
        let facts = out.entry(format!("@{name}")).or_default();
        facts.extend(definition.arguments.iter().map(|one| one.to_string()));
        facts.extend(definition.locations.iter().map(|one| one.to_string()));
    }
    let links = schema.schema_definition.directives.iter();
    out.insert(
        "schema".to_owned(),
        links.map(|one| one.to_string()).collect(),
    );
    out
}

#[test]
fn the_benchmark_composes_to_its_published_supergraph() {
    let names = ["accounts", "inventory", "products", "reviews"];
    let subgraphs = names.map(|name| SubgraphInput {
        name: name.to_owned(),
        url: format!("http://0.0.0.0:4200/{name}"),
        sdl: fs::read_to_string(folder().join(format!("subgraphs/{name}.graphql"))).unwrap(),
        source: None,
    });
    let composed = compose(&subgraphs).unwrap();
    let expected = fs::read_to_string(folder().join("supergraph.graphql")).unwrap();
    assert_eq!(elements(&composed.supergraph), elements(&expected));
}
