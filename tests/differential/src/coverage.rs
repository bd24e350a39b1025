//! What was really exercised: a feature that never was is a hole in the rig.

use std::collections::BTreeMap;

/// Everything that must have been exercised once there were enough operations.
const EXPECTED: &[&str] = &[
    "entity by one key field",
    "entity by a composite key",
    "entity by a nested key",
    "entity by one of several keys",
    "entity of an interface object",
    "entity of an interface",
    "field of an interface object",
    "several entity calls in a request",
    "requires",
    "requires with arguments",
    "requires nested",
    "requires on fragments",
    "provided field",
    "provided field behind an abstract type",
    "field taken over by @override",
    "field taken over while a label is on",
    "field kept while a label is off",
    "argument from a context",
    "shared field",
    "runtime type not known everywhere",
    "hidden runtime type",
    "null propagated",
    "failed field",
    "renamed root",
    "query below the root",
    "mutation with several fields",
    "value after a mutation",
    "list in a list",
];

/// Counts by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    counts: BTreeMap<&'static str, usize>,
}

impl Coverage {
    pub(crate) fn note(&mut self, what: &'static str) {
        self.add(what, 1);
    }

    pub(crate) fn add(&mut self, what: &'static str, count: usize) {
        *self.counts.entry(what).or_default() += count;
    }

    pub(crate) fn include(&mut self, other: &Self) {
        for (what, count) in &other.counts {
            self.add(what, *count);
        }
    }

    /// What should have been exercised and was not.
    pub fn holes(&self) -> Vec<&'static str> {
        let expected = EXPECTED.iter().copied();
        expected
            .filter(|what| !self.counts.contains_key(what))
            .collect()
    }

    /// A line each, the holes first.
    pub fn render(&self) -> String {
        let mut lines: Vec<String> = self
            .holes()
            .iter()
            .map(|own| format!("{:>9}  {own}", 0))
            .collect();
        let counted = self.counts.iter();
        lines.extend(counted.map(|(what, count)| format!("{count:>9}  {what}")));
        lines.join("\n")
    }
}
