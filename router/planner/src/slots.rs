//! Slots: requests that a plan may make. A plan costs as many requests as it uses slots, and once they are chosen no
//! position's choices cost another anything.

use schema_model::SubgraphId;

/// A request to a subgraph at a level; everything that is sent to the subgraph at that level shares it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(crate) struct Slot {
    pub(crate) level: u32,
    pub(crate) subgraph: SubgraphId,
}

/// A set of slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    by_level: Vec<Vec<SubgraphId>>,
}

impl Slots {
    /// The subgraphs that are asked at a level.
    pub(crate) fn at(&self, level: u32) -> &[SubgraphId] {
        self.by_level.get(level as usize).map_or(&[], Vec::as_slice)
    }

    /// How many levels there are, empty ones included.
    pub(crate) fn levels(&self) -> u32 {
        u32::try_from(self.by_level.len()).unwrap_or(u32::MAX)
    }
}

impl FromIterator<Slot> for Slots {
    fn from_iter<I: IntoIterator<Item = Slot>>(slots: I) -> Self {
        let mut by_level: Vec<Vec<SubgraphId>> = Vec::new();
        for slot in slots {
            let level = slot.level as usize;
            if by_level.len() <= level {
                by_level.resize_with(level + 1, Vec::new);
            }
            if !by_level[level].contains(&slot.subgraph) {
                by_level[level].push(slot.subgraph);
            }
        }
        Self { by_level }
    }
}
