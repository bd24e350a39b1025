//! Small random subgraphs and operations, made from a tape of numbers: a shorter tape, or one of smaller numbers, makes
//! a simpler case.

mod graph;
mod query;

use schema_composition::SubgraphInput;

/// How many numbers a tape has.
const TAPE: usize = 160;

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

/// The tape of a seed.
pub fn tape(seed: u64) -> Vec<u32> {
    tape_of(&mut Numbers::new(seed))
}

pub(crate) fn tape_of(numbers: &mut Numbers) -> Vec<u32> {
    (0..TAPE).map(|_| numbers.next()).collect()
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

/// A splitmix64 generator.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed ^ (mixed >> 31)) >> 40).unwrap_or(0)
    }
}
