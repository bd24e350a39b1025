//! The least number of requests that answer an operation, and the least depth with them: found by trying all sets of
//! requests, in the plainest way, with nothing of the planner's.
//!
//! A request is a subgraph and a level: whatever is sent to one subgraph at one level is one request, however many
//! positions of the operation ask for it. Whether a set of requests suffices is decided by following the rules of
//! federation from the root: an object that arrived at some level in some subgraphs can be asked about at every later
//! level in every subgraph that has a key whose fields are there before; a field is had from a source that resolves it,
//! has been provided it, or has it in a key; one that requires others is had by a request that comes after those.

mod sufficiency;

use router_operation::Operation;
use schema_model::{SubgraphId, Supergraph, TypeKind};

use sufficiency::{FieldSets, Sufficiency};

/// A request: its level and its subgraph.
pub type Request = (u32, SubgraphId);

/// A least set of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Optimum {
    /// By level.
    pub requests: Vec<Request>,
}

impl Optimum {
    /// How many requests.
    pub fn fetches(&self) -> usize {
        self.requests.len()
    }

    /// How many waves.
    pub fn waves(&self) -> usize {
        let levels = self.requests.iter().map(|(level, _)| *level as usize + 1);
        levels.max().unwrap_or(0)
    }
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoOptimum {
    /// More sets would have to be tried than was asked for.
    TooManySets,
    /// The supergraph or the operation has something that these rules do not know.
    Unknown,
    /// Nothing leads to some field.
    Unreachable,
}

/// The least set of at most `most` requests; `sets` is how many sets may be tried.
///
/// # Errors
/// There is none to be found.
pub fn optimum(
    supergraph: &Supergraph,
    operation: &Operation,
    most: usize,
    sets: usize,
) -> Result<Optimum, NoOptimum> {
    if has_interface_objects(supergraph) || operation.kind.name() == "mutation" {
        return Err(NoOptimum::Unknown);
    }
    let field_sets = FieldSets::new(supergraph);
    let mut search = Search {
        sufficiency: Sufficiency::new(supergraph, &field_sets, operation),
        left: sets,
    };
    for fetches in 1..=most {
        for waves in 1..=fetches {
            if let Some(requests) = search.within(fetches, waves)? {
                return Ok(Optimum { requests });
            }
        }
    }
    Err(NoOptimum::Unreachable)
}

fn has_interface_objects(supergraph: &Supergraph) -> bool {
    supergraph.type_ids().any(|ty| {
        let definition = supergraph.ty(ty);
        let mut subgraphs = definition.subgraphs.iter();
        definition.kind == TypeKind::Interface && subgraphs.any(|there| there.is_interface_object)
    })
}

struct Search<'a> {
    sufficiency: Sufficiency<'a>,
    left: usize,
}

impl Search<'_> {
    /// A set of so many requests at most, in so many waves at most.
    fn within(&mut self, fetches: usize, waves: usize) -> Result<Option<Vec<Request>>, NoOptimum> {
        let subgraphs: Vec<SubgraphId> = self.sufficiency.subgraphs();
        let levels = 0..u32::try_from(waves).unwrap_or(u32::MAX);
        let all = levels.flat_map(|level| subgraphs.iter().map(move |subgraph| (level, *subgraph)));
        let all: Vec<Request> = all.collect();
        if !self.suffices(&all)? {
            return Ok(None);
        }
        // What cannot be asked anywhere even if everything may be asked is left out.
        let all = self.sufficiency.asked();
        let mut forced = Vec::new();
        for request in &all {
            let others = all.iter().filter(|other| *other != request);
            let others: Vec<Request> = others.copied().collect();
            if !self.suffices(&others)? {
                forced.push(*request);
            }
        }
        let free = all.iter().filter(|request| !forced.contains(request));
        let free: Vec<Request> = free.copied().collect();
        self.extend(forced, &free, fetches)
    }

    /// The set with some of the others, if that suffices.
    fn extend(
        &mut self,
        set: Vec<Request>,
        others: &[Request],
        fetches: usize,
    ) -> Result<Option<Vec<Request>>, NoOptimum> {
        if set.len() > fetches {
            return Ok(None);
        }
        if self.suffices(&set)? {
            return Ok(Some(set));
        }
        let everything: Vec<Request> = set.iter().chain(others).copied().collect();
        let [first, rest @ ..] = others else {
            return Ok(None);
        };
        if set.len() == fetches || !self.suffices(&everything)? {
            return Ok(None);
        }
        let mut with = set.clone();
        with.push(*first);
        if let Some(found) = self.extend(with, rest, fetches)? {
            return Ok(Some(found));
        }
        self.extend(set, rest, fetches)
    }

    fn suffices(&mut self, requests: &[Request]) -> Result<bool, NoOptimum> {
        self.left = self.left.checked_sub(1).ok_or(NoOptimum::TooManySets)?;
        Ok(self.sufficiency.suffices(requests))
    }
}
