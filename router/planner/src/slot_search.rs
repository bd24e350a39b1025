//! The fewest slots within which an operation can be answered: the least set that hits every known cut, until one
//! suffices. Exact, unless it takes too long.

use crate::slots::{Slot, Slots};

/// How many slots there may be to choose from.
pub(crate) const MAX_SLOTS: usize = 128;

/// Among more slots than these the least set is seldom found in time, and exchanges come first.
const MAX_EXACT_SLOTS: usize = 40;

/// How many branches one search for a least hitting set may take.
const MAX_BRANCHES: usize = 20_000;

/// Says whether a set of slots suffices. More slots than such suffice, too.
pub(crate) trait Oracle {
    /// Whether the slots suffice. `None` when there is no more time to find out.
    fn suffices(&mut self, slots: Slots) -> Option<bool>;
}

/// What a set of slots costs: how many there are, then the highest level.
pub(crate) type SlotCost = (usize, u32);

/// A search among slots that are numbered by ascending level.
pub(crate) struct SlotSearch<'o, O> {
    oracle: &'o mut O,
    slots: Vec<Slot>,
    /// Sets of which every sufficient set has a member.
    cuts: Vec<u128>,
}

impl<'o, O: Oracle> SlotSearch<'o, O> {
    /// A search among at most [`MAX_SLOTS`].
    pub(crate) fn new(oracle: &'o mut O, mut slots: Vec<Slot>) -> Self {
        slots.sort();
        slots.truncate(MAX_SLOTS);
        Self {
            oracle,
            slots,
            cuts: Vec::new(),
        }
    }

    /// The least sufficient set, if it costs less than `used` does and there is time to find it; or one that costs less,
    /// if there was only time to find that.
    pub(crate) fn least(&mut self, used: &[Slot]) -> Option<Slots> {
        let used = self.mask(|slot| used.contains(slot));
        let mut best = used;
        let exact = self.exact(&mut best);
        let best = exact.unwrap_or(best);
        (best != used).then(|| self.set(best))
    }

    /// Leaves out of a sufficient set what is not needed, in two orders.
    fn shrink(&mut self, set: u128, best: &mut u128) -> Option<()> {
        let slots = self.slots.len();
        let upwards: Vec<usize> = (0..slots).collect();
        let downwards = (0..slots).rev().collect();
        for order in [upwards, downwards] {
            let mut left = set;
            for index in order {
                let without = left & !(1 << index);
                if without != left && self.suffices(without)? {
                    left = without;
                }
            }
            if self.cost(left) < self.cost(*best) {
                *best = left;
            }
        }
        Some(())
    }

    /// The least sufficient set, if it costs less than `best` and there is time to find it.
    fn exact(&mut self, best: &mut u128) -> Option<u128> {
        let start = self.shallowest()?;
        self.shrink(*best, best)?;
        let (_, least_level) = self.cost(start);
        for level in least_level.. {
            let (count, _) = self.cost(*best);
            if count <= level as usize + 1 {
                // There is no use in more levels than requests.
                break;
            }
            let set = self.mask(|slot| slot.level <= level);
            self.shrink(set, best)?;
        }
        if self.cost(*best) == (least_level as usize + 1, least_level) {
            return None;
        }
        if self.slots.len() > MAX_EXACT_SLOTS {
            self.exchange(best)?;
        }
        let limit = self.cost(*best);
        if let Some(above) = least_level.checked_sub(1) {
            let cut = self.cut(self.mask(|slot| slot.level <= above))?;
            self.cuts.push(cut);
        }
        self.cut_apart(0, limit)?;
        loop {
            let hit = self.hitting_set(limit)?;
            if self.suffices(hit)? {
                return Some(hit);
            }
            self.cut_apart(hit, limit)?;
        }
    }

    /// Adds one slot where two can then be left out, until there is none such.
    fn exchange(&mut self, best: &mut u128) -> Option<()> {
        let mut index = 0;
        while index < self.slots.len() {
            let mut left = *best | 1 << index;
            let depth = self.cost(*best).1;
            if left != *best && self.slots[index].level <= depth {
                for other in (0..self.slots.len()).rev() {
                    let without = left & !(1 << other);
                    if other != index && without != left && self.suffices(without)? {
                        left = without;
                    }
                }
            }
            let is_better = self.cost(left) < self.cost(*best);
            index = if is_better { 0 } else { index + 1 };
            if is_better {
                *best = left;
            }
        }
        Some(())
    }

