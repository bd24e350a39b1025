//! Which steps read the rows of which: two positions share a call only if all that is asked about its rows later is alike.
//! Otherwise each of them would ask about the other's rows too.

use super::Parts;
use super::numbers::Numbers;
use crate::plan::FetchId;
use crate::print::{Printed, print};
use crate::selection::StepId;

/// Every step's selection as printed, and the steps that read its rows.
pub(super) struct Readers {
    printed: Vec<Printed>,
    fetch_of: Vec<FetchId>,
    /// By step: where its rows are read (a number of the selection's nodes), and by whom.
    readers: Vec<Vec<(usize, StepId)>>,
}

impl Readers {
    pub(super) fn new(parts: &Parts<'_, '_>, numbers: &Numbers) -> Self {
        let steps = parts.steps.iter();
        let printed = steps.map(|step| print(parts.supergraph, &parts.selections, step.selection));
        let printed: Vec<Printed> = printed.collect();
        let mut readers = vec![Vec::new(); parts.steps.len()];
        for (index, step) in parts.steps.iter().enumerate() {
            let Some(input) = &step.input else {
                continue;
            };
            let read = parts.selections.node(input.from).step.index();
            let mut nodes = printed[read].nodes.iter();
            if let Some(at) = nodes.position(|node| *node == input.from) {
                readers[read].push((at, StepId::of(index)));
            }
        }
        Self {
            printed,
            fetch_of: numbers.fetch_of.clone(),
            readers,
        }
    }

    pub(super) fn printed(&self, step: StepId) -> &Printed {
        &self.printed[step.index()]
    }

    /// Whether what two steps of equal selections bring is read alike. Each step reads one other, so that this looks at
    /// every step once.
    pub(super) fn are_alike(&self, one: StepId, other: StepId) -> bool {
        let (ones, others) = (&self.readers[one.index()], &self.readers[other.index()]);
        let mut pairs = ones.iter().zip(others);
        ones.len() == others.len()
            && pairs.all(|((at, one), (same, other))| {
                at == same
                    && self.fetch_of[one.index()] == self.fetch_of[other.index()]
                    && self.printed(*one).text == self.printed(*other).text
                    && self.are_alike(*one, *other)
            })
    }
}
