//! `@skip` and `@include`: decided before normalisation, so that plans know no conditions.
//!
//! Response order, merged fields and null propagation then follow the specification by construction, at the price
//! of a plan per valuation that really occurs (`docs/decisions/0002-conditions-before-planning.md`).

use std::collections::BTreeSet;

use apollo_compiler::ast::{DirectiveList, Value};
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Name};
use rustc_hash::FxHashSet;

use crate::variables::Variables;

/// The variables used in conditions and their values, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Conditions {
    values: Vec<(Name, bool)>,
}

impl Conditions {
    /// Whether a selection with these directives is included.
    pub(crate) fn include(&self, directives: &DirectiveList) -> bool {
        let skip = directives.get("skip").map(|d| self.holds(d));
        let include = directives.get("include").map(|d| self.holds(d));
        !skip.unwrap_or(false) && include.unwrap_or(true)
    }

    fn holds(&self, directive: &apollo_compiler::ast::Directive) -> bool {
        match directive.specified_argument_by_name("if").map(|v| &**v) {
            Some(Value::Boolean(constant)) => *constant,
            Some(Value::Variable(name)) => {
                let found = self.values.binary_search_by(|(own, _)| own.cmp(name));
                found.is_ok_and(|index| self.values[index].1)
            }
            _ => false,
        }
    }
}

/// The conditions of an operation under its variables.
pub(crate) fn of(
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &Variables,
) -> Conditions {
    let names = used(document, operation).into_iter();
    Conditions {
        values: names
            .map(|name| (name.clone(), variables.is_true(name)))
            .collect(),
    }
}

/// The conditions of an operation that uses no variables in them.
pub(crate) fn constant(document: &ExecutableDocument, operation: &Operation) -> Option<Conditions> {
    let is_constant = used(document, operation).is_empty();
    is_constant.then(Conditions::default)
}

/// The variables used in the conditions of an operation.
fn used<'a>(document: &'a ExecutableDocument, operation: &'a Operation) -> BTreeSet<&'a Name> {
    let mut finder = Finder {
        document,
        seen: FxHashSet::default(),
        found: BTreeSet::new(),
    };
    finder.selections(&operation.selection_set);
    finder.found
}

struct Finder<'a> {
    document: &'a ExecutableDocument,
    seen: FxHashSet<&'a Name>,
    found: BTreeSet<&'a Name>,
}

impl<'a> Finder<'a> {
    fn selections(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            self.directives(selection.directives());
            match selection {
                Selection::Field(field) => self.selections(&field.selection_set),
                Selection::InlineFragment(fragment) => self.selections(&fragment.selection_set),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.fragment_name;
                    if let (true, Some(fragment)) =
                        (self.seen.insert(name), self.document.fragments.get(name))
                    {
                        self.selections(&fragment.selection_set);
                    }
                }
            }
        }
    }

    fn directives(&mut self, directives: &'a DirectiveList) {
        for directive in directives.iter() {
            if directive.name == "skip" || directive.name == "include" {
                let value = directive.specified_argument_by_name("if");
                self.found
                    .extend(value.and_then(|value| value.as_variable()));
            }
        }
    }
}
