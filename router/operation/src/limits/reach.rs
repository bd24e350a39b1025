//! How much validation has to look at: every operation is validated with all fragments it reaches, and for every
//! fragment those are followed that it reaches. Many operations over shared fragments are thus more than they look.

use apollo_compiler::Name;
use apollo_compiler::ast::{Definition, Directive, Document, Selection, Value};
use apollo_compiler::{Node, ast};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::error::{LimitKind, OperationError, Problem};

/// Whether all definitions together reach at most `most` nodes; how many there are.
pub(super) fn check(document: &Document, most: u64) -> Result<u64, OperationError> {
    let mut fragments = FxHashMap::default();
    let mut operations = Vec::new();
    for definition in &document.definitions {
        match definition {
            Definition::FragmentDefinition(fragment) => {
                fragments.insert(&fragment.name, Part::of(&fragment.selection_set));
            }
            Definition::OperationDefinition(operation) => {
                operations.push(Part::of(&operation.selection_set));
            }
            _ => {}
        }
    }
    let mut left = most;
    for part in operations.iter().chain(fragments.values()) {
        spend(part, &fragments, &mut left).ok_or_else(|| {
            let message = format!(
                "the document's operations and fragments use each other so much that they come to more than {most} \
                 selections and values"
            );
            OperationError::new(Problem::Limit(LimitKind::Fields), message)
        })?;
    }
    let parts = operations.iter().chain(fragments.values());
    Ok(parts.map(|part| part.nodes).sum())
}

/// Takes what `part` reaches off what is left.
fn spend(part: &Part<'_>, fragments: &FxHashMap<&Name, Part<'_>>, left: &mut u64) -> Option<()> {
    let mut seen = FxHashSet::default();
    let mut queue = vec![part];
    while let Some(part) = queue.pop() {
        *left = left.checked_sub(part.nodes)?;
        let spreads = part.spreads.iter().filter(|name| seen.insert(**name));
        queue.extend(spreads.filter_map(|name| fragments.get(name)));
    }
    Some(())
}

/// An operation or fragment by itself.
#[derive(Default)]
struct Part<'a> {
    nodes: u64,
    spreads: Vec<&'a Name>,
}

impl<'a> Part<'a> {
    fn of(selections: &'a [Selection]) -> Self {
        let mut part = Self::default();
        part.selections(selections);
        part
    }

    fn selections(&mut self, selections: &'a [Selection]) {
        for selection in selections {
            self.nodes += 1;
            match selection {
                Selection::Field(field) => {
                    self.directives(&field.directives);
                    self.arguments(&field.arguments);
                    self.selections(&field.selection_set);
                }
                Selection::InlineFragment(fragment) => {
                    self.directives(&fragment.directives);
                    self.selections(&fragment.selection_set);
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.directives);
                    self.spreads.push(&spread.fragment_name);
                }
            }
        }
    }

    fn directives(&mut self, directives: &[Node<Directive>]) {
        for directive in directives {
            self.nodes += 1;
            self.arguments(&directive.arguments);
        }
    }

    fn arguments(&mut self, arguments: &[Node<ast::Argument>]) {
        for argument in arguments {
            self.value(&argument.value);
        }
    }

    fn value(&mut self, value: &Value) {
        self.nodes += 1;
        match value {
            Value::List(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(fields) => fields.iter().for_each(|(_, field)| self.value(field)),
            _ => {}
        }
    }
}
