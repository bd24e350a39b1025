//! Calls with contextual arguments: their variables, and their text in parts.

use std::sync::Arc;

use router_operation::Variable;

use super::{Draft, name_of};
use crate::builder::StepContext;
use crate::plan::{CallContext, ContextVariable, SelectionPart};

/// The contexts of a call of a fetch.
pub(super) fn call_contexts(
    call: usize,
    is_single: bool,
    contexts: &[StepContext],
    declared: &[Variable],
) -> Vec<CallContext> {
    let contexts = contexts.iter().enumerate();
    contexts
        .map(|(index, context)| CallContext {
            variable: context.ty.as_ref().map(|ty| {
                let name = match is_single {
                    true => format!("context{index}"),
                    false => format!("c{call}_{index}"),
                };
                ContextVariable {
                    name: name_of(&unlike(name, declared)),
                    ty: Arc::from(ty.as_str()),
                }
            }),
        })
        .collect()
}

/// A name that no variable of the client begins with: the executor appends numbers to it.
pub(super) fn unlike(mut name: String, declared: &[Variable]) -> String {
    while declared.iter().any(|known| known.name.starts_with(&name)) {
        name.insert(0, '_');
    }
    name
}

/// The text of a call's selection in parts.
pub(super) fn parts(draft: &Draft) -> Vec<SelectionPart> {
    let mut parts = Vec::with_capacity(draft.holes.len() * 2 + 1);
    let mut start = 0;
    for &(at, context) in &draft.holes {
        parts.push(SelectionPart::Text(Arc::from(&draft.text[start..at])));
        parts.push(SelectionPart::Context(context));
        start = at;
    }
    parts.push(SelectionPart::Text(Arc::from(&draft.text[start..])));
    parts
}

/// The text of a selection with the names of its call's variables.
pub(super) fn text(parts: &[SelectionPart], contexts: &[CallContext]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            SelectionPart::Text(part) => text += part,
            SelectionPart::Context(context) => {
                let context = contexts.get(*context as usize);
                if let Some(variable) = context.and_then(|context| context.variable.as_ref()) {
                    text.push('$');
                    text += &variable.name;
                }
            }
        }
    }
    text
}
