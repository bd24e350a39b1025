//! What is selected, fragments and conditions resolved. All introspection types are object types, so that one
//! tree does for every object.

use apollo_compiler::ast::Value;
use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Name};
use indexmap::IndexMap;

use crate::conditions::Conditions;
use crate::variables::Variables;

/// A field with what is wanted below.
pub(super) struct Wanted<'a> {
    pub(super) key: &'a Name,
    pub(super) field: &'a str,
    /// The argument `includeDeprecated`.
    pub(super) with_deprecated: bool,
    /// The argument `name` of `__type`.
    pub(super) name: Option<String>,
    pub(super) below: Vec<Wanted<'a>>,
}

impl Wanted<'_> {
    pub(super) fn is_introspection(&self) -> bool {
        matches!(self.field, "__schema" | "__type")
    }
}

/// What selections mean in one request.
pub(super) struct Wishes<'a> {
    pub(super) document: &'a ExecutableDocument,
    pub(super) conditions: &'a Conditions,
    pub(super) variables: &'a Variables,
}

/// The occurrences of each response key.
type Collected<'a> = IndexMap<&'a Name, (&'a Field, Vec<&'a SelectionSet>)>;

impl<'a> Wishes<'a> {
    pub(super) fn of(&self, sets: &[&'a SelectionSet]) -> Vec<Wanted<'a>> {
        let mut collected = Collected::default();
        for set in sets {
            self.collect(set, &mut collected);
        }
        let wanted = collected.into_iter();
        wanted
            .map(|(key, (field, sets))| self.field(key, field, &sets))
            .collect()
    }

    fn collect(&self, set: &'a SelectionSet, collected: &mut Collected<'a>) {
        for selection in &set.selections {
            if !self.conditions.include(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let entry = collected.entry(field.response_key());
                    let (_, sets) = entry.or_insert_with(|| (field, Vec::new()));
                    sets.push(&field.selection_set);
                }
                Selection::InlineFragment(fragment) => {
                    self.collect(&fragment.selection_set, collected);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name) {
                        self.collect(&fragment.selection_set, collected);
                    }
                }
            }
        }
    }

    fn field(&self, key: &'a Name, field: &'a Field, sets: &[&'a SelectionSet]) -> Wanted<'a> {
        let is_introspection = field.name.starts_with("__");
        let is_inside = field.selection_set.ty.starts_with("__");
        let below = if is_introspection || is_inside {
            self.of(sets)
        } else {
            Vec::new()
        };
        Wanted {
            key,
            field: &field.name,
            with_deprecated: self.flag(field, "includeDeprecated"),
            name: self.text(field, "name"),
            below,
        }
    }

    fn flag(&self, field: &Field, name: &str) -> bool {
        match field.specified_argument_by_name(name).map(|value| &**value) {
            Some(Value::Boolean(value)) => *value,
            Some(Value::Variable(variable)) => self.variables.is_true(variable),
            _ => false,
        }
    }

    fn text(&self, field: &Field, name: &str) -> Option<String> {
        match &**field.specified_argument_by_name(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Variable(variable) => {
                serde_json::from_str(self.variables.json(variable)?).ok()?
            }
            _ => None,
        }
    }
}
