//! Directives for operations: those that every subgraph defines, where all allow them.

use apollo_compiler::Node;
use apollo_compiler::ast::DirectiveDefinition;

use super::Merger;
use crate::subgraph::is_executable;

impl Merger<'_> {
    pub(super) fn executable_directives(&self) -> Vec<Node<DirectiveDefinition>> {
        let Some((first, rest)) = self.subgraphs.split_first() else {
            return Vec::new();
        };
        let candidates = first.subgraph.executable_directives.iter();
        candidates
            .filter_map(|(name, definition)| {
                let mut merged = definition.as_ref().clone();
                merged.locations.retain(is_executable);
                for valid in rest {
                    let other = valid.subgraph.executable_directives.get(name)?;
                    if !same_arguments(&merged, other) {
                        return None;
                    }
                    merged.repeatable &= other.repeatable;
                    merged.locations.retain(|one| other.locations.contains(one));
                }
                // Only types of the specification: a subgraph's own might not be merged as is.
                let plain = merged.arguments.iter().all(|argument| {
                    let name = argument.ty.inner_named_type();
                    ["Int", "Float", "String", "Boolean", "ID"].contains(&name.as_str())
                        && argument.directives.is_empty()
                });
                (plain && !merged.locations.is_empty()).then(|| Node::new(merged))
            })
            .collect()
    }
}

fn same_arguments(one: &DirectiveDefinition, other: &DirectiveDefinition) -> bool {
    one.arguments.len() == other.arguments.len()
        && one.arguments.iter().all(|argument| {
            other.argument_by_name(&argument.name).is_some_and(|found| {
                found.ty == argument.ty && found.default_value == argument.default_value
            })
        })
}
