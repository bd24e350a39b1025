//! Small random subgraphs and operations, made from a tape of numbers: a shorter tape, or one of smaller numbers, makes
//! a simpler case.

mod graph;
mod query;

use schema_composition::SubgraphInput;

/// A graph and an operation on it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is composed.
    pub subgraphs: Vec<SubgraphInput>,
    /// What is asked.
    pub operation: String,
}

/// The case that a tape makes; not every one composes.
pub fn case(tape: &[u32]) -> Case {
    let mut tape = Tape { rest: tape };
    let graph = graph::Graph::draw(&mut tape);
    let operation = query::draw(&graph, &mut tape);
    Case {
        subgraphs: graph.subgraphs(),
        operation,
    }
}

/// Numbers to decide by; zeroes when they run out.
pub(crate) struct Tape<'t> {
    rest: &'t [u32],
}

impl Tape<'_> {
    /// A number below `count`.
    fn below(&mut self, count: usize) -> usize {
        match self.rest {
            [] => 0,
            [first, rest @ ..] => {
                self.rest = rest;
                *first as usize % count.max(1)
            }
        }
    }

    /// True in that many of a hundred cases.
    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// Some of so many, as bits; at least one.
    fn some_of(&mut self, count: usize) -> u8 {
        let mask = self.below(1 << count);
        u8::try_from(mask.max(1)).unwrap_or(1)
    }
}
