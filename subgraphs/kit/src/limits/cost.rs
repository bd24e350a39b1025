//! How many fields an operation may make a service resolve, worked out before any is.
//!
//! The measure needs no schema. A field with `edges` or `nodes` below it is a connection: what is
//! below those counts once for each item of the page. `_entities` counts what is below it once for
//! each representation. Pages are taken to be full, because nobody knows better without asking the
//! database, and `@skip` and `@include` to keep everything.
//!
//! Every selection set is measured once, so that the time is linear in the document however its
//! fragments spread each other; sums and products stop at the largest number there is.

use std::{collections::HashMap, convert::Infallible};

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::types::{
        Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet, TypeCondition,
    },
};

use crate::page::{DEFAULT_PAGE, MAX_PAGE};

/// The fields of introspection that are lists, and so may be nested without end.
const INTROSPECTION_LISTS: [&str; 9] = [
    "types",
    "directives",
    "fields",
    "args",
    "interfaces",
    "possibleTypes",
    "enumValues",
    "inputFields",
    "locations",
];
/// What such a list is taken to hold: more than most do, and the usual introspection query passes.
const INTROSPECTION_ITEMS: u64 = 10;

/// The most fields that `operation` may resolve with these variables.
///
/// The document must be within the caps on nesting and its fragments must not be cyclic.
pub(super) fn of_operation(
    operation: &OperationDefinition,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    variables: &Variables,
) -> u64 {
    let mut estimate = Estimate {
        operation,
        fragments,
        variables,
        known: HashMap::new(),
    };
    let root = estimate.selection_set(&operation.selection_set.node, false);
    root.times(DEFAULT_PAGE)
}

/// What a selection set costs for one parent.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    /// Fields that are resolved once.
    once: u64,
    /// Fields that are resolved for each item, if the parent turns out to be a connection.
    per_item: u64,
}

impl Cost {
    fn add(self, other: Self) -> Self {
        Self {
            once: self.once.saturating_add(other.once),
            per_item: self.per_item.saturating_add(other.per_item),
        }
    }

    /// The whole cost when pages have `items`.
    fn times(self, items: u64) -> u64 {
        let items = self.per_item.saturating_mul(items);
        self.once.saturating_add(items)
    }
}

struct Estimate<'a> {
    operation: &'a OperationDefinition,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    variables: &'a Variables,
    known: HashMap<&'a str, Cost>,
}

impl<'a> Estimate<'a> {
    fn selection_set(&mut self, set: &'a SelectionSet, introspection: bool) -> Cost {
        let costs = set.items.iter().map(|selection| match &selection.node {
            Selection::Field(field) => self.field(&field.node, introspection),
            Selection::InlineFragment(inline) => {
                let within = introspection
                    || inline
                        .node
                        .type_condition
                        .as_ref()
                        .is_some_and(is_of_introspection);
                self.selection_set(&inline.node.selection_set.node, within)
            }
            Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
        });
        costs.fold(Cost::default(), Cost::add)
    }

    /// A fragment costs the same wherever it is spread. An unknown one is the validator's business.
    fn fragment(&mut self, name: &Name) -> Cost {
        let Some((name, fragment)) = self.fragments.get_key_value(name) else {
            return Cost::default();
        };
        if let Some(cost) = self.known.get(name.as_str()) {
            return *cost;
        }
        let introspection = is_of_introspection(&fragment.node.type_condition);
        let cost = self.selection_set(&fragment.node.selection_set.node, introspection);
        self.known.insert(name.as_str(), cost);
        cost
    }

    fn field(&mut self, field: &'a Field, introspection: bool) -> Cost {
        let name = field.name.node.as_str();
        let within = introspection || matches!(name, "__schema" | "__type");
        let below = self.selection_set(&field.selection_set.node, within);
        let below = below.times(self.page_size(field));
        match name {
            "edges" | "nodes" => Cost {
                once: 1,
                per_item: below,
            },
            "_entities" => once(below.saturating_mul(self.representations(field))),
            _ if introspection && INTROSPECTION_LISTS.contains(&name) => {
                once(below.saturating_mul(INTROSPECTION_ITEMS))
            }
            _ => once(below),
        }
    }

    /// How many items a page of `field` may have. Sizes that a page cannot have are refused later.
    fn page_size(&self, field: &'a Field) -> u64 {
        let size = |name| match self.argument(field, name)? {
            Given::Null => None,
            Given::Size(size) => Some(size.clamp(1, MAX_PAGE)),
            Given::Items(_) | Given::Other => Some(MAX_PAGE),
        };
        size("first").max(size("last")).unwrap_or(DEFAULT_PAGE)
    }

    fn representations(&self, field: &'a Field) -> u64 {
        match self.argument(field, "representations") {
            Some(Given::Items(items)) => items,
            // One value stands for a list of one (GraphQL spec, section 3.11).
            _ => 1,
        }
    }

    fn argument(&self, field: &'a Field, name: &str) -> Option<Given> {
        let argument = &field.get_argument(name)?.node;
        let literal = argument.clone();
        let Ok(literal) = literal.into_const_with(|_| Ok::<_, Infallible>(Value::Null));
        if literal != Value::Null {
            return Some(Given::new(&literal));
        }
        match argument.clone().into_const_with(Err) {
            Ok(_) => Some(Given::Null),
            Err(variable) => self.variable(&variable).map(Given::new),
        }
    }

    fn variable(&self, name: &Name) -> Option<&Value> {
        self.variables.get(name).or_else(|| {
            let mut definitions = self.operation.variable_definitions.iter();
            let definition = definitions.find(|definition| definition.node.name.node == *name)?;
            let default = definition.node.default_value.as_ref()?;
            Some(&default.node)
        })
    }
}

/// What an argument was given.
enum Given {
    Null,
    Size(u64),
    Items(u64),
    Other,
}

impl Given {
    fn new(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::List(items) => Self::Items(items.len() as u64),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Self::Size(u64::try_from(number).unwrap_or(0)),
                None => Self::Other,
            },
            _ => Self::Other,
        }
    }
}

/// A field with what is below it.
fn once(below: u64) -> Cost {
    Cost {
        once: below.saturating_add(1),
        per_item: 0,
    }
}

/// The types of introspection, and no others, begin with two underscores.
fn is_of_introspection(condition: &Positioned<TypeCondition>) -> bool {
    condition.node.on.node.starts_with("__")
}

#[cfg(test)]
mod tests;
