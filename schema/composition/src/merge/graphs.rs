//! The values of `join__Graph`: subgraph names made into unique enum values.

use std::collections::HashMap;

use apollo_compiler::Name;

use crate::merged::Graph;
use crate::validate::ValidSubgraph;

pub(super) fn graphs(subgraphs: &[ValidSubgraph]) -> Vec<Graph> {
    let sanitized: Vec<String> = subgraphs
        .iter()
        .map(|valid| sanitize(valid.subgraph.name()))
        .collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in &sanitized {
        *counts.entry(name).or_default() += 1;
    }
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    subgraphs
        .iter()
        .zip(&sanitized)
        .map(|(valid, name)| {
            let mut value = name.clone();
            if counts.get(name.as_str()).is_some_and(|&count| count > 1) {
                let number = numbers.entry(name).or_default();
                *number += 1;
                // No sanitised name ends in a number, so these are free.
                value = format!("{name}_{number}");
            }
            Graph {
                value: Name::new_unchecked(&value),
                url: valid.subgraph.url.clone(),
                source: valid.subgraph.source.clone(),
            }
        })
        .collect()
}

/// Letters, digits and underscores in capitals, not beginning with a digit and not ending in a
/// number after an underscore (that is how duplicates are told apart).
fn sanitize(name: &str) -> String {
    let mut value: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    if value.starts_with(|c: char| c.is_ascii_digit()) {
        value.insert(0, '_');
    }
    let stem = value.trim_end_matches(|c: char| c.is_ascii_digit());
    if stem.len() < value.len() && stem.ends_with('_') {
        value.push('_');
    }
    value
}
