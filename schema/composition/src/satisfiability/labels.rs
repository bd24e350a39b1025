//! Which labels can still matter from a type on.

use super::federated::{Federated, LabelId};
use super::names::TypeId;

/// For every type, the labels of fields that queries can reach from it.
pub(super) struct Labels {
    words: usize,
    reachable: Vec<u64>,
}

impl Labels {
    pub(super) fn new(federated: &Federated<'_>) -> Self {
        let words = federated.labels.len().div_ceil(64);
        let mut labels = Self {
            words,
            reachable: vec![0; words * federated.types.len()],
        };
        if words > 0 {
            labels.spread(federated);
        }
        labels
    }

    fn spread(&mut self, federated: &Federated<'_>) {
        let mut leading_here: Vec<Vec<TypeId>> = vec![Vec::new(); federated.types.len()];
        for (id, ty) in federated.types.iter().enumerate() {
            for field in &ty.fields {
                if let Some(label) = field.label {
                    self.reachable[id * self.words + label / 64] |= 1 << (label % 64);
                }
                if let Some(target) = field.target {
                    leading_here[target].push(id);
                }
            }
            for &object in ty.objects.iter().filter(|&&object| object != id) {
                leading_here[object].push(id);
            }
        }
        let mut changed: Vec<TypeId> = (0..federated.types.len()).collect();
        let mut is_waiting = vec![true; changed.len()];
        while let Some(ty) = changed.pop() {
            is_waiting[ty] = false;
            for &before in &leading_here[ty] {
                let mut is_more = false;
                for word in 0..self.words {
                    let more = self.reachable[ty * self.words + word];
                    let here = &mut self.reachable[before * self.words + word];
                    is_more |= more & !*here != 0;
                    *here |= more;
                }
                if is_more && !std::mem::replace(&mut is_waiting[before], true) {
                    changed.push(before);
                }
            }
        }
    }

    pub(super) fn matters(&self, label: LabelId, from: TypeId) -> bool {
        self.reachable[from * self.words + label / 64] >> (label % 64) & 1 == 1
    }
}
