//! Names of specifications in the supergraph.

use std::collections::HashSet;

use apollo_compiler::Name;

use crate::merge::Merger;
use crate::merged::Feature;

/// Specifications that the supergraph may link itself, and what it may import.
const RESERVED: [&str; 13] = [
    "link",
    "core",
    "join",
    "tag",
    "inaccessible",
    "authenticated",
    "requiresScopes",
    "policy",
    "context",
    "cost",
    "listSize",
    "cacheTag",
    "federation",
];

impl Merger<'_> {
    /// Links a specification under another name where its own is no name, is taken, or would make
    /// a directive look like another specification's.
    pub(in crate::merge) fn name_features(&mut self) {
        let mut features = std::mem::take(&mut self.features);
        let mut taken: HashSet<String> = RESERVED.iter().map(|name| (*name).to_owned()).collect();
        let mut number = 0;
        for index in 0..features.len() {
            let name = features[index].name.clone();
            if !is_free(&name, index, &features, &taken) {
                let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect();
                let alias = loop {
                    let alias = format!("_{number}{letters}");
                    number += 1;
                    if is_free(&alias, index, &features, &taken) && !self.is_prefix(&alias) {
                        break alias;
                    }
                };
                features[index].alias = Some(alias);
            }
            taken.insert(features[index].local_name().to_owned());
        }
        self.features = features;
    }

    fn is_prefix(&self, alias: &str) -> bool {
        let prefix = format!("{alias}__");
        self.sources.keys().any(|name| name.starts_with(&prefix))
            || self.custom.keys().any(|name| name.starts_with(&prefix))
    }
}

fn is_free(name: &str, index: usize, features: &[Feature], taken: &HashSet<String>) -> bool {
    let is_name = Name::new(name).is_ok() && !name.contains("__") && !name.ends_with('_');
    let confused = features.iter().enumerate().any(|(other, feature)| {
        feature.imports.iter().any(|(element, local)| {
            let is_root = local == name && !(other == index && *element == feature.name);
            let is_full = local.split_once("__").is_some_and(|(namespace, rest)| {
                namespace == name && !(other == index && rest == element)
            });
            is_root || is_full
        })
    });
    is_name && !confused && !taken.contains(name)
}
