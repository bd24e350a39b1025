//! Mutations that several subgraphs resolve: one of them is called, and only once, so all of the
//! answer has to be had from there.

use super::{BrokenMutation, Walk};
use crate::satisfiability::names::TypeId;
use crate::satisfiability::paths::Taken;
use crate::satisfiability::positions::PositionId;
use crate::satisfiability::state::{Assumed, Seen, State};

/// A mutation to be tried subgraph by subgraph.
pub(super) struct Shared {
    before: State,
    taken: Taken,
    target: TypeId,
    positions: Vec<PositionId>,
    assumed: Assumed,
}

impl Walk<'_, '_> {
    fn graph(&self, position: PositionId) -> usize {
        self.federated.locals[self.moves.positions.local(position)].graph
    }

    pub(super) fn is_shared_mutation(&self, state: &State, tails: &[PositionId]) -> bool {
        let name = self.federated.types[state.ty].name;
        let first = tails.first().map(|&one| self.graph(one));
        state.depth == 0
            && name == "Mutation"
            && tails.iter().any(|&one| Some(self.graph(one)) != first)
    }

    pub(super) fn defer_mutation(
        &mut self,
        before: &State,
        taken: Taken,
        target: TypeId,
        positions: Vec<PositionId>,
        assumed: Assumed,
    ) {
        self.shared_mutations.push(Shared {
            before: before.clone(),
            taken,
            target,
            positions,
            assumed,
        });
    }

    /// The mutations that no subgraph can answer alone.
    pub(super) fn shared_mutations(&mut self) -> Vec<BrokenMutation> {
        let shared = std::mem::take(&mut self.shared_mutations);
        let broken = shared.into_iter().filter_map(|one| self.try_mutation(&one));
        broken.collect()
    }

    fn try_mutation(&mut self, shared: &Shared) -> Option<BrokenMutation> {
        let mut graphs: Vec<usize> = shared
            .positions
            .iter()
            .map(|&one| self.graph(one))
            .collect();
        graphs.sort_unstable();
        graphs.dedup();
        let mut dead_ends = Vec::new();
        for graph in graphs {
            let here = shared.positions.iter().copied();
            let here: Vec<PositionId> = here.filter(|&one| self.graph(one) == graph).collect();
            self.on_trial = Some(Seen::default());
            self.dead_ends_of.clear();
            self.enter(
                &shared.before,
                shared.taken,
                shared.target,
                &here,
                shared.assumed.clone(),
            );
            self.follow();
            let found = std::mem::take(&mut self.dead_ends);
            let followed = self.on_trial.take().unwrap_or_default();
            let Some(first) = found.into_iter().min_by_key(|one| one.state.depth) else {
                self.seen.merge(followed);
                return None;
            };
            dead_ends.push((graph, first));
        }
        Some(BrokenMutation {
            taken: shared.taken,
            dead_ends,
        })
    }
}
