//! Equal selections in different places of an operation are planned once.

use std::hash::{Hash, Hasher};

use router_operation::{FieldTarget, Selection, SelectionSet};
use rustc_hash::{FxHashMap, FxHasher};

/// With how many sets of the same hash a set is compared.
const MAX_COMPARED: usize = 8;

/// Finds the first of several equal selection sets.
#[derive(Debug, Default)]
pub(crate) struct EqualSets<'a> {
    by_hash: FxHashMap<u64, Vec<&'a SelectionSet>>,
    /// By address.
    known: FxHashMap<usize, &'a SelectionSet>,
}

impl<'a> EqualSets<'a> {
    /// The set equal to `set` that was asked about first.
    pub(crate) fn first(&mut self, set: &'a SelectionSet) -> &'a SelectionSet {
        let address = std::ptr::from_ref(set).addr();
        if let Some(first) = self.known.get(&address) {
            return first;
        }
        let mut hasher = FxHasher::default();
        hash(set, &mut hasher);
        let same_hash = self.by_hash.entry(hasher.finish()).or_default();
        let mut others = same_hash.iter().take(MAX_COMPARED);
        let first = match others.find(|other| **other == set) {
            Some(first) => first,
            None => {
                same_hash.push(set);
                set
            }
        };
        self.known.insert(address, first);
        first
    }
}

/// Hashes the two outer levels; what is below is left to the comparison.
fn hash(set: &SelectionSet, hasher: &mut FxHasher) {
    set.ty.hash(hasher);
    for selection in &set.selections {
        match selection {
            Selection::Fragment(fragment) => hash(fragment, hasher),
            Selection::Field(field) => {
                field.response_key.hash(hasher);
                if let FieldTarget::Field(id) = field.target {
                    id.hash(hasher);
                }
                let below = field.selection_set.iter().flat_map(|set| &set.selections);
                below.count().hash(hasher);
            }
        }
    }
}
