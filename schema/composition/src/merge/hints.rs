//! What is no mistake, but differs between subgraphs: who says what, what the supergraph makes of
//! it, and what to change.

mod applied;
mod enums;
mod executable;
mod inputs;
mod overrides;
mod types;

use std::fmt::Display;
use std::hash::Hash;

use indexmap::IndexMap;

use super::Merger;
use crate::diagnostic::{Code, Diagnostic, MAX_HINT_PLACES};
use crate::merged::Site;

/// Characters of a user's text that a message repeats.
const MAX_SHOWN: usize = 120;
/// Different values that a message lists.
const MAX_VALUES: usize = 6;

impl Merger<'_> {
    /// Whether one more hint with this code is kept; if not, there is no point in writing it.
    fn wants(&self, code: Code) -> bool {
        self.report.wants(code)
    }

    pub(super) fn hint(
        &mut self,
        code: Code,
        coordinate: impl Display,
        sites: &[Site],
        message: String,
    ) {
        let sites = sites.get(..MAX_HINT_PLACES).unwrap_or(sites);
        let locations = self.locations(&coordinate.to_string(), sites);
        self.report.hint(Diagnostic::hint(code, message, locations));
    }

    /// "in subgraph a, but not in subgraphs b and c".
    fn presence(&self, having: &[Site], lacking: &[Site]) -> String {
        let names = |sites: &[Site]| self.names(sites.iter().map(|(graph, _)| *graph));
        format!("in {}, but not in {}", names(having), names(lacking))
    }

    /// "A in subgraph a, B in subgraphs b and c, but C in subgraph d".
    pub(super) fn by_value<V: Display + Eq + Hash>(
        &self,
        values: impl IntoIterator<Item = (usize, V)>,
    ) -> String {
        let mut graphs: IndexMap<V, Vec<usize>> = IndexMap::new();
        for (graph, value) in values {
            graphs.entry(value).or_default().push(graph);
        }
        let more = graphs.len().saturating_sub(MAX_VALUES);
        let mut parts: Vec<String> = graphs
            .into_iter()
            .take(MAX_VALUES)
            .map(|(value, graphs)| format!("{value} in {}", self.names(graphs.into_iter())))
            .collect();
        if more > 0 {
            parts.push(format!("{more} other ways elsewhere"));
        }
        match parts.pop() {
            Some(last) if !parts.is_empty() => format!("{}, but {last}", parts.join(", ")),
            last => last.unwrap_or_default(),
        }
    }
}

/// Those of `all` that are in other subgraphs than the ones of `having`; both by subgraph.
pub(super) fn lacking(all: &[Site], having: &[Site]) -> Vec<Site> {
    let has = |graph: usize| having.binary_search_by_key(&graph, |(one, _)| *one).is_ok();
    all.iter()
        .copied()
        .filter(|(graph, _)| !has(*graph))
        .collect()
}

/// Part of a user's text: from the start, unless it is `interesting` only far behind that.
fn shortened(text: &str, interesting: usize) -> String {
    let start = if interesting < MAX_SHOWN / 2 {
        0
    } else {
        interesting - MAX_SHOWN / 4
    };
    let mut rest = text.chars().skip(start);
    let shown: String = rest.by_ref().take(MAX_SHOWN).collect();
    let before = if start > 0 { "…" } else { "" };
    let after = if rest.next().is_some() { "…" } else { "" };
    format!("{before}{}{after}", shown.replace('\n', " "))
}

/// Number of characters with which all texts begin.
fn common_prefix<'t>(first: &str, others: impl Iterator<Item = &'t str>) -> usize {
    let lengths = others.map(|other| {
        let pairs = first.chars().zip(other.chars());
        pairs.take_while(|(one, other)| one == other).count()
    });
    lengths.min().unwrap_or_default()
}
