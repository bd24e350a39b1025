//! The ways queries have gone, and a query that goes one of them.

use apollo_compiler::Name;
use apollo_compiler::ast::Type;

use super::federated::Federated;
use super::names::TypeId;
use crate::merged::{Merged, MergedField, is_inaccessible};
use crate::subgraph::Kind;

/// Input fields written for one field's arguments. Required ones may be many, and where several
/// subgraphs each require some, they may even lead back to their own type.
const MAX_INPUT_FIELDS: usize = 12;

/// Number of a way from a root.
pub(super) type PathId = usize;

/// One step of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Taken {
    /// The root type.
    Root(TypeId),
    /// A field of an object type, by its place among the type's fields.
    Field(TypeId, usize),
    /// A condition on an object type.
    On(TypeId),
}

/// All ways gone, as a tree.
#[derive(Default)]
pub(super) struct Paths(Vec<(Option<PathId>, Taken)>);

impl Paths {
    pub(super) fn add(&mut self, before: Option<PathId>, taken: Taken) -> PathId {
        self.0.push((before, taken));
        self.0.len() - 1
    }

    /// A query that goes the way and takes one step more; as short as the way allows.
    pub(super) fn witness(&self, federated: &Federated<'_>, path: PathId, last: Taken) -> String {
        let mut steps = vec![last];
        let mut next = Some(path);
        while let Some((before, taken)) = next.and_then(|at| self.0.get(at)) {
            steps.push(*taken);
            next = *before;
        }
        let mut text = String::new();
        let mut braces = 0;
        for taken in steps.iter().rev() {
            if let Taken::Root(root) = *taken {
                text.push_str(match federated.types[root].name.as_str() {
                    "Mutation" => "mutation ",
                    "Subscription" => "subscription ",
                    _ => "",
                });
                continue;
            }
            text.push_str("{ ");
            braces += 1;
            match *taken {
                Taken::Field(ty, index) => {
                    let field = &federated.types[ty].fields[index];
                    text.push_str(&called(federated.merged, field.text, field.merged));
                }
                Taken::On(ty) => {
                    text.push_str("... on ");
                    text.push_str(federated.types[ty].name);
                }
                Taken::Root(_) => {}
            }
            text.push(' ');
        }
        let is_leaf = match last {
            Taken::Field(ty, index) => federated.types[ty].fields[index].target.is_none(),
            _ => false,
        };
        if !is_leaf {
            text.push_str("{ __typename } ");
        }
        text + &vec!["}"; braces].join(" ")
    }
}

/// The field with the arguments it cannot do without.
fn called(merged: &Merged, name: &Name, field: &MergedField) -> String {
    let required = field.arguments.iter().filter(|(_, one)| one.is_required());
    let mut left = MAX_INPUT_FIELDS;
    let arguments: Vec<String> = required
        .map(|(argument, one)| format!("{argument}: {}", value(merged, &one.ty, &mut left)))
        .collect();
    if arguments.is_empty() {
        name.to_string()
    } else {
        format!("{name}({})", arguments.join(", "))
    }
}

/// Some value of an input type; with no input fields left, what is missing of it is left out.
fn value(merged: &Merged, ty: &Type, left: &mut usize) -> String {
    let name = match ty {
        Type::List(_) | Type::NonNullList(_) => return "[]".to_owned(),
        Type::Named(name) | Type::NonNullNamed(name) => name,
    };
    let text = match name.as_str() {
        "Int" | "Float" => "1",
        "Boolean" => "true",
        _ => "\"x\"",
    };
    let Some(definition) = merged.types.get(name) else {
        return text.to_owned();
    };
    match definition.kind {
        Kind::Enum => {
            let visible = definition.values.iter();
            let mut visible = visible.filter(|(_, one)| !is_inaccessible(&one.directives));
            visible
                .next()
                .map_or_else(|| text.to_owned(), |(name, _)| name.to_string())
        }
        Kind::InputObject => {
            let inputs = definition.inputs.iter();
            let mut fields: Vec<String> = Vec::new();
            for (name, one) in inputs.filter(|(_, one)| one.is_required()) {
                let Some(fewer) = left.checked_sub(1) else {
                    fields.push("…".to_owned());
                    break;
                };
                *left = fewer;
                fields.push(format!("{name}: {}", value(merged, &one.ty, left)));
            }
            format!("{{{}}}", fields.join(", "))
        }
        _ => text.to_owned(),
    }
}
