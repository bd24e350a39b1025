//! Every way to stand for an object that was found at some positions.
//!
//! Where an entity's subgraphs lead to each other by key, it makes no difference which of them it
//! was found in. Most do, so such a circle's stands are gathered once, for the first of them.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Walk;
use crate::satisfiability::federated::{LocalId, LocalKind};
use crate::satisfiability::names::TypeId;
use crate::satisfiability::positions::PositionId;
use crate::satisfiability::state::Stand;
use crate::subgraph::Kind;

/// A list of stands and its number.
type List = (Rc<[Stand]>, usize);

#[derive(Default)]
pub(super) struct Circles {
    /// Of definitions that some other leads to, the one that stands were gathered for.
    led_to_by: FxHashMap<LocalId, LocalId>,
    stands: FxHashMap<LocalId, List>,
}

impl Walk<'_, '_> {
    pub(super) fn stands(&mut self, ty: TypeId, positions: &[PositionId]) -> List {
        if let Some(known) = self.by_circle(ty, positions) {
            return known;
        }
        let federated = self.federated;
        let definition = &federated.types[ty];
        let mut stands: Vec<Stand> = Vec::new();
        let is_root = |&local: &LocalId| federated.locals[local].is_root;
        if definition.locals.iter().any(is_root) {
            let all = definition.locals.iter().chain(positions);
            stands.extend(all.map(|&position| Stand::new(position, false)));
        } else if definition.merged.kind == Kind::Object {
            self.spread(positions, ty, &mut stands);
        } else {
            let own = positions.iter();
            stands.extend(own.map(|&position| Stand::new(position, false)));
        }
        // A position where something is provided is also one where it need not be.
        let plain = |stand: &Stand| {
            let local = self.moves.positions.local(stand.position());
            Stand::new(local, stand.is_entered())
        };
        let plain: Vec<Stand> = stands.iter().map(plain).collect();
        stands.extend(plain);
        stands.sort_unstable_by(|a, b| b.cmp(a));
        stands.dedup_by_key(|stand| stand.position());
        stands.reverse();
        self.moves.spend(stands.len());
        let list = self.lists.add(stands);
        self.note_circle(ty, positions, &list);
        list
    }

    fn spread(&mut self, positions: &[PositionId], ty: TypeId, stands: &mut Vec<Stand>) {
        let federated = self.federated;
        let mut start: Vec<PositionId> = positions.to_vec();
        let mut entered: FxHashSet<PositionId> = FxHashSet::default();
        let mut next = 0;
        while let Some(&position) = start.get(next) {
            next += 1;
            let local = &federated.locals[self.moves.positions.local(position)];
            stands.push(Stand::new(position, local.has_own_key));
            // Whoever got here by key has gone on from here by key as well.
            if entered.contains(&position) {
                continue;
            }
            for other in self.moves.reached(position).to_vec() {
                if federated.locals[other].kind == LocalKind::Interface {
                    let cast = self.moves.positions.cast(federated, other, ty);
                    start.extend(cast.filter(|cast| !start.contains(cast)));
                } else if entered.insert(other) {
                    stands.push(Stand::new(other, true));
                }
            }
        }
    }

    /// Whether a position is one that circles are made of: an object's, with nothing provided, and
    /// with a key to come back by.
    fn is_circular(&self, ty: TypeId, position: PositionId) -> bool {
        let local = &self.federated.locals[self.moves.positions.local(position)];
        self.moves.positions.is_plain(position)
            && local.ty == ty
            && local.kind == LocalKind::Object
            && local.has_own_key
            && !local.is_root
    }

    fn by_circle(&mut self, ty: TypeId, positions: &[PositionId]) -> Option<List> {
        let mut first = None;
        for &position in positions {
            if !self.is_circular(ty, position) {
                return None;
            }
            let leader = match self.circles.stands.contains_key(&position) {
                true => position,
                false => *self.circles.led_to_by.get(&position)?,
            };
            if first.is_some_and(|first| first != leader)
                || leader != position && !self.leads_to(position, leader)
            {
                return None;
            }
            first = Some(leader);
        }
        self.circles.stands.get(&first?).cloned()
    }

    /// Whether one key leads there.
    fn leads_to(&mut self, from: LocalId, to: LocalId) -> bool {
        let federated = self.federated;
        let groups = &federated.types[federated.locals[to].ty].keys;
        let mut groups = groups.iter().filter(|group| group.targets.contains(&to));
        groups.any(|group| self.moves.can_fetch(from, group.key))
    }

    fn note_circle(&mut self, ty: TypeId, positions: &[PositionId], list: &List) {
        let [leader] = *positions else { return };
        if self.is_circular(ty, leader) {
            for stand in list.0.iter() {
                self.circles
                    .led_to_by
                    .entry(stand.position())
                    .or_insert(leader);
            }
            self.circles.stands.insert(leader, list.clone());
        }
    }
}
