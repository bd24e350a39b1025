//! Which other subgraphs might have answered what a path goes through.
//!
//! A shared field must give the same wherever it is asked, so an object that only one of the subgraphs knows cannot be
//! met there. Which of them the planner asks must not decide what a client sees: of runtime types that some of
//! them do not know nothing but the name is asked for (`docs/decisions/0005`).

use schema_model::{FieldId, SubgraphId, TypeId};

use super::{Home, Solver};
use crate::graph::FieldOption;

/// A set of subgraphs; the zeroth is empty.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
pub(crate) struct RivalsId(u32);

/// The sets of subgraphs met so far, each once.
#[derive(Debug)]
pub(crate) struct Rivals {
    arena: Vec<Vec<SubgraphId>>,
}

impl Default for Rivals {
    fn default() -> Self {
        Self {
            arena: vec![Vec::new()],
        }
    }
}

impl Rivals {
    fn get(&self, id: RivalsId) -> &[SubgraphId] {
        &self.arena[id.0 as usize]
    }

    fn intern(&mut self, rivals: Vec<SubgraphId>) -> RivalsId {
        let known = self.arena.iter().position(|known| *known == rivals);
        let index = known.unwrap_or_else(|| {
            self.arena.push(rivals);
            self.arena.len() - 1
        });
        RivalsId(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

impl Solver<'_> {
    /// The subgraphs other than `option`'s that could have answered the field for an object that arrived at `home`.
    pub(super) fn rivals_below(
        &mut self,
        field: FieldId,
        ty: TypeId,
        home: Home,
        option: &FieldOption,
    ) -> RivalsId {
        let graph = self.graph;
        if !graph.leads_to_partial(option.ty.named()) {
            return RivalsId::default();
        }
        let entries = &graph.ty(ty).entries;
        let holds = |subgraph: SubgraphId| {
            self.rivals.get(home.rivals).contains(&subgraph)
                || entries.iter().any(|entry| entry.subgraph == subgraph)
        };
        let options = graph.field(field).options.iter();
        let labels = &self.labels;
        let others = options.filter(|o| o.is_resolvable(labels) && o.subgraph != option.subgraph);
        let others = others.map(|o| o.subgraph).filter(|o| holds(*o)).collect();
        self.rivals.intern(others)
    }

    /// Runtime types at `homes` that a subgraph which might have answered there does not know.
    pub(super) fn absent_types(&self, types: &[TypeId], homes: &[Home]) -> Vec<TypeId> {
        let knows = |home: &Home, subgraph: SubgraphId, ty: TypeId| {
            let definition = self.graph.supergraph.ty(home.ty);
            let there = definition.in_subgraph(subgraph);
            there.is_none_or(|there| {
                let mut known = there.possible_types.iter();
                let stands_for = |known: &TypeId| self.graph.supergraph.is_possible(*known, ty);
                there.is_interface_object || known.any(stands_for)
            })
        };
        // An interface object stands for all implementations.
        let is_absent = |ty: &TypeId| {
            !self.graph.supergraph.ty(*ty).is_abstract()
                && homes.iter().any(|home| {
                    let mut rivals = self.rivals.get(home.rivals).iter();
                    self.graph.supergraph.ty(home.ty).is_abstract()
                        && rivals.any(|rival| !knows(home, *rival, *ty))
                })
        };
        types.iter().copied().filter(is_absent).collect()
    }
}