    fn cost(&self, set: u128) -> SlotCost {
        let level = (u128::BITS - 1).checked_sub(set.leading_zeros());
        let level = level.and_then(|index| self.slots.get(index as usize));
        (
            set.count_ones() as usize,
            level.map_or(0, |slot| slot.level),
        )
    }

    /// All slots down to the least level by which they suffice.
    fn shallowest(&mut self) -> Option<u128> {
        for level in 0..=self.slots.last()?.level {
            let within = self.mask(|slot| slot.level <= level);
            if self.suffices(within)? {
                return Some(within);
            }
        }
        None
    }

    /// Cuts that have nothing in common with a set nor with each other, as many as there are.
    fn cut_apart(&mut self, set: u128, limit: SlotCost) -> Option<()> {
        let mut within = set;
        for _ in 0..=limit.0 {
            if self.suffices(within)? {
                return Some(());
            }
            let cut = self.cut(within)?;
            self.cuts.push(cut);
            within |= cut;
            if cut == 0 {
                return None;
            }
        }
        Some(())
    }

    /// What is left out of a largest insufficient set around an insufficient one.
    fn cut(&mut self, set: u128) -> Option<u128> {
        let mut within = set;
        for index in (0..self.slots.len()).rev() {
            let with = within | 1 << index;
            if with != within && !self.suffices(with)? {
                within = with;
            }
        }
        Some(self.all() & !within)
    }

    /// The least set that has a member of every cut, if it costs less than `limit`.
    fn hitting_set(&self, limit: SlotCost) -> Option<u128> {
        let mut best: Option<(SlotCost, u128)> = None;
        let levels = self.slots.last()?.level;
        for level in 0..=levels {
            let within = self.mask(|slot| slot.level <= level);
            let cuts: Vec<u128> = self.cuts.iter().map(|cut| cut & within).collect();
            let most = best.map_or(limit, |(cost, _)| cost);
            let mut branches = Branches {
                cuts: &cuts,
                best: None,
                // A deeper set has to have fewer members.
                limit: if level < most.1 { most.0 + 1 } else { most.0 },
                left: MAX_BRANCHES,
            };
            branches.descend(0, 0);
            if let Some(set) = branches.best {
                best = Some(((set.count_ones() as usize, level), set));
            }
        }
        best.map(|(_, set)| set)
    }

    fn suffices(&mut self, mask: u128) -> Option<bool> {
        let set = self.set(mask);
        self.oracle.suffices(set)
    }

    fn set(&self, mask: u128) -> Slots {
        let slots = self.slots.iter().enumerate();
        let slots = slots.filter(|(index, _)| mask & 1 << index != 0);
        slots.map(|(_, slot)| *slot).collect()
    }

    fn mask(&self, is_in: impl Fn(&Slot) -> bool) -> u128 {
        let slots = self
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| is_in(slot));
        slots.fold(0, |mask, (index, _)| mask | 1 << index)
    }

    fn all(&self) -> u128 {
        self.mask(|_| true)
    }
}

/// A search for a least hitting set, by branching on the members of the smallest cut that is not hit.
struct Branches<'c> {
    cuts: &'c [u128],
    best: Option<u128>,
    /// Sets must have fewer members.
    limit: usize,
    left: usize,
}

impl Branches<'_> {
    fn descend(&mut self, set: u128, excluded: u128) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let open = self.cuts.iter().filter(|cut| *cut & set == 0);
        let open: Vec<u128> = open.map(|cut| cut & !excluded).collect();
        let count = set.count_ones() as usize;
        if count + apart(&open) >= self.limit {
            return;
        }
        let Some(&smallest) = open.iter().min_by_key(|cut| cut.count_ones()) else {
            self.limit = count;
            self.best = Some(set);
            return;
        };
        let mut excluded = excluded;
        for index in 0..u128::BITS {
            let bit = 1u128 << index;
            if smallest & bit != 0 {
                self.descend(set | bit, excluded);
                excluded |= bit;
            }
        }
    }
}

/// How many of the cuts have nothing in common, found greedily: that many members are needed at least.
fn apart(cuts: &[u128]) -> usize {
    let mut cuts = cuts.to_vec();
    cuts.sort_unstable_by_key(|cut| cut.count_ones());
    let mut seen = 0;
    let mut count = 0;
    for cut in cuts {
        if cut & seen == 0 {
            seen |= cut;
            count += 1;
        }
    }
    count
}
