//! What GraphQL's validation would follow for longer than anyone can wait.
//!
//! Whether input types require themselves, and directives are applied to their own arguments, it
//! finds by going every way there is, and there may be exponentially many. The same ways are
//! counted here first, as far as the budget reaches.

use std::collections::HashMap;

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;

/// Steps that may be needed in all. Real schemas need about one per input field.
const BUDGET: usize = 5_000_000;
/// How deep the validation goes.
const MAX_INPUTS: usize = 33;
const MAX_DIRECTIVES: usize = 66;

/// What there are too many ways through; `None` if the schema can be validated.
pub(crate) fn excessive(schema: &Schema) -> Option<&'static str> {
    let mut budget = BUDGET;
    if !required_inputs(schema).can_be_followed(MAX_INPUTS, &mut budget) {
        return Some(
            "input types require each other in more ways than can be followed; make some of their fields nullable",
        );
    }
    if !applied_directives(schema).can_be_followed(MAX_DIRECTIVES, &mut budget) {
        return Some(
            "arguments of directives lead to each other in more ways than can be followed; give them simpler types",
        );
    }
    None
}

/// What leads to what, by name; directives have their `@`.
#[derive(Default)]
struct Ways {
    numbers: HashMap<String, usize>,
    next: Vec<Vec<usize>>,
    roots: Vec<usize>,
}

fn required_inputs(schema: &Schema) -> Ways {
    let mut ways = Ways::default();
    for (name, ty) in &schema.types {
        let ExtendedType::InputObject(input) = ty else {
            continue;
        };
        let from = ways.number(name.as_str());
        ways.roots.push(from);
        for field in input.fields.values() {
            if let Type::NonNullNamed(to) = &*field.ty {
                ways.add(from, to.as_str());
            }
        }
    }
    ways
}

fn applied_directives(schema: &Schema) -> Ways {
    let mut ways = Ways::default();
    for (name, definition) in &schema.directive_definitions {
        let from = ways.number(&format!("@{name}"));
        ways.roots.push(from);
        for argument in &definition.arguments {
            for directive in argument.directives.iter() {
                ways.add(from, &format!("@{}", directive.name));
            }
            ways.add(from, argument.ty.inner_named_type().as_str());
        }
    }
    for (name, ty) in &schema.types {
        let from = ways.number(name.as_str());
        for directive in ty.directives().iter() {
            ways.add(from, &format!("@{}", directive.name));
        }
        match ty {
            ExtendedType::Enum(definition) => {
                let values = definition.values.values();
                for directive in values.flat_map(|value| value.directives.iter()) {
                    ways.add(from, &format!("@{}", directive.name));
                }
            }
            ExtendedType::InputObject(input) => {
                for field in input.fields.values() {
                    for directive in field.directives.iter() {
                        ways.add(from, &format!("@{}", directive.name));
                    }
                    ways.add(from, field.ty.inner_named_type().as_str());
                }
            }
            _ => {}
        }
    }
    ways
}

impl Ways {
    fn number(&mut self, name: &str) -> usize {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let number = self.next.len();
        self.numbers.insert(name.to_owned(), number);
        self.next.push(Vec::new());
        number
    }

    fn add(&mut self, from: usize, to: &str) {
        let to = self.number(to);
        self.next[from].push(to);
    }

    fn can_be_followed(&self, depth: usize, budget: &mut usize) -> bool {
        let mut passed = vec![false; self.next.len()];
        self.roots
            .iter()
            .all(|&root| self.follow(root, depth, &mut passed, budget))
    }

    /// Goes every way that passes nothing twice; false once the budget is used up.
    fn follow(&self, at: usize, depth: usize, passed: &mut [bool], budget: &mut usize) -> bool {
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        if depth == 0 || passed[at] {
            return true;
        }
        passed[at] = true;
        let mut next = self.next[at].iter();
        let followed = next.all(|&to| self.follow(to, depth - 1, passed, budget));
        passed[at] = false;
        followed
    }
}
