//! Names of specifications in the supergraph.

use std::collections::{HashMap, HashSet};

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
        let claims = Claims::of(&features);
        let names = self.sources.keys().copied().chain(self.custom.keys());
        let prefixes = names.filter_map(|name| Some(name.split_once("__")?.0.to_owned()));
        let prefixes: HashSet<String> = prefixes.collect();
        let mut taken: HashSet<String> = RESERVED.iter().map(|name| (*name).to_owned()).collect();
        let mut number = 0;
        for (index, feature) in features.iter_mut().enumerate() {
            if taken.contains(&feature.name) || !claims.leave(&feature.name, index, &feature.name) {
                let letters = feature.name.chars().filter(char::is_ascii_alphabetic);
                let letters: String = letters.collect();
                let alias = loop {
                    let alias = format!("_{number}{letters}");
                    number += 1;
                    let is_free = claims.leave(&alias, index, &feature.name);
                    if is_free && !taken.contains(&alias) && !prefixes.contains(&alias) {
                        break alias;
                    }
                };
                feature.alias = Some(alias);
            }
            taken.insert(feature.local_name().to_owned());
        }
        self.features = features;
    }
}

/// Names that imported directives make look like a specification's.
struct Claims {
    /// By such a name: the feature that imports the directive, the directive's name in it, and
    /// what it would be called in the specification of that name; nothing if like that itself.
    by_name: HashMap<String, Vec<(usize, String, Option<String>)>>,
}

impl Claims {
    fn of(features: &[Feature]) -> Self {
        let mut by_name: HashMap<String, Vec<_>> = HashMap::new();
        for (index, feature) in features.iter().enumerate() {
            for (element, local) in &feature.imports {
                let of_root = by_name.entry(local.clone()).or_default();
                of_root.push((index, element.clone(), None));
                if let Some((namespace, rest)) = local.split_once("__") {
                    let of_namespace = by_name.entry(namespace.to_owned()).or_default();
                    of_namespace.push((index, element.clone(), Some(rest.to_owned())));
                }
            }
        }
        Self { by_name }
    }

    /// Whether the feature with this index, whose specification is called `own`, may have `name`.
    fn leave(&self, name: &str, index: usize, own: &str) -> bool {
        let is_name = Name::new(name).is_ok() && !name.contains("__") && !name.ends_with('_');
        let mut claims = self.by_name.get(name).into_iter().flatten();
        let is_claimed = claims.any(|(feature, element, rest)| {
            let meant = rest.as_deref().unwrap_or(own);
            !(*feature == index && element == meant)
        });
        is_name && !is_claimed
    }
}
