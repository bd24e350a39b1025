//! Where in the document a response key comes from: looked up only for errors.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use rustc_hash::FxHashSet;

use crate::conditions::Conditions;
use crate::document::locations;
use crate::error::Location;

/// A field that is written in many places is located in the first of them.
const MOST: usize = 10;

/// The places where the field at the path `keys` (response keys, list indices left out) is written. Where it is
/// written for several types, all of them are given: which type an object has is not known here.
pub(crate) fn locate(
    document: &ExecutableDocument,
    operation: &Operation,
    conditions: &Conditions,
    keys: &[&str],
) -> Vec<Location> {
    let mut sets = vec![&operation.selection_set];
    let mut fields = Vec::new();
    for key in keys {
        let mut finder = Finder {
            document,
            conditions,
            key,
            fragments: FxHashSet::default(),
            found: Vec::new(),
        };
        for set in &sets {
            finder.look_in(set);
        }
        fields = finder.found;
        sets = fields
            .iter()
            .map(|(_, field)| &field.selection_set)
            .collect();
    }
    let places = fields.into_iter().take(MOST);
    places
        .flat_map(|(place, _)| locations(place, &document.sources))
        .collect()
}

type Place = Option<apollo_compiler::parser::SourceSpan>;

struct Finder<'a, 'k> {
    document: &'a ExecutableDocument,
    conditions: &'k Conditions,
    key: &'k str,
    fragments: FxHashSet<&'a str>,
    found: Vec<(Place, &'a Field)>,
}

impl<'a> Finder<'a, '_> {
    fn look_in(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            if !self.conditions.include(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) if field.response_key() == self.key => {
                    self.found.push((field.location(), field));
                }
                Selection::Field(_) => {}
                Selection::InlineFragment(fragment) => self.look_in(&fragment.selection_set),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.fragment_name;
                    if let Some(fragment) = self.document.fragments.get(name)
                        && self.fragments.insert(name)
                    {
                        self.look_in(&fragment.selection_set);
                    }
                }
            }
        }
    }
}
