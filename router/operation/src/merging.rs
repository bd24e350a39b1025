//! How much work it is to see whether the fields of a document can be merged (section 5.3.2).
//!
//! The compiler's way of checking that is exact but can take time exponential in the depth: where fields of one
//! response key stand both on an interface and on many of its object types, everything below the interface's is
//! looked at once for each type, and again at each level. Here the same way is gone, only counting, and given up when
//! the count is too high.

use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Name, Schema};
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

/// The compiler goes no deeper either; a document that does is not valid: it has a circle of fragments, or worse.
const MOST_LEVELS: usize = 128;

/// There is more work than was allowed.
#[derive(Debug)]
pub(crate) struct TooMuch;

/// Whether merging the fields of all operations takes at most `most` steps.
pub(crate) fn check(
    schema: &Schema,
    document: &ExecutableDocument,
    most: usize,
) -> Result<(), TooMuch> {
    let mut counter = Counter {
        schema,
        document,
        left: most,
        weights: FxHashMap::default(),
    };
    for operation in document.operations.iter() {
        let fields = counter.expand(&[&operation.selection_set])?;
        counter.merge(&fields, 0)?;
    }
    Ok(())
}

/// A field and the type it is selected on.
type Selected<'a> = (&'a Name, &'a Field);

type Groups<'a, K> = IndexMap<K, Vec<Selected<'a>>, FxBuildHasher>;

struct Counter<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    left: usize,
    /// Selections in a field, by its address; they are all read when two fields are compared.
    weights: FxHashMap<*const Field, usize>,
}

impl<'a> Counter<'a> {
    fn merge(&mut self, fields: &[Selected<'a>], level: usize) -> Result<(), TooMuch> {
        if level > MOST_LEVELS {
            return Ok(());
        }
        let mut by_key: Groups<'a, &Name> = IndexMap::default();
        for field in fields {
            by_key
                .entry(field.1.response_key())
                .or_default()
                .push(*field);
        }
        for group in by_key.into_values() {
            for together in self.by_parent(&group) {
                let sets: Vec<_> = together
                    .iter()
                    .map(|field| &field.1.selection_set)
                    .collect();
                let below = self.expand(&sets)?;
                if !below.is_empty() {
                    self.merge(&below, level + 1)?;
                }
            }
        }
        Ok(())
    }

    /// Fields that may meet in one object: those of each object type, with those of all abstract types.
    fn by_parent(&self, fields: &[Selected<'a>]) -> Vec<Vec<Selected<'a>>> {
        let mut by_object: Groups<'a, &Name> = IndexMap::default();
        let mut on_abstract = Vec::new();
        for field in fields {
            match self.schema.types.get(field.0) {
                Some(ExtendedType::Object(_)) => by_object.entry(field.0).or_default().push(*field),
                _ => on_abstract.push(*field),
            }
        }
        if by_object.is_empty() {
            return vec![on_abstract];
        }
        let groups = by_object.into_values();
        groups
            .map(|mut group| {
                group.extend(&on_abstract);
                group
            })
            .collect()
    }

    fn expand(&mut self, sets: &[&'a SelectionSet]) -> Result<Vec<Selected<'a>>, TooMuch> {
        let mut fields = Vec::new();
        let mut queue = sets.to_vec();
        let mut fragments = FxHashSet::default();
        while let Some(set) = queue.pop() {
            self.spend(1 + set.selections.len())?;
            for selection in &set.selections {
                match selection {
                    Selection::Field(field) => {
                        let weight = self.weight(field);
                        self.spend(weight)?;
                        fields.push((&set.ty, &**field));
                    }
                    Selection::InlineFragment(fragment) => queue.push(&fragment.selection_set),
                    Selection::FragmentSpread(spread) => {
                        let fragment = self.document.fragments.get(&spread.fragment_name);
                        if let Some(fragment) = fragment
                            && fragments.insert(&fragment.name)
                        {
                            queue.push(&fragment.selection_set);
                        }
                    }
                }
            }
        }
        Ok(fields)
    }

    fn weight(&mut self, field: &Field) -> usize {
        if field.selection_set.selections.is_empty() {
            return 0;
        }
        if let Some(weight) = self.weights.get(&std::ptr::from_ref(field)) {
            return *weight;
        }
        let weight = self.weight_of(&field.selection_set);
        self.weights.insert(std::ptr::from_ref(field), weight);
        weight
    }

    fn weight_of(&mut self, set: &SelectionSet) -> usize {
        let selections = set.selections.iter();
        let weights = selections.map(|selection| match selection {
            Selection::Field(field) => 1 + self.weight(field),
            Selection::InlineFragment(fragment) => 1 + self.weight_of(&fragment.selection_set),
            Selection::FragmentSpread(_) => 1,
        });
        weights.sum()
    }

    fn spend(&mut self, steps: usize) -> Result<(), TooMuch> {
        self.left = self.left.checked_sub(steps).ok_or(TooMuch)?;
        Ok(())
    }
}
